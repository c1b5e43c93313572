"""Each role reaches the rows that contract.md gives it, and none besides."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User

from app.kernel import scope
from app.kernel.actor import NOBODY, Actor, system
from app.kernel.db import db
from app.people.models import (
    Clinic,
    Doctor,
    DoctorClinic,
    DoctorService,
    Holiday,
    Service,
    Setting,
    Specialty,
    StaffClinic,
)
from app.people.patient_models import Patient
from app.people.roles import Role
from app.web.security import actor_of
from tests.cast import Cast
from tests.factories import make, make_patient, make_service, make_user

TABLES = (Clinic, Doctor, DoctorClinic, DoctorService, Holiday, Patient, Service, Setting, Specialty, StaffClinic, User)


@pytest.fixture
def everything(session: Any, cast: Cast) -> Cast:
    """In both clinics one row of each table, and in the main one a patient of each doctor."""
    make(Specialty(name="General"))
    for clinic in (cast.main_clinic, cast.riverside_clinic):
        make(Setting(clinic_id=clinic.id, name="horizon_days", value=30))
        make(Holiday(clinic_id=clinic.id, day=date(2026, 12, 25), name="Christmas"))
        make_service(clinic, name="Check-up", offered_by=[cast.doctor2_row])
        make_patient(clinic, name=f"Nobody's, {clinic.code}")
    make_patient(cast.main_clinic, name="Ada's", treated_by=[cast.doctor_row])
    make_patient(cast.riverside_clinic, name="Ben's", treated_by=[cast.doctor2_row])
    make_patient(cast.riverside_clinic, name="Ada's, from before", treated_by=[cast.doctor_row])
    return cast


def reach(actor: Actor) -> dict[str, int]:
    return {table.__name__: len(db.session.scalars(scope.rows(table, actor)).all()) for table in TABLES}


def named(table: type[Any], actor: Actor) -> set[str]:
    return {str(row) for row in db.session.scalars(scope.rows(table, actor))}


def test_reception_sees_its_clinic(everything: Cast) -> None:
    assert named(Patient, everything.reception) == {"Nobody's, main", "Ada's"}
    assert named(Doctor, everything.reception) == {"Dr. Ada Main", "Dr. Ben Both"}
    assert named(Clinic, everything.reception) == {"Main Clinic"}
    assert named(DoctorClinic, everything.reception) == {"Dr. Ada Main · Main Clinic", "Dr. Ben Both · Main Clinic"}


def test_another_clinics_reception_sees_that_one(everything: Cast) -> None:
    assert named(Patient, everything.riverside) == {"Nobody's, riverside", "Ben's", "Ada's, from before"}
    assert named(Doctor, everything.riverside) == {"Dr. Ben Both"}
    assert reach(everything.riverside)["Service"] == 2


def test_a_doctor_sees_their_patients_where_they_work(everything: Cast) -> None:
    assert named(Patient, everything.doctor) == {"Ada's"}
    assert named(Patient, everything.doctor2) == {"Ben's"}
    assert named(Clinic, everything.doctor2) == {"Main Clinic", "Riverside Clinic"}


def test_an_accountant_sees_no_patient(everything: Cast) -> None:
    seen = reach(everything.accountant)
    assert (seen["Patient"], seen["Doctor"], seen["Service"]) == (0, 2, 2)


def test_users_are_for_administrators(everything: Cast) -> None:
    assert [reach(who)["User"] for who in (everything.reception, everything.doctor, everything.accountant)] == [0, 0, 0]
    assert reach(everything.admin)["User"] == 6


def test_administrators_and_the_program_see_everything(everything: Cast) -> None:
    everywhere = {
        "Clinic": 2,
        "Doctor": 2,
        "DoctorClinic": 3,
        "DoctorService": 2,
        "Holiday": 2,
        "Patient": 5,
        "Service": 4,
        "Setting": 2,
        "Specialty": 1,
        "StaffClinic": 3,
        "User": 6,
    }
    assert reach(everything.admin) == everywhere
    assert reach(system()) == everywhere


@pytest.mark.parametrize("role", list(Role)[1:])
def test_who_belongs_to_no_clinic_sees_nothing(everything: Cast, role: Role) -> None:
    assert set(reach(actor_of(make_user(role))).values()) == {0}


def test_a_stranger_sees_nothing(everything: Cast) -> None:
    assert set(reach(NOBODY).values()) == {0}
