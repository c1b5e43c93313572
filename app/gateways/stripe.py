"""Card payments by Stripe: what we ask of it, and what we believe of what it sends.

Of a card only the brand, the last four digits and the receipt's address leave this module.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import stripe as sdk

from app.gateways.stripe_amounts import NotChargeable, money_of, stripe_amount
from app.kernel.money import Money
from app.kernel.outbox import Permanent, Temporary

# The SDK would otherwise write an identifier into the home directory, send the machine's platform along,
# and put whole answers (client secrets, card details) into a debug log.
sdk.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 25.0
SIGNATURE_TOLERANCE = timedelta(minutes=5)


class BadSignature(Exception):
    """The message does not come from Stripe, or is too old to be believed."""


@dataclass(frozen=True, slots=True)
class IntentCreated:
    """`client_secret` lets the patient's browser pay; it is passed on and never kept."""

    id: str
    client_secret: str = field(repr=False)
    status: str


@dataclass(frozen=True, slots=True)
class Charge:
    """The successful or last attempt to pay an intent."""

    id: str
    card_brand: str | None
    card_last4: str | None
    receipt_url: str | None


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment as Stripe sees it now; `status` is `succeeded` once the money is taken."""

    id: str
    status: str
    money: Money
    received: Money
    metadata: dict[str, str]
    charge: Charge | None
    failure: str | None
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RefundMade:
    """`status` is one of `pending`, `requires_action`, `succeeded`, `failed`, `canceled`."""

    id: str
    status: str
    money: Money


@dataclass(frozen=True, slots=True)
class Event:
    """A verified message; `data` is the object it is about, without what we do not keep."""

    id: str
    type: str
    data: dict[str, Any]


class StripeGateway(Protocol):
    """Every call raises Temporary (try again with the same key) or Permanent (it will not be done)."""

    def create_payment_intent(
        self, money: Money, *, idempotency_key: str, metadata: Mapping[str, str], description: str
    ) -> IntentCreated: ...

    def retrieve_payment_intent(self, intent_id: str) -> Intent: ...

    def refund(
        self, intent_id: str, money: Money, *, idempotency_key: str, metadata: Mapping[str, str]
    ) -> RefundMade: ...

    def verify_webhook(self, payload: bytes, signature: str | None, *, now: datetime) -> Event: ...


class StripeApi:
    """Stripe itself, by its own SDK; it never retries by itself, the outbox does."""

    def __init__(
        self,
        secret_key: str,
        *,
        webhook_secret: str = "",
        api_base: str = "",
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._webhook_secret = webhook_secret
        self._client = sdk.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")} if api_base else None,
            max_network_retries=0,
            http_client=sdk.RequestsClient(timeout=(min(CONNECT_SECONDS, answer_seconds), answer_seconds)),
        )

    def create_payment_intent(
        self, money: Money, *, idempotency_key: str, metadata: Mapping[str, str], description: str
    ) -> IntentCreated:
        """Prepare a payment that the patient's browser completes with the client secret."""
        with _outcomes():
            intent = self._client.v1.payment_intents.create(
                {
                    "amount": stripe_amount(money),
                    "currency": money.currency.lower(),
                    "description": description,
                    "metadata": dict(metadata),
                    "automatic_payment_methods": {"enabled": True},
                },
                {"idempotency_key": idempotency_key},
            )
            return IntentCreated(intent.id, intent.client_secret or "", intent.status)

    def retrieve_payment_intent(self, intent_id: str) -> Intent:
        """The present state of a payment, with its charge."""
        with _outcomes():
            found = self._client.v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]})
            return _intent(found.to_dict())

    def refund(self, intent_id: str, money: Money, *, idempotency_key: str, metadata: Mapping[str, str]) -> RefundMade:
        """Give back a part or all of what was paid; Stripe refuses more than is left."""
        with _outcomes():
            made = self._client.v1.refunds.create(
                {"payment_intent": intent_id, "amount": stripe_amount(money), "metadata": dict(metadata)},
                {"idempotency_key": idempotency_key},
            )
            return RefundMade(made.id, made.status or "pending", money_of(made.amount, made.currency))

    def verify_webhook(self, payload: bytes, signature: str | None, *, now: datetime) -> Event:
        """What Stripe says, if it is Stripe and no more than five minutes from `now`. Raises BadSignature."""
        try:
            sdk.WebhookSignature.verify_header(payload, signature, self._webhook_secret)
            signed_at = _signed_at(signature or "")
        except (sdk.SignatureVerificationError, TypeError, ValueError) as error:
            raise BadSignature(type(error).__name__) from None
        if abs(now - signed_at) > SIGNATURE_TOLERANCE:
            raise BadSignature("the signature is too old or from the future")
        try:
            event = json.loads(payload)
            return Event(str(event["id"]), str(event["type"]), kept(event["data"]["object"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadSignature("signed, but not an event") from None


def _signed_at(header: str) -> datetime:
    """The first `t=` of the header: the one that the SDK takes into the signature, so none can be put after it."""
    seconds = next((part[2:] for part in header.split(",") if part.startswith("t=")), "")
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except OverflowError:
        raise ValueError("no such time") from None


_KEPT_FIELDS = {
    "id", "object", "status", "amount", "amount_received", "amount_refunded", "currency", "created", "livemode",
    "metadata", "payment_intent", "charge", "latest_charge", "receipt_url", "refunded", "captured", "paid", "reason",
    "failure_code", "failure_message", "failure_reason", "cancellation_reason",
}  # fmt: skip


def kept(thing: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a Stripe object that may be stored; a related object becomes its id."""
    fields = {name: _plain(name, thing[name]) for name in thing if name in _KEPT_FIELDS}
    card = _card(thing)
    if card:
        fields |= {"card_brand": card.get("brand"), "card_last4": card.get("last4")}
    failure = thing.get("last_payment_error")
    if failure:
        fields |= {"failure_code": failure.get("code"), "failure_message": failure.get("message")}
    return fields


def _plain(name: str, value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) and name != "metadata" else value


def _card(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    details = thing.get("payment_method_details") or {}
    return details.get("card") or details.get("card_present") or {}


def _intent(found: Mapping[str, Any]) -> Intent:
    currency, charge, failure = found["currency"], found.get("latest_charge"), found.get("last_payment_error")
    return Intent(
        id=found["id"],
        status=found["status"],
        money=money_of(found["amount"], currency),
        received=money_of(found.get("amount_received") or 0, currency),
        metadata=dict(found.get("metadata") or {}),
        charge=_charge(charge) if isinstance(charge, Mapping) else None,
        failure=failure.get("message") if failure else None,
        client_secret=found.get("client_secret") or "",
    )


def _charge(found: Mapping[str, Any]) -> Charge:
    card = _card(found)
    return Charge(found["id"], card.get("brand"), card.get("last4"), found.get("receipt_url"))


@contextmanager
def _outcomes() -> Iterator[None]:
    """Sort the SDK's errors; they carry whole answers, so none of them is chained.

    A wrong key is temporary: it is put right in the settings, and nothing owed is lost meanwhile.
    """
    try:
        yield
    except NotChargeable as error:
        raise Permanent(str(error)) from None
    except (sdk.InvalidRequestError, sdk.CardError, sdk.IdempotencyError, sdk.PermissionError) as error:
        raise Permanent(_wording(error)) from None
    except sdk.StripeError as error:
        raise Temporary(_wording(error)) from None


def _wording(error: sdk.StripeError) -> str:
    """What may be logged: kind, Stripe's code and request; the connection errors' address of the server is harmless."""
    if isinstance(error, sdk.APIConnectionError):
        return "Stripe could not be reached or did not answer in time"
    parts = ["Stripe", type(error).__name__, str(error.http_status), error.code or "", error.request_id or ""]
    return " ".join(part for part in parts if part)
