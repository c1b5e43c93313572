"""The moment an invoice becomes final: its number, what is printed on it, and from then on nothing but payments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.billing.models import Invoice, NumberSeries
from app.billing.rules import ensure_can_issue, invoice_number, series_prefix, status_after
from app.kernel import clock, scope
from app.kernel.actor import Actor
from app.kernel.db import db, insert_into, refuses
from app.kernel.errors import Conflict, Stale
from app.kernel.money import Money
from app.people.models import Clinic, Doctor
from app.people.patient_models import Patient
from app.people.roles import Role

refuses("ck_invoice_frozen_when_issued", Conflict)
refuses("uq_invoice_number", Conflict)


def issue(invoice_id: int, *, revision: int | None = None, actor: Actor, now: datetime) -> Invoice:
    """Number a draft and keep what it says; one over nothing is paid at once.

    The number is taken under the lock of its series and after every check: no refusal and no crash leaves a gap.
    Due the same day unless the draft has another date.
    Refuses: NotFound, NotAllowed, Stale, InvoiceNotDraft, NothingToInvoice.
    """
    invoice = scope.get(Invoice, invoice_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=invoice.clinic_id)
    ensure_can_issue(invoice.status, lines=len(invoice.lines))
    if revision is not None and revision != invoice.revision:
        raise Stale
    clinic, nothing = invoice.clinic, Money.zero(invoice.currency)
    day = clock.clinic_day(now, clinic.timezone)
    printed = billed_to(invoice.patient, clinic), issued_by(clinic, invoice.doctor)
    number = invoice_number(series_prefix(clinic.code, day.year), _next_number(clinic.id, f"{day.year:04d}"))
    status = status_after(Money(invoice.total_minor, invoice.currency), paid=nothing, refunded=nothing)
    invoice.number, invoice.status = number, status
    invoice.issued_at, invoice.due_date = now, invoice.due_date or day
    invoice.billed_to, invoice.issued_by = printed
    db.session.flush()
    return invoice


def _next_number(clinic_id: int, series: str) -> int:
    """The next number of the clinic's series (a calendar year), whose row is held until the transaction ends.

    It counts on where the clinic's code, which is part of the printed number, changes within the year.
    """
    first = insert_into(NumberSeries).values(clinic_id=clinic_id, series=series, last_number=1)
    raised = first.on_conflict_do_update(
        index_elements=[NumberSeries.clinic_id, NumberSeries.series],
        set_={"last_number": NumberSeries.last_number + 1},
    ).returning(NumberSeries.last_number)
    number: int = db.session.execute(raised, execution_options={"synchronize_session": False}).scalar_one()
    return number


def billed_to(patient: Patient, clinic: Clinic) -> dict[str, Any]:
    """The invoice is printed in the patient's language, else in the clinic's."""
    return {
        "name": patient.name,
        "phone": patient.phone or "",
        "email": patient.email or "",
        "language": patient.language or clinic.language,
    }


def issued_by(clinic: Clinic, doctor: Doctor) -> dict[str, Any]:
    """Who the invoice is from, as printed."""
    return {
        "name": clinic.name,
        "address_lines": (clinic.address or "").splitlines(),
        "tax_id": clinic.tax_id or "",
        "phone": clinic.phone or "",
        "email": clinic.email or "",
        "doctor": doctor.name,
        "timezone": clinic.timezone,
    }
