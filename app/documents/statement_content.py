"""What stands on a doctor's statement of earnings, as plain values that need no database and no request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date

from app.kernel.errors import N_
from app.kernel.money import Money


@dataclass(frozen=True, slots=True)
class EarnedContent:
    """One payment; `status` and `method` are already in the reader's language."""

    day: date
    patient: str
    service: str
    total: Money
    share: Money
    status: str
    method: str


@dataclass(frozen=True, slots=True)
class EarningsSums:
    """Of one currency: the doctor's shares received and kept, given back, and still unpaid."""

    paid: Money
    refunded: Money
    pending: Money


@dataclass(frozen=True, slots=True)
class StatementLabels:
    """The fixed words of a statement, in the reader's language; English where nothing is given."""

    statement: str = N_("Statement of earnings")
    doctor: str = N_("Doctor")
    period: str = N_("Period")
    clinics: str = N_("Clinics")
    state: str = N_("State")
    method: str = N_("Method")
    printed_on: str = N_("Printed on")
    date: str = N_("Date")
    patient: str = N_("Patient")
    service: str = N_("Service")
    total: str = N_("Total")
    share: str = N_("Own share")
    paid: str = N_("Own share received")
    refunded: str = N_("Own share refunded")
    pending: str = N_("Own share still unpaid")
    nothing: str = N_("No payments in this time")
    everything: str = N_("All")
    page: str = N_("Page %(page)s of %(pages)s")
    demo: str = N_("Demonstration, not a valid statement")

    @classmethod
    def translated(cls, translate: Callable[[str], str]) -> StatementLabels:
        """The labels in the language that `translate` (a gettext function) gives."""
        return cls(**{each.name: translate(str(each.default)) for each in fields(cls)})


@dataclass(frozen=True, slots=True)
class StatementContent:
    """A doctor's earnings as they are to be printed; None for an end of the period that is open.

    `status` and `method` say what the payments were chosen by, "" by nothing. `locale` decides figures, dates and the
    direction of the page. `demo` prints a mark across each page.
    """

    doctor: str
    clinics: tuple[str, ...]
    start: date | None
    end: date | None
    printed_on: date
    rows: tuple[EarnedContent, ...]
    sums: tuple[EarningsSums, ...]
    status: str = ""
    method: str = ""
    locale: str = "en"
    labels: StatementLabels = StatementLabels()
    demo: bool = False
