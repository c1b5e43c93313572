"""The states of an invoice and of a payment, and the ways to pay."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class InvoiceStatus(StrEnum):
    """DRAFT may be edited or discarded and has no number; from ISSUED on, lines and amounts never change.

    VOID is an issued invoice on which nothing was paid and which a full credit note cancels; where money was
    paid, the credit note and its refund make it REFUNDED.
    """

    DRAFT = "draft"
    ISSUED = "issued"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOID = "void"
    DISCARDED = "discarded"


class PaymentStatus(StrEnum):
    """PENDING is money asked for and not yet received; only PAID and the refunded states count as received."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class PaymentMethod(StrEnum):
    """CARD is the terminal at the desk; STRIPE is paid online."""

    CASH = "cash"
    CARD = "card"
    STRIPE = "stripe"
    TRANSFER = "transfer"
    INSURANCE = "insurance"


RECEIVED_PAYMENT_STATUSES: Final = frozenset(
    {PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}
)
