"""What a doctor earned: shares received, shares of what is still unpaid, by day and by state; per currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from app.billing.models import Invoice, InvoiceLine, Payment
from app.billing.rules import effective_share_bp, split_payment, weighted_share_bp
from app.billing.states import RECEIVED_PAYMENT_STATUSES, InvoiceStatus, PaymentMethod, PaymentStatus
from app.kernel import clock
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.money import Money, divide_half_up
from app.people.models import Doctor, DoctorClinic, Service
from app.people.patient_models import Patient

UNPAID = (InvoiceStatus.ISSUED, InvoiceStatus.PARTIALLY_PAID, InvoiceStatus.PARTIALLY_REFUNDED)


@dataclass(frozen=True, slots=True)
class EarningsQuestion:
    """Which payments: days of the wall clock of `zone`, both included; None is any."""

    zone: str
    start: date | None = None
    end: date | None = None
    status: PaymentStatus | None = None
    method: PaymentMethod | None = None
    clinic_id: int | None = None


@dataclass(slots=True)
class Totals:
    """Minor units of one currency. `paid` and `refunded` of the payments asked about, the others of all.

    Of all at the clinic, where one is asked about.
    """

    paid: int = 0
    pending: int = 0
    refunded: int = 0
    this_month: int = 0


@dataclass(slots=True)
class Part:
    """Some payments in one currency: how many, what was paid, and the doctor's share of it; minor units."""

    count: int = 0
    gross: int = 0
    share: int = 0


@dataclass(slots=True)
class Earnings:
    totals: dict[str, Totals] = field(default_factory=lambda: defaultdict(Totals))
    by_date: dict[tuple[date, str], Part] = field(default_factory=lambda: defaultdict(Part))
    by_status: dict[tuple[PaymentStatus, str], Part] = field(default_factory=lambda: defaultdict(Part))


def earnings(question: EarningsQuestion, *, actor: Actor, now: datetime) -> Earnings:
    """The actor's own. Refuses: NotFound for a user without a doctor's record."""
    doctor_id = own_doctor_id(actor)
    found = Earnings()
    for row in db.session.execute(_facts().where(*_criteria(question, doctor_id))):
        _count(row, found, question.zone)
    owed = _of_doctor(Invoice, doctor_id, question.clinic_id)
    for currency, pending in _pending_shares(*owed, doctor_id=doctor_id):
        found.totals[currency].pending += pending
    first_of_month = clock.clinic_day(now, question.zone).replace(day=1)
    month, _ = clock.day_bounds(first_of_month, question.zone)
    received = Payment.status.in_(RECEIVED_PAYMENT_STATUSES)
    own = _of_doctor(Payment, doctor_id, question.clinic_id)
    for row in db.session.execute(_facts().where(*own, received, Payment.paid_at >= month)):
        found.totals[row.currency].this_month += row.doctor_share_minor - _refunded_share(row)
    return found


@dataclass(slots=True)
class Revenue:
    """The doctor's shares in one currency: received and kept, given back, and not yet paid."""

    paid: Money
    refunded: Money
    pending: Money

    @classmethod
    def none(cls, currency: str) -> Revenue:
        return cls(*(Money.zero(currency),) * 3)


def revenue_between(spans: Mapping[int, tuple[datetime, datetime]], *, actor: Actor) -> dict[str, Revenue]:
    """By currency, of what was paid and of what was issued at each clinic in its span [start, end), by clinic id.

    Refuses: NotFound for a user without a doctor's record.
    """
    doctor_id = own_doctor_id(actor)
    found: dict[str, Revenue] = {}
    received = (Payment.doctor_id == doctor_id, Payment.status.in_(RECEIVED_PAYMENT_STATUSES))
    within = _within(spans, Payment.clinic_id, Payment.paid_at)
    for row in db.session.execute(_facts().where(*received, within)):
        revenue = found.setdefault(row.currency, Revenue.none(row.currency))
        refunded = Money(_refunded_share(row), row.currency)
        revenue.paid += Money(row.doctor_share_minor, row.currency) - refunded
        revenue.refunded += refunded
    issued = (Invoice.doctor_id == doctor_id, _within(spans, Invoice.clinic_id, Invoice.issued_at))
    for currency, pending in _pending_shares(*issued, doctor_id=doctor_id):
        found.setdefault(currency, Revenue.none(currency)).pending += Money(pending, currency)
    return found


def _within(spans: Mapping[int, tuple[datetime, datetime]], clinic_id: Any, moment: Any) -> ColumnElement[bool]:
    """At one of the clinics in its span; the widest span stands apart, for the index."""
    if not spans:
        return false()
    each = or_(
        false(), *((clinic_id == key) & (moment >= start) & (moment < end) for key, (start, end) in spans.items())
    )
    starts, ends = zip(*spans.values(), strict=True)
    return and_(moment >= min(starts), moment < max(ends), each)


