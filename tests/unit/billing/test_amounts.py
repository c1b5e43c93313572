"""What lines and invoices come to, in currencies with and without cents."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import (
    AmountTooLarge,
    DiscountOutOfRange,
    NegativePrice,
    QuantityOutOfRange,
    TaxRateOutOfRange,
)
from app.billing.rules import Totals, invoice_number, invoice_totals, line_total, series_prefix
from app.kernel.errors import Invalid
from app.kernel.money import Money


def money(text: str, currency: str = "EUR") -> Money:
    return Money.parse(text, currency)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "rate", "currency", "net", "tax", "total"),
    [
        (1, "100.00", "0", 1900, "EUR", "100.00", "19.00", "119.00"),
        (3, "33.33", "0.99", 1900, "EUR", "99.00", "18.81", "117.81"),
        (1, "0.50", "0", 500, "EUR", "0.50", "0.03", "0.53"),
        (1, "0.49", "0", 500, "EUR", "0.49", "0.02", "0.51"),
        (1, "105", "0", 1000, "JPY", "105", "11", "116"),
        (2, "1.255", "0.010", 500, "KWD", "2.500", "0.125", "2.625"),
        (1, "50.00", "50.00", 1900, "EUR", "0.00", "0.00", "0.00"),
        (1, "0", "0", 0, "EUR", "0.00", "0.00", "0.00"),
    ],
)
def test_a_line_is_price_times_quantity_less_discount_plus_tax_rounded_half_up(
    *, quantity: int, price: str, discount: str, rate: int, currency: str, net: str, tax: str, total: str
) -> None:
    line = line_total(quantity, money(price, currency), money(discount, currency), rate)
    assert (str(line.net), str(line.tax), str(line.total)) == (net, tax, total)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "rate", "refusal", "field"),
    [
        (0, "1", "0", 0, QuantityOutOfRange, "quantity"),
        (-1, "1", "0", 0, QuantityOutOfRange, "quantity"),
        (10_001, "1", "0", 0, QuantityOutOfRange, "quantity"),
        (1, "-0.01", "0", 0, NegativePrice, "unit_price"),
        (1, "1", "1.01", 0, DiscountOutOfRange, "discount"),
        (1, "1", "-0.01", 0, DiscountOutOfRange, "discount"),
        (1, "1", "0", -1, TaxRateOutOfRange, "tax_rate"),
        (1, "1", "0", 10_001, TaxRateOutOfRange, "tax_rate"),
        (10_000, "99999999999", "0", 0, AmountTooLarge, "unit_price"),
    ],
)
def test_a_line_that_cannot_be_is_refused_at_its_field(
    *, quantity: int, price: str, discount: str, rate: int, refusal: type[Invalid], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        line_total(quantity, money(price), money(discount), rate)
    assert refused.value.field == field


lines = st.builds(
    lambda quantity, price, part, rate: line_total(
        quantity, Money(price, "EUR"), Money(quantity * price * part // 100, "EUR"), rate
    ),
    st.integers(1, 50),
    st.integers(0, 10**7),
    st.integers(0, 100),
    st.integers(0, 10_000),
)


@given(st.lists(lines, max_size=8))
def test_an_invoice_is_the_sum_of_its_lines_and_never_negative(drafted: list[Totals]) -> None:
    totals = invoice_totals(drafted, "EUR")
    assert totals.total.minor == sum(line.total.minor for line in drafted)
    assert totals.subtotal - totals.discount + totals.tax == totals.total
    assert min(totals.subtotal.minor, totals.discount.minor, totals.tax.minor, totals.net.minor) >= 0


@given(lines, st.integers(0, 10_000))
def test_the_tax_of_a_line_is_within_half_a_cent_of_the_exact_one(line: Totals, rate: int) -> None:
    taxed = line_total(1, line.net, Money.zero("EUR"), rate)
    assert abs(taxed.tax.minor - Fraction(line.net.minor * rate, 10_000)) <= Fraction(1, 2)


def test_lines_in_another_currency_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="do not mix"):
        invoice_totals([line_total(1, Money(1, "USD"), Money(0, "USD"), 0)], "EUR")


def test_an_invoice_number_tells_clinic_year_and_counter() -> None:
    assert invoice_number(series_prefix("main", 2026), 123) == "MAIN-2026-000123"
    assert invoice_number("MAIN-2026", 1_000_000) == "MAIN-2026-1000000"


@given(st.integers(1, 999_998))
def test_invoice_numbers_sort_as_they_were_given(counter: int) -> None:
    assert invoice_number("MAIN-2026", counter) < invoice_number("MAIN-2026", counter + 1)
