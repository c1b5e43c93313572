"""How heavy the pages of the front desk are on a clinic's fullest day; the board is fetched with every change of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.frontdesk.models import Visit
from app.frontdesk.states import Priority, VisitStatus
from app.kernel.db import db, transaction
from app.people.models import Doctor, DoctorPatient
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.factories import make_doctor
from tests.integration.frontdesk.front import NOW, Front
from tests.web.frontdesk.portal import Practice

Sign = Callable[[str], FlaskClient]

HEAVIEST = 150_000  # bytes of HTML, as a browser has it before it draws
DAY = (  # and how many of them there are
    (VisitStatus.IN_PROGRESS, 10),
    (VisitStatus.CALLED, 5),
    (VisitStatus.WAITING, 145),
    (VisitStatus.COMPLETED, 40),
)
EXPECTED = 60
NAMES = {  # of patients and doctors, as people write them who read the page in that language
    "en": ("Maria Santos", ("Dr. Amelia Hart", "Dr. Rafael Monteiro", "Dr. Chen Mei-Ling", "Dr. Ananya Iyer")),
    "es": ("María Fernández Ruiz", ("Dra. Lucía Hernández", "Dr. Álvaro Núñez", "Dra. Inés Ibáñez", "Dr. Íñigo Peña")),
    "ar": ("محمد عبد الرحمن", ("د. أحمد الخطيب", "د. ليلى منصور", "د. يوسف الحداد", "د. سارة الشامي")),
}
FIRST_ID = 200_000  # of a clinic group that has worked for years


def patients(front: Front, name: str, many: int) -> list[Patient]:
    rows = [Patient(clinic_id=front.cast.main_id, name=f"{name} {number}") for number in range(many)]
    db.session.add_all(rows)
    db.session.flush()
    return rows


def fill_the_day(front: Front, doctors: Sequence[Doctor], name: str = "Maria Santos") -> None:
    """Two hundred visits of one day, every second by appointment, and more who are expected than are shown."""
    statuses = [status for status, many in DAY for _ in range(many)]
    with transaction(front.cast.admin):
        rows = patients(front, name, len(statuses) + EXPECTED)
        for number, (patient, doctor) in enumerate(zip(rows, cycle(doctors), strict=False)):
            came = number < len(statuses)
            with_time = not came or number % 2
            appointment_id = book(front, patient, doctor, number, came=came) if with_time else None
            if came:
                db.session.add(visit(front, patient, doctor, number, statuses[number], appointment_id))


def book(front: Front, patient: Patient, doctor: Doctor, number: int, *, came: bool) -> int:
    starts_at = NOW + timedelta(minutes=number)
    appointment = Appointment(
        id=FIRST_ID + number,
        clinic_id=front.cast.main_id,
        doctor_id=doctor.id,
        service_id=front.cast.service_id,
        patient_id=patient.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        status=AppointmentStatus.CHECKED_IN if came else AppointmentStatus.CONFIRMED,
    )
    db.session.add(appointment)
    db.session.flush()
    return appointment.id


def visit(
    front: Front, patient: Patient, doctor: Doctor, number: int, status: VisitStatus, appointment_id: int | None
) -> Visit:
    came_at = NOW - timedelta(minutes=100 - number / 2)
    begun = status in (VisitStatus.IN_PROGRESS, VisitStatus.COMPLETED)
    urgent = number % 20 == 15
    return Visit(
        id=FIRST_ID + number,
        clinic_id=front.cast.main_id,
        doctor_id=doctor.id,
        service_id=front.cast.service_id,
        patient_id=patient.id,
        appointment_id=appointment_id,
        business_date=NOW.date(),
        queue_number=1 + number,
        check_in_time=came_at,
        called_time=NOW if status is VisitStatus.CALLED else None,
        start_time=came_at + timedelta(minutes=10) if begun else None,
        end_time=NOW if status is VisitStatus.COMPLETED else None,
        status=status,
        priority=Priority.URGENT if urgent else Priority.NORMAL,
        priority_reason="short of breath" if urgent else None,
    )


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_a_board_of_two_hundred_visits_is_a_light_page(front: Front, login_as: Sign, language: str) -> None:
    patient, names = NAMES[language]
    doctors = [make_doctor(front.cast.main_clinic, name=name, room=str(room)) for room, name in enumerate(names * 3)]
    fill_the_day(front, doctors, patient)
    client = login_as("reception")
    client.post("/choose/language", data={"language": language})
    page, columns = client.get("/queue/"), client.get("/queue/columns")
    assert page.text.count("data-visit=") == 180  # of the completed, the newest
    assert '<span class="page-count figure">40</span>' in page.text
    assert page.text.count('value="check-in ') == 25
    assert len(columns.data) < len(page.data) < HEAVIEST


def test_the_board_of_a_doctor_for_whom_all_wait_is_as_light(front: Front, login_as: Sign) -> None:
    fill_the_day(front, [front.cast.doctor_row])
    client = login_as("reception")
    assert len(client.get(f"/queue/?doctor={front.cast.doctor_id}").data) < HEAVIEST
    assert len(client.get("/queue/").data) < HEAVIEST


def test_the_pages_of_a_doctor_with_much_to_do_are_light(practice: Practice, login_as: Sign) -> None:
    front, cast = practice.front, practice.cast
    fill_the_day(front, [cast.doctor_row])
    with transaction(cast.admin):
        treated = [DoctorPatient(doctor_id=cast.doctor_id, patient_id=row.id) for row in db.session.query(Patient)]
        db.session.add_all(treated)
    payer = practice.patient("Petra Payer")
    for day in range(60):
        practice.paid(payer, "80.00", at=NOW - timedelta(days=day))
    client = login_as("doctor")
    since = (NOW - timedelta(days=60)).date()
    pages: dict[str, Any] = {
        "/doctor/": "Maria Santos 100",
        "/doctor/schedule": "Maria Santos",
        "/doctor/patients": "Maria Santos",
        f"/doctor/patients/{payer.id}": "80,00",
        f"/doctor/earnings?start_date={since}&end_date={NOW.date()}": "40,00",
    }
    for address, shown in pages.items():
        page = client.get(address)
        assert (page.status_code, shown in page.text, len(page.data) < HEAVIEST) == (200, True, True), address
