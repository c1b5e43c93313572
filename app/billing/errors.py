"""Why an invoice, a payment or an amount is refused."""

from __future__ import annotations

from app.kernel.errors import N_, Conflict, Invalid, NotFound


class InvoiceNotFound(NotFound):
    code = "invoice_not_found"
    template = N_("There is no such invoice.")


class PaymentNotFound(NotFound):
    code = "payment_not_found"
    template = N_("There is no such payment.")


class InvoiceNotDraft(Conflict):
    code = "invoice_not_draft"
    template = N_("Only a draft can be changed, issued or discarded.")


class NothingToInvoice(Conflict):
    code = "nothing_to_invoice"
    template = N_("An invoice without lines cannot be issued.")


class InvoiceNotIssued(Conflict):
    code = "invoice_not_issued"
    template = N_("This invoice has not been issued.")


class InvoiceClosed(Conflict):
    code = "invoice_closed"
    template = N_("This invoice was refunded, voided or discarded.")


class AlreadyPaid(Conflict):
    code = "already_paid"
    template = N_("This invoice is already paid.")


class Overpaid(Conflict):
    """`balance` is what may still be paid, a decimal text in `currency`."""

    code = "overpaid"
    template = N_("That is more than is still to be paid: %(balance)s %(currency)s.")


class InvoiceHasPayments(Conflict):
    code = "invoice_has_payments"
    template = N_("Money was received for this invoice. Refund it instead.")


class PaymentNotReceived(Conflict):
    code = "payment_not_received"
    template = N_("This payment was not received, so there is nothing to refund.")


class OverRefunded(Conflict):
    """`refundable` is what may still be refunded, a decimal text in `currency`."""

    code = "over_refunded"
    template = N_("That is more than can be refunded: %(refundable)s %(currency)s.")


class AmountNotPositive(Invalid):
    code = "amount_not_positive"
    template = N_("The amount must be more than zero.")


class QuantityOutOfRange(Invalid):
    code = "quantity_out_of_range"
    template = N_("The quantity is a whole number from 1 to %(most)s.")


class NegativePrice(Invalid):
    code = "negative_price"
    template = N_("The price must not be below zero.")


class DiscountOutOfRange(Invalid):
    code = "discount_out_of_range"
    template = N_("The discount is between zero and the price of the line.")


class TaxRateOutOfRange(Invalid):
    code = "tax_rate_out_of_range"
    template = N_("The tax rate is between 0 and 100 percent.")


class ShareOutOfRange(Invalid):
    code = "share_out_of_range"
    template = N_("The share is between 0 and 100 percent.")


class AmountTooLarge(Invalid):
    code = "amount_too_large"
    template = N_("This amount is too large.")
