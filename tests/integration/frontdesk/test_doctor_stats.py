"""A doctor's day in figures: the own rows alone, each clinic's own day, and sums that equal the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.billing.drafting import compose_invoice
from app.billing.issuing import issue
from app.billing.models import Payment
from app.billing.payments import take_payment
from app.billing.states import PaymentMethod
from app.frontdesk import arrivals, queue
from app.frontdesk.doctor_stats import DoctorStats, get_doctor_stats
from app.kernel.db import db, transaction
from app.kernel.errors import NotFound
from app.kernel.money import Money
from app.people.models import Clinic
from app.people.roles import Role
from app.scheduling.states import AppointmentStatus
from app.web.security import actor_of
from tests.factories import make_clinic, make_doctor, make_patient, make_service, make_user
from tests.integration.frontdesk.front import NOW
from tests.integration.scheduling.desk import counted_statements


def stats_of(front: Any, actor: Any = None) -> DoctorStats:
    db.session.rollback()
    return get_doctor_stats(actor=actor or front.cast.doctor, now=front.now)


def bill(front: Any, total: str, paid: str | None = None, *, at: datetime = NOW, **values: Any) -> None:
    cast = front.cast
    lines = [{"description": "Treatment", "unit_price": total}]
    asked = {"clinic_id": cast.main_id, "patient_id": front.patient().id, "doctor_id": cast.doctor_id, "lines": lines}
    with transaction(cast.admin):
        invoice = issue(compose_invoice(asked | values, actor=cast.admin, now=at).id, actor=cast.admin, now=at)
        if paid:
            money = Money.parse(paid, invoice.currency)
            take_payment(invoice.id, money, PaymentMethod.CASH, actor=cast.admin, now=at)


def test_visits_are_counted_by_what_has_become_of_them(front: Any) -> None:
    front.complete(front.start(front.walk_in()))
    front.start(front.walk_in())
    front.walk_in()
    front.call_next()
    gone = front.walk_in()
    front.act(queue.leave, gone.id)
    front.walk_in()
    front.walk_in(doctor_id=front.cast.doctor2_id)
    found = stats_of(front)
    assert (found.today_visits, found.waiting, found.active_consultations, found.completed) == (4, 2, 1, 1)
    assert stats_of(front, front.cast.doctor2).today_visits == 1


def test_whoever_is_still_here_since_yesterday_is_with_the_doctor_and_no_visit_of_today(front: Any) -> None:
    front.complete(front.start(front.walk_in()))
    front.start(front.walk_in())
    front.now += timedelta(days=1)
    found = stats_of(front)
    assert (found.today_visits, found.active_consultations, found.completed) == (0, 1, 0)


def test_only_open_appointments_of_the_next_thirty_days_are_coming(front: Any) -> None:
    front.appointment(NOW + timedelta(hours=1))
    front.appointment(NOW + timedelta(days=29), status=AppointmentStatus.REQUESTED)
    front.appointment(NOW - timedelta(hours=1))
    front.appointment(NOW + timedelta(days=2), status=AppointmentStatus.CANCELLED)
    front.appointment(NOW + timedelta(days=31))
    front.appointment(NOW + timedelta(hours=1), doctor=front.cast.doctor2_row)
    assert stats_of(front).upcoming_appointments == 2


def test_revenue_is_the_doctors_share_of_today(front: Any) -> None:
    bill(front, "100.00", "30.00")
    bill(front, "40.00")
    bill(front, "80.00", "20.00", at=NOW - timedelta(days=1))
    bill(front, "60.00", "60.00", doctor_id=front.cast.doctor2_id)
    (revenue,) = stats_of(front).today_revenue.values()
    assert [str(part) for part in (revenue.paid, revenue.refunded, revenue.pending)] == ["15.00", "0.00", "55.00"]


def test_what_was_given_back_is_not_kept(front: Any) -> None:
    bill(front, "100.00", "100.00")
    with transaction(front.cast.admin):
        db.session.scalars(select(Payment)).one().refunded_minor = 2500
    (revenue,) = stats_of(front).today_revenue.values()
    assert (revenue.paid.minor, revenue.refunded.minor) == (3750, 1250)


def test_each_clinic_has_its_own_day_and_its_own_currency(front: Any) -> None:
    """At 08:00 UTC it is Monday in Berlin and still Sunday in Honolulu."""
    island = make_clinic("island", timezone="Pacific/Honolulu", currency="USD")
    user = make_user(Role.DOCTOR)
    main = db.session.get_one(Clinic, front.cast.main_id)
    traveller = make_doctor(main, island, user=user)
    service, patient = make_service(island), make_patient(island)
    admin = front.cast.admin
    there = {"clinic_id": island.id, "doctor_id": traveller.id, "service_id": service.id, "patient_id": patient.id}
    front.act(arrivals.walk_in, front.request(**there), actor=admin)
    late = datetime(2030, 5, 5, 22, tzinfo=UTC)  # Sunday noon there, Monday 00:00 in Berlin
    bill(front, "10.00", "10.00", at=late, clinic_id=island.id, patient_id=patient.id, doctor_id=traveller.id)
    bill(front, "20.00", "20.00", at=late - timedelta(hours=1), doctor_id=traveller.id)  # Sunday 23:00 in Berlin
    found = stats_of(front, actor_of(user))
    assert found.today_visits == 1
    assert {currency: str(one.paid) for currency, one in found.today_revenue.items()} == {"EUR": "0.00", "USD": "5.00"}


def test_a_user_without_a_doctors_record_has_no_figures(front: Any) -> None:
    with pytest.raises(NotFound):
        stats_of(front, front.cast.reception)


def test_the_figures_take_few_statements(front: Any) -> None:
    for _ in range(3):
        front.walk_in()
        bill(front, "40.00")
    db.session.rollback()
    with counted_statements() as run:
        get_doctor_stats(actor=front.cast.doctor, now=front.now)
    assert len(run) <= 7, run
