"""What is typed or sent about money, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.billing.errors import PaidOnline, UnknownMethod
from app.billing.states import PaymentMethod
from app.kernel.money import Money, NotAnAmount
from app.people.fields import Check, checked, line


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    amount: Money
    method: PaymentMethod
    reference: str | None = None


def payment_request(values: Mapping[str, Any], *, currency: str) -> PaymentRequest:
    """Money for an invoice in `currency`. Refuses: Invalid with all problems."""
    checks: dict[str, Check] = {"amount": amount_in(currency), "method": method_at_desk, "reference": line(120)}
    return PaymentRequest(**checked(values, checks, required=("amount", "method")))


def intent_amount(values: Mapping[str, Any], *, currency: str) -> Money | None:
    """The amount of an online payment; None for all that is open. Refuses: Invalid with all problems."""
    amount: Money | None = checked(values, {"amount": amount_in(currency)}).get("amount")
    return amount


def amount_in(currency: str) -> Check:
    """An amount of money as a decimal text; no float, which is none."""

    def check(raw: object) -> Money:
        if not isinstance(raw, str | int):
            raise NotAnAmount(currency=currency)
        return Money.parse(str(raw), currency)

    return check


def method_at_desk(raw: object) -> PaymentMethod:
    """A way to pay that reception enters."""
    if raw == PaymentMethod.STRIPE:
        raise PaidOnline
    known = [method.value for method in PaymentMethod if method is not PaymentMethod.STRIPE]
    if not isinstance(raw, str) or raw not in known:
        raise UnknownMethod(known=", ".join(known))
    return PaymentMethod(raw)
