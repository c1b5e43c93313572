"""The objects of the local Stripe, in the shape of its API, with the rules that the product depends on."""

from __future__ import annotations

import itertools
import time
from typing import Any

MINIMUM_AMOUNT = 50
API_VERSION = "2026-10-28.endive"


class StripeRefusal(Exception):
    """An error answer in Stripe's words."""

    def __init__(
        self, status: int, message: str, *, kind: str = "invalid_request_error", code: str = "", param: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        error = (
            {"type": kind, "message": message} | ({"code": code} if code else {}) | ({"param": param} if param else {})
        )
        self.body: dict[str, Any] = {"error": error}


class Objects:
    """Everything this Stripe knows. Not safe for threads by itself; the server holds a lock."""

    def __init__(self) -> None:
        self.intents: dict[str, dict[str, Any]] = {}
        self.charges: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def _id(self, prefix: str) -> str:
        return f"{prefix}_3TestLocal{next(self._numbers):012d}"

    def create_intent(self, params: dict[str, str]) -> dict[str, Any]:
        amount = _amount(params)
        if amount < MINIMUM_AMOUNT:
            raise StripeRefusal(
                400, "Amount must convert to at least 50 cents.", code="amount_too_small", param="amount"
            )
        if params.get("currency", "") != params.get("currency", "").lower() or len(params.get("currency", "")) != 3:
            raise StripeRefusal(400, f"Invalid currency: {params.get('currency')}", param="currency")
        intent_id = self._id("pi")
        self.intents[intent_id] = {
            "id": intent_id, "object": "payment_intent", "amount": amount, "amount_received": 0,
            "capture_method": "automatic_async", "client_secret": f"{intent_id}_secret_LocalOnly",
            "confirmation_method": "automatic",
            "created": int(time.time()), "currency": params["currency"], "description": params.get("description"),
            "last_payment_error": None, "latest_charge": None, "livemode": False, "metadata": _metadata(params),
            "payment_method": None, "payment_method_types": ["card"], "receipt_email": None,
            "status": "requires_payment_method",
        }  # fmt: skip
        return dict(self.intents[intent_id])

    def intent(self, intent_id: str, *, expand: bool = False) -> dict[str, Any]:
        if intent_id not in self.intents:
            raise StripeRefusal(404, f"No such payment_intent: '{intent_id}'", code="resource_missing", param="intent")
        intent = dict(self.intents[intent_id])
        if expand and intent["latest_charge"]:
            intent["latest_charge"] = self.charge(intent["latest_charge"])
        return intent

    def charge(self, charge_id: str) -> dict[str, Any]:
        if charge_id not in self.charges:
            raise StripeRefusal(404, f"No such charge: '{charge_id}'", code="resource_missing", param="id")
        return dict(self.charges[charge_id])

    def pay(self, intent_id: str, *, brand: str, last4: str) -> dict[str, Any]:
        intent = self.intents[intent_id]
        charge = self._charge(intent, brand, last4)
        charge |= {"status": "succeeded", "paid": True, "captured": True, "amount_captured": intent["amount"]}
        charge["receipt_url"] = f"https://pay.stripe.com/receipts/payment/{charge['id']}"
        intent |= {
            "status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"],
            "payment_method": charge["payment_method"], "last_payment_error": None,
        }  # fmt: skip
        return dict(intent)

    def decline(self, intent_id: str) -> dict[str, Any]:
        intent = self.intents[intent_id]
        charge = self._charge(intent, "visa", "0002")
        charge |= {"failure_code": "card_declined", "failure_message": "Your card was declined."}
        intent |= {
            "status": "requires_payment_method", "latest_charge": charge["id"],
            "last_payment_error": {
                "type": "card_error", "code": "card_declined", "decline_code": "generic_decline",
                "message": "Your card was declined.", "charge": charge["id"],
                "payment_method": {"id": charge["payment_method"], "object": "payment_method", "type": "card",
                                   "card": charge["payment_method_details"]["card"]},
            },
        }  # fmt: skip
        return dict(intent)

    def _charge(self, intent: dict[str, Any], brand: str, last4: str) -> dict[str, Any]:
        charge_id = self._id("ch")
        self.charges[charge_id] = {
            "id": charge_id, "object": "charge", "amount": intent["amount"], "amount_captured": 0, "amount_refunded": 0,
            "billing_details": {"address": {"country": "DE", "postal_code": "10115"}, "email": "payer@example.com",
                                "name": "Pat Payer", "phone": None},
            "captured": False, "created": int(time.time()), "currency": intent["currency"], "failure_code": None,
            "failure_message": None, "livemode": False, "metadata": dict(intent["metadata"]),
            "outcome": {"network_status": "approved_by_network", "risk_level": "normal", "type": "authorized"},
            "paid": False, "payment_intent": intent["id"], "payment_method": self._id("pm"),
            "payment_method_details": {"type": "card", "card": {
                "brand": brand, "country": "US", "exp_month": 8, "exp_year": 2031, "fingerprint": "LocalFingerprint",
                "funding": "credit", "last4": last4, "network": brand, "checks": {"cvc_check": "pass"}}},
            "receipt_url": None, "refunded": False, "status": "failed",
        }  # fmt: skip
        return self.charges[charge_id]

    def create_refund(self, params: dict[str, str]) -> dict[str, Any]:
        intent = self.intent(params.get("payment_intent", ""))
        if intent["status"] != "succeeded":
            raise StripeRefusal(
                400, f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
            )  # fmt: skip
        charge = self.charges[intent["latest_charge"]]
        left, amount = charge["amount"] - charge["amount_refunded"], _amount(params)
        if left == 0:
            raise StripeRefusal(
                400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
            )
        if amount > left:
            raise StripeRefusal(
                400, f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
            )
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        refund_id = self._id("re")
        self.refunds[refund_id] = {
            "id": refund_id, "object": "refund", "amount": amount, "charge": charge["id"], "created": int(time.time()),
            "currency": charge["currency"], "metadata": _metadata(params), "payment_intent": intent["id"],
            "reason": None, "status": "succeeded",
        }  # fmt: skip
        return dict(self.refunds[refund_id])

    def event(self, kind: str, thing_id: str, event_id: str) -> dict[str, Any]:
        known = {**self.intents, **self.charges, **self.refunds}
        return {
            "id": event_id or self._id("evt"), "object": "event", "api_version": API_VERSION,
            "created": int(time.time()), "data": {"object": known[thing_id]}, "livemode": False, "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None}, "type": kind,
        }  # fmt: skip


def _amount(params: dict[str, str]) -> int:
    try:
        amount = int(params["amount"])
    except (KeyError, ValueError):
        raise StripeRefusal(
            400, "Missing or invalid param: amount.", code="parameter_missing", param="amount"
        ) from None
    if amount < 1:
        raise StripeRefusal(400, "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    return amount


def _metadata(params: dict[str, str]) -> dict[str, str]:
    return {name[9:-1]: value for name, value in params.items() if name.startswith("metadata[")}
