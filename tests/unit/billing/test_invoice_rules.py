"""What may be done with an invoice in which state, and which state follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import (
    AlreadyPaid,
    AmountNotPositive,
    InvoiceClosed,
    InvoiceHasPayments,
    InvoiceNotDraft,
    InvoiceNotIssued,
    NothingToInvoice,
    Overpaid,
    OverRefunded,
    PaymentNotReceived,
)
from app.billing.rules import (
    balance,
    ensure_can_discard,
    ensure_can_edit,
    ensure_can_issue,
    ensure_can_pay,
    ensure_can_refund,
    ensure_can_void,
    payment_status_after,
    refundable_amount,
    status_after,
)
from app.billing.states import InvoiceStatus, PaymentStatus
from app.kernel.errors import Refusal
from app.kernel.money import Money

CONTRACT = {
    "draft": {"issued", "discarded"},
    "issued": {"partially_paid", "paid", "void"},
    "partially_paid": {"paid", "partially_refunded", "refunded"},
    "paid": {"partially_refunded", "refunded"},
    "partially_refunded": {"refunded"},
    "refunded": set(),
    "void": set(),
    "discarded": set(),
}
CLOSED = [InvoiceStatus.REFUNDED, InvoiceStatus.VOID, InvoiceStatus.DISCARDED]


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def pay(status: InvoiceStatus, amount: int, *, total: int = 100, paid: int = 0) -> None:
    ensure_can_pay(status, amount=eur(amount), total=eur(total), paid=eur(paid))


@pytest.mark.parametrize("status", [one for one in InvoiceStatus if one is not InvoiceStatus.DRAFT])
def test_only_a_draft_is_edited_issued_or_discarded(status: InvoiceStatus) -> None:
    ensure_can_edit(InvoiceStatus.DRAFT)
    ensure_can_discard(InvoiceStatus.DRAFT)
    ensure_can_issue(InvoiceStatus.DRAFT, lines=1)
    with pytest.raises(InvoiceNotDraft):
        ensure_can_edit(status)
    with pytest.raises(InvoiceNotDraft):
        ensure_can_discard(status)
    with pytest.raises(InvoiceNotDraft):
        ensure_can_issue(status, lines=1)


def test_an_invoice_without_lines_is_not_issued() -> None:
    with pytest.raises(NothingToInvoice):
        ensure_can_issue(InvoiceStatus.DRAFT, lines=0)


def test_an_open_invoice_is_paid_up_to_its_balance() -> None:
    pay(InvoiceStatus.ISSUED, 100)
    pay(InvoiceStatus.PARTIALLY_PAID, 60, paid=40)
    pay(InvoiceStatus.PARTIALLY_REFUNDED, 60, paid=40)
    with pytest.raises(Overpaid) as refused:
        pay(InvoiceStatus.PARTIALLY_PAID, 61, paid=40)
    assert refused.value.params == {"balance": "0.60", "currency": "EUR"}


def test_a_paid_invoice_cannot_be_paid_again() -> None:
    for status in (InvoiceStatus.PAID, InvoiceStatus.PARTIALLY_REFUNDED):
        with pytest.raises(AlreadyPaid):
            pay(status, 1, paid=100)


def test_a_draft_or_closed_invoice_is_neither_paid_nor_voided() -> None:
    for status, refusal in [(InvoiceStatus.DRAFT, InvoiceNotIssued), *((one, InvoiceClosed) for one in CLOSED)]:
        with pytest.raises(refusal):
            pay(status, 1)
        with pytest.raises(refusal):
            ensure_can_void(status, paid=eur(0))


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_or_less_is_not_an_amount_to_pay_or_refund(amount: int) -> None:
    with pytest.raises(AmountNotPositive):
        pay(InvoiceStatus.ISSUED, amount)
    with pytest.raises(AmountNotPositive):
        ensure_can_refund(PaymentStatus.PAID, amount=eur(amount), received=eur(100), refunded=eur(0))


def test_an_invoice_with_money_received_is_refunded_not_voided() -> None:
    ensure_can_void(InvoiceStatus.ISSUED, paid=eur(0))
    with pytest.raises(InvoiceHasPayments):
        ensure_can_void(InvoiceStatus.PARTIALLY_PAID, paid=eur(1))


def test_never_more_is_refunded_than_was_received() -> None:
    ensure_can_refund(PaymentStatus.PARTIALLY_REFUNDED, amount=eur(60), received=eur(100), refunded=eur(40))
    with pytest.raises(OverRefunded) as refused:
        ensure_can_refund(PaymentStatus.PARTIALLY_REFUNDED, amount=eur(61), received=eur(100), refunded=eur(40))
    assert refused.value.params["refundable"] == "0.60"
    for status in (PaymentStatus.PENDING, PaymentStatus.FAILED):
        with pytest.raises(PaymentNotReceived):
            ensure_can_refund(status, amount=eur(1), received=eur(100), refunded=eur(0))


@pytest.mark.parametrize(
    ("total", "paid", "refunded", "status"),
    [
        (100, 0, 0, "issued"),
        (100, 1, 0, "partially_paid"),
        (100, 100, 0, "paid"),
        (0, 0, 0, "paid"),
        (100, 100, 1, "partially_refunded"),
        (100, 40, 1, "partially_refunded"),
        (100, 100, 100, "refunded"),
        (100, 40, 40, "refunded"),
    ],
)
def test_the_state_of_an_issued_invoice_follows_from_its_money(
    total: int, paid: int, refunded: int, status: str
) -> None:
    assert status_after(eur(total), eur(paid), eur(refunded)) == status


def test_a_state_of_more_paid_than_owed_or_refunded_than_paid_does_not_exist() -> None:
    with pytest.raises(Overpaid):
        status_after(eur(100), eur(101), eur(0))
    with pytest.raises(OverRefunded):
        status_after(eur(100), eur(50), eur(51))
    with pytest.raises(OverRefunded):
        payment_status_after(eur(100), eur(101))


def test_the_state_of_a_payment_follows_from_what_was_refunded() -> None:
    states = [payment_status_after(eur(100), eur(refunded)) for refunded in (0, 1, 99, 100)]
    assert states == ["paid", "partially_refunded", "partially_refunded", "refunded"]


acts = st.lists(st.tuples(st.sampled_from(["pay", "refund"]), st.integers(-5, 120)), max_size=12)


@given(st.integers(0, 300), acts)
def test_whatever_is_tried_money_and_states_stay_within_the_contract(total: int, tried: list[tuple[str, int]]) -> None:
    status, paid, refunded = status_after(eur(total), eur(0), eur(0)), 0, 0
    for act, amount in tried:
        try:
            if act == "pay":
                pay(status, amount, total=total, paid=paid)
                paid += amount
            else:
                ensure_can_refund(PaymentStatus.PAID, amount=eur(amount), received=eur(paid), refunded=eur(refunded))
                refunded += amount
        except Refusal:
            continue
        before, status = status, status_after(eur(total), eur(paid), eur(refunded))
        assert status == before or status in CONTRACT[before]
        assert 0 <= refunded <= paid <= total
        assert 0 <= balance(status, eur(total), eur(paid)).minor <= total
        assert refundable_amount(eur(paid), eur(refunded)).minor >= 0


def test_the_states_are_those_of_the_contract() -> None:
    assert {str(one) for one in InvoiceStatus} == set(CONTRACT)
