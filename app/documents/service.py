"""An invoice as a PDF, and the invoices of a period as one PDF, as a ZIP of PDFs, or as a table."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from io import StringIO
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.billing.models import Invoice
from app.billing.queries import issued_on
from app.documents.archive import invoices_zip, pdf_name
from app.documents.content import InvoiceContent
from app.documents.errors import NothingToPrint, PeriodBackwards, TooManyInvoices
from app.documents.gathering import Wording, content_of, invoices_in_order, needed_rows
from app.documents.layout import invoice_pdf, invoices_pdf
from app.kernel import audit, clock, scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.money import Money
from app.kernel.text import csv_safe
from app.people.models import Clinic
from app.people.roles import Role

BYTE_ORDER_MARK: Final = "\ufeff"
CSV_COLUMNS: Final = (
    "clinic", "number", "status", "issued_on", "due_date", "patient", "doctor", "currency", "subtotal", "discount",
    "tax", "total", "paid", "refunded", "balance",
)  # fmt: skip


class ExportFormat(StrEnum):
    PDF = "pdf"
    ZIP = "zip"
    CSV = "csv"


MOST: Final = {ExportFormat.PDF: 5_000, ExportFormat.ZIP: 5_000, ExportFormat.CSV: 100_000}
"""Invoices in one export: a PDF is put together in memory, a ZIP one document at a time, a table of rows is light."""


@dataclass(frozen=True, slots=True)
class Document:
    filename: str
    content_type: str
    bytes: bytes


@dataclass(frozen=True, slots=True)
class Period:
    """The invoices that were issued on these days of their clinics, in the order of issue."""

    name: str
    invoice_ids: tuple[int, ...]


def invoice_document(invoice_id: int, *, actor: Actor, wording: Wording) -> Document:
    """The invoice as it is printed: always the same bytes until a payment arrives. Refuses: NotFound, NotAllowed."""
    invoice = scope.get(Invoice, invoice_id, actor=actor, options=needed_rows())
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, Role.ACCOUNTANT, at=invoice.clinic_id)
    name = pdf_name(invoice.number or f"draft-{invoice.id}")
    return Document(name, "application/pdf", invoice_pdf(content_of(invoice, wording)))


def export_period(
    export: ExportFormat, from_day: date, to_day: date, *, clinic_id: int | None = None, actor: Actor, now: datetime
) -> Period:
    """Choose the invoices issued from `from_day` to `to_day` (both included), and put the export on record.

    Of one clinic, or of all in reach where it is None. The caller then writes it by `period_pdf`, `period_zip` or
    `period_csv`, with no transaction open. Refuses: NotFound, NotAllowed, PeriodBackwards, NothingToPrint (PDF and
    ZIP), TooManyInvoices.
    """
    clinics = [scope.get(Clinic, clinic_id, actor=actor)] if clinic_id else _clinics_of(actor=actor)
    actor.require_role(Role.ADMIN, Role.ACCOUNTANT, at=clinic_id)
    if to_day < from_day:
        raise PeriodBackwards(field="to")
    issued = and_(scope.visible(Invoice, actor), or_(*(_issued(clinic, from_day, to_day) for clinic in clinics)))
    count = db.session.scalar(select(func.count()).select_from(Invoice).where(issued)) if clinics else 0
    if not count and export is not ExportFormat.CSV:
        raise NothingToPrint
    if count and count > MOST[export]:
        raise TooManyInvoices(field="to", count=count, most=MOST[export])
    found = select(Invoice.id).where(issued).order_by(Invoice.clinic_id, Invoice.issued_at, Invoice.id)
    period = Period(f"invoices-{from_day}-{to_day}", tuple(db.session.scalars(found)) if count else ())
    facts = {"format": export.value, "from": str(from_day), "to": str(to_day), "count": count, "at": now.isoformat()}
    audit.record("export", "invoice", "*", clinic_id=clinic_id, after=facts)
    return period


def period_pdf(period: Period, *, wording: Wording) -> bytes:
    """All invoices one after another, with a table of contents."""
    return invoices_pdf(_contents(period, wording))


def period_zip(period: Period, *, wording: Wording) -> Iterator[bytes]:
    """A PDF for each invoice, in pieces of the ZIP."""
    return invoices_zip((content.number, invoice_pdf(content)) for content in _contents(period, wording))


def period_csv(period: Period) -> Iterator[str]:
    """A line for each invoice, in pieces; names as printed, amounts in major units."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow(CSV_COLUMNS)
    for index, invoice in enumerate(invoices_in_order(period.invoice_ids)):
        writer.writerow([csv_safe(cell) for cell in _row(invoice)])
        if index % 100 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _contents(period: Period, wording: Wording) -> Iterator[InvoiceContent]:
    for invoice in invoices_in_order(period.invoice_ids):
        yield content_of(invoice, wording)
        time.sleep(0)  # drawing takes the processor for itself: let the other requests of a gevent process go on


def _clinics_of(*, actor: Actor) -> list[Clinic]:
    found = db.session.scalars(scope.rows(Clinic, actor).order_by(Clinic.id))
    return [clinic for clinic in found if actor.has_role(Role.ADMIN, Role.ACCOUNTANT, at=clinic.id)]


def _issued(clinic: Clinic, from_day: date, to_day: date) -> ColumnElement[bool]:
    zone = clinic.timezone
    days = issued_on(from_day, zone, later=True), issued_on(to_day, zone, later=False)
    return and_(Invoice.clinic_id == clinic.id, *days)


def _row(invoice: Invoice) -> list[object]:
    def money(minor: int) -> Money:
        return Money(minor, invoice.currency)

    amounts = (invoice.subtotal_minor, invoice.discount_minor, invoice.tax_minor, invoice.total_minor)
    return [
        invoice.clinic.code,
        invoice.number,
        invoice.status.value,
        clock.clinic_day(invoice.issued_at, invoice.clinic.timezone) if invoice.issued_at else None,
        invoice.due_date,
        (invoice.billed_to or {}).get("name"),
        (invoice.issued_by or {}).get("doctor"),
        invoice.currency,
        *map(money, (*amounts, invoice.paid_minor, invoice.refunded_minor)),
        invoice.balance,
    ]
