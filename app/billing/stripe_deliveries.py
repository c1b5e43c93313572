"""Between our books and Stripe: the call while the patient waits, the events it sends, what it is asked later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app

from app.billing import online
from app.billing.errors import OnlinePaymentRefused, OnlinePaymentsOff, ProviderUnreachable
from app.billing.intents import IntentReport, IntentRequest, Outcome, Trouble
from app.billing.models import Payment
from app.gateways.stripe import Intent, IntentCreated, StripeGateway
from app.gateways.stripe_amounts import NotChargeable, money_of
from app.kernel import inbox, outbox
from app.kernel.actor import Actor, system
from app.kernel.db import transaction
from app.kernel.money import Money, UnknownCurrency
from app.kernel.outbox import Handler, Permanent, Temporary

SETTLED = {"succeeded": Outcome.PAID, "canceled": Outcome.CANCELED}
EVENTS = {
    "payment_intent.succeeded": Outcome.PAID,
    "payment_intent.payment_failed": Outcome.FAILED,
    "payment_intent.canceled": Outcome.CANCELED,
}


@dataclass(frozen=True, slots=True)
class Checkout:
    """What the patient's browser needs to pay."""

    payment: Payment
    client_secret: str


def begin_stripe_payment(invoice_id: int, *, amount: Money | None = None, actor: Actor, now: datetime) -> Checkout:
    """Ask Stripe for a payment of what is open: note it, ask with no transaction open, note the answer.

    Asking again goes on where the last time stopped, with the same payment and the same intent.
    Refuses: OnlinePaymentsOff, ProviderUnreachable, OnlinePaymentRefused, and as `online.open_payment` does.
    """
    stripe = _stripe()
    if stripe is None:
        raise OnlinePaymentsOff
    with transaction(actor):
        request = online.open_payment(invoice_id, amount, actor=actor, now=now)
    try:
        intent = _created(stripe, request) if request.intent_id is None else _found(stripe, request.intent_id)
    except Temporary:
        raise ProviderUnreachable from None
    except Permanent as error:
        with transaction(actor):
            online.refuse_intent(request.payment_id, str(error))
        raise OnlinePaymentRefused from None
    with transaction(actor):
        payment = online.keep_intent(request.payment_id, intent.id)
        if isinstance(intent, Intent):
            online.apply(_report(intent), now=now)
    if payment.failure == Trouble.CANCELED:  # at Stripe, since it was asked for: a new one is needed
        return begin_stripe_payment(invoice_id, amount=amount, actor=actor, now=now)
    return Checkout(payment, intent.client_secret)


def _stripe() -> StripeGateway | None:
    gateway: StripeGateway | None = current_app.extensions["gateways"].stripe
    return gateway


def _created(stripe: StripeGateway, request: IntentRequest) -> IntentCreated:
    return stripe.create_payment_intent(
        request.money, idempotency_key=request.key, metadata=request.metadata, description=request.description
    )


def _found(stripe: StripeGateway, intent_id: str) -> Intent:
    return stripe.retrieve_payment_intent(intent_id)


def _report(intent: Intent) -> IntentReport:
    charge = intent.charge
    return IntentReport(
        intent_id=intent.id,
        outcome=SETTLED.get(intent.status, Outcome.OPEN),
        received=intent.received,
        metadata=intent.metadata,
        failure=intent.failure,
        charge_id=charge.id if charge else None,
        card_brand=charge.card_brand if charge else None,
        card_last4=charge.card_last4 if charge else None,
        receipt_url=charge.receipt_url if charge else None,
    )


# -- what Stripe tells us --------------------------------------------------------------------------------------------


@inbox.applies("stripe")
def apply_event(event: dict[str, Any], now: datetime) -> None:
    """An event as the webhook kept it: its `type`, and the object it is about as `data`."""
    data = event["data"]
    if event["type"] in EVENTS:
        online.apply(_event_report(EVENTS[event["type"]], data), now=now)
    elif event["type"] in {"charge.succeeded", "charge.updated"} and data.get("paid"):
        online.note_card(str(data.get("payment_intent")), data | {"stripe_charge_id": data.get("id")})


def _event_report(outcome: Outcome, data: dict[str, Any]) -> IntentReport:
    return IntentReport(
        intent_id=str(data["id"]),
        outcome=outcome,
        received=_received(data),
        metadata=data.get("metadata") or {},
        failure=data.get("failure_message"),
        charge_id=data.get("latest_charge"),
    )


def _received(data: dict[str, Any]) -> Money | None:
    try:
        return money_of(int(data["amount_received"]), str(data["currency"]))
    except (KeyError, TypeError, ValueError, NotChargeable, UnknownCurrency):
        return None


# -- what we ask Stripe ----------------------------------------------------------------------------------------------


def _look(payload: dict[str, Any], _key: str) -> IntentReport | None:
    """Ask for the intent of a payment, and for a new one where a crash kept us from learning its id."""
    with transaction(system("stripe")):
        request = online.request_to_check(payload["payment_id"])
    if request is None:
        return None
    stripe = _stripe()
    if stripe is None:
        raise Temporary("Stripe is not set up")
    intent_id = request.intent_id or _created(stripe, request).id
    return _report(_found(stripe, intent_id))


def _settle(payload: dict[str, Any], report: IntentReport | None, now: datetime) -> None:
    if report is not None:
        online.apply(report, now=now)
        online.check_again(payload["payment_id"], payload["step"], now=now)


def _give_up(payload: dict[str, Any], _error: str, now: datetime) -> None:
    online.check_again(payload["payment_id"], payload["step"], now=now)


outbox.register(online.CHECK, Handler(settle=_settle, act=_look, give_up=_give_up))
