"""What clinics offer and when they are closed: services, specialties, holidays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db, refuses
from app.kernel.errors import Invalid
from app.people.boards import change_board
from app.people.errors import DuplicateHoliday, DuplicateName, SpecialtyInUse, UnknownReference
from app.people.fields import checked, is_row_id
from app.people.models import Clinic, Doctor, DoctorService, Holiday, Service, Specialty
from app.people.record_rules import HOLIDAY_CHECKS, SPECIALTY_CHECKS, service_checks
from app.people.records import delete_or_archive, ensure_current, store
from app.people.roles import Role

refuses("uq_specialty_name", lambda: DuplicateName(field="name"))
refuses("uq_service_name", lambda: DuplicateName(field="name"))
refuses("uq_holiday", lambda: DuplicateHoliday(field="day"))

DEFAULTED = frozenset({"buffer_before_minutes", "buffer_after_minutes", "tax_rate_bp", "is_active"})
NO_CURRENCY = "XXX"  # ISO 4217: no currency; for checking a service whose clinic is unknown


def create_service(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Service:  # noqa: ARG001 - as all commands
    """Offer a service at a clinic; `price` is in major units of the clinic's currency.

    Refuses: NotAllowed, Invalid with all problems, DuplicateName.
    """
    actor.require_role(Role.ADMIN)
    clinic = _clinic(values.get("clinic_id"))
    checks = service_checks(clinic.currency if clinic else NO_CURRENCY)
    given = checked(values, checks, required=("clinic_id", "name", "duration_minutes", "price"))
    if clinic is None:
        raise Invalid({"clinic_id": [UnknownReference()]})
    price_minor = given.pop("price")
    known = {name: value for name, value in given.items() if not (value is None and name in DEFAULTED)}
    return store(Service(), known | {"price_minor": price_minor, "currency": clinic.currency})


def update_service(
    service_id: int,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Service:
    """Change what is sent; what is booked or invoiced keeps its end time and price.

    Refuses: NotFound, NotAllowed, Stale, Invalid with all problems, DuplicateName.
    """
    service = scope.get(Service, service_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    ensure_current(service, revision)
    checks = {name: check for name, check in service_checks(service.currency).items() if name != "clinic_id"}
    needed = {"name", "duration_minutes", "price", *DEFAULTED} & values.keys()
    changes = checked(values, checks, required=needed)
    if "price" in changes:
        changes["price_minor"] = changes.pop("price")
    change_board(service.clinic_id)  # which may show its name
    return store(service, changes)


def remove_service(service_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Delete a service without history; offer any other no longer. Refuses: NotFound, NotAllowed."""
    service = scope.get(Service, service_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    offers = db.session.scalars(select(DoctorService).where(DoctorService.service_id == service_id)).all()
    delete_or_archive(service, *offers)


def create_specialty(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Specialty:  # noqa: ARG001
    """Add a specialty. Refuses: NotAllowed, Invalid, DuplicateName."""
    actor.require_role(Role.ADMIN)
    return store(Specialty(), checked(values, SPECIALTY_CHECKS, required=("name",)))


def update_specialty(specialty_id: int, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Specialty:  # noqa: ARG001
    """Rename a specialty. Refuses: NotFound, NotAllowed, Invalid, DuplicateName."""
    specialty = scope.get(Specialty, specialty_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    return store(specialty, checked(values, SPECIALTY_CHECKS, required={"name"} & values.keys()))


def remove_specialty(specialty_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Delete a specialty that no doctor has. Refuses: NotFound, NotAllowed, SpecialtyInUse."""
    specialty = scope.get(Specialty, specialty_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    if db.session.scalar(select(Doctor.id).where(Doctor.specialty_id == specialty_id).limit(1)) is not None:
        raise SpecialtyInUse
    db.session.delete(specialty)
    db.session.flush()


def create_holiday(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Holiday:  # noqa: ARG001 - as all commands
    """Close a clinic on a date. Refuses: NotAllowed, Invalid with all problems, DuplicateHoliday."""
    actor.require_role(Role.ADMIN)
    given = checked(values, HOLIDAY_CHECKS, required=("clinic_id", "day", "name"))
    if _clinic(given["clinic_id"]) is None:
        raise Invalid({"clinic_id": [UnknownReference()]})
    return store(Holiday(), given)


def update_holiday(holiday_id: int, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Holiday:  # noqa: ARG001
    """Move or rename a holiday. Refuses: NotFound, NotAllowed, Invalid with all problems, DuplicateHoliday."""
    holiday = scope.get(Holiday, holiday_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    checks = {name: HOLIDAY_CHECKS[name] for name in ("day", "name")}
    return store(holiday, checked(values, checks, required=checks.keys() & values.keys()))


def remove_holiday(holiday_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Open the clinic on that date again. Refuses: NotFound, NotAllowed."""
    holiday = scope.get(Holiday, holiday_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    db.session.delete(holiday)
    db.session.flush()


def _clinic(clinic_id: object) -> Clinic | None:
    return db.session.get(Clinic, clinic_id) if is_row_id(clinic_id) else None
