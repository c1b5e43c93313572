"""Invoices before they are issued: drafted at the end of a visit or by hand, changed, discarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from app.billing.errors import AlreadyInvoiced, LineNeedsPrice
from app.billing.lines import LineProblems, LineValues, read_lines
from app.billing.models import Invoice, InvoiceLine
from app.billing.queries import VisitFacts, find_billing_invoice, find_visit
from app.billing.rules import (
    Totals,
    ensure_can_discard,
    ensure_can_edit,
    ensure_due_within_years,
    followup_price,
    invoice_totals,
    line_total,
)
from app.billing.states import InvoiceStatus
from app.kernel import audit, scope
from app.kernel.actor import Actor
from app.kernel.db import db, lock, refuses
from app.kernel.errors import Invalid, Stale
from app.kernel.money import Money
from app.people.errors import UnknownReference
from app.people.fields import Check, calendar_day, checked, row_id
from app.people.models import Clinic, DoctorClinic, Service
from app.people.patient_models import Patient
from app.people.queries import service_terms
from app.people.roles import Role
from app.people.settings import get_settings
from app.scheduling.models import Appointment
from app.scheduling.rules import is_follow_up_type

APPOINTMENTS: Final = 31  # the lock spaces of one draft at a time for an appointment or a visit
VISITS: Final = 32

refuses("uq_invoice_visit", AlreadyInvoiced)


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """What was provided to whom; `visit_id` or `appointment_id` say on which occasion."""

    clinic_id: int
    patient_id: int
    doctor_id: int
    service_id: int
    visit_id: int | None = None
    appointment_id: int | None = None


def draft_invoice(request: DraftRequest, *, actor: Actor, now: datetime) -> Invoice | None:  # noqa: ARG001 - as all commands
    """Draft what the service costs now, for a caller that has decided that `actor` may complete or book it.

    None where the visit or its appointment is invoiced already; a draft made before learns of the visit and of the
    doctor who saw the patient, who may be another than the one who was booked.
    """
    existing = _held_bill(request)
    if existing is not None:
        if existing.status is InvoiceStatus.DRAFT:
            existing.visit_id = existing.visit_id or request.visit_id
            existing.doctor_id = request.doctor_id
        return None
    invoice = _new_invoice(request.clinic_id, request.patient_id, request.doctor_id)
    invoice.visit_id, invoice.appointment_id = request.visit_id, request.appointment_id
    _put_lines(invoice, [_provided(request)])
    db.session.add(invoice)
    db.session.flush()
    return invoice


DRAFT_CHECKS: Final[Mapping[str, Check]] = {
    "clinic_id": row_id,
    "patient_id": row_id,
    "doctor_id": row_id,
    "visit_id": row_id,
    "appointment_id": row_id,
    "due_date": calendar_day,
    "lines": lambda raw: raw,
}
PARTIES: Final = ("clinic_id", "patient_id", "doctor_id")
EDIT_CHECKS: Final[Mapping[str, Check]] = {name: DRAFT_CHECKS[name] for name in ("due_date", "lines")}


def compose_invoice(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Invoice:
    """Draft an invoice by hand from fields as contract.md names them.

    Parties that are left out are those of the visit or appointment; lines that are left out are what it provides.
    Refuses: NotAllowed, Invalid with all problems, AlreadyInvoiced.
    """
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST)
    asked = checked(values, DRAFT_CHECKS)
    ensure_due_within_years(asked.get("due_date"), today=now.date())
    occasion = _occasion(asked, actor)
    parties = checked(
        {name: asked.get(name) or getattr(occasion, name, None) for name in PARTIES}, DRAFT_CHECKS, required=PARTIES
    )
    _ensure_belong_together(parties, occasion, actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=parties["clinic_id"])
    invoice = _new_invoice(**parties)
    invoice.due_date = asked.get("due_date")
    if occasion is not None:
        existing = _held_bill(occasion)
        if existing is not None:
            raise AlreadyInvoiced(existing_id=existing.id)
        invoice.visit_id, invoice.appointment_id = occasion.visit_id, occasion.appointment_id
    _put_lines(invoice, _asked_lines(asked, occasion, invoice.currency))
    db.session.add(invoice)
    db.session.flush()
    return invoice


def edit_draft(
    invoice_id: int, values: Mapping[str, Any], *, revision: int | None = None, actor: Actor, now: datetime
) -> Invoice:
    """Change `due_date`, or replace all `lines`. Refuses: NotFound, NotAllowed, Stale, InvoiceNotDraft, Invalid."""
    invoice = _locked_draft(invoice_id, revision, actor)
    changes = checked(values, EDIT_CHECKS)
    ensure_due_within_years(changes.get("due_date"), today=now.date())
    if "due_date" in changes:
        invoice.due_date = changes["due_date"]
    if changes.get("lines") is not None:
        lines = read_lines(changes["lines"], currency=invoice.currency)
        invoice.lines.clear()
        db.session.flush()
        _put_lines(invoice, lines)
        audit.record("change_lines", "invoice", invoice.id, clinic_id=invoice.clinic_id, after=_audited_lines(invoice))
    invoice.updated_at = now  # raises the revision, also where the totals stay
    db.session.flush()
    return invoice


def discard(invoice_id: int, *, revision: int | None = None, actor: Actor, now: datetime) -> Invoice:  # noqa: ARG001
    """Give a draft up; it stays in the list, numberless. Refuses: NotFound, NotAllowed, Stale, InvoiceNotDraft."""
    invoice = scope.get(Invoice, invoice_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=invoice.clinic_id)
    ensure_can_discard(invoice.status)
    if revision is not None and revision != invoice.revision:
        raise Stale
    invoice.status = InvoiceStatus.DISCARDED
    db.session.flush()
    return invoice


def _held_bill(occasion: DraftRequest | VisitFacts) -> Invoice | None:
    """The invoice of this visit or appointment; until the transaction ends nobody else changes it or drafts one."""
    lock(APPOINTMENTS, *([occasion.appointment_id] if occasion.appointment_id else []))
    lock(VISITS, *([occasion.visit_id] if occasion.visit_id else []))
    return find_billing_invoice(visit_id=occasion.visit_id, appointment_id=occasion.appointment_id, hold=True)


def _locked_draft(invoice_id: int, revision: int | None, actor: Actor) -> Invoice:
    invoice = scope.get(Invoice, invoice_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=invoice.clinic_id)
    ensure_can_edit(invoice.status)
    if revision is not None and revision != invoice.revision:
        raise Stale
    return invoice


def _new_invoice(clinic_id: int, patient_id: int, doctor_id: int) -> Invoice:
    clinic = db.session.get_one(Clinic, clinic_id)
    return Invoice(
        clinic_id=clinic_id,
        patient_id=patient_id,
        doctor_id=doctor_id,
        status=InvoiceStatus.DRAFT,
        currency=clinic.currency,
        paid_minor=0,
        refunded_minor=0,
    )


def _occasion(asked: Mapping[str, Any], actor: Actor) -> VisitFacts | None:
    """The visit or appointment that the draft is for, in reach of an actor who may draft."""
    if asked.get("visit_id") is not None:
        visit = find_visit(asked["visit_id"], actor=actor)
        if visit is None:
            raise UnknownReference(field="visit_id")
        return visit
    if asked.get("appointment_id") is None:
        return None
    appointment = scope.find(Appointment, asked["appointment_id"], actor=actor)
    if appointment is None:
        raise UnknownReference(field="appointment_id")
    return VisitFacts(
        None,
        appointment.id,
        appointment.clinic_id,
        appointment.patient_id,
        appointment.doctor_id,
        appointment.service_id,
    )


def _asked_lines(asked: Mapping[str, Any], occasion: VisitFacts | None, currency: str) -> list[LineValues]:
    if asked.get("lines") is not None:
        return read_lines(asked["lines"], currency=currency)
    return [_provided(occasion)] if occasion else []


def _provided(occasion: DraftRequest | VisitFacts) -> LineValues:
    """The service at its price of this moment, or at what the clinic asks for a follow-up."""
    kind = select(Appointment.type).where(Appointment.id == occasion.appointment_id)
    if occasion.appointment_id is None or not is_follow_up_type(db.session.scalar(kind)):
        return LineValues(service_id=occasion.service_id)
    limits = get_settings(occasion.clinic_id)
    if not limits.followup_days:
        return LineValues(service_id=occasion.service_id)
    price = service_terms(occasion.doctor_id, occasion.service_id).price
    return LineValues(service_id=occasion.service_id, unit_price=followup_price(price, limits.followup_price_percent))


def _ensure_belong_together(parties: Mapping[str, int], occasion: VisitFacts | None, actor: Actor) -> None:
    """Refuses: Invalid, naming each id that is out of reach or of another clinic or occasion."""
    clinic_id, doctor_id = parties["clinic_id"], parties["doctor_id"]
    clinic = scope.find(Clinic, clinic_id, actor=actor)
    patient = scope.find(Patient, parties["patient_id"], actor=actor)
    works_here = select(DoctorClinic.id).where(DoctorClinic.clinic_id == clinic_id, DoctorClinic.doctor_id == doctor_id)
    good = {
        "clinic_id": clinic is not None,
        "patient_id": patient is not None and patient.clinic_id == clinic_id,
        "doctor_id": db.session.scalar(works_here) is not None,
    }
    if occasion is not None:
        good = {name: fits and parties[name] == getattr(occasion, name) for name, fits in good.items()}
    problems = {name: [UnknownReference()] for name, fits in good.items() if not fits}
    if problems:
        raise Invalid(problems)


def _put_lines(invoice: Invoice, lines: Sequence[LineValues]) -> None:
    """Price the lines, give them to the invoice and add it up. Refuses: Invalid with every problem, AmountTooLarge."""
    problems, priced = LineProblems(), []
    for index, values in enumerate(lines):
        with problems.of_line(index):
            priced.append(_priced_line(invoice, index, values))
    problems.refuse()
    totals = invoice_totals((amounts for _, amounts in priced), invoice.currency)
    invoice.lines = [line for line, _ in priced]
    invoice.subtotal_minor, invoice.discount_minor = totals.subtotal.minor, totals.discount.minor
    invoice.tax_minor, invoice.total_minor = totals.tax.minor, totals.total.minor


def _priced_line(invoice: Invoice, index: int, values: LineValues) -> tuple[InvoiceLine, Totals]:
    """The line with the service's name, price and tax of this moment where it has none of its own."""
    description, price, tax_rate = values.description, values.unit_price, values.tax_rate
    if values.service_id is not None:
        service = db.session.get(Service, values.service_id)
        if service is None or service.clinic_id != invoice.clinic_id:
            raise UnknownReference(field="service_id")
        terms = service_terms(invoice.doctor_id, service.id)
        description = description or service.name
        price = terms.price if price is None else price
        tax_rate = terms.tax_rate_bp if tax_rate is None else tax_rate
    if description is None or price is None:
        raise LineNeedsPrice(field="description")
    quantity, discount = values.quantity or 1, values.discount or Money.zero(invoice.currency)
    amounts = line_total(quantity, price, discount, tax_rate or 0)
    line = InvoiceLine(
        position=index + 1,
        service_id=values.service_id,
        description=description,
        quantity=quantity,
        unit_price_minor=price.minor,
        discount_minor=discount.minor,
        tax_rate_bp=tax_rate or 0,
        tax_minor=amounts.tax.minor,
        total_minor=amounts.net.minor,
    )
    return line, amounts


def _audited_lines(invoice: Invoice) -> dict[str, Any]:
    return {
        "lines": [
            [line.description, line.quantity, line.unit_price_minor, line.discount_minor, line.tax_rate_bp]
            for line in invoice.lines
        ]
    }
