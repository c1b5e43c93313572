"""A doctor's statement of earnings, from the rows to the PDF."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from app.billing.earnings import EarningsQuestion, earned_payments, earnings, own_doctor_id
from app.billing.models import Payment
from app.billing.states import PaymentStatus
from app.billing.words import METHOD_WORDS, PAYMENT_WORDS
from app.documents.errors import TooManyPayments
from app.documents.service import Document
from app.documents.statement_content import EarnedContent, EarningsSums, StatementContent, StatementLabels
from app.documents.statement_layout import statement_pdf
from app.kernel import audit, clock
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.money import Money
from app.people.models import Clinic, Doctor
from app.people.roles import Role

MOST_ROWS: Final = 2_000

Translate = Callable[[str], str]


def earnings_statement(
    question: EarningsQuestion, *, locale: str, translate: Translate, demo: bool = False, actor: Actor, now: datetime
) -> StatementContent:
    """The actor's own earnings, with the very sums of `earnings`, put on record as an export.

    Refuses: NotFound for a user without a doctor's record, TooManyPayments.
    """
    doctor = db.session.get_one(Doctor, own_doctor_id(actor))
    rows = earned_payments(question, actor=actor)
    count = db.session.scalar(select(func.count()).select_from(rows.with_only_columns(Payment.id).subquery())) or 0
    if count > MOST_ROWS:
        raise TooManyPayments(field="end_date", count=count, most=MOST_ROWS)
    clinics = _clinics(question, actor)
    found = earnings(question, actor=actor, now=now)
    currencies = sorted({*found.totals, *(clinic.currency for clinic in clinics.values())})
    facts = {"format": "pdf", "from": str(question.start), "to": str(question.end), "count": count}
    audit.record("export", Payment.__tablename__, "*", after=facts)
    return StatementContent(
        doctor=doctor.name,
        clinics=tuple(clinic.name for clinic in clinics.values()),
        start=question.start,
        end=question.end,
        printed_on=clock.clinic_day(now, question.zone),
        rows=tuple(_row(payment, question.zone, translate) for payment in db.session.scalars(rows)),
        sums=tuple(
            EarningsSums(*(Money(minor, currency) for minor in (totals.paid, totals.refunded, totals.pending)))
            for currency, totals in ((currency, found.totals[currency]) for currency in currencies)
        ),
        status=translate(PAYMENT_WORDS[question.status]) if question.status else "",
        method=translate(METHOD_WORDS[question.method]) if question.method else "",
        locale=locale,
        labels=StatementLabels.translated(translate),
        demo=demo,
    )


def statement_document(content: StatementContent) -> Document:
    """The statement as a file."""
    days = [str(day) for day in (content.start, content.end) if day]
    return Document("-".join(["earnings", *days]) + ".pdf", "application/pdf", statement_pdf(content))


def _clinics(question: EarningsQuestion, actor: Actor) -> dict[int, Clinic]:
    """The clinic asked about, else all where the doctor works, by id."""
    own = Clinic.id.in_(sorted(actor.clinics_as(Role.DOCTOR)))
    query = (
        select(Clinic).where(own)
        if question.clinic_id is None
        else select(Clinic).where(own, Clinic.id == question.clinic_id)
    )
    return {clinic.id: clinic for clinic in db.session.scalars(query.order_by(Clinic.name, Clinic.id))}


def _row(payment: Payment, zone: str, translate: Translate) -> EarnedContent:
    """The day is that of the question's clock, as the sums by day have it."""
    return EarnedContent(
        day=clock.clinic_day(payment.moment, zone),
        patient=payment.patient.name,
        service=payment.invoice.described,
        total=Money(payment.amount_minor, payment.currency),
        share=Money(payment.doctor_share_minor, payment.currency),
        status=translate(PAYMENT_WORDS[PaymentStatus(payment.status)]),
        method=translate(METHOD_WORDS[payment.method]),
    )
