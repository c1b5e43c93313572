"""The demo keeps every promise that real data keeps, whatever the hour at which it is loaded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.billing.models import Invoice, NumberSeries, Payment
from app.billing.states import InvoiceStatus, PaymentStatus
from app.demo.load import NotEmpty, NotTheDemo, load_demo_if_empty
from app.frontdesk.models import QueueCounter, Visit
from app.frontdesk.states import ACTIVE, VisitStatus
from app.kernel import clock
from app.kernel.actor import system
from app.people.models import Clinic, Doctor, DoctorPatient
from app.people.patient_models import Patient
from app.people.patient_queries import search_patients
from app.scheduling.models import Appointment, DoctorTime
from app.scheduling.states import OCCUPYING, AppointmentStatus
from tests.factories import make_clinic

MOMENTS = {
    "a Tuesday morning": datetime(2026, 3, 3, 10, 35, tzinfo=UTC),
    "a Sunday just before midnight": datetime(2026, 7, 5, 22, 40, tzinfo=UTC),
    "the first hour of a year": datetime(2027, 1, 1, 0, 20, tzinfo=UTC),
    "the day the clocks go forward": datetime(2026, 3, 29, 9, 0, tzinfo=UTC),
}


@pytest.fixture
def demo(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setitem(app.config, "DEMO", True)
    return app


@contextmanager
def loaded(app: Flask, moment: datetime, *, days: int) -> Iterator[None]:
    with clock.freeze(moment):
        assert load_demo_if_empty(app, days=days) is True
        yield


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_there_is_a_day_to_look_at_and_every_promise_is_kept(demo: Flask, session: Any, moment: datetime) -> None:
    with loaded(demo, moment, days=8):
        today = of_today(session)
        assert len(today) >= 40
        assert len({one.status for one in today}) >= 3
        assert_every_promise_is_kept(session)


def test_the_whole_demo_has_eight_weeks_of_history(demo: Flask, session: Any) -> None:
    moment = MOMENTS["a Tuesday morning"]
    with loaded(demo, moment, days=56):
        past = select(func.count(Appointment.id)).where(Appointment.starts_at < moment)
        assert session.scalar(past) >= 2000
        assert session.scalar(select(func.count(Appointment.id)).where(Appointment.starts_at > moment)) > 300
        assert session.scalar(select(func.count(Doctor.id))) >= 6
        assert {one.status for one in of_today(session)} == set(AppointmentStatus)
        visits = Counter(session.scalars(select(Visit.status).where(Visit.business_date == moment.date())))
        assert min(visits[VisitStatus.WAITING], visits[VisitStatus.IN_PROGRESS], visits[VisitStatus.COMPLETED]) >= 3
        assert set(session.scalars(select(Payment.status))) == {PaymentStatus.PAID, PaymentStatus.FAILED}
        assert_every_promise_is_kept(session)
        for q in ("smith", "محمد", "शर्मा", "陈"):
            assert search_patients(q, actor=system()), q


def of_today(session: Any) -> list[Appointment]:
    start, end = clock.day_bounds(clock.clinic_day(clock.now(), "Europe/London"), "Europe/London")
    query = select(Appointment).where(Appointment.starts_at >= start, Appointment.starts_at < end)
    return list(session.scalars(query))


def assert_every_promise_is_kept(session: Any) -> None:
    session.expire_all()
    assert_no_doctor_is_in_two_places(session)
    assert_visits_and_appointments_agree(session)
    assert_queue_numbers_run_from_one(session)
    assert_counters_equal_the_rows(session)
    assert_invoice_numbers_have_no_gap(session)
    assert_money_adds_up(session)


def assert_no_doctor_is_in_two_places(session: Any) -> None:
    busy = session.execute(
        select(DoctorTime.doctor_id, DoctorTime.busy_from, DoctorTime.busy_to).order_by(
            DoctorTime.doctor_id, DoctorTime.busy_from
        )
    ).all()
    assert all(one.busy_to <= two.busy_from for one, two in pairwise(busy) if one.doctor_id == two.doctor_id)
    occupying = set(session.scalars(select(Appointment.id).where(Appointment.status.in_(OCCUPYING))))
    assert occupying == set(session.scalars(select(DoctorTime.appointment_id)))
    booked = session.execute(
        select(Appointment.doctor_id, Appointment.starts_at, Appointment.ends_at).order_by(
            Appointment.doctor_id, Appointment.starts_at
        )
    ).all()
    assert all(one.ends_at <= two.starts_at for one, two in pairwise(booked) if one.doctor_id == two.doctor_id)
    pairs = {(one, two) for one, two in session.execute(select(Appointment.doctor_id, Appointment.patient_id))}
    assert pairs <= {
        (one, two) for one, two in session.execute(select(DoctorPatient.doctor_id, DoctorPatient.patient_id))
    }


def assert_visits_and_appointments_agree(session: Any) -> None:
    joined = select(Appointment.status, Visit.status).join(Visit, Visit.appointment_id == Appointment.id)
    expected = dict.fromkeys(ACTIVE, AppointmentStatus.CHECKED_IN)
    expected |= {VisitStatus.COMPLETED: AppointmentStatus.COMPLETED, VisitStatus.LEFT: AppointmentStatus.CANCELLED}
    assert all(appointment is expected[visit] for appointment, visit in session.execute(joined))
    arrived = {AppointmentStatus.CHECKED_IN, AppointmentStatus.COMPLETED}
    without = select(func.count(Appointment.id)).where(
        Appointment.status.in_(arrived), ~select(Visit.id).where(Visit.appointment_id == Appointment.id).exists()
    )
    assert session.scalar(without) == 0
    late = select(func.count(Visit.id)).where(func.coalesce(Visit.end_time, Visit.check_in_time) > clock.now())
    assert session.scalar(late) == 0
    inside = Counter(session.scalars(select(Visit.doctor_id).where(Visit.status == VisitStatus.IN_PROGRESS)))
    assert max(inside.values(), default=0) <= 1


def assert_queue_numbers_run_from_one(session: Any) -> None:
    numbers: dict[tuple[int, Any], list[int]] = defaultdict(list)
    for clinic_id, day, number in session.execute(select(Visit.clinic_id, Visit.business_date, Visit.queue_number)):
        numbers[clinic_id, day].append(number)
    assert all(sorted(given) == list(range(1, len(given) + 1)) for given in numbers.values())
    counters = select(QueueCounter.clinic_id, QueueCounter.business_date, QueueCounter.last_number)
    assert {(clinic, day): last for clinic, day, last in session.execute(counters)} == {
        key: len(given) for key, given in numbers.items()
    }


def assert_counters_equal_the_rows(session: Any) -> None:
    days: dict[int, list[Any]] = defaultdict(list)
    for patient_id, day in session.execute(
        select(Visit.patient_id, Visit.business_date).where(Visit.status == VisitStatus.COMPLETED)
    ):
        days[patient_id].append(day)
    ended: dict[AppointmentStatus, Counter[int]] = defaultdict(Counter)
    for patient_id, status in session.execute(select(Appointment.patient_id, Appointment.status)):
        ended[status][patient_id] += 1
    for one in session.scalars(select(Patient)):
        assert one.total_visits == len(days[one.id])
        assert one.total_no_shows == ended[AppointmentStatus.NO_SHOW][one.id]
        assert one.total_cancellations == ended[AppointmentStatus.CANCELLED][one.id]
        first, last = min(days[one.id], default=None), max(days[one.id], default=None)
        assert (one.first_visit_date, one.last_visit_date) == (first, last)


def assert_invoice_numbers_have_no_gap(session: Any) -> None:
    query = (
        select(Invoice.clinic_id, Invoice.number)
        .where(Invoice.number.is_not(None))
        .order_by(Invoice.issued_at, Invoice.number)
    )
    given: dict[tuple[int, str], list[int]] = defaultdict(list)
    for clinic_id, number in session.execute(query):
        _, year, counter = number.rsplit("-", 2)
        given[clinic_id, year].append(int(counter))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in given.values())
    series = select(NumberSeries.clinic_id, NumberSeries.series, NumberSeries.last_number)
    assert {(clinic, name): last for clinic, name, last in session.execute(series)} == {
        key: len(numbers) for key, numbers in given.items()
    }


def assert_money_adds_up(session: Any) -> None:
    for invoice in session.scalars(select(Invoice)):
        received = [one for one in invoice.payments if one.status is PaymentStatus.PAID]
        assert invoice.paid_minor == sum(one.amount_minor for one in received)
        if invoice.status is InvoiceStatus.PAID:
            shared = sum(one.doctor_share_minor + one.center_share_minor for one in received)
            assert shared == invoice.subtotal_minor - invoice.discount_minor
        assert invoice.total_minor == sum(line.total_minor + line.tax_minor for line in invoice.lines)
    billed = set(session.scalars(select(Invoice.visit_id)))
    assert billed == set(session.scalars(select(Visit.id).where(Visit.status == VisitStatus.COMPLETED)))


# -- loading --------------------------------------------------------------------------------------------------------


def test_the_demo_is_loaded_once(demo: Flask, session: Any) -> None:
    with loaded(demo, MOMENTS["a Tuesday morning"], days=1):
        before = session.scalar(select(func.count(Appointment.id)))
        assert load_demo_if_empty(demo) is False
        assert session.scalar(select(func.count(Appointment.id))) == before
        runner = demo.test_cli_runner()
        assert runner.invoke(args=["demo", "load"]).output == "The demo was there already.\n"


def test_the_demo_is_not_loaded_into_a_real_installation(app: Flask, session: Any) -> None:
    with pytest.raises(NotTheDemo):
        load_demo_if_empty(app)
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert (result.exit_code, session.scalar(select(func.count(Clinic.id)))) == (1, 0)
    assert app.test_cli_runner().invoke(args=["demo", "day"]).exit_code == 1


def test_the_demo_is_not_loaded_beside_other_clinics(demo: Flask, session: Any) -> None:
    make_clinic("ours")
    with pytest.raises(NotEmpty):
        load_demo_if_empty(demo)


# -- signing in -----------------------------------------------------------------------------------------------------


def signs_in(client: FlaskClient, username: str) -> bool:
    answer = client.post(
        "/api/v1/security/login", json={"username": username, "password": "demo", "provider": "db", "refresh": False}
    )
    return answer.status_code == 200


@pytest.mark.any_database
@pytest.mark.parametrize("username", ["admin", "reception", "doctor", "doctor2", "accountant", "riverside"])
def test_everybody_of_the_demo_signs_in_there_and_nowhere_else(
    demo: Flask, session: Any, client: FlaskClient, username: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.freeze(MOMENTS["a Tuesday morning"]):
        load_demo_if_empty(demo, days=1)
    assert signs_in(client, username)
    monkeypatch.setitem(demo.config, "DEMO", False)
    assert not signs_in(client, username)
