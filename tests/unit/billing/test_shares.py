"""A payment is shared between tax, doctor and centre to the smallest unit, however it is cut up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import Overpaid, ShareOutOfRange
from app.billing.rules import Split, effective_share_bp, split_payment, weighted_share_bp
from app.kernel.money import BASIS_POINTS, Money, divide_half_up

share = st.integers(0, BASIS_POINTS)


def split(payment: int, *, total: int, tax: int, share_bp: int, before: int = 0, currency: str = "EUR") -> Split:
    return split_payment(
        Money(payment, currency),
        invoice_total=Money(total, currency),
        invoice_tax=Money(tax, currency),
        share_bp=share_bp,
        paid_before=Money(before, currency),
    )


def minors(parts: Split) -> tuple[int, int, int]:
    return parts.tax.minor, parts.doctor.minor, parts.center.minor


@st.composite
def paid_in_parts(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """The total of an invoice, its tax, and payments that make up the total."""
    net = draw(st.integers(0, 10**8))
    tax = draw(st.integers(0, net))
    total = net + tax
    cuts = sorted(draw(st.lists(st.integers(0, total), max_size=8, unique=True)))
    ends = [*cuts, total]
    payments = [end - start for start, end in zip([0, *ends], ends, strict=False) if end > start]
    return total, tax, payments


def test_the_share_is_computed_without_tax() -> None:
    assert minors(split(11_900, total=11_900, tax=1_900, share_bp=6_000)) == (1_900, 6_000, 4_000)
    assert minors(split(5_950, total=11_900, tax=1_900, share_bp=6_000)) == (950, 3_000, 2_000)
    assert minors(split(105, total=105, tax=5, share_bp=5_000, currency="JPY")) == (5, 50, 50)


def test_three_thirds_of_a_hundred_lose_no_cent() -> None:
    parts = [
        split(paid, total=10_000, tax=0, share_bp=3_333, before=before)
        for paid, before in [(3_333, 0), (3_333, 3_333), (3_334, 6_666)]
    ]
    assert sum(one.doctor.minor for one in parts) == 3_333
    assert sum(one.center.minor for one in parts) == 6_667


@given(paid_in_parts(), share)
def test_partial_payments_add_up_to_the_shares_of_one_payment(case: tuple[int, int, list[int]], share_bp: int) -> None:
    total, tax, payments = case
    before, sums = 0, (0, 0, 0)
    for payment in payments:
        parts = minors(split(payment, total=total, tax=tax, share_bp=share_bp, before=before))
        assert sum(parts) == payment
        assert min(parts) >= 0
        before += payment
        sums = (sums[0] + parts[0], sums[1] + parts[1], sums[2] + parts[2])
        assert abs(sums[1] * BASIS_POINTS - (before - sums[0]) * share_bp) <= BASIS_POINTS / 2
    doctor = divide_half_up((total - tax) * share_bp, BASIS_POINTS)
    assert sums == (tax, doctor, total - tax - doctor)


@given(paid_in_parts(), st.lists(share, min_size=9, max_size=9))
def test_a_share_that_changes_between_payments_never_loses_or_owes_a_cent(
    case: tuple[int, int, list[int]], shares: list[int]
) -> None:
    total, tax, payments = case
    before = taxes = 0
    for payment, share_bp in zip(payments, shares, strict=False):
        parts = minors(split(payment, total=total, tax=tax, share_bp=share_bp, before=before))
        assert sum(parts) == payment
        assert min(parts) >= 0
        assert abs(parts[1] * BASIS_POINTS - (payment - parts[0]) * share_bp) <= BASIS_POINTS
        before, taxes = before + payment, taxes + parts[0]
    assert taxes == tax


def test_more_than_the_invoice_is_not_shared() -> None:
    with pytest.raises(Overpaid):
        split(51, total=100, tax=0, share_bp=5_000, before=50)
    assert minors(split(0, total=0, tax=0, share_bp=5_000)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("service", "doctor_clinic", "effective"),
    [(7_000, 6_000, 7_000), (None, 6_000, 6_000), (None, None, 5_000), (0, 6_000, 0)],
)
def test_the_share_of_the_service_goes_before_the_clinics_and_the_doctors(
    service: int | None, doctor_clinic: int | None, effective: int
) -> None:
    assert effective_share_bp(service=service, doctor_clinic=doctor_clinic, doctor=5_000) == effective


@pytest.mark.parametrize("share_bp", [-1, 10_001])
def test_a_share_below_nothing_or_above_everything_is_refused(share_bp: int) -> None:
    with pytest.raises(ShareOutOfRange):
        effective_share_bp(service=share_bp, doctor_clinic=None, doctor=5_000)


def test_lines_with_different_shares_are_weighted_by_their_net() -> None:
    parts = [(Money(30_000, "EUR"), 10_000), (Money(10_000, "EUR"), 0)]
    assert weighted_share_bp(parts, otherwise=1) == 7_500
    assert weighted_share_bp([(Money(0, "EUR"), 9_000)], otherwise=1) == 1
    with pytest.raises(ShareOutOfRange):
        weighted_share_bp([(Money(1, "EUR"), 10_001)], otherwise=0)


@given(st.lists(st.tuples(st.integers(0, 10**9), share), min_size=1, max_size=6))
def test_the_weighted_share_is_half_a_basis_point_from_line_by_line_at_most(lines: list[tuple[int, int]]) -> None:
    net = sum(amount for amount, _ in lines)
    exact = sum(amount * share_bp for amount, share_bp in lines)
    found = weighted_share_bp(((Money(amount, "EUR"), share_bp) for amount, share_bp in lines), otherwise=0)
    assert abs(found * net - exact) * 2 <= net
