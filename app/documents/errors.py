"""What documents refuse."""

from __future__ import annotations

from app.kernel.errors import N_, NotFound


class NothingToPrint(NotFound):
    """The chosen period holds no invoice."""

    code = "nothing_to_print"
    template = N_("There are no invoices to print.")
