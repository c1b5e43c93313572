"""What is typed or sent about money, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.billing.earnings import EarningsQuestion
from app.billing.errors import PaidOnline, UnknownChoice
from app.billing.queries import EARLIEST, LATEST
from app.billing.states import PaymentMethod, PaymentStatus
from app.kernel.money import Money, NotAnAmount
from app.people.errors import NotADate
from app.people.fields import LARGEST_ID, Check, calendar_day, checked, line, whole_number


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
    if raw not in known:
        raise UnknownChoice(known=", ".join(known))
    return PaymentMethod(str(raw))


def earnings_question(values: Mapping[str, str], *, zone: str) -> EarningsQuestion:
    """Which payments a doctor asks about; paging is somebody else's. Refuses: Invalid with all problems."""
    checks: dict[str, Check] = {
        "start_date": _day,
        "end_date": _day,
        "status": one_of_kind(PaymentStatus),
        "payment_method": one_of_kind(PaymentMethod),
        "clinic_id": whole_number(1, LARGEST_ID),
    }
    asked = checked({name: text for name, text in values.items() if name in checks}, checks)
    return EarningsQuestion(
        zone=zone,
        start=asked.get("start_date"),
        end=asked.get("end_date"),
        status=asked.get("status"),
        method=asked.get("payment_method"),
        clinic_id=asked.get("clinic_id"),
    )


def one_of_kind(kind: type[StrEnum]) -> Check:
    """A member of `kind` by its value."""

    def check(raw: object) -> StrEnum:
        try:
            return kind(str(raw))
        except ValueError:
            raise UnknownChoice(known=", ".join(kind)) from None

    return check


def _day(raw: object) -> date:
    day = calendar_day(raw)
    if not EARLIEST <= day <= LATEST:
        raise NotADate
    return day
