"""The demo's invoices and payments, worked out by billing's own rules, numbered without a gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update

from app.billing.issuing import billed_to, issued_by
from app.billing.models import Invoice, InvoiceLine, NumberSeries, Payment
from app.billing.rules import Totals, invoice_number, line_total, series_prefix, split_payment, status_after
from app.billing.states import InvoiceStatus, PaymentMethod, PaymentStatus
from app.demo.history import Event
from app.frontdesk.states import VisitStatus
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.kernel.money import Money
from app.people.models import Clinic, Doctor
from app.people.patient_models import Patient

AT_DESK: Final = (PaymentMethod.CASH, PaymentMethod.CARD, PaymentMethod.CARD, PaymentMethod.STRIPE)
CARD_BRANDS: Final = ("visa", "mastercard", "amex")


@dataclass(slots=True)
class Bill:
    """What one visit comes to, and what of it is paid: (amount, method, when, received or failed)."""

    event: Event
    totals: Totals
    drafted: datetime
    issued: datetime | None
    payments: list[tuple[Money, PaymentMethod, datetime, bool]] = field(default_factory=list)
    number: str | None = None
    invoice_id: int = 0

    @property
    def paid(self) -> Money:
        received = Money.zero(self.totals.total.currency)
        for amount, _, _, success in self.payments:
            received = received + amount if success else received
        return received


def add_money(clinic: Clinic, events: Sequence[Event], rng: Random, *, now: datetime) -> None:
    """Bill every completed visit; most are paid, some in part, some not, the last ones are still drafts."""
    bills = [_bill(event, rng, now) for event in events if event.course.visit is VisitStatus.COMPLETED]
    _number(clinic, bills)
    _add_drafts(clinic, bills)
    _issue(clinic, [bill for bill in bills if bill.issued])
    payments = [row for bill in bills for row in _payment_rows(clinic, bill, rng)]
    db.session.execute(insert(Payment), payments)


def _bill(event: Event, rng: Random, now: datetime) -> Bill:
    ended = event.course.ended or now
    terms = event.course.coming.offered.terms
    discount = terms.price.share(1000) if rng.random() < 0.05 else Money.zero(terms.price.currency)
    issued = ended + timedelta(minutes=rng.randint(1, 8))
    bill = Bill(
        event, line_total(1, terms.price, discount, terms.tax_rate_bp), ended, issued if issued <= now else None
    )
    if bill.issued:
        _pay(bill, bill.issued, rng, now)
    return bill


def _pay(bill: Bill, issued: datetime, rng: Random, now: datetime) -> None:
    total, chance = bill.totals.total, rng.random()
    at_desk, later = issued + timedelta(minutes=rng.randint(1, 5)), issued + timedelta(days=rng.randint(4, 20))
    if chance < 0.03:
        bill.payments.append((total, PaymentMethod.STRIPE, issued, False))
    if chance < 0.78:
        bill.payments.append((total, rng.choice(AT_DESK), at_desk, True))
    elif chance < 0.88:
        bill.payments.append((total, PaymentMethod.INSURANCE, later, True))
    elif chance < 0.94:
        part = total.share(rng.choice((2500, 5000)))
        bill.payments += [
            (part, PaymentMethod.CASH, at_desk, True),
            (total - part, PaymentMethod.TRANSFER, later, True),
        ]
    bill.payments = [payment for payment in bill.payments if payment[2] <= now]


def _number(clinic: Clinic, bills: Sequence[Bill]) -> None:
    last: dict[int, int] = defaultdict(int)
    for bill in sorted((bill for bill in bills if bill.issued), key=lambda bill: (bill.issued, bill.event.visit_id)):
        year = clinic_day(bill.issued or bill.drafted, clinic.timezone).year
        last[year] += 1
        bill.number = invoice_number(series_prefix(clinic.code, year), last[year])
    series = [{"clinic_id": clinic.id, "series": f"{year:04d}", "last_number": number} for year, number in last.items()]
    db.session.execute(insert(NumberSeries), series)


def _add_drafts(clinic: Clinic, bills: Sequence[Bill]) -> None:
    """All of them as drafts first: the database takes lines for nothing else."""
    rows = [_draft_row(clinic, bill) for bill in bills]
    ids = db.session.scalars(insert(Invoice).returning(Invoice.id, sort_by_parameter_order=True), rows)
    for bill, invoice_id in zip(bills, ids, strict=True):
        bill.invoice_id = invoice_id
    db.session.execute(insert(InvoiceLine), [_line_row(bill) for bill in bills])


def _draft_row(clinic: Clinic, bill: Bill) -> dict[str, Any]:
    totals, event = bill.totals, bill.event
    return {
        "clinic_id": clinic.id,
        "patient_id": event.patient_id,
        "doctor_id": event.doctor_id,
        "visit_id": event.visit_id,
        "appointment_id": event.appointment_id,
        "status": InvoiceStatus.DRAFT,
        "currency": clinic.currency,
        "subtotal_minor": totals.subtotal.minor,
        "discount_minor": totals.discount.minor,
        "tax_minor": totals.tax.minor,
        "total_minor": totals.total.minor,
        "created_at": bill.drafted,
        "updated_at": bill.drafted,
    }


def _line_row(bill: Bill) -> dict[str, Any]:
    offered, totals = bill.event.course.coming.offered, bill.totals
    return {
        "invoice_id": bill.invoice_id,
        "position": 1,
        "service_id": offered.service_id,
        "description": offered.name,
        "quantity": 1,
        "unit_price_minor": offered.terms.price.minor,
        "discount_minor": totals.discount.minor,
        "tax_rate_bp": offered.terms.tax_rate_bp,
        "tax_minor": totals.tax.minor,
        "total_minor": totals.net.minor,
    }


def _issue(clinic: Clinic, bills: Sequence[Bill]) -> None:
    patients = {row.id: row for row in db.session.scalars(select(Patient).where(Patient.clinic_id == clinic.id))}
    doctors = {row.id: row for row in db.session.scalars(select(Doctor))}
    table: Any = Invoice.__table__
    fields = ("number", "status", "paid_minor", "issued_at", "due_date", "billed_to", "issued_by")
    issue = update(table).where(table.c.id == bindparam("pk"))
    issue = issue.values(
        {name: bindparam(f"new_{name}") for name in fields} | {"updated_at": bindparam("new_issued_at")}
    )
    rows = []
    for bill in bills:
        values = (
            bill.number,
            status_after(bill.totals.total, paid=bill.paid, refunded=Money.zero(clinic.currency)),
            bill.paid.minor,
            bill.issued,
            clinic_day(bill.issued or bill.drafted, clinic.timezone),
            billed_to(patients[bill.event.patient_id], clinic),
            issued_by(clinic, doctors[bill.event.doctor_id]),
        )
        rows.append(
            {f"new_{name}": value for name, value in zip(fields, values, strict=True)} | {"pk": bill.invoice_id}
        )
    db.session.execute(issue, rows)


def _payment_rows(clinic: Clinic, bill: Bill, rng: Random) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    before = Money.zero(clinic.currency)
    share_bp = bill.event.course.coming.offered.terms.share_bp
    for amount, method, when, success in bill.payments:
        totals = bill.totals
        split = split_payment(
            amount, invoice_total=totals.total, invoice_tax=totals.tax, share_bp=share_bp, paid_before=before
        )
        before = before + amount if success else before
        rows.append(
            {
                "clinic_id": clinic.id,
                "invoice_id": bill.invoice_id,
                "patient_id": bill.event.patient_id,
                "doctor_id": bill.event.doctor_id,
                "visit_id": bill.event.visit_id,
                "amount_minor": amount.minor,
                "currency": clinic.currency,
                "method": method,
                "status": PaymentStatus.PAID if success else PaymentStatus.FAILED,
                "share_bp": share_bp if success else 0,
                "doctor_share_minor": split.doctor.minor if success else 0,
                "center_share_minor": split.center.minor if success else 0,
                "paid_at": when if success else None,
                "failure": None if success else "Your card was declined.",
                "created_at": when,
                "updated_at": when,
            }
            | _card(method, bill.invoice_id, len(rows), rng)
        )
    return rows


def _card(method: PaymentMethod, invoice_id: int, place: int, rng: Random) -> dict[str, Any]:
    """What is kept of an online payment; the same keys for every method, as one statement stores them all."""
    online = method is PaymentMethod.STRIPE
    return {
        "stripe_intent_id": f"pi_demo_{invoice_id}_{place}" if online else None,
        "card_brand": rng.choice(CARD_BRANDS) if online else None,
        "card_last4": f"{rng.randint(0, 9999):04d}" if online else None,
    }
