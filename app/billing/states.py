"""The states of an invoice and of a payment, the ways to pay, and which state may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
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


INVOICE_MOVES: Final[Mapping[InvoiceStatus, frozenset[InvoiceStatus]]] = MappingProxyType(
    {
        InvoiceStatus.DRAFT: frozenset({InvoiceStatus.ISSUED, InvoiceStatus.DISCARDED}),
        InvoiceStatus.ISSUED: frozenset({InvoiceStatus.PARTIALLY_PAID, InvoiceStatus.PAID, InvoiceStatus.VOID}),
        InvoiceStatus.PARTIALLY_PAID: frozenset(
            {InvoiceStatus.PAID, InvoiceStatus.PARTIALLY_REFUNDED, InvoiceStatus.REFUNDED}
        ),
        InvoiceStatus.PAID: frozenset({InvoiceStatus.PARTIALLY_REFUNDED, InvoiceStatus.REFUNDED}),
        InvoiceStatus.PARTIALLY_REFUNDED: frozenset({InvoiceStatus.REFUNDED}),
        InvoiceStatus.REFUNDED: frozenset(),
        InvoiceStatus.VOID: frozenset(),
        InvoiceStatus.DISCARDED: frozenset(),
    }
)

PAYMENT_MOVES: Final[Mapping[PaymentStatus, frozenset[PaymentStatus]]] = MappingProxyType(
    {
        PaymentStatus.PENDING: frozenset({PaymentStatus.PAID, PaymentStatus.FAILED}),
        PaymentStatus.PAID: frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}),
        PaymentStatus.PARTIALLY_REFUNDED: frozenset({PaymentStatus.REFUNDED}),
        PaymentStatus.FAILED: frozenset(),
        PaymentStatus.REFUNDED: frozenset(),
    }
)

RECEIVED_PAYMENT_STATUSES: Final = frozenset(
    {PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}
)
