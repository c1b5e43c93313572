"""A doctor's earnings as a page shows them: figures for each currency, by day or by month, and by state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.billing.earnings import Earnings, Part
from app.billing.states import PaymentStatus
from app.kernel.money import Money

MOST_DAYS: Final = 62
"""Of a longer time the months are shown: a page does not grow with the years."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Some payments of one currency: how many, what was paid, and the doctor's share of it."""

    count: int
    gross: Money
    share: Money


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    """`by_time` holds the first day of each day or month; whatever is nothing in it is left out."""

    currency: str
    paid: Money
    pending: Money
    refunded: Money
    this_month: Money
    by_time: list[tuple[date, Figure]]
    by_status: list[tuple[PaymentStatus, Figure]]


@dataclass(frozen=True, slots=True)
class EarningsFigures:
    """By currency, that in which most was paid first; `by_month` says what `by_time` is made of."""

    currencies: list[CurrencyFigures]
    by_month: bool


def figures_of(found: Earnings, currencies: Iterable[str]) -> EarningsFigures:
    """The figures; `currencies` are the doctor's clinics', shown even where nothing was earned in them."""
    days = [day for day, _ in found.by_date]
    by_month = bool(days) and max(days) - min(days) >= timedelta(days=MOST_DAYS)
    known = set(found.totals) | set(currencies)
    ranked = sorted(known, key=lambda currency: (-found.totals[currency].paid, currency))
    return EarningsFigures([_of_currency(found, currency, by_month=by_month) for currency in ranked], by_month)


def _of_currency(found: Earnings, currency: str, *, by_month: bool) -> CurrencyFigures:
    totals = found.totals[currency]
    times: dict[date, list[Part]] = defaultdict(list)
    for (day, of_currency), part in sorted(found.by_date.items()):
        if of_currency == currency:
            times[day.replace(day=1) if by_month else day].append(part)
    return CurrencyFigures(
        currency,
        paid=Money(totals.paid, currency),
        pending=Money(totals.pending, currency),
        refunded=Money(totals.refunded, currency),
        this_month=Money(totals.this_month, currency),
        by_time=[(day, _figure(parts, currency)) for day, parts in times.items()],
        by_status=list(_by_status(found, currency)),
    )


def _by_status(found: Earnings, currency: str) -> Iterator[tuple[PaymentStatus, Figure]]:
    for status in PaymentStatus:
        part = found.by_status.get((status, currency))
        if part is not None:
            yield status, _figure([part], currency)


def _figure(parts: Sequence[Part], currency: str) -> Figure:
    gross, share = sum(part.gross for part in parts), sum(part.share for part in parts)
    return Figure(sum(part.count for part in parts), Money(gross, currency), Money(share, currency))
