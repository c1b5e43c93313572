"""The same small cast in all tests: who works where in two clinics, by the names of the demo's logins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.kernel import clock
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


def zone_at_noon() -> str:
    """A zone in whose clocks it is between twelve and one now: for clinics of a running product, whose clock is the
    computer's. No day ends while a test runs. (Their names count westwards.)
    """
    hours_to_noon = 12 - clock.now().hour
    return f"Etc/GMT{-hours_to_noon:+d}" if hours_to_noon else "Etc/UTC"


def build_cast(zone: str = "Europe/Berlin") -> Cast:
    """Store the cast, its clinics in this zone; needs an app context and roles in the database."""
    main = make_clinic("main", name="Main Clinic", timezone=zone)
    riverside = make_clinic("riverside", name="Riverside Clinic", timezone=zone)
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
