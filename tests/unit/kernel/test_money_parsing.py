"""What people and programs write as an amount is read exactly or refused."""

from __future__ import annotations

import pytest

from app.kernel.money import Money, NotAnAmount


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.50", "EUR", 1250), ("12.5", "EUR", 1250), (" 7 ", "EUR", 700), ("-0.01", "EUR", -1), ("5", "JPY", 5)],
)
def test_an_amount_is_read_in_the_currencys_smallest_unit(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["", "x", "12.505", "NaN", "inf", "9e99999999", "1" * 6000, "[1]"])
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        Money.parse(text, "EUR")
