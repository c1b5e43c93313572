"""Money as integer minor units of one currency, and its exact division."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering

from babel.core import get_global

from app.kernel.errors import N_, Invalid

BASIS_POINTS = 10_000
LARGEST_MINOR = 10**13


class NotAnAmount(Invalid):
    code = "not_an_amount"
    template = N_("This is not an amount of money in %(currency)s.")


class UnknownCurrency(Invalid):
    code = "unknown_currency"
    template = N_("There is no currency with this code.")


def currency_digits(currency: str) -> int:
    """Digits after the decimal point of an ISO 4217 currency (CLDR data): EUR 2, JPY 0, KWD 3."""
    if currency not in get_global("all_currencies"):
        raise UnknownCurrency(field="currency")
    fractions = get_global("currency_fractions")
    digits: int = fractions.get(currency, fractions["DEFAULT"])[0]
    return digits


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """`minor` smallest units (cents) of the ISO 4217 `currency`. Arithmetic refuses to mix currencies."""

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str | int | Decimal, currency: str, *, field: str = "amount") -> Money:
        """An amount in major units ("12.50") as money. Refuses: NotAnAmount, also for digits the currency has not."""
        digits = currency_digits(currency)
        try:
            scaled = Decimal(str(text).strip()).scaleb(digits)
        except ArithmeticError:  # no number at all, or one beyond what decimals can hold
            raise NotAnAmount(field=field, currency=currency) from None
        if not scaled.is_finite() or abs(scaled) > LARGEST_MINOR or scaled != scaled.to_integral_value():
            raise NotAnAmount(field=field, currency=currency)
        return cls(int(scaled), currency)

    def decimal(self) -> Decimal:
        """The amount in major units, with the currency's digits."""
        return Decimal(self.minor).scaleb(-currency_digits(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal():f}"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def times(self, quantity: int) -> Money:
        return Money(self.minor * quantity, self.currency)

    def share(self, basis_points: int) -> Money:
        """A part of the amount, in 1/10,000; half a unit is rounded away from zero."""
        return Money(divide_half_up(self.minor * basis_points, BASIS_POINTS), self.currency)


def divide_half_up(numerator: int, denominator: int) -> int:
    """Integer quotient, half rounded away from zero; `denominator` > 0."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))
