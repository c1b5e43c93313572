"""The official SDK, as we use it, against a local Stripe."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.gateways.stripe import IntentCreated, StripeApi
from app.kernel.money import Money
from app.kernel.outbox import Permanent, Temporary
from tests.fakes.stripe_server import Fault, StripeServer

EUR_25 = Money(2500, "EUR")
INTENTS, REFUNDS = "/v1/payment_intents", "/v1/refunds"


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with StripeServer() as running:
        yield running


@pytest.fixture
def api(server: StripeServer) -> StripeApi:
    return StripeApi("sk_test_local", api_base=server.url + "/", webhook_secret="whsec_local")


def impatient(api: StripeApi, server: StripeServer, fault: Fault) -> StripeApi:
    """Of a server that hangs nothing is expected: who waits for it gives up soon."""
    return StripeApi("sk_test_local", api_base=server.url + "/", answer_seconds=2) if fault == "hang" else api


def create(api: StripeApi, key: str = "payment:1", money: Money = EUR_25) -> IntentCreated:
    return api.create_payment_intent(
        money, idempotency_key=key, metadata={"payment_id": "1"}, description="Invoice M-1"
    )


def test_an_intent_is_created_with_our_key_amount_and_metadata(server: StripeServer, api: StripeApi) -> None:
    created = create(api)
    assert created.status == "requires_payment_method"
    assert created.client_secret.startswith(f"{created.id}_secret_")
    (call,) = server.calls
    assert (call.method, call.path, call.idempotency_key) == ("POST", INTENTS, "payment:1")
    assert call.params["amount"] == "2500"
    assert call.params["currency"] == "eur"
    assert call.params["metadata[payment_id]"] == "1"
    assert call.params["description"] == "Invoice M-1"


def test_yen_have_no_cents(server: StripeServer, api: StripeApi) -> None:
    create(api, money=Money.parse("500", "JPY"))
    assert server.calls[0].params["amount"] == "500"


def test_the_same_key_and_body_answer_the_same_intent(server: StripeServer, api: StripeApi) -> None:
    assert create(api) == create(api)
    assert len(server.objects.intents) == 1


def test_the_same_key_with_another_amount_is_refused_for_good(server: StripeServer, api: StripeApi) -> None:
    create(api)
    with pytest.raises(Permanent, match="IdempotencyError"):
        create(api, money=Money(2600, "EUR"))
    assert len(server.objects.intents) == 1


def test_a_paid_intent_has_its_charge_with_brand_last_four_and_receipt(server: StripeServer, api: StripeApi) -> None:
    created = create(api)
    assert api.retrieve_payment_intent(created.id).charge is None
    server.pay(created.id, brand="amex", last4="0005")
    intent = api.retrieve_payment_intent(created.id)
    assert (intent.status, intent.money, intent.received) == ("succeeded", EUR_25, EUR_25)
    assert intent.metadata == {"payment_id": "1"}
    assert intent.failure is None
    assert intent.charge is not None
    assert (intent.charge.card_brand, intent.charge.card_last4) == ("amex", "0005")
    assert intent.charge.receipt_url == f"https://pay.stripe.com/receipts/payment/{intent.charge.id}"


def test_a_declined_card_is_told_with_its_reason(server: StripeServer, api: StripeApi) -> None:
    created = create(api)
    server.decline(created.id)
    intent = api.retrieve_payment_intent(created.id)
    assert (intent.status, intent.failure) == ("requires_payment_method", "Your card was declined.")
    assert intent.received == Money(0, "EUR")


def test_a_refund_gives_back_a_part_and_then_no_more_than_the_rest(server: StripeServer, api: StripeApi) -> None:
    created = create(api)
    server.pay(created.id)
    first = api.refund(created.id, Money(1000, "EUR"), idempotency_key="refund:1", metadata={"refund_id": "1"})
    assert (first.status, first.money) == ("succeeded", Money(1000, "EUR"))
    with pytest.raises(Permanent):
        api.refund(created.id, Money(1501, "EUR"), idempotency_key="refund:2", metadata={})
    api.refund(created.id, Money(1500, "EUR"), idempotency_key="refund:3", metadata={})
    with pytest.raises(Permanent, match="charge_already_refunded"):
        api.refund(created.id, Money(1, "EUR"), idempotency_key="refund:4", metadata={})
    assert sum(refund["amount"] for refund in server.objects.refunds.values()) == 2500


def test_a_refund_sent_twice_with_its_key_gives_back_once(server: StripeServer, api: StripeApi) -> None:
    created = create(api)
    server.pay(created.id)
    again = [api.refund(created.id, Money(1000, "EUR"), idempotency_key="refund:1", metadata={}) for _ in range(2)]
    assert again[0] == again[1]
    assert len(server.objects.refunds) == 1


def test_an_unpaid_intent_cannot_be_refunded(api: StripeApi) -> None:
    with pytest.raises(Permanent, match="payment_intent_unexpected_state"):
        api.refund(create(api).id, EUR_25, idempotency_key="refund:1", metadata={})


@pytest.mark.parametrize("fault", ["error", "busy", "drop", "hang", "html"])
def test_a_fault_is_temporary_and_is_not_retried_behind_our_back(
    server: StripeServer, api: StripeApi, fault: Fault
) -> None:
    server.fail_next(fault)
    with pytest.raises(Temporary):
        create(impatient(api, server, fault))
    assert server.count("POST", INTENTS) == 1
    create(api)
    assert len(server.objects.intents) == 1


@pytest.mark.parametrize("fault", ["error", "drop", "hang", "html"])
def test_a_line_that_breaks_after_the_work_leads_to_one_intent(
    server: StripeServer, api: StripeApi, fault: Fault
) -> None:
    server.fail_next(fault, after_work=True)
    with pytest.raises(Temporary):
        create(impatient(api, server, fault))
    created = create(api)
    assert server.count("POST", INTENTS) == 2
    assert list(server.objects.intents) == [created.id]


def test_a_refund_whose_answer_was_lost_gives_back_once(server: StripeServer, api: StripeApi) -> None:
    created = create(api)
    server.pay(created.id)
    server.fail_next("drop", after_work=True)
    with pytest.raises(Temporary):
        api.refund(created.id, EUR_25, idempotency_key="refund:1", metadata={})
    made = api.refund(created.id, EUR_25, idempotency_key="refund:1", metadata={})
    assert list(server.objects.refunds) == [made.id]
    assert server.count("POST", REFUNDS) == 2


def test_nobody_listening_is_temporary(server: StripeServer) -> None:
    with pytest.raises(Temporary):
        create(StripeApi("sk_test_local", api_base="http://127.0.0.1:9"))


def test_a_wrong_key_is_temporary_because_the_settings_can_be_put_right(server: StripeServer) -> None:
    with pytest.raises(Temporary, match="AuthenticationError 401"):
        create(StripeApi("sk_test_wrong", api_base=server.url))


def test_an_unknown_intent_is_permanent(api: StripeApi) -> None:
    with pytest.raises(Permanent, match="resource_missing"):
        api.retrieve_payment_intent("pi_unknown")


def test_an_amount_below_stripes_minimum_is_permanent(api: StripeApi) -> None:
    with pytest.raises(Permanent, match="amount_too_small"):
        create(api, money=Money(49, "EUR"))


def test_an_amount_that_stripe_cannot_say_is_permanent_and_not_sent(server: StripeServer, api: StripeApi) -> None:
    with pytest.raises(Permanent):
        create(api, money=Money.parse("5.124", "KWD"))
    assert server.calls == []


def test_neither_logs_nor_errors_hold_secrets_or_the_card(
    server: StripeServer, api: StripeApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    created = create(api)
    server.pay(created.id)
    api.retrieve_payment_intent(created.id)
    with pytest.raises(Permanent) as refused:
        api.refund(created.id, Money(9900, "EUR"), idempotency_key="refund:1", metadata={})
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    seen = caplog.text + repr(refused.value)
    for secret in (created.client_secret, "4242", "sk_test_local", "LocalFingerprint"):
        assert secret not in seen


def test_a_webhook_of_the_local_server_is_believed(server: StripeServer, api: StripeApi) -> None:
    created = create(api)
    server.pay(created.id)
    body, header = server.event("payment_intent.succeeded", created.id, event_id="evt_7")
    event = api.verify_webhook(body, header, now=datetime.now(UTC))
    assert (event.id, event.type) == ("evt_7", "payment_intent.succeeded")
    assert (event.data["id"], event.data["amount_received"]) == (created.id, 2500)
