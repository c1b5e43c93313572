"""A doctor sees what they earned, theirs alone, to the cent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.billing.payments import take_payment
from app.billing.states import PaymentMethod
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.money import Money

PATH = "/api/v1/doctors/earnings"
TODAY = clock.now().date()


@pytest.fixture
def paid(app: Any, books: Any) -> Any:
    """`paid("100.00", "30.00")` issues an invoice and takes a payment towards it; answers the invoice's id."""

    def pay(total: str, amount: str, method: PaymentMethod = PaymentMethod.CASH, **values: Any) -> int:
        invoice_id: int = books.make_issued(total, **values)
        with app.app_context(), transaction(books.cast.reception):
            money = Money.parse(amount, "EUR")
            take_payment(invoice_id, money, method, actor=books.cast.reception, now=clock.now())
        return invoice_id

    return pay


def test_the_sums_are_of_the_doctors_shares(books: Any, paid: Any, client: Any, token_for: Any) -> None:
    paid("100.00", "30.00")
    paid("50.00", "50.00", PaymentMethod.CARD)
    books.make_issued("20.00")
    books.make_draft("999.00")
    paid("80.00", "80.00", doctor_id=books.cast.doctor2_id)
    answer = client.get(PATH, headers=token_for("doctor")).json
    result = answer["result"]
    assert result["summary"] == {
        "currency": "EUR", "total_paid": "40.00", "pending": "45.00", "refunded": "0.00", "this_month": "40.00",
    }  # fmt: skip
    assert result["by_status"] == [
        {"status": "paid", "currency": "EUR", "count": 2, "gross": "80.00", "share": "40.00"}
    ]
    assert [(part["gross"], part["share"]) for part in result["by_date"]] == [("80.00", "40.00")]
    assert (answer["count"], answer["page"], answer["page_size"]) == (2, 0, 25)
    assert [(row["amount"], row["doctor_share"]) for row in result["payments"]] == [
        ("50.00", "25.00"),
        ("30.00", "15.00"),
    ]
    assert result["payments"][0]["patient_name"] == "Pat Payer"
    assert "center_share" not in result["payments"][0]


def test_payments_are_chosen_by_day_state_and_method(books: Any, paid: Any, client: Any, token_for: Any) -> None:
    paid("100.00", "30.00")
    paid("50.00", "50.00", PaymentMethod.CARD)
    yesterday, tomorrow = TODAY - timedelta(days=2), TODAY + timedelta(days=2)
    for query, amounts in [
        ("payment_method=card", ["50.00"]),
        ("status=failed", []),
        (f"start_date={yesterday}&end_date={tomorrow}", ["50.00", "30.00"]),
        (f"start_date={tomorrow}", []),
        (f"end_date={yesterday}", []),
        ("page_size=1&page=1", ["30.00"]),
    ]:
        result = client.get(f"{PATH}?{query}", headers=token_for("doctor")).json["result"]
        assert [row["amount"] for row in result["payments"]] == amounts, query


@pytest.mark.parametrize(
    "query",
    ["start_date=x", "end_date=0001-01-01", "end_date=9999-12-31", "status=x", "payment_method=gold", "page=-1"],
)
def test_what_cannot_be_asked_is_422(books: Any, client: Any, token_for: Any, query: str) -> None:
    assert client.get(f"{PATH}?{query}", headers=token_for("doctor")).status_code == 422


def test_earnings_are_the_doctors_alone(books: Any, paid: Any, client: Any, token_for: Any) -> None:
    paid("100.00", "30.00")
    for name in ("admin", "reception", "accountant", "riverside"):
        assert client.get(PATH, headers=token_for(name)).status_code == 403, name
    other = client.get(PATH, headers=token_for("doctor2")).json
    assert (other["count"], other["result"]["summary"]["total_paid"]) == (0, "0.00")
    assert "Pat Payer" not in str(other)