def earned_payments(question: EarningsQuestion, *, actor: Actor) -> Select[tuple[Payment]]:
    """The payments behind `earnings`, with the patients' names and what was billed, newest first."""
    query = select(Payment).where(*_criteria(question, own_doctor_id(actor)))
    names = joinedload(Payment.patient).load_only(Patient.name)
    billed = joinedload(Payment.invoice).load_only(Invoice.id).selectinload(Invoice.lines)
    described = billed.load_only(InvoiceLine.invoice_id, InvoiceLine.position, InvoiceLine.description)
    return query.options(names, described).order_by(_moment().desc(), Payment.id.desc())


def own_doctor_id(actor: Actor) -> int:
    if actor.doctor_id is None:
        raise NotFound
    return actor.doctor_id


def _moment() -> ColumnElement[datetime]:
    """When money came; of money that did not come, when it was asked for."""
    return func.coalesce(Payment.paid_at, Payment.created_at, type_=Payment.paid_at.type)


def _facts() -> Select[*tuple[Any, ...]]:
    amounts = (Payment.amount_minor, Payment.doctor_share_minor, Payment.refunded_minor)
    return select(Payment.currency, Payment.status, *amounts, _moment().label("moment"))


def _criteria(question: EarningsQuestion, doctor_id: int) -> Iterator[ColumnElement[bool]]:
    yield from _of_doctor(Payment, doctor_id, question.clinic_id)
    if question.status is not None:
        yield Payment.status == question.status
    if question.method is not None:
        yield Payment.method == question.method
    if question.start is not None or question.end is not None:
        yield _when(Payment.paid_at, question) | (Payment.paid_at.is_(None) & _when(Payment.created_at, question))


def _of_doctor(
    model: type[Payment | Invoice], doctor_id: int, clinic_id: int | None
) -> tuple[ColumnElement[bool], ...]:
    own = model.doctor_id == doctor_id
    return (own,) if clinic_id is None else (own, model.clinic_id == clinic_id)


def _when(moment: Any, question: EarningsQuestion) -> ColumnElement[bool]:
    """Within the days asked about; on the column itself, for the index."""
    since, until = true(), true()
    if question.start is not None:
        since = moment >= clock.day_bounds(question.start, question.zone)[0]
    if question.end is not None:
        until = moment < clock.day_bounds(question.end, question.zone)[1]
    return and_(since, until)


def _count(row: Any, found: Earnings, zone: str) -> None:
    parts = [found.by_status[row.status, row.currency]]
    if row.status in RECEIVED_PAYMENT_STATUSES:
        parts.append(found.by_date[row.moment.astimezone(ZoneInfo(zone)).date(), row.currency])
        refunded = _refunded_share(row)
        found.totals[row.currency].paid += row.doctor_share_minor - refunded
        found.totals[row.currency].refunded += refunded
    for part in parts:
        part.count += 1
        part.gross += row.amount_minor
        part.share += row.doctor_share_minor


def _refunded_share(row: Any) -> int:
    """The doctor's part of what was given back, in proportion."""
    return divide_half_up(row.doctor_share_minor * row.refunded_minor, row.amount_minor)


def _pending_shares(*of_doctor: ColumnElement[bool], doctor_id: int) -> Iterator[tuple[str, int]]:
    """The doctor's share of the balance of each unpaid invoice, at the terms of this moment, in two statements."""
    own_share = db.session.scalar(select(Doctor.share_bp).where(Doctor.id == doctor_id)) or 0
    at_clinic = (DoctorClinic.doctor_id == Invoice.doctor_id) & (DoctorClinic.clinic_id == Invoice.clinic_id)
    query = (
        select(Invoice, DoctorClinic.share_bp, InvoiceLine.total_minor, Service.share_bp)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .outerjoin(DoctorClinic, at_clinic)
        .outerjoin(Service, Service.id == InvoiceLine.service_id)
        .where(*of_doctor, Invoice.status.in_(UNPAID), Invoice.paid_minor < Invoice.total_minor)
        .order_by(Invoice.id)
    )
    lines: dict[Invoice, list[tuple[Money, int]]] = defaultdict(list)
    for invoice, at_clinic_bp, net, service_bp in db.session.execute(query):
        share = effective_share_bp(service=service_bp, doctor_clinic=at_clinic_bp, doctor=own_share)
        lines[invoice].append((Money(net, invoice.currency), share))
    return ((invoice.currency, _share_of_balance(invoice, parts)) for invoice, parts in lines.items())


def _share_of_balance(invoice: Invoice, parts: Sequence[tuple[Money, int]]) -> int:
    split = split_payment(
        invoice.balance,
        invoice_total=Money(invoice.total_minor, invoice.currency),
        invoice_tax=Money(invoice.tax_minor, invoice.currency),
        share_bp=weighted_share_bp(parts, otherwise=0),
        paid_before=Money(invoice.paid_minor, invoice.currency),
    )
    return split.doctor.minor
