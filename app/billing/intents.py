"""What is said between our books and the provider about an online payment, and why one came to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.kernel.money import Money


class Trouble(StrEnum):
    """Why an online payment is not paid; else `failure` holds the provider's own words."""

    SURPLUS = "surplus"
    AMOUNT_DIFFERS = "amount_differs"
    REPLACED = "replaced"
    CANCELED = "canceled"
    ABANDONED = "abandoned"


UNSETTLED: Final = frozenset({Trouble.SURPLUS, Trouble.AMOUNT_DIFFERS})
"""The money is with the provider and with no invoice: a person has to decide."""


@dataclass(frozen=True, slots=True)
class IntentRequest:
    """What the provider is asked for; the same payment always gives the same. `intent_id` where it was asked before."""

    payment_id: int
    intent_id: str | None
    money: Money
    key: str
    description: str
    metadata: dict[str, str]


class Outcome(StrEnum):
    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class IntentReport:
    """What the provider says of one intent; `received` is None for an amount that our currencies cannot express."""

    intent_id: str
    outcome: Outcome
    received: Money | None
    metadata: Mapping[str, str]
    failure: str | None = None
    charge_id: str | None = None
    card_brand: str | None = None
    card_last4: str | None = None
    receipt_url: str | None = None
