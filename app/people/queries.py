"""What other domains ask about clinics, doctors and services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, func, select

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.money import Money
from app.people.errors import NoClinicCalled
from app.people.models import Clinic, Doctor, DoctorClinic, DoctorService, Service


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """At what terms a doctor provides a service: minutes; price without tax; tax and the doctor's share in 1/10,000."""

    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price: Money
    tax_rate_bp: int
    share_bp: int


class OfferedBy(NamedTuple):
    """A doctor who provides a service, how long it takes with them, and how many they see at that clinic in a day."""

    doctor_id: int
    duration_minutes: int
    daily_maximum: int | None


def get_clinic(clinic_id: int, *, actor: Actor) -> Clinic:
    """The clinic, in reach. Refuses: NotFound."""
    return scope.get(Clinic, clinic_id, actor=actor)


def get_clinic_by_code(code: str, *, actor: Actor) -> Clinic:
    """The clinic with this code, in reach. Refuses: NoClinicCalled."""
    clinic: Clinic | None = db.session.scalars(scope.rows(Clinic, actor).where(Clinic.code == code)).one_or_none()
    if clinic is None:
        raise NoClinicCalled(clinic=code)
    return clinic


def service_terms(doctor_id: int, service_id: int) -> ServiceTerms:
    """The doctor's own duration and price before the service's; the share of the service, else of the workplace, else
    of the doctor.

    Whether the doctor offers the service now is another question (`offers`). Refuses: NotFound.
    """
    own = and_(DoctorService.doctor_id == Doctor.id, DoctorService.service_id == Service.id)
    workplace = and_(DoctorClinic.doctor_id == Doctor.id, DoctorClinic.clinic_id == Service.clinic_id)
    query = (
        select(
            func.coalesce(DoctorService.duration_minutes, Service.duration_minutes),
            Service.buffer_before_minutes,
            Service.buffer_after_minutes,
            func.coalesce(DoctorService.price_minor, Service.price_minor),
            Service.currency,
            Service.tax_rate_bp,
            func.coalesce(Service.share_bp, DoctorClinic.share_bp, Doctor.share_bp),
        )
        .select_from(Service)
        .join(Doctor, Doctor.id == doctor_id)
        .outerjoin(DoctorService, own)
        .outerjoin(DoctorClinic, workplace)
        .where(Service.id == service_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    duration, before, after, price_minor, currency, tax_rate_bp, share_bp = row
    return ServiceTerms(duration, before, after, Money(price_minor, currency), tax_rate_bp, share_bp)


def offers(doctor_id: int, service_id: int) -> bool:
    """Whether the doctor, active and at the service's clinic, offers the service, itself active."""
    found = find_service_with_doctors(service_id, doctor_id=doctor_id)
    return found is not None and bool(found[1])


def find_service_with_doctors(
    service_id: int, *, doctor_id: int | None = None
) -> tuple[Service, list[OfferedBy]] | None:
    """The active service with the active doctors who offer it, by name, or that one alone if so; in one statement."""
    statement = _service_with_doctors(of_one=doctor_id is not None)
    rows = db.session.execute(statement, {"service_id": service_id, "doctor_id": doctor_id}).all()
    return (rows[0][0], [OfferedBy(*row[1:]) for row in rows if row[1] is not None]) if rows else None


@cache
def _service_with_doctors(*, of_one: bool) -> Select[Any]:
    """Built once: putting it together takes as long as carrying it out."""
    own = and_(DoctorService.doctor_id == Doctor.id, DoctorService.service_id == Service.id)
    workplace = DoctorClinic.clinic_id == Service.clinic_id
    if of_one:
        workplace = and_(workplace, DoctorClinic.doctor_id == bindparam("doctor_id", type_=Integer))
    minutes = func.coalesce(DoctorService.duration_minutes, Service.duration_minutes)
    columns: tuple[Any, ...] = (Service, Doctor.id, minutes, DoctorClinic.daily_maximum)
    return (
        select(*columns)
        .select_from(Service)
        .outerjoin(DoctorClinic, workplace)
        .outerjoin(Doctor, and_(Doctor.id == DoctorClinic.doctor_id, Doctor.is_active, _offered()))
        .outerjoin(DoctorService, own)
        .where(Service.id == bindparam("service_id", type_=Integer), Service.is_active)
        .order_by(Doctor.name, Doctor.id)
    )


def list_doctors_of(clinic_id: int, *, service_id: int | None = None, only_active: bool = True) -> list[Doctor]:
    """The clinic's doctors by name; with `service_id` those who offer that service of the clinic."""
    workplace = select(DoctorClinic.doctor_id).where(DoctorClinic.clinic_id == clinic_id)
    query = select(Doctor).where(Doctor.id.in_(workplace)).order_by(Doctor.name, Doctor.id)
    if only_active:
        query = query.where(Doctor.is_active)
    if service_id is not None:
        query = query.join(Service, Service.id == service_id).where(Service.clinic_id == clinic_id, _offered())
    return list(db.session.scalars(query))


def list_services_of(clinic_id: int) -> list[Service]:
    """What the clinic offers now, by name."""
    query = select(Service).where(Service.clinic_id == clinic_id, Service.is_active)
    return list(db.session.scalars(query.order_by(Service.name, Service.id)))


def list_services_with(doctor_id: int, clinic_id: int) -> list[tuple[Service, OfferedBy]]:
    """What a doctor offers at a clinic now, both active, and at what length; in one statement."""
    query = (
        select(Service, Doctor.id, func.coalesce(DoctorService.duration_minutes, Service.duration_minutes))
        .add_columns(DoctorClinic.daily_maximum)
        .select_from(Service)
        .join(Doctor, and_(Doctor.id == doctor_id, Doctor.is_active, _offered()))
        .join(DoctorClinic, and_(DoctorClinic.doctor_id == Doctor.id, DoctorClinic.clinic_id == Service.clinic_id))
        .outerjoin(DoctorService, and_(DoctorService.doctor_id == Doctor.id, DoctorService.service_id == Service.id))
        .where(Service.clinic_id == clinic_id, Service.is_active)
    )
    return [(service, OfferedBy(*facts)) for service, *facts in db.session.execute(query)]


def list_offering_doctors(clinic_id: int) -> dict[int, list[int]]:
    """The doctors who offer each service of the clinic now, by the service's id; by one statement."""
    query = (
        select(Service.id, Doctor.id)
        .join(Doctor, _offered())
        .where(Service.clinic_id == clinic_id, Service.is_active, Doctor.is_active)
        .order_by(Service.id, Doctor.id)
    )
    found: dict[int, list[int]] = {}
    for service_id, doctor_id in db.session.execute(query):
        found.setdefault(service_id, []).append(doctor_id)
    return found


def _offered() -> ColumnElement[bool]:
    """The Doctor of the statement offers its Service: named in the offers there, or without any at that clinic."""
    works_there = exists().where(DoctorClinic.doctor_id == Doctor.id, DoctorClinic.clinic_id == Service.clinic_id)
    named_offer = DoctorService.__table__.alias("named_offer")
    named = exists().where(named_offer.c.doctor_id == Doctor.id, named_offer.c.service_id == Service.id)
    other = Service.__table__.alias("other_service")
    picks = (
        exists()
        .where(named_offer.c.doctor_id == Doctor.id, named_offer.c.service_id == other.c.id)
        .where(other.c.clinic_id == Service.clinic_id)
    )
    of_these = (Doctor, Service)
    return and_(works_there.correlate(*of_these), named.correlate(*of_these) | ~picks.correlate(*of_these))
