"""Amounts, quantities, rates and dates as a reader of a language expects them on paper."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern, format_currency, format_decimal, format_percent

from app.documents.direction import LEFT_TO_RIGHT_MARK
from app.kernel.money import BASIS_POINTS, Money, currency_digits


@lru_cache(maxsize=64)
def locale_of(name: str) -> Locale:
    """The locale of a name such as "pt_BR" or "pt-BR"; its language alone or English where there is no such locale."""
    for candidate in (name, name.replace("_", "-").split("-")[0]):
        try:
            return Locale.parse(candidate.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def with_currency(money: Money, locale: Locale) -> str:
    """The amount with the sign of its currency, such as €1,250.00."""
    return format_currency(money.decimal(), money.currency, locale=locale)


def without_currency(money: Money, locale: Locale) -> str:
    """The amount with the digits of its currency, for columns whose currency is named elsewhere."""
    value = money.decimal()
    digits = currency_digits(money.currency)
    pattern = _with_digits(locale.decimal_formats[None], digits, digits)
    return LEFT_TO_RIGHT_MARK + format_decimal(value, format=pattern, locale=locale)


def quantity(value: int | Decimal, locale: Locale) -> str:
    return LEFT_TO_RIGHT_MARK + format_decimal(value, locale=locale)


def rate(basis_points: int, locale: Locale) -> str:
    """A rate in basis points as a percentage: 750 is 7.5%."""
    pattern = _with_digits(locale.percent_formats[None], 0, 2)
    return LEFT_TO_RIGHT_MARK + format_percent(Decimal(basis_points) / BASIS_POINTS, format=pattern, locale=locale)


def day(value: date, locale: Locale) -> str:
    return format_date(value, format="long", locale=locale)


def short_day(value: date, locale: Locale) -> str:
    return format_date(value, format="medium", locale=locale)


def phone(number: str) -> str:
    """A phone number keeps its order in right-to-left text."""
    return LEFT_TO_RIGHT_MARK + number if number else ""


def _with_digits(pattern: NumberPattern, fewest: int, most: int) -> NumberPattern:
    changed = copy.copy(pattern)
    changed.frac_prec = (fewest, most)
    return changed
