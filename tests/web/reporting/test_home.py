"""The start page counts what waits for its reader, and each count leads to just those rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.billing.models import Invoice, Payment
from app.billing.states import InvoiceStatus, PaymentMethod, PaymentStatus
from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.kernel import clock
from app.messaging.models import Notification
from app.messaging.states import Channel, NotificationStatus
from app.people.models import Doctor
from app.people.patient_models import Patient
from app.scheduling.states import AppointmentStatus
from tests.cast import Cast
from tests.factories import make, make_appointment, make_patient

Sign = Callable[[str], FlaskClient]
NOW = datetime(2030, 5, 6, 8, tzinfo=UTC)  # 10:00 in Berlin, on a Monday
CARD = re.compile(
    r'href="(?P<url>[^"]+)">.*?stat-label">(?P<label>[^<]+)<.*?stat-value figure">(?P<value>[^<]+)<', re.DOTALL
)


@pytest.fixture(autouse=True)
def at_ten(session: Any) -> Iterator[None]:
    with clock.freeze(NOW):
        yield


@pytest.fixture
def patient(cast: Cast) -> Patient:
    return make_patient(cast.main_clinic, name="Ada Abel", treated_by=[cast.doctor_row])


def cards(client: FlaskClient) -> dict[str, tuple[str, str]]:
    """Label -> (number, address) of each stat card."""
    page = client.get("/").text.partition("stat-cards")[2]
    return {card["label"]: (card["value"], card["url"].replace("&amp;", "&")) for card in CARD.finditer(page)}


def rows_at(client: FlaskClient, address: str) -> int:
    page = client.get(address)
    assert page.status_code == 200
    return page.text.count("<tr data-href") + page.text.count("<tr  data-href")


def book(cast: Cast, patient: Patient, hours: float, status: AppointmentStatus) -> None:
    make_appointment(patient, cast.doctor_row, cast.main_service, NOW + timedelta(hours=hours), status=status)


def visit(
    cast: Cast, patient: Patient, *, minutes: int, status: VisitStatus = VisitStatus.WAITING, days: int = 0
) -> None:
    number = 1 + minutes % 97
    make(
        Visit(
            clinic_id=patient.clinic_id,
            doctor_id=cast.doctor_id,
            service_id=cast.service_id,
            patient_id=patient.id,
            queue_number=number,
            status=status,
            business_date=date(2030, 5, 6) - timedelta(days=days),
            check_in_time=NOW - timedelta(minutes=minutes, days=days),
        )
    )


def bill(patient: Patient, doctor: Doctor, status: InvoiceStatus, *, due: int = 0) -> Invoice:
    number = None if status is InvoiceStatus.DRAFT else f"N-{status}-{due}"
    return make(
        Invoice(
            clinic_id=patient.clinic_id,
            patient_id=patient.id,
            doctor_id=doctor.id,
            status=status,
            number=number,
            currency="EUR",
            subtotal_minor=5000,
            total_minor=5000,
            issued_at=None if number is None else NOW,
            due_date=date(2030, 5, 6) + timedelta(days=due),
        )
    )


def notice(patient: Patient, status: NotificationStatus) -> None:
    make(
        Notification(
            clinic_id=patient.clinic_id,
            patient_id=patient.id,
            kind="appointment_confirmed",
            channel=Channel.EMAIL,
            status=status,
            dedupe_key=f"{status}",
            recipient="ada@patient.test",
            subject="Yours",
            body="Dear Ada",
        )
    )


def test_a_quiet_clinic_has_nothing_to_do(cast: Cast, login_as: Sign) -> None:
    for who in ("reception", "doctor", "accountant", "admin"):
        page = login_as(who).get("/").text
        assert "Everything is done" in page
        assert "stat-card" not in page


def test_requests_and_appointments_that_nobody_closed_are_counted(cast: Cast, patient: Patient, login_as: Sign) -> None:
    book(cast, patient, 24, AppointmentStatus.REQUESTED)
    book(cast, patient, 30, AppointmentStatus.REQUESTED)
    book(cast, patient, 25, AppointmentStatus.CONFIRMED)
    book(cast, patient, -2, AppointmentStatus.CONFIRMED)
    book(cast, patient, -50, AppointmentStatus.CONFIRMED)
    book(cast, patient, -60, AppointmentStatus.COMPLETED)
    desk = login_as("reception")
    found = cards(desk)
    assert {label: number for label, (number, _) in found.items()} == {
        "Expected and not here yet": "1",
        "Requests to confirm": "2",
        "Appointments of earlier days still open": "1",
    }
    assert found["Expected and not here yet"][1] == "/queue/#expected"
    for label in ("Requests to confirm", "Appointments of earlier days still open"):
        number, address = found[label]
        assert rows_at(desk, address) == int(number)


def test_who_waits_too_long_and_what_was_left_open_is_counted(cast: Cast, patient: Patient, login_as: Sign) -> None:
    others = [make_patient(cast.main_clinic) for _one in range(4)]
    visit(cast, patient, minutes=61)
    visit(cast, others[0], minutes=90, status=VisitStatus.CALLED)
    visit(cast, others[1], minutes=59)
    visit(cast, others[2], minutes=95, status=VisitStatus.IN_PROGRESS)
    visit(cast, others[3], minutes=10, status=VisitStatus.IN_PROGRESS, days=1)
    found = cards(login_as("reception"))
    assert found["Waiting for more than an hour"] == ("2", "/queue/")
    assert found["Visits of an earlier day still open"] == ("1", "/queue/")
    assert cards(login_as("doctor"))["Waiting for more than an hour"] == ("2", "/doctor/today")
    assert cards(login_as("doctor2")) == {}


def test_drafts_overdue_invoices_and_odd_payments_are_counted(cast: Cast, patient: Patient, login_as: Sign) -> None:
    bill(patient, cast.doctor_row, InvoiceStatus.DRAFT)
    bill(patient, cast.doctor_row, InvoiceStatus.ISSUED, due=-1)
    bill(patient, cast.doctor_row, InvoiceStatus.PARTIALLY_PAID, due=-2)
    bill(patient, cast.doctor_row, InvoiceStatus.PAID, due=-3)
    owed = bill(patient, cast.doctor_row, InvoiceStatus.ISSUED)
    make(
        Payment(
            clinic_id=cast.main_id,
            invoice_id=owed.id,
            patient_id=patient.id,
            doctor_id=cast.doctor_id,
            amount_minor=100,
            currency="EUR",
            method=PaymentMethod.STRIPE,
            status=PaymentStatus.PENDING,
            failure="surplus",
        )
    )
    desk, books = login_as("reception"), login_as("accountant")
    assert {label: number for label, (number, _) in cards(desk).items()} == {
        "Drafts to issue": "1",
        "Overdue invoices": "2",
        "Online payments to look at": "1",
    }
    assert {label: number for label, (number, _) in cards(books).items()} == {
        "Overdue invoices": "2",
        "Online payments to look at": "1",
    }
    for client in (desk, books):
        for number, address in cards(client).values():
            assert rows_at(client, address) == int(number)


def test_messages_that_failed_are_counted_for_the_desk_alone(cast: Cast, patient: Patient, login_as: Sign) -> None:
    notice(patient, NotificationStatus.FAILED)
    notice(patient, NotificationStatus.SENT)
    number, address = cards(login_as("reception"))["Messages that could not be sent"]
    assert (number, rows_at(login_as("reception"), address)) == ("1", 1)
    assert cards(login_as("accountant")) == {}
    assert cards(login_as("doctor")) == {}


def test_nobody_counts_what_is_another_clinics(cast: Cast, patient: Patient, login_as: Sign) -> None:
    book(cast, patient, 24, AppointmentStatus.REQUESTED)
    notice(patient, NotificationStatus.FAILED)
    bill(patient, cast.doctor_row, InvoiceStatus.DRAFT)
    assert cards(login_as("riverside")) == {}
    assert set(cards(login_as("doctor"))) == {"Requests to confirm"}
    assert cards(login_as("doctor2")) == {}


def test_an_administrator_counts_the_clinic_they_chose(cast: Cast, patient: Patient, login_as: Sign) -> None:
    book(cast, patient, 24, AppointmentStatus.REQUESTED)
    admin = login_as("admin")
    assert cards(admin)["Requests to confirm"][0] == "1"
    admin.post("/choose/clinic", data={"clinic": cast.riverside_id})
    assert cards(admin) == {}
    admin.post("/choose/clinic", data={"clinic": cast.main_id})
    assert cards(admin)["Requests to confirm"][0] == "1"
