"""Money taken at the desk is counted once, never beyond what is owed, and shared to the last cent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.billing.drafting import compose_invoice
from app.billing.errors import AlreadyPaid, AmountNotPositive, CurrencyDiffers, InvoiceNotIssued, Overpaid, PaidOnline
from app.billing.issuing import issue
from app.billing.models import Invoice, Payment
from app.billing.payments import take_payment
from app.billing.states import InvoiceStatus, PaymentMethod, PaymentStatus
from app.kernel import live
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.live import Announcement
from app.kernel.money import Money
from app.people.models import Doctor, DoctorClinic
from tests.factories import make_service

NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)
CASH = PaymentMethod.CASH


def paid(actor: Any, invoice: Invoice, minor: int, method: PaymentMethod = CASH, currency: str = "EUR") -> Payment:
    with transaction(actor):
        return take_payment(invoice.id, Money(minor, currency), method, actor=actor, now=NOON)


def stored(invoice: Invoice) -> Invoice:
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id, populate_existing=True)


def test_a_payment_in_full_pays_the_invoice(desk: Any) -> None:
    invoice = desk.issued("100.00")
    payment = paid(desk.cast.reception, invoice, 10_000)
    assert (payment.status, payment.paid_at, payment.method) == (PaymentStatus.PAID, NOON, CASH)
    assert (stored(invoice).status, stored(invoice).paid_minor) == (InvoiceStatus.PAID, 10_000)


def test_partial_payments_add_up(desk: Any) -> None:
    invoice = desk.issued("100.00")
    paid(desk.cast.reception, invoice, 3333, PaymentMethod.CARD)
    assert stored(invoice).status is InvoiceStatus.PARTIALLY_PAID
    paid(desk.cast.reception, invoice, 6667, PaymentMethod.TRANSFER)
    assert stored(invoice).status is InvoiceStatus.PAID
    shares = db.session.execute(
        select(func.sum(Payment.doctor_share_minor), func.sum(Payment.center_share_minor))
    ).one()
    assert tuple(shares) == (5000, 5000)


def test_what_is_refused(desk: Any) -> None:
    invoice, draft = desk.issued("100.00"), desk.draft()
    reception = desk.cast.reception
    with pytest.raises(Overpaid) as refusal:
        paid(reception, invoice, 10_001)
    assert refusal.value.params == {"balance": "100.00", "currency": "EUR"}
    for refused, call in [
        (InvoiceNotIssued, lambda: paid(reception, draft, 100)),
        (AmountNotPositive, lambda: paid(reception, invoice, 0)),
        (AmountNotPositive, lambda: paid(reception, invoice, -1)),
        (CurrencyDiffers, lambda: paid(reception, invoice, 100, currency="USD")),
        (PaidOnline, lambda: paid(reception, invoice, 100, PaymentMethod.STRIPE)),
        (NotFound, lambda: paid(desk.cast.riverside, invoice, 100)),
        (NotAllowed, lambda: paid(desk.cast.accountant, invoice, 100)),
        (NotAllowed, lambda: paid(desk.cast.doctor, invoice, 100)),
    ]:
        with pytest.raises(refused):
            call()
    paid(reception, invoice, 10_000)
    with pytest.raises(AlreadyPaid):
        paid(reception, invoice, 1)


def test_two_payments_of_the_full_amount_at_once_have_one_winner(desk: Any, at_once: Any) -> None:
    invoice = desk.issued("100.00")
    outcomes = at_once(*[lambda: paid(desk.cast.reception, invoice, 10_000)] * 2)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyPaid", "Payment"]
    assert stored(invoice).paid_minor == 10_000


def test_eight_thirds_at_once_pay_no_more_than_is_owed(desk: Any, at_once: Any) -> None:
    invoice = desk.issued("100.00")
    outcomes = at_once(*[lambda: paid(desk.cast.reception, invoice, 3000)] * 8)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Overpaid"] * 5 + ["Payment"] * 3
    assert (stored(invoice).paid_minor, stored(invoice).status) == (9000, InvoiceStatus.PARTIALLY_PAID)


def test_the_services_share_goes_before_the_clinics_and_that_before_the_doctors(desk: Any) -> None:
    with transaction():
        db.session.get_one(Doctor, desk.cast.doctor_id).share_bp = 1000
    assert paid(desk.cast.reception, desk.issued("100.00"), 10_000).doctor_share_minor == 1000
    with transaction():
        db.session.scalars(
            select(DoctorClinic).where(DoctorClinic.doctor_id == desk.cast.doctor_id)
        ).one().share_bp = 2000
    assert paid(desk.cast.reception, desk.issued("100.00"), 10_000).doctor_share_minor == 2000
    service = make_service(desk.cast.main_clinic, price_minor=10_000, share_bp=0)
    payment = paid(desk.cast.reception, desk.issued(lines=[{"service_id": service.id}]), 10_000)
    assert (payment.share_bp, payment.doctor_share_minor, payment.center_share_minor) == (0, 0, 10_000)


def test_lines_with_different_shares_count_by_their_net(desk: Any) -> None:
    all_the_doctors = make_service(desk.cast.main_clinic, price_minor=30_000, share_bp=10_000, tax_rate_bp=1900)
    all_the_centres = make_service(desk.cast.main_clinic, price_minor=10_000, share_bp=0)
    invoice = desk.issued(lines=[{"service_id": all_the_doctors.id}, {"service_id": all_the_centres.id}])
    payment = paid(desk.cast.reception, invoice, 45_700)
    assert (payment.share_bp, payment.doctor_share_minor, payment.center_share_minor) == (7500, 30_000, 10_000)


def test_shares_are_frozen_when_the_money_arrives(desk: Any) -> None:
    invoice = desk.issued("100.00")
    first = paid(desk.cast.reception, invoice, 5000)
    with transaction():
        db.session.get_one(Doctor, desk.cast.doctor_id).share_bp = 10_000
    second = paid(desk.cast.reception, invoice, 5000)
    db.session.refresh(first)
    assert (first.share_bp, first.doctor_share_minor) == (5000, 2500)
    assert (second.share_bp, second.doctor_share_minor) == (10_000, 5000)


def test_clinic_and_doctor_are_told_after_the_commit(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Announcement] = []
    monkeypatch.setattr(live, "_publish", [lambda news: told.extend(news.announcements)])
    invoice = desk.issued("100.00")
    payment = paid(desk.cast.reception, invoice, 2500)
    (announcement,) = told
    rooms = (f"clinic_{desk.cast.main_id}", f"doctor_{desk.cast.doctor_id}")
    assert (announcement.event, announcement.rooms) == ("payment_processed", rooms)
    assert announcement.payload["payment_id"] == payment.id
    assert (announcement.payload["amount"], announcement.payload["balance"]) == ("25.00", "75.00")
    assert (announcement.payload["status"], announcement.payload["invoice_status"]) == ("paid", "partially_paid")
    assert announcement.payload["clinic_id"] == desk.cast.main_id


def test_a_refused_payment_leaves_nothing_behind(desk: Any) -> None:
    invoice = desk.issued("100.00")
    with pytest.raises(Overpaid):
        paid(desk.cast.reception, invoice, 10_001)
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    lines=st.lists(
        st.fixed_dictionaries(
            {
                "quantity": st.integers(1, 9),
                "unit_price": st.integers(0, 99_999).map(lambda minor: str(Money(minor, "EUR"))),
                "tax_rate": st.sampled_from(["0", "7", "19", "7.75"]),
            }
        ),
        min_size=1,
        max_size=5,
    ),
    payments=st.lists(st.integers(-5, 300_000), max_size=8),
    share_bp=st.integers(0, 10_000),
)
def test_however_lines_and_payments_come_all_sums_and_states_agree(
    desk: Any, lines: list[dict[str, Any]], payments: list[int], share_bp: int
) -> None:
    reception = desk.cast.reception
    with transaction(reception):
        db.session.get_one(Doctor, desk.cast.doctor_id).share_bp = share_bp
        invoice = compose_invoice(
            {
                "clinic_id": desk.cast.main_id,
                "patient_id": desk.patient.id,
                "doctor_id": desk.cast.doctor_id,
                "lines": [{"description": "Treatment"} | line for line in lines],
            },
            actor=reception,
            now=NOON,
        )
        issue(invoice.id, actor=reception, now=NOON)
    received = 0
    for amount in payments:
        fits = 0 < amount <= invoice.total_minor - received
        try:
            paid(reception, invoice, amount)
            assert fits
            received += amount
        except (Overpaid, AlreadyPaid, AmountNotPositive):
            assert not fits
    _assert_sums_agree(stored(invoice), received, share_bp)


def _assert_sums_agree(invoice: Invoice, received: int, share_bp: int) -> None:
    lines, payments = invoice.lines, invoice.payments
    assert invoice.total_minor == sum(line.total_minor + line.tax_minor for line in lines)
    assert invoice.paid_minor == received == sum(payment.amount_minor for payment in payments)
    expected = InvoiceStatus.PARTIALLY_PAID if received else InvoiceStatus.ISSUED
    assert invoice.status is (InvoiceStatus.PAID if received == invoice.total_minor else expected)
    doctor = sum(payment.doctor_share_minor for payment in payments)
    shares = doctor + sum(payment.center_share_minor for payment in payments)
    if received == invoice.total_minor:
        net = invoice.total_minor - invoice.tax_minor
        assert shares == net
        assert doctor == Money(net, "EUR").share(share_bp).minor
    assert 0 <= shares <= received
