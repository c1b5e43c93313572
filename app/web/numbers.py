"""Numbers as people type them: with the decimal mark of their locale, or plainly as programs do."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from flask_babel import get_locale

LONGEST = 40


def for_typing(value: Decimal) -> str:
    """A number as its reader would type it, all its digits and no grouping: "1234,50"."""
    fraction = max(0, -int(value.as_tuple().exponent))
    pattern = "0." + "0" * fraction if fraction else "0"
    return format_decimal(value, pattern, locale=get_locale() or "en")


def plain_number(text: str) -> str:
    """What was typed, in plain digits ("1.234,50" is "1234.50" to a German); what is no number there, as it is."""
    typed = text.strip()
    if len(typed) > LONGEST:
        return text
    try:
        return f"{parse_decimal(typed, locale=get_locale() or 'en', strict=True):f}"
    except (NumberFormatError, ValueError):
        return text
