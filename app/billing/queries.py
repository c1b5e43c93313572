"""What is asked about invoices and payments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, column, or_, select, table

from app.billing.models import Invoice, InvoiceLine
from app.billing.rules import effective_share_bp, invoice_number, weighted_share_bp
from app.billing.states import InvoiceStatus
from app.kernel import clock, scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.money import Money
from app.people.models import Doctor, DoctorClinic, Service
from app.people.patient_models import Patient
from app.people.patient_queries import matching
from app.people.roles import Role
from app.people.scope import within_reach

EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)  # beyond, there are no invoices and soon no dates either

BILLING_STATUSES = (
    InvoiceStatus.DRAFT,
    InvoiceStatus.ISSUED,
    InvoiceStatus.PARTIALLY_PAID,
    InvoiceStatus.PAID,
    InvoiceStatus.PARTIALLY_REFUNDED,
)
"""The states in which an invoice bills its visit, as the partial unique index has them."""

# Visits are the front desk's, which stands above; an invoice only refers to them, by this foreign key.
_VISIT = table(
    "visit", *(column(name) for name in ("id", "appointment_id", "clinic_id", "patient_id", "doctor_id", "service_id"))
)


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """The occasion of an invoice: a visit, or an appointment before there is one."""

    visit_id: int | None
    appointment_id: int | None
    clinic_id: int
    patient_id: int
    doctor_id: int
    service_id: int


def find_visit(visit_id: int, *, actor: Actor) -> VisitFacts | None:
    """The visit, within the clinics of an actor of the desk."""
    query = select(*_VISIT.c).where(_VISIT.c.id == visit_id, within_reach(_VISIT.c.clinic_id, actor, Role.RECEPTIONIST))
    row = db.session.execute(query).one_or_none()
    return VisitFacts(*row) if row else None


def find_billing_invoice(*, visit_id: int | None, appointment_id: int | None, hold: bool = False) -> Invoice | None:
    """The invoice that bills this visit or this appointment, whoever may see it; `hold` as the `lock` of scope.find."""
    for criterion in (
        Invoice.visit_id == visit_id if visit_id is not None else None,
        Invoice.appointment_id == appointment_id if appointment_id is not None else None,
    ):
        if criterion is None:
            continue
        query = select(Invoice).where(criterion, Invoice.status.in_(BILLING_STATUSES)).order_by(Invoice.id).limit(1)
        if hold:
            query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        found: Invoice | None = db.session.scalars(query).one_or_none()
        if found is not None:
            return found
    return None


def share_of(invoice: Invoice) -> int:
    """The doctor's share of the invoice at the terms of this moment, in 1/10,000: service, else clinic, else doctor."""
    at_clinic = (DoctorClinic.doctor_id == Doctor.id) & (DoctorClinic.clinic_id == invoice.clinic_id)
    query = select(Doctor.share_bp, DoctorClinic.share_bp).outerjoin(DoctorClinic, at_clinic)
    doctor, doctor_clinic = db.session.execute(query.where(Doctor.id == invoice.doctor_id)).one()
    lines = db.session.execute(
        select(InvoiceLine.total_minor, Service.share_bp)
        .outerjoin(Service, Service.id == InvoiceLine.service_id)
        .where(InvoiceLine.invoice_id == invoice.id)
    )
    return weighted_share_bp(
        (
            (Money(net, invoice.currency), effective_share_bp(service=own, doctor_clinic=doctor_clinic, doctor=doctor))
            for net, own in lines
        ),
        otherwise=effective_share_bp(service=None, doctor_clinic=doctor_clinic, doctor=doctor),
    )


def invoices_of_visit(visit_id: int) -> ColumnElement[bool]:
    """The criterion for the invoice of a visit: its own, or that of its appointment."""
    appointment = select(_VISIT.c.appointment_id).where(_VISIT.c.id == visit_id).scalar_subquery()
    return or_(Invoice.visit_id == visit_id, Invoice.appointment_id == appointment)


def issued_on(day: date, zone: str, *, later: bool) -> ColumnElement[bool]:
    """The criterion for invoices issued on `day` of the wall clock of `zone` or `later`, else or earlier."""
    start, end = clock.day_bounds(min(max(day, EARLIEST), LATEST), zone)
    return Invoice.issued_at >= start if later else Invoice.issued_at < end


def called(text: str, actor: Actor) -> ColumnElement[bool]:
    """The criterion for invoices that are found by their number ("main-2026-12" will do), else by their patient."""
    number = re.fullmatch(r"(.+-[0-9]{4})-([0-9]{1,9})", text.strip())
    if number:
        return Invoice.number == invoice_number(number[1].upper(), int(number[2]))
    clinics = None if actor.everywhere else actor.clinic_ids
    return matching(text, clinics, of=Invoice.patient_id.expression)


def ensure_knows_patient(patient_id: int, *, actor: Actor) -> None:
    """The patient is in reach, or an invoice of theirs is: all that accountants have of patients. Refuses: NotFound."""
    invoiced = select(Invoice.id).where(Invoice.patient_id == patient_id, scope.visible(Invoice, actor)).limit(1)
    if scope.find(Patient, patient_id, actor=actor) is None and db.session.scalar(invoiced) is None:
        raise NotFound
