"""What an invoice adds up to, what may be done with it, and how a payment is shared. Integer arithmetic throughout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.billing.errors import (
    AlreadyPaid,
    AmountNotPositive,
    AmountTooLarge,
    DiscountOutOfRange,
    DueDateOutOfRange,
    InvoiceClosed,
    InvoiceHasPayments,
    InvoiceNotDraft,
    InvoiceNotIssued,
    NegativePrice,
    NothingToInvoice,
    Overpaid,
    OverRefunded,
    PaymentNotReceived,
    QuantityOutOfRange,
    ShareOutOfRange,
    TaxRateOutOfRange,
)
from app.billing.states import RECEIVED_PAYMENT_STATUSES, InvoiceStatus, PaymentStatus
from app.kernel.money import BASIS_POINTS, LARGEST_MINOR, Money, divide_half_up

LARGEST_QUANTITY: Final = 10_000
FARTHEST_DUE: Final = timedelta(days=5 * 366)

_CLOSED: Final = frozenset({InvoiceStatus.REFUNDED, InvoiceStatus.VOID, InvoiceStatus.DISCARDED})


@dataclass(frozen=True, slots=True)
class Totals:
    """Of a line or an invoice: `subtotal` before discount, `net` = subtotal - discount, `total` = net + tax."""

    subtotal: Money
    discount: Money
    tax: Money

    @property
    def net(self) -> Money:
        return self.subtotal - self.discount

    @property
    def total(self) -> Money:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Split:
    """Whose a payment is: tax + doctor + center = the payment, to the smallest unit; none is negative."""

    tax: Money
    doctor: Money
    center: Money


def line_total(quantity: int, unit_price: Money, discount: Money, tax_rate_bp: int) -> Totals:
    """What a line comes to. Prices are without tax; `discount` is an amount off the whole line.

    Clinics sell whole things, so `quantity` is an integer from 1. The tax of each line, `tax_rate_bp` in 1/10,000 of
    its net, is rounded half up to the currency's smallest unit, so that an invoice is the sum of the lines people read.
    Refuses: QuantityOutOfRange, NegativePrice, DiscountOutOfRange, TaxRateOutOfRange, AmountTooLarge.
    """
    if not 1 <= quantity <= LARGEST_QUANTITY:
        raise QuantityOutOfRange(field="quantity", most=LARGEST_QUANTITY)
    if unit_price.minor < 0:
        raise NegativePrice(field="unit_price")
    if not 0 <= tax_rate_bp <= BASIS_POINTS:
        raise TaxRateOutOfRange(field="tax_rate")
    subtotal = unit_price.times(quantity)
    if not Money.zero(subtotal.currency) <= discount <= subtotal:
        raise DiscountOutOfRange(field="discount")
    return _sane(Totals(subtotal, discount, (subtotal - discount).share(tax_rate_bp)), field="unit_price")


def followup_price(price: Money, percent: int) -> Money:
    """What a follow-up costs where a clinic asks `percent` (0 to 100) of the price; half a unit is rounded up."""
    return Money(divide_half_up(price.minor * percent, 100), price.currency)


def invoice_totals(lines: Iterable[Totals], currency: str) -> Totals:
    """The sums of the lines; zero without lines. Refuses: AmountTooLarge."""
    totals = Totals(Money.zero(currency), Money.zero(currency), Money.zero(currency))
    for line in lines:
        totals = Totals(totals.subtotal + line.subtotal, totals.discount + line.discount, totals.tax + line.tax)
    return _sane(totals, field="lines")


def balance(status: InvoiceStatus, total: Money, paid: Money) -> Money:
    """What is still to be paid; nothing of a closed invoice. `paid` is all that was ever received.

    A refund does not raise it: the refund's credit note lowers the claim by the same amount.
    """
    return Money.zero(total.currency) if status in _CLOSED else total - paid


def refundable_amount(received: Money, refunded: Money) -> Money:
    """What of a payment, or of all payments of an invoice, can still be given back."""
    return received - refunded


def status_after(total: Money, paid: Money, refunded: Money) -> InvoiceStatus:
    """The state of an issued invoice: `paid` is all that was ever received, `refunded` all that was given back.

    An invoice over nothing is paid as soon as it is issued. Refuses: Overpaid, OverRefunded.
    """
    nothing = Money.zero(total.currency)
    if paid > total:
        raise Overpaid(field="amount", balance=str(nothing), currency=total.currency)
    if refunded > paid:
        raise OverRefunded(field="amount", refundable=str(nothing), currency=total.currency)
    if refunded > nothing:
        return InvoiceStatus.REFUNDED if refunded == paid else InvoiceStatus.PARTIALLY_REFUNDED
    if paid == total:
        return InvoiceStatus.PAID
    return InvoiceStatus.PARTIALLY_PAID if paid > nothing else InvoiceStatus.ISSUED


def payment_status_after(amount: Money, refunded: Money) -> PaymentStatus:
    """The state of a received payment of `amount` of which `refunded` was given back. Refuses: OverRefunded."""
    if refunded > amount:
        raise OverRefunded(field="amount", refundable=str(Money.zero(amount.currency)), currency=amount.currency)
    if refunded == amount:
        return PaymentStatus.REFUNDED
    return PaymentStatus.PARTIALLY_REFUNDED if refunded.minor else PaymentStatus.PAID


def ensure_can_edit(status: InvoiceStatus) -> None:
    if status is not InvoiceStatus.DRAFT:
        raise InvoiceNotDraft


def ensure_due_within_years(due: date | None, *, today: date) -> None:
    """Refuses: DueDateOutOfRange for a slip of the keyboard."""
    if due is not None and abs(due - today) > FARTHEST_DUE:
        raise DueDateOutOfRange(field="due_date")


def ensure_can_discard(status: InvoiceStatus) -> None:
    ensure_can_edit(status)


def ensure_can_issue(status: InvoiceStatus, *, lines: int) -> None:
    """`lines` is how many there are. Refuses: InvoiceNotDraft, NothingToInvoice."""
    ensure_can_edit(status)
    if lines < 1:
        raise NothingToInvoice


def ensure_can_pay(status: InvoiceStatus, *, amount: Money, total: Money, paid: Money) -> None:
    """What is left over after a partial payment and its partial refund can still be paid.

    Refuses: InvoiceNotIssued, InvoiceClosed, AlreadyPaid, AmountNotPositive, Overpaid.
    """
    if status is InvoiceStatus.DRAFT:
        raise InvoiceNotIssued
    if status in _CLOSED:
        raise InvoiceClosed
    left = balance(status, total, paid)
    if status is InvoiceStatus.PAID or left.minor <= 0:
        raise AlreadyPaid
    if amount.minor <= 0:
        raise AmountNotPositive(field="amount")
    if amount > left:
        raise Overpaid(field="amount", balance=str(left), currency=left.currency)


def ensure_can_void(status: InvoiceStatus, *, paid: Money) -> None:
    """An issued invoice for which nothing was received.

    Refuses: InvoiceNotIssued, InvoiceClosed, InvoiceHasPayments.
    """
    if status is InvoiceStatus.DRAFT:
        raise InvoiceNotIssued
    if status in _CLOSED:
        raise InvoiceClosed
    if paid.minor > 0:
        raise InvoiceHasPayments


def ensure_can_refund(status: PaymentStatus, *, amount: Money, received: Money, refunded: Money) -> None:
    """Refuses: PaymentNotReceived, AmountNotPositive, OverRefunded."""
    if status not in RECEIVED_PAYMENT_STATUSES:
        raise PaymentNotReceived
    if amount.minor <= 0:
        raise AmountNotPositive(field="amount")
    left = refundable_amount(received, refunded)
    if amount > left:
        raise OverRefunded(field="amount", refundable=str(left), currency=left.currency)


def effective_share_bp(*, service: int | None, doctor_clinic: int | None, doctor: int) -> int:
    """The doctor's share in 1/10,000: the service's, else the one agreed with the clinic, else the doctor's own.

    Zero is a share. Refuses: ShareOutOfRange.
    """
    share_bp = next((share for share in (service, doctor_clinic) if share is not None), doctor)
    if not 0 <= share_bp <= BASIS_POINTS:
        raise ShareOutOfRange(field="share_bp")
    return share_bp


def weighted_share_bp(parts: Iterable[tuple[Money, int]], *, otherwise: int) -> int:
    """The doctor's share of an invoice whose lines are shared differently, in 1/10,000.

    `parts` are the net of each line and its share; each counts by its net. The result is rounded half up to a whole
    basis point, so that it can be kept with the payment and worked out again: the doctor gets at most 0.005 % of the
    net more or less than line by line. `otherwise` is the share where no line has a net. Refuses: ShareOutOfRange.
    """
    weight = weighted = 0
    for net, share_bp in parts:
        if not 0 <= share_bp <= BASIS_POINTS:
            raise ShareOutOfRange(field="share_bp")
        weight += net.minor
        weighted += net.minor * share_bp
    return divide_half_up(weighted, weight) if weight else otherwise


def split_payment(
    payment_gross: Money, *, invoice_total: Money, invoice_tax: Money, share_bp: int, paid_before: Money
) -> Split:
    """Part a payment into tax, the doctor's share and the centre's; `paid_before` is what the invoice had received.

    A payment carries tax as the whole invoice does, and the share is of what is left. To keep rounding from adding up
    over several payments, what it gets is the split of all paid with it less the split of all paid before it: the last
    payment makes the sums those of one single payment. Refuses: Overpaid.
    """
    paid_after = paid_before + payment_gross
    if paid_after > invoice_total:
        left = invoice_total - paid_before
        raise Overpaid(field="amount", balance=str(left), currency=left.currency)
    before = _split_of_all_paid(paid_before, invoice_total, invoice_tax, share_bp)
    after = _split_of_all_paid(paid_after, invoice_total, invoice_tax, share_bp)
    return Split(after.tax - before.tax, after.doctor - before.doctor, after.center - before.center)


def series_prefix(clinic_code: str, year: int) -> str:
    """The series of a clinic's invoices in a calendar year of the clinic: "MAIN-2026"."""
    return f"{clinic_code.upper()}-{year:04d}"


def invoice_number(prefix: str, counter: int) -> str:
    """The text of the `counter`-th number of a series, from 1: "MAIN-2026-000123"."""
    return f"{prefix}-{counter:06d}"


def _split_of_all_paid(paid: Money, invoice_total: Money, invoice_tax: Money, share_bp: int) -> Split:
    if not invoice_total.minor:
        return Split(paid, paid, paid)  # nothing owed, nothing paid: all are zero
    tax = Money(divide_half_up(invoice_tax.minor * paid.minor, invoice_total.minor), paid.currency)
    net = paid - tax
    doctor = net.share(share_bp)
    return Split(tax, doctor, net - doctor)


def _sane(totals: Totals, *, field: str) -> Totals:
    if max(totals.subtotal.minor, totals.total.minor) > LARGEST_MINOR:
        raise AmountTooLarge(field=field)
    return totals
