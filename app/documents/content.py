"""What stands on an invoice, as plain values that need no database and no request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from app.kernel.errors import N_
from app.kernel.money import Money


@dataclass(frozen=True, slots=True)
class ClinicBlock:
    """The letterhead. Empty texts are left out."""

    name: str
    address_lines: tuple[str, ...] = ()
    tax_id: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class PatientBlock:
    """Whom the invoice is made out to. Empty texts are left out."""

    name: str
    phone: str = ""
    email: str = ""
    address_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineContent:
    """One line of an invoice; `tax_rate` in basis points, `discount` and `total` of the whole line."""

    description: str
    quantity: int | Decimal
    unit_price: Money
    discount: Money
    tax_rate: int
    total: Money


@dataclass(frozen=True, slots=True)
class PaymentContent:
    """Money received; `method` is already in the reader's language. A refund has a negative amount."""

    paid_on: date
    method: str
    amount: Money
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CreditNoteContent:
    """A credit note against this invoice; `amount` as a positive sum."""

    issued_on: date
    number: str
    amount: Money
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLabels:
    """The fixed words of an invoice, in the reader's language; English where nothing is given."""

    invoice: str = N_("Invoice")
    billed_to: str = N_("Billed to")
    issued_on: str = N_("Issued on")
    due_on: str = N_("Due on")
    doctor: str = N_("Doctor")
    tax_id: str = N_("Tax number")
    description: str = N_("Description")
    quantity: str = N_("Quantity")
    unit_price: str = N_("Unit price")
    discount: str = N_("Discount")
    tax: str = N_("Tax")
    amount: str = N_("Amount")
    currency: str = N_("Currency")
    subtotal: str = N_("Subtotal")
    total: str = N_("Total")
    paid: str = N_("Paid so far")
    balance: str = N_("Balance due")
    payments: str = N_("Payments")
    date: str = N_("Date")
    method: str = N_("Method")
    reference: str = N_("Reference")
    credit_notes: str = N_("Credit notes")
    number: str = N_("Number")
    reason: str = N_("Reason")
    page: str = N_("Page %(page)s of %(pages)s")
    demo: str = N_("Demonstration, not a valid invoice")

    @classmethod
    def translated(cls, translate: Callable[[str], str]) -> InvoiceLabels:
        """The labels in the language that `translate` (a gettext function) gives."""
        return cls(**{each.name: translate(str(each.default)) for each in fields(cls)})


@dataclass(frozen=True, slots=True)
class InvoiceContent:
    """One invoice as it is to be printed.

    All amounts are in `currency`. `locale` ("en", "ar", "pt_BR", also "pt-BR") decides figures, dates and the
    direction of the page; `status` and the labels are already in the reader's language. `demo` prints a mark
    across each page.
    """

    clinic: ClinicBlock
    patient: PatientBlock
    number: str
    status: str
    currency: str
    lines: tuple[LineContent, ...]
    subtotal: Money
    discount: Money
    tax: Money
    total: Money
    paid: Money
    balance: Money
    issued_on: date | None = None
    due_on: date | None = None
    doctor_name: str = ""
    payments: tuple[PaymentContent, ...] = ()
    credit_notes: tuple[CreditNoteContent, ...] = ()
    notes: str = ""
    locale: str = "en"
    labels: InvoiceLabels = InvoiceLabels()
    demo: bool = False
