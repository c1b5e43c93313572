"""Why an invoice, a payment or an amount is refused."""

from __future__ import annotations

from app.kernel.errors import N_, Conflict, Invalid, NotFound, Refusal


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


class AlreadyInvoiced(Conflict):
    """`existing_id` is the invoice that bills the visit or appointment, where it is known."""

    code = "already_invoiced"
    template = N_("This has been invoiced already.")


class LineNeedsPrice(Invalid):
    code = "line_needs_price"
    template = N_("A line names a service, or it has a description and a price of its own.")


class NotARate(Invalid):
    code = "not_a_rate"
    template = N_("This is not a rate in percent with at most two decimals.")


class TooManyLines(Invalid):
    code = "too_many_lines"
    template = N_("An invoice has at most %(most)s lines.")


class NotLines(Invalid):
    code = "not_lines"
    template = N_("This must be a list of invoice lines.")


class DueDateOutOfRange(Invalid):
    code = "due_date_out_of_range"
    template = N_("The due date lies within five years of today.")


class UnknownChoice(Invalid):
    code = "unknown_choice"
    template = N_("This must be one of: %(known)s.")


class PaidOnline(Invalid):
    code = "paid_online"
    template = N_("Online payments are reported by the provider and cannot be entered.")


class CurrencyDiffers(Invalid):
    code = "currency_differs"
    template = N_("This invoice is in %(currency)s.")


class OnlinePaymentsOff(Conflict):
    code = "online_payments_off"
    template = N_("Online payments are not set up here.")


class OnlinePaymentRefused(Conflict):
    code = "online_payment_refused"
    template = N_("The payment provider does not take this payment.")


class ProviderUnreachable(Refusal):
    """Nothing is lost: the same request later goes on where this one stopped."""

    code = "provider_unreachable"
    template = N_("The payment provider could not be reached. Please try again in a moment.")
    status = 503
