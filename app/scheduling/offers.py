"""What a clinic offers: a service, the doctors who give it, and how long it takes with each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from app.kernel.db import db
from app.people.models import Clinic, DoctorService, Service
from app.people.queries import find_service_of, list_doctors_of
from app.people.settings import ClinicSettings, get_settings
from app.scheduling.errors import DoctorNotOffering, ServiceNotOffered
from app.scheduling.rules import ensure_length
from app.scheduling.slots import SlotSettings


@dataclass(frozen=True)
class Offer:
    """A service of a clinic with one of its doctors; `slots` has its duration, buffers and the clinic's limits."""

    clinic: Clinic
    service: Service
    doctor_id: int
    slots: SlotSettings


def get_offer(clinic: Clinic, doctor_id: int, service_id: int) -> Offer:
    """The service at the doctor's own duration. Refuses: ServiceNotOffered, DoctorNotOffering."""
    service, minutes = find_service_of(doctor_id, service_id) or (None, None)
    if service is None or service.clinic_id != clinic.id:
        raise ServiceNotOffered(field="service_id")
    if minutes is None:
        raise DoctorNotOffering(field="doctor_id")
    slots = slot_settings(service, minutes, get_settings(clinic.id))
    return Offer(clinic, service, doctor_id, slots)


def lasting(offer: Offer, starts_at: datetime, ends_at: datetime | None) -> Offer:
    """The same offer for an appointment of its own length (times aware); without an end that of the offer.

    Refuses: EndsBeforeItBegins, LastsTooLong.
    """
    if ends_at is None:
        return offer
    ensure_length(starts_at, ends_at)
    minutes = (ends_at - starts_at) // timedelta(minutes=1)
    return replace(offer, slots=replace(offer.slots, duration_minutes=minutes))


def list_offers(clinic: Clinic, service_id: int, *, doctor_id: int | None = None) -> list[Offer]:
    """The service with each doctor who offers it now, or with that one alone. Refuses: ServiceNotOffered."""
    service = get_service(clinic, service_id)
    doctors = [doctor.id for doctor in list_doctors_of(clinic.id, service_id=service_id)]
    own = select(DoctorService.doctor_id, DoctorService.duration_minutes).where(DoctorService.service_id == service_id)
    minutes = {number: duration for number, duration in db.session.execute(own) if duration is not None}
    limits = get_settings(clinic.id)
    return [
        Offer(clinic, service, one, slot_settings(service, minutes.get(one, service.duration_minutes), limits))
        for one in doctors
        if doctor_id in {None, one}
    ]


def get_service(clinic: Clinic, service_id: int) -> Service:
    """The active service of this clinic. Refuses: ServiceNotOffered."""
    query = select(Service).where(Service.id == service_id, Service.clinic_id == clinic.id, Service.is_active)
    service: Service | None = db.session.scalars(query).one_or_none()
    if service is None:
        raise ServiceNotOffered(field="service_id")
    return service


def slot_settings(service: Service, duration_minutes: int, limits: ClinicSettings) -> SlotSettings:
    """How a service is booked at a clinic with these limits."""
    return SlotSettings(
        grid_minutes=limits.slot_grid_minutes,
        duration_minutes=duration_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        notice_minutes=limits.notice_minutes,
        horizon_days=limits.horizon_days,
    )
