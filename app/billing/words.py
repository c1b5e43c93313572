"""What states, ways to pay and troubles are called, for whoever shows them to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.billing.intents import Trouble
from app.billing.states import InvoiceStatus, PaymentMethod, PaymentStatus
from app.kernel.errors import N_

STATUS_WORDS: Final[Mapping[InvoiceStatus, str]] = {
    InvoiceStatus.DRAFT: N_("Draft"),
    InvoiceStatus.ISSUED: N_("Issued"),
    InvoiceStatus.PARTIALLY_PAID: N_("Partially paid"),
    InvoiceStatus.PAID: N_("Paid"),
    InvoiceStatus.PARTIALLY_REFUNDED: N_("Partially refunded"),
    InvoiceStatus.REFUNDED: N_("Refunded"),
    InvoiceStatus.VOID: N_("Void"),
    InvoiceStatus.DISCARDED: N_("Discarded"),
}
PAYMENT_WORDS: Final[Mapping[PaymentStatus, str]] = {
    PaymentStatus.PENDING: N_("Pending"),
    PaymentStatus.PAID: N_("Paid"),
    PaymentStatus.FAILED: N_("Failed"),
    PaymentStatus.PARTIALLY_REFUNDED: N_("Partially refunded"),
    PaymentStatus.REFUNDED: N_("Refunded"),
}
METHOD_WORDS: Final[Mapping[PaymentMethod, str]] = {
    PaymentMethod.CASH: N_("Cash"),
    PaymentMethod.CARD: N_("Card"),
    PaymentMethod.STRIPE: N_("Online"),
    PaymentMethod.TRANSFER: N_("Bank transfer"),
    PaymentMethod.INSURANCE: N_("Insurance"),
}
TROUBLE_WORDS: Final[Mapping[str, str]] = {
    Trouble.SURPLUS: N_("Received online, but the invoice was already paid: give it back at the provider."),
    Trouble.AMOUNT_DIFFERS: N_("Another amount was received online than was asked for: look at the provider."),
    Trouble.REPLACED: N_("Replaced by another online payment."),
    Trouble.CANCELED: N_("Cancelled at the provider."),
    Trouble.ABANDONED: N_("Nobody paid it."),
}
