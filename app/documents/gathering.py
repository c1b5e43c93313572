"""From the rows of an invoice to what is printed on it, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app.billing.models import Invoice, InvoiceLine, Payment
from app.billing.states import RECEIVED_PAYMENT_STATUSES
from app.billing.words import METHOD_WORDS, STATUS_WORDS
from app.documents.content import (
    ClinicBlock,
    InvoiceContent,
    InvoiceLabels,
    LineContent,
    PatientBlock,
    PaymentContent,
)
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import N_
from app.kernel.money import Money
from app.people.patient_models import Patient

AT_ONCE: Final = 100
DRAFT_MARK: Final = N_("Draft, not an invoice")
WITHOUT_NUMBER: Final = N_("Draft")

Translator = Callable[[str], Callable[[str], str]]


@dataclass
class Wording:
    """How texts are translated, by `translator(language)(text)`, and whether everything is marked as the demo's."""

    translator: Translator
    demo: bool = False
    _labels: dict[str, InvoiceLabels] = field(default_factory=dict)

    def labels(self, language: str) -> InvoiceLabels:
        """The fixed words in a language, translated once."""
        if language not in self._labels:
            self._labels[language] = InvoiceLabels.translated(self.translator(language))
        return self._labels[language]


def needed_rows() -> tuple[ORMOption, ...]:
    """What an invoice is printed from; without anything clinical of the patient."""
    patient = joinedload(Invoice.patient).load_only(Patient.name, Patient.phone, Patient.email, Patient.language)
    return (
        joinedload(Invoice.clinic),
        joinedload(Invoice.doctor),
        patient,
        selectinload(Invoice.lines),
        selectinload(Invoice.payments),
    )


def invoices_in_order(ids: Sequence[int]) -> Iterator[Invoice]:
    """These invoices, AT_ONCE of them in memory at a time."""
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        rows = db.session.scalars(select(Invoice).where(Invoice.id.in_(some)).options(*needed_rows()))
        found = {invoice.id: invoice for invoice in rows}
        yield from (found[pk] for pk in some)


def content_of(invoice: Invoice, wording: Wording) -> InvoiceContent:
    """What is printed: an issued invoice as it was at issue, with the payments of now; a draft as it stands, marked."""
    language = _language(invoice)
    labels, translate = wording.labels(language), wording.translator(language)
    draft = invoice.number is None
    if draft:
        marks = [translate(DRAFT_MARK), labels.demo] if wording.demo else [translate(DRAFT_MARK)]
        labels = replace(labels, demo=" · ".join(marks))
    issued_on = clock.clinic_day(invoice.issued_at, _timezone(invoice)) if invoice.issued_at else None
    return InvoiceContent(
        clinic=_clinic(invoice),
        patient=_patient(invoice),
        number=invoice.number or f"{translate(WITHOUT_NUMBER)} {invoice.id}",
        status=translate(STATUS_WORDS[invoice.status]),
        currency=invoice.currency,
        lines=tuple(_line(invoice, line) for line in invoice.lines),
        subtotal=_money(invoice, invoice.subtotal_minor),
        discount=_money(invoice, invoice.discount_minor),
        tax=_money(invoice, invoice.tax_minor),
        total=_money(invoice, invoice.total_minor),
        paid=_money(invoice, invoice.paid_minor),
        balance=invoice.balance,
        issued_on=issued_on,
        due_on=invoice.due_date,
        doctor_name=(invoice.issued_by or {}).get("doctor") or invoice.doctor.name,
        payments=tuple(_payments(invoice, translate)),
        locale=language,
        labels=labels,
        demo=wording.demo or draft,
    )


def _language(invoice: Invoice) -> str:
    """That of the patient, else of the clinic; at issue it was kept."""
    kept = (invoice.billed_to or {}).get("language")
    return str(kept or invoice.patient.language or invoice.clinic.language)


def _timezone(invoice: Invoice) -> str:
    return str((invoice.issued_by or {}).get("timezone") or invoice.clinic.timezone)


def _clinic(invoice: Invoice) -> ClinicBlock:
    clinic = invoice.clinic
    kept: dict[str, Any] = invoice.issued_by or {
        "name": clinic.name,
        "address_lines": (clinic.address or "").splitlines(),
        "tax_id": clinic.tax_id or "",
        "phone": clinic.phone or "",
        "email": clinic.email or "",
    }
    return ClinicBlock(
        name=kept["name"],
        address_lines=tuple(kept.get("address_lines", ())),
        tax_id=kept.get("tax_id", ""),
        phone=kept.get("phone", ""),
        email=kept.get("email", ""),
    )


def _patient(invoice: Invoice) -> PatientBlock:
    patient = invoice.patient
    kept = invoice.billed_to or {"name": patient.name, "phone": patient.phone or "", "email": patient.email or ""}
    return PatientBlock(name=kept["name"], phone=kept.get("phone", ""), email=kept.get("email", ""))


def _line(invoice: Invoice, line: InvoiceLine) -> LineContent:
    return LineContent(
        description=line.description,
        quantity=line.quantity,
        unit_price=_money(invoice, line.unit_price_minor),
        discount=_money(invoice, line.discount_minor),
        tax_rate=line.tax_rate_bp,
        total=_money(invoice, line.total_minor),
    )


def _payments(invoice: Invoice, translate: Callable[[str], str]) -> Iterator[PaymentContent]:
    for payment in invoice.payments:
        if payment.status in RECEIVED_PAYMENT_STATUSES and payment.paid_at is not None:
            yield PaymentContent(
                paid_on=clock.clinic_day(payment.paid_at, _timezone(invoice)),
                method=translate(METHOD_WORDS[payment.method]),
                amount=Money(payment.amount_minor, payment.currency),
                reference=_reference(payment),
            )


def _reference(payment: Payment) -> str:
    card = f"{payment.card_brand or ''} ···· {payment.card_last4}".strip() if payment.card_last4 else ""
    return payment.reference or card


def _money(invoice: Invoice, minor: int) -> Money:
    return Money(minor, invoice.currency)
