"""Money in Stripe's counting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.stripe_amounts import NotChargeable, money_of, stripe_amount
from app.kernel.money import Money

CHARGED = ["EUR", "USD", "INR", "JPY", "KRW", "XAF", "ISK", "UGX", "HUF", "AFN", "KWD", "TND", "MGA", "TWD"]


@pytest.mark.parametrize(
    ("amount", "currency", "sent"),
    [
        ("12.50", "EUR", 1250),
        ("500", "JPY", 500),
        ("5", "ISK", 500),
        ("5", "UGX", 500),
        ("10.45", "HUF", 1045),
        ("7", "AFN", 700),
        ("5.120", "KWD", 5120),
    ],
)
def test_an_amount_is_sent_in_the_units_that_stripe_wants(amount: str, currency: str, sent: int) -> None:
    assert stripe_amount(Money.parse(amount, currency)) == sent
    assert money_of(sent, currency.lower()) == Money.parse(amount, currency)


def test_a_thousandth_of_a_dinar_cannot_be_charged() -> None:
    with pytest.raises(NotChargeable):
        stripe_amount(Money.parse("5.124", "KWD"))


def test_half_a_krona_reported_by_stripe_is_refused() -> None:
    with pytest.raises(NotChargeable):
        money_of(550, "isk")


@given(st.integers(0, 10**9), st.sampled_from(CHARGED))
def test_what_is_sent_comes_back_as_the_same_money(tens: int, currency: str) -> None:
    money = Money(tens * 10, currency)
    assert money_of(stripe_amount(money), currency.lower()) == money
