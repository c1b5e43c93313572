"""The same small cast in all tests: who works where in two clinics, by the names of the demo's logins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.models import Clinic, Doctor, Service
from app.people.roles import Role
from app.web.security import actor_of
from tests.factories import make_clinic, make_doctor, make_service, make_user


@dataclass(frozen=True)
class Cast:
    """Actors by the username they sign in with, and the rows around them.

    `doctor` and `doctor2` work at the main clinic, `doctor2` at Riverside as well; `riverside` is reception there only.
    The rows are loaded and belong to no session: their columns may be read anywhere, their relationships not.
    """

    admin: Actor
    reception: Actor
    doctor: Actor
    doctor2: Actor
    accountant: Actor
    riverside: Actor

    main_clinic: Clinic
    riverside_clinic: Clinic
    main_service: Service
    riverside_service: Service
    doctor_row: Doctor
    doctor2_row: Doctor

    @property
    def main_id(self) -> int:
        return self.main_clinic.id

    @property
    def riverside_id(self) -> int:
        return self.riverside_clinic.id

    @property
    def service_id(self) -> int:
        return self.main_service.id

    @property
    def riverside_service_id(self) -> int:
        return self.riverside_service.id

    @property
    def doctor_id(self) -> int:
        return self.doctor_row.id

    @property
    def doctor2_id(self) -> int:
        return self.doctor2_row.id


def build_cast() -> Cast:
    """Store the cast; needs an app context and roles in the database."""
    main = make_clinic("main", name="Main Clinic")
    riverside = make_clinic("riverside", name="Riverside Clinic")
    users = {
        "admin": make_user(Role.ADMIN, username="admin"),
        "reception": make_user(Role.RECEPTIONIST, clinics=[main], username="reception"),
        "doctor": make_user(Role.DOCTOR, username="doctor"),
        "doctor2": make_user(Role.DOCTOR, username="doctor2"),
        "accountant": make_user(Role.ACCOUNTANT, clinics=[main], username="accountant"),
        "riverside": make_user(Role.RECEPTIONIST, clinics=[riverside], username="riverside"),
    }
    rows = {
        "main_clinic": main,
        "riverside_clinic": riverside,
        "main_service": make_service(main, name="Consultation"),
        "riverside_service": make_service(riverside, name="Consultation"),
        "doctor_row": make_doctor(main, user=users["doctor"], name="Dr. Ada Main", room="1"),
        "doctor2_row": make_doctor(main, riverside, user=users["doctor2"], name="Dr. Ben Both", room="2"),
    }
    actors = {name: actor_of(user) for name, user in users.items()}
    return Cast(**actors, **{name: loaded(row) for name, row in rows.items()})


def loaded(row: Any) -> Any:
    db.session.refresh(row)
    db.session.expunge(row)
    return row
