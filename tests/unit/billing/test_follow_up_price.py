"""What a follow-up costs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules import followup_price
from app.kernel.money import Money


@pytest.mark.parametrize(
    ("minor", "percent", "asked"), [(5000, 100, 5000), (5000, 50, 2500), (5001, 50, 2501), (5000, 0, 0), (1, 49, 0)]
)
def test_a_follow_up_costs_a_part_of_the_price_rounded_half_up(minor: int, percent: int, asked: int) -> None:
    assert followup_price(Money(minor, "EUR"), percent) == Money(asked, "EUR")


@given(minor=st.integers(0, 10**12), percent=st.integers(0, 100))
def test_it_never_costs_more_than_the_price_nor_less_than_nothing(minor: int, percent: int) -> None:
    assert 0 <= followup_price(Money(minor, "JPY"), percent).minor <= minor
