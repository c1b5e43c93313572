"""Doctors: who they are, where they work, which services they offer at what terms of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.kernel import live, scope
from app.kernel.actor import Actor
from app.kernel.db import db, refuses
from app.kernel.errors import Invalid
from app.people.boards import change_board
from app.people.errors import DuplicateOffer, DuplicateWorkplace, OtherClinic, UnknownReference, UserIsADoctor
from app.people.fields import checked, is_row_id
from app.people.models import Clinic, Doctor, DoctorClinic, DoctorService, Service, Specialty
from app.people.record_rules import WORKPLACE_CHECKS, doctor_checks, offer_checks
from app.people.records import delete_or_archive, ensure_current, store
from app.people.roles import Role
from app.people.rooms import user_room

refuses("uq_doctor_user", lambda: UserIsADoctor(field="user_id"))
refuses("uq_doctor_clinic", lambda: DuplicateWorkplace(field="clinic_id"))
refuses("uq_doctor_service", lambda: DuplicateOffer(field="service_id"))

DEFAULTED = frozenset({"share_bp", "is_active"})


def create_doctor(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Doctor:  # noqa: ARG001 - as all commands
    """Take a doctor on, who works nowhere yet. Refuses: NotAllowed, Invalid with all problems, UserIsADoctor."""
    actor.require_role(Role.ADMIN)
    given = checked(values, doctor_checks("ZZ"), required=("name",))
    _ensure_known(given, specialty_id=Specialty, user_id=User)
    _dismiss(given.get("user_id"))
    return store(Doctor(), {name: value for name, value in given.items() if not (value is None and name in DEFAULTED)})


def update_doctor(
    doctor_id: int,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Doctor:
    """Change what is sent. Refuses: NotFound, NotAllowed, Stale, Invalid with all problems, UserIsADoctor."""
    doctor = scope.get(Doctor, doctor_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    ensure_current(doctor, revision)
    changes = checked(values, doctor_checks(_region(doctor)), required={"name", *DEFAULTED} & values.keys())
    _ensure_known(changes, specialty_id=Specialty, user_id=User)
    _change_boards_of(doctor_id)
    if {"user_id", "is_active"} & changes.keys():
        _dismiss(doctor.user_id, changes.get("user_id"))
    return store(doctor, changes)


def remove_doctor(doctor_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Delete a doctor without history; deactivate any other. Refuses: NotFound, NotAllowed."""
    doctor = scope.get(Doctor, doctor_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    offers = db.session.scalars(select(DoctorService).where(DoctorService.doctor_id == doctor_id)).all()
    _dismiss(doctor.user_id)
    _change_boards_of(doctor_id)
    delete_or_archive(doctor, *offers)


def add_workplace(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> DoctorClinic:  # noqa: ARG001
    """Let a doctor work at a clinic, in a room, for a share and with a daily maximum of their own there if any.

    Refuses: NotAllowed, Invalid with all problems, DuplicateWorkplace.
    """
    actor.require_role(Role.ADMIN)
    given = checked(values, WORKPLACE_CHECKS, required=("doctor_id", "clinic_id"))
    _ensure_known(given, doctor_id=Doctor, clinic_id=Clinic)
    _dismiss(db.session.get_one(Doctor, given["doctor_id"]).user_id)
    change_board(given["clinic_id"])  # who waits for a doctor who comes back is shown the room
    return store(DoctorClinic(), given)


def change_workplace(
    workplace_id: int,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> DoctorClinic:
    """Change room, share or daily maximum. Refuses: NotFound, NotAllowed, Invalid with all problems."""
    workplace = scope.get(DoctorClinic, workplace_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    change_board(workplace.clinic_id)  # which may show the room
    changeable = {name: WORKPLACE_CHECKS[name] for name in ("room", "share_bp", "daily_maximum")}
    return store(workplace, checked(values, changeable))


def end_workplace(workplace_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Let a doctor no longer work at a clinic; what happened there stays. Refuses: NotFound, NotAllowed."""
    workplace = scope.get(DoctorClinic, workplace_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    _dismiss(workplace.doctor.user_id)
    change_board(workplace.clinic_id)  # which may show the room
    db.session.delete(workplace)
    db.session.flush()


def add_offer(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> DoctorService:  # noqa: ARG001
    """Name a service as one that the doctor offers: from then on only those that are named, at that clinic.

    Refuses: NotAllowed, Invalid with all problems, DuplicateOffer.
    """
    actor.require_role(Role.ADMIN)
    needed = ("doctor_id", "service_id")
    given = checked(values, offer_checks(_currency_of(values.get("service_id"))), required=needed)
    _ensure_known(given, doctor_id=Doctor, service_id=Service)
    works_there = (
        select(DoctorClinic.id)
        .join(Service, Service.clinic_id == DoctorClinic.clinic_id)
        .where(Service.id == given["service_id"], DoctorClinic.doctor_id == given["doctor_id"])
    )
    if db.session.scalar(works_there) is None:
        raise Invalid({"service_id": [OtherClinic()]})
    _tell_board(given["service_id"])
    return store(DoctorService(), _with_minor(given))


def change_offer(
    offer_id: int,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> DoctorService:
    """Change the doctor's own duration or price. Refuses: NotFound, NotAllowed, Invalid with all problems."""
    offer = scope.get(DoctorService, offer_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    checks = offer_checks(_currency_of(offer.service_id))
    _tell_board(offer.service_id)
    return store(offer, _with_minor(checked(values, {name: checks[name] for name in ("duration_minutes", "price")})))


def end_offer(offer_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Take a service out of what the doctor offers. Refuses: NotFound, NotAllowed."""
    offer = scope.get(DoctorService, offer_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    _tell_board(offer.service_id)
    db.session.delete(offer)
    db.session.flush()


def _dismiss(*user_ids: int | None) -> None:
    """Have the screens of these users ask anew what they may see."""
    for user_id in user_ids:
        if user_id is not None:
            live.dismiss(user_room(user_id))


def _change_boards_of(doctor_id: int) -> None:
    """The boards may show the name, and whether the doctor is still there."""
    for clinic_id in db.session.scalars(select(DoctorClinic.clinic_id).where(DoctorClinic.doctor_id == doctor_id)):
        change_board(clinic_id)


def _tell_board(service_id: int) -> None:
    """The clinic's board may estimate waits by how long the doctor takes."""
    change_board(db.session.get_one(Service, service_id).clinic_id)


def _ensure_known(given: Mapping[str, Any], **tables: type[Any]) -> None:
    """Refuses: Invalid with every id that is no row of its table."""
    sent = {name: table for name, table in tables.items() if given.get(name) is not None}
    wrong = [name for name, table in sent.items() if db.session.get(table, given[name]) is None]
    if wrong:
        raise Invalid({name: [UnknownReference()] for name in wrong})


def _region(doctor: Doctor) -> str:
    """The country of the clinic where the doctor worked first."""
    first = select(Clinic.country).join(DoctorClinic).where(DoctorClinic.doctor_id == doctor.id)
    return db.session.scalar(first.order_by(DoctorClinic.id).limit(1)) or "ZZ"


def _currency_of(service_id: object) -> str:
    service = db.session.get(Service, service_id) if is_row_id(service_id) else None
    return service.currency if service is not None else "XXX"


def _with_minor(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"price_minor" if name == "price" else name: value for name, value in given.items()}
