"""What is believed of a message that claims to come from Stripe, and what of it is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.gateways.stripe import BadSignature, StripeApi
from tests.fakes.stripe_objects import Objects
from tests.fakes.stripe_server import sign

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
SIGNED_AT = int(NOW.timestamp())
SECRET = "whsec_local"
BODY = b'{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent"}}}'


@pytest.fixture
def api() -> StripeApi:
    return StripeApi("sk_test_local", webhook_secret=SECRET)


def test_a_signed_event_is_believed(api: StripeApi) -> None:
    event = api.verify_webhook(BODY, sign(BODY, SECRET, SIGNED_AT), now=NOW)
    assert (event.id, event.type, event.data["id"]) == ("evt_1", "payment_intent.succeeded", "pi_1")


@pytest.mark.parametrize("late", [timedelta(minutes=4), timedelta(minutes=-4)])
def test_some_minutes_on_the_way_are_no_matter(api: StripeApi, late: timedelta) -> None:
    assert api.verify_webhook(BODY, sign(BODY, SECRET, SIGNED_AT), now=NOW + late).id == "evt_1"


@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_an_old_signature_and_one_from_the_future_are_refused(api: StripeApi, late: timedelta) -> None:
    with pytest.raises(BadSignature):
        api.verify_webhook(BODY, sign(BODY, SECRET, SIGNED_AT), now=NOW + late)


def test_a_second_time_behind_the_signed_one_does_not_refresh_an_old_message(api: StripeApi) -> None:
    old = sign(BODY, SECRET, SIGNED_AT - 3600)
    with pytest.raises(BadSignature):
        api.verify_webhook(BODY, f"{old},t={SIGNED_AT}", now=NOW)
    with pytest.raises(BadSignature):
        api.verify_webhook(BODY, f"t={SIGNED_AT},{old}", now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        None, "", "nonsense", "t=,v1=", f"t={SIGNED_AT}", "v1=abc", f"t={SIGNED_AT},v1=" + "0" * 64,
        f"t={SIGNED_AT},v1=é", "t=99999999999999999999,v1=abc", f"t={SIGNED_AT},v0=" + "0" * 64, "," * 500, "t=1=2=3",
    ],
)  # fmt: skip
def test_a_wrong_or_missing_signature_is_refused(api: StripeApi, header: str | None) -> None:
    with pytest.raises(BadSignature):
        api.verify_webhook(BODY, header, now=NOW)


def test_a_changed_body_is_refused(api: StripeApi) -> None:
    with pytest.raises(BadSignature):
        api.verify_webhook(BODY.replace(b"pi_1", b"pi_2"), sign(BODY, SECRET, SIGNED_AT), now=NOW)


def test_another_secret_is_refused(api: StripeApi) -> None:
    with pytest.raises(BadSignature):
        api.verify_webhook(BODY, sign(BODY, "whsec_other", SIGNED_AT), now=NOW)


def test_without_a_secret_of_our_own_nothing_is_believed() -> None:
    with pytest.raises(BadSignature):
        StripeApi("sk_test_local").verify_webhook(BODY, sign(BODY, "", SIGNED_AT), now=NOW)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"not json", b"[]", b"null", b"7", b"{}", b'{"id":"evt_1","type":"x","data":{"object":null}}',
     b'{"id":"evt_1","type":"x","data":[]}', b'{"id":"evt_1","type":"x","data":{"object":"pi_1"}}'],
)  # fmt: skip
def test_a_signed_body_that_is_no_event_is_refused(api: StripeApi, body: bytes) -> None:
    with pytest.raises(BadSignature):
        api.verify_webhook(body, sign(body, SECRET, SIGNED_AT), now=NOW)


def test_of_a_card_only_brand_last_four_and_receipt_are_kept(api: StripeApi) -> None:
    objects = Objects()
    intent = objects.create_intent({"amount": "2500", "currency": "eur", "metadata[payment_id]": "7"})
    charge_id = objects.pay(intent["id"], brand="mastercard", last4="4444")["latest_charge"]
    body = json.dumps(objects.event("charge.succeeded", charge_id, "evt_2")).encode()
    kept = api.verify_webhook(body, sign(body, SECRET, SIGNED_AT), now=NOW).data
    assert kept["card_brand"] == "mastercard"
    assert kept["card_last4"] == "4444"
    assert kept["receipt_url"].endswith(charge_id)
    assert kept["metadata"] == {"payment_id": "7"}
    assert kept["payment_intent"] == intent["id"]
    for secret in ("LocalFingerprint", "exp_month", "Pat Payer", "payer@example.com", "10115"):
        assert secret in body.decode()
        assert secret not in json.dumps(kept)


def test_an_intent_is_kept_without_its_client_secret_and_with_the_reason_of_its_failure(api: StripeApi) -> None:
    objects = Objects()
    intent = objects.create_intent({"amount": "2500", "currency": "eur"})
    objects.decline(intent["id"])
    body = json.dumps(objects.event("payment_intent.payment_failed", intent["id"], "evt_3")).encode()
    kept = api.verify_webhook(body, sign(body, SECRET, SIGNED_AT), now=NOW).data
    assert kept["status"] == "requires_payment_method"
    assert (kept["failure_code"], kept["failure_message"]) == ("card_declined", "Your card was declined.")
    assert "client_secret" not in kept
    assert "payment_method" not in kept
    assert "LocalFingerprint" not in json.dumps(kept)
