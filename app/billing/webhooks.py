"""Where providers tell us about money: signed, kept once, answered at once."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, request

from app.gateways.stripe import BadSignature
from app.kernel import clock, inbox
from app.kernel.actor import system
from app.kernel.db import transaction

webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@webhooks.post("/stripe")
def stripe() -> Response:
    """400 for whatever Stripe has not signed, and nothing is kept of it."""
    gateway = current_app.extensions["gateways"].stripe or abort(404)
    now = clock.now()
    try:
        event = gateway.verify_webhook(request.get_data(), request.headers.get("Stripe-Signature"), now=now)
    except BadSignature:
        abort(400)
    with transaction(system("stripe")):
        inbox.accept("stripe", event.id, {"type": event.type, "data": event.data}, now=now)
    return jsonify({"received": True})
