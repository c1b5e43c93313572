"""What a clinic offers: a service, the doctors who give it, how long it takes and how many they see in a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from app.kernel.db import db
from app.people.models import Clinic, Service
from app.people.queries import find_service_with_doctors, list_services_with
from app.people.settings import ClinicSettings, get_settings
from app.scheduling.errors import ClinicShut, DoctorNotOffering, ServiceNotOffered
from app.scheduling.rules import ensure_length
from app.scheduling.slots import SlotSettings


@dataclass(frozen=True)
class Offer:
    """A service of a clinic with one of its doctors; `slots` has its duration, buffers and the clinic's limits.

    The doctor takes at most `daily_maximum` appointments there in a day, if that is limited; a time is held for
    `hold_minutes`.
    """

    clinic: Clinic
    service: Service
    doctor_id: int
    slots: SlotSettings
    daily_maximum: int | None = None
    hold_minutes: int = 5


def get_offer(clinic: Clinic, doctor_id: int, service_id: int) -> Offer:
    """The service at the doctor's own duration. Refuses: ClinicShut, ServiceNotOffered, DoctorNotOffering."""
    found = list_offers(clinic, service_id, doctor_id=doctor_id)
    if not found:
        raise DoctorNotOffering(field="doctor_id")
    return found[0]


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
    """The service with each doctor who offers it now, or with that one. Refuses: ClinicShut, ServiceNotOffered."""
    ensure_open(clinic)
    service, doctors = find_service_with_doctors(service_id, doctor_id=doctor_id) or (None, [])
    if service is None or service.clinic_id != clinic.id:
        raise ServiceNotOffered(field="service_id")
    limits = get_settings(clinic.id)
    return [
        Offer(clinic, service, number, slot_settings(service, minutes, limits), maximum, limits.hold_minutes)
        for number, minutes, maximum in doctors
    ]


def list_offers_of_doctor(clinic: Clinic, doctor_id: int) -> list[Offer]:
    """All that a doctor offers at the clinic now, by as many statements for many services as for one."""
    if not clinic.is_active:
        return []
    limits = get_settings(clinic.id)
    return [
        Offer(clinic, service, one, slot_settings(service, minutes, limits), maximum, limits.hold_minutes)
        for service, (one, minutes, maximum) in list_services_with(doctor_id, clinic.id)
    ]


def get_service(clinic: Clinic, service_id: int) -> Service:
    """The active service of this clinic. Refuses: ClinicShut, ServiceNotOffered."""
    ensure_open(clinic)
    query = select(Service).where(Service.id == service_id, Service.clinic_id == clinic.id, Service.is_active)
    service: Service | None = db.session.scalars(query).one_or_none()
    if service is None:
        raise ServiceNotOffered(field="service_id")
    return service


def ensure_open(clinic: Clinic) -> None:
    """The clinic has not been closed for good. Refuses: ClinicShut."""
    if not clinic.is_active:
        raise ClinicShut


def slot_settings(service: Service, duration_minutes: int, limits: ClinicSettings) -> SlotSettings:
    """How a service is booked at a clinic with these limits."""
    return SlotSettings(
        grid_minutes=limits.slot_grid_minutes,
        duration_minutes=duration_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        notice_minutes=limits.notice_minutes,
        horizon_days=limits.horizon_days,
        travel_minutes=limits.travel_minutes,
    )
