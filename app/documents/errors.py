"""What documents refuse."""

from __future__ import annotations

from app.kernel.errors import N_, Invalid, NotFound


class NothingToPrint(NotFound):
    """The chosen period holds no invoice."""

    code = "nothing_to_print"
    template = N_("There are no invoices to print.")


class TooManyInvoices(Invalid):
    code = "too_many_invoices"
    template = N_("This period has %(count)s invoices; at most %(most)s fit into one export. Choose a shorter one.")


class TooManyPayments(Invalid):
    code = "too_many_payments"
    template = N_("This period has %(count)s payments; at most %(most)s fit into one statement. Choose a shorter one.")


class PeriodBackwards(Invalid):
    code = "period_backwards"
    template = N_("The period ends before it begins.")


class UnknownFormat(Invalid):
    code = "unknown_format"
    template = N_("This must be one of: %(known)s.")
