"""What a doctor earned as plain values for JSON and pages: decimal texts beside their currency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.billing.earnings import Earnings, Part, Totals
from app.kernel.money import Money


def earnings_fields(found: Earnings, *, currencies: Sequence[str]) -> dict[str, Any]:
    """The summaries; `currencies` are the doctor's clinics', for one who has earned nothing yet."""
    ranked = sorted(found.totals, key=lambda currency: (-found.totals[currency].paid, currency)) or sorted(currencies)
    by_currency = [_totals(found.totals[currency], currency) for currency in ranked]
    return {
        "summary": by_currency[0] if by_currency else None,
        "by_currency": by_currency,
        "by_date": [_part(part, currency, date=day) for (day, currency), part in sorted(found.by_date.items())],
        "by_status": [
            _part(part, currency, status=status.value) for (status, currency), part in sorted(found.by_status.items())
        ],
    }


def _totals(totals: Totals, currency: str) -> dict[str, str]:
    return {
        "currency": currency,
        "total_paid": str(Money(totals.paid, currency)),
        "pending": str(Money(totals.pending, currency)),
        "refunded": str(Money(totals.refunded, currency)),
        "this_month": str(Money(totals.this_month, currency)),
    }


def _part(part: Part, currency: str, **of: date | str) -> dict[str, Any]:
    named = {name: value.isoformat() if isinstance(value, date) else value for name, value in of.items()}
    amounts = {"gross": str(Money(part.gross, currency)), "share": str(Money(part.share, currency))}
    return {**named, "currency": currency, "count": part.count, **amounts}
