"""Online payments end as what Stripe says, once, whatever is lost, repeated or out of order on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.billing.errors import AlreadyPaid, OnlinePaymentRefused, OnlinePaymentsOff, ProviderUnreachable
from app.billing.models import Invoice, Payment
from app.billing.payments import take_payment
from app.billing.states import InvoiceStatus, PaymentMethod, PaymentStatus
from app.billing.stripe_deliveries import Checkout, begin_stripe_payment
from app.gateways import Gateways
from app.kernel import clock, live, outbox
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.live import Announcement
from app.kernel.models import AuditEntry, ProviderEvent
from app.kernel.money import Money
from tests.fakes.stripe_server import StripeServer

pytestmark = pytest.mark.usefixtures("local_gateways")


def begun(desk: Any, invoice: Invoice, minor: int | None = None) -> Checkout:
    actor, amount = desk.cast.reception, None if minor is None else Money(minor, "EUR")
    return begin_stripe_payment(invoice.id, amount=amount, actor=actor, now=clock.now())


def deliver(app: Flask, event: tuple[bytes, str], *, work: bool = True) -> int:
    body, signature = event
    response = app.test_client().post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature})
    if work:
        outbox.deliver_due()
    return response.status_code


def later(**span: float) -> Any:
    return clock.freeze(clock.now() + timedelta(**span))


def payments() -> list[Payment]:
    db.session.rollback()
    return list(db.session.scalars(select(Payment).order_by(Payment.id).execution_options(populate_existing=True)))


def payment() -> Payment:
    (only,) = payments()
    return only


def stored(invoice: Invoice) -> Invoice:
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id, populate_existing=True)


def pay_cash(desk: Any, invoice: Invoice, minor: int) -> None:
    with transaction(desk.cast.reception):
        take_payment(invoice.id, Money(minor, "EUR"), PaymentMethod.CASH, actor=desk.cast.reception, now=clock.now())


# -- beginning -------------------------------------------------------------------------------------------------------


def test_a_payment_is_begun_pending_with_an_intent_over_what_is_open(desk: Any, stripe_server: StripeServer) -> None:
    invoice = desk.issued("100.00")
    pay_cash(desk, invoice, 2500)
    checkout = begun(desk, invoice)
    intent = stripe_server.objects.intents[str(checkout.payment.stripe_intent_id)]
    assert (checkout.payment.status, checkout.payment.amount_minor) == (PaymentStatus.PENDING, 7500)
    assert (intent["amount"], intent["currency"], intent["client_secret"]) == (7500, "eur", checkout.client_secret)
    assert intent["metadata"]["payment_id"] == str(checkout.payment.id)
    assert intent["description"] == "MAIN-2030-000001"
    assert stored(invoice).paid_minor == 2500


def test_begun_again_it_is_the_same_payment_and_the_same_intent(desk: Any, stripe_server: StripeServer) -> None:
    invoice = desk.issued("100.00")
    first, second = begun(desk, invoice), begun(desk, invoice)
    assert first == second
    assert len(payments()) == 1
    assert stripe_server.count("POST", "/v1/payment_intents") == 1


def test_another_amount_replaces_the_pending_payment(desk: Any) -> None:
    invoice = desk.issued("100.00")
    begun(desk, invoice, 4000)
    begun(desk, invoice, 6000)
    assert [(one.amount_minor, one.status, one.failure) for one in payments()] == [
        (4000, PaymentStatus.FAILED, "replaced"),
        (6000, PaymentStatus.PENDING, None),
    ]


@pytest.mark.parametrize("fault", ["drop", "error", "busy", "html"])
def test_a_lost_answer_is_found_again_without_a_second_intent(
    desk: Any, stripe_server: StripeServer, fault: Any
) -> None:
    invoice = desk.issued("100.00")
    stripe_server.fail_next(fault, after_work=True)
    with pytest.raises(ProviderUnreachable):
        begun(desk, invoice)
    assert (payment().status, payment().stripe_intent_id) == (PaymentStatus.PENDING, None)
    checkout = begun(desk, invoice)
    assert list(stripe_server.objects.intents) == [checkout.payment.stripe_intent_id]
    assert len(payments()) == 1


def test_an_amount_that_stripe_refuses_fails_and_says_so(desk: Any) -> None:
    with pytest.raises(OnlinePaymentRefused):
        begun(desk, desk.issued("0.10"))
    assert payment().status is PaymentStatus.FAILED
    assert "amount_too_small" in str(payment().failure)


def test_without_stripe_there_are_no_online_payments(desk: Any, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "gateways", Gateways(stripe=None, mail=None))
    with pytest.raises(OnlinePaymentsOff):
        begun(desk, desk.issued("100.00"))
    assert payments() == []
    assert app.test_client().post("/webhooks/stripe", data=b"{}").status_code == 404


def test_who_may_begin_one(desk: Any) -> None:
    invoice = desk.issued("100.00")
    for actor, refusal in [(desk.cast.riverside, NotFound), (desk.cast.accountant, NotAllowed)]:
        with pytest.raises(refusal):
            begin_stripe_payment(invoice.id, actor=actor, now=clock.now())
    pay_cash(desk, invoice, 10_000)
    with pytest.raises(AlreadyPaid):
        begun(desk, invoice)


def test_an_intent_cancelled_at_stripe_is_followed_by_a_new_one(desk: Any, stripe_server: StripeServer) -> None:
    invoice = desk.issued("100.00")
    first = begun(desk, invoice).payment.stripe_intent_id
    stripe_server.objects.intents[str(first)]["status"] = "canceled"
    second = begun(desk, invoice)
    assert second.payment.stripe_intent_id != first
    assert [(one.status, one.failure) for one in payments()] == [
        (PaymentStatus.FAILED, "canceled"),
        (PaymentStatus.PENDING, None),
    ]


def test_money_that_came_meanwhile_is_counted_when_it_is_begun_again(desk: Any, stripe_server: StripeServer) -> None:
    invoice = desk.issued("100.00")
    stripe_server.pay(str(begun(desk, invoice).payment.stripe_intent_id))
    assert begun(desk, invoice).payment.status is PaymentStatus.PAID
    assert stored(invoice).status is InvoiceStatus.PAID


# -- events ----------------------------------------------------------------------------------------------------------


def test_a_succeeded_event_settles_with_shares_and_card(
    desk: Any, app: Flask, stripe_server: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Announcement] = []
    monkeypatch.setattr(live, "_publish", [lambda news: told.extend(news.announcements)])
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    stripe_server.pay(intent_id, brand="mastercard", last4="4444")
    assert deliver(app, stripe_server.event("payment_intent.succeeded", intent_id)) == 200
    settled = payment()
    assert (settled.status, settled.doctor_share_minor, settled.center_share_minor) == (PaymentStatus.PAID, 5000, 5000)
    assert (settled.card_brand, settled.card_last4) == ("mastercard", "4444")
    assert str(settled.receipt_url).startswith("https://pay.stripe.com/receipts/")
    assert str(settled.stripe_charge_id).startswith("ch_")
    assert stored(invoice).status is InvoiceStatus.PAID
    assert [(one.event, one.payload["status"]) for one in told] == [("payment_processed", "paid")]


def test_the_same_event_twice_pays_once(desk: Any, app: Flask, stripe_server: StripeServer) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice, 4000).payment.stripe_intent_id)
    stripe_server.pay(intent_id)
    event = stripe_server.event("payment_intent.succeeded", intent_id)
    assert [deliver(app, event), deliver(app, event)] == [200, 200]
    assert deliver(app, stripe_server.event("payment_intent.succeeded", intent_id)) == 200
    assert stored(invoice).paid_minor == 4000
    assert db.session.scalar(select(func.count()).select_from(ProviderEvent)) == 2


def test_a_declined_card_and_then_a_good_one(desk: Any, app: Flask, stripe_server: StripeServer) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    stripe_server.decline(intent_id)
    deliver(app, stripe_server.event("payment_intent.payment_failed", intent_id))
    assert (payment().status, payment().failure) == (PaymentStatus.FAILED, "Your card was declined.")
    stripe_server.pay(intent_id)
    deliver(app, stripe_server.event("payment_intent.succeeded", intent_id))
    assert (payment().status, payment().failure) == (PaymentStatus.PAID, None)
    assert stored(invoice).status is InvoiceStatus.PAID


def test_a_failure_that_arrives_after_the_success_changes_nothing(
    desk: Any, app: Flask, stripe_server: StripeServer
) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    stripe_server.decline(intent_id)
    failed = stripe_server.event("payment_intent.payment_failed", intent_id)
    stripe_server.pay(intent_id)
    succeeded = stripe_server.event("payment_intent.succeeded", intent_id)
    charged = stripe_server.event("charge.succeeded", str(stripe_server.objects.intents[intent_id]["latest_charge"]))
    for event in (charged, succeeded, failed):
        deliver(app, event, work=False)
    while outbox.deliver_due():
        pass
    assert (payment().status, payment().card_last4) == (PaymentStatus.PAID, "4242")
    assert stored(invoice).paid_minor == 10_000


def test_a_cancelled_intent_fails_the_payment(desk: Any, app: Flask, stripe_server: StripeServer) -> None:
    intent_id = str(begun(desk, desk.issued("100.00")).payment.stripe_intent_id)
    stripe_server.objects.intents[intent_id]["status"] = "canceled"
    deliver(app, stripe_server.event("payment_intent.canceled", intent_id))
    assert (payment().status, payment().failure) == (PaymentStatus.FAILED, "canceled")


def test_an_event_before_our_own_note_of_the_intent_finds_its_payment(
    desk: Any, app: Flask, stripe_server: StripeServer
) -> None:
    invoice = desk.issued("100.00")
    stripe_server.fail_next("drop", after_work=True)
    with pytest.raises(ProviderUnreachable):
        begun(desk, invoice)
    (intent_id,) = stripe_server.objects.intents
    stripe_server.pay(intent_id)
    deliver(app, stripe_server.event("payment_intent.succeeded", intent_id))
    assert (payment().status, payment().stripe_intent_id) == (PaymentStatus.PAID, intent_id)


@pytest.mark.parametrize("metadata", [{}, {"payment_id": "1"}, {"payment_id": "9" * 40}, {"payment_id": "x"}])
def test_an_event_about_somebody_elses_intent_is_kept_and_changes_nothing(
    desk: Any, app: Flask, stripe_server: StripeServer, metadata: dict[str, str]
) -> None:
    begun(desk, desk.issued("100.00"))
    fields = {f"metadata[{name}]": value for name, value in metadata.items()}
    other = stripe_server.objects.create_intent({"amount": "10000", "currency": "eur"} | fields)["id"]
    stripe_server.pay(other)
    assert deliver(app, stripe_server.event("payment_intent.succeeded", other)) == 200
    assert payment().status is PaymentStatus.PENDING
    assert db.session.scalars(select(ProviderEvent)).one().handled_at is not None


def test_what_we_do_not_know_is_taken_and_left(desk: Any, app: Flask, stripe_server: StripeServer) -> None:
    intent_id = str(begun(desk, desk.issued("100.00")).payment.stripe_intent_id)
    assert deliver(app, stripe_server.event("payment_intent.requires_action", intent_id)) == 200
    assert payment().status is PaymentStatus.PENDING


@pytest.mark.parametrize("spoil", ["secret", "body", "old", "none"])
def test_what_stripe_has_not_signed_leaves_nothing_behind(
    desk: Any, app: Flask, stripe_server: StripeServer, spoil: str
) -> None:
    intent_id = str(begun(desk, desk.issued("100.00")).payment.stripe_intent_id)
    body, signature = stripe_server.event(
        "payment_intent.succeeded",
        intent_id,
        secret="whsec_other" if spoil == "secret" else None,
        signed_at=1_600_000_000 if spoil == "old" else None,
    )
    event = (body + b" " if spoil == "body" else body, "" if spoil == "none" else signature)
    assert deliver(app, event) == 400
    assert db.session.scalar(select(func.count()).select_from(ProviderEvent)) == 0
    assert payment().status is PaymentStatus.PENDING


def test_the_same_event_in_eight_requests_at_once_is_kept_once(
    desk: Any, app: Flask, stripe_server: StripeServer, at_once: Any
) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    stripe_server.pay(intent_id)
    event = stripe_server.event("payment_intent.succeeded", intent_id)
    outcomes = at_once(*[lambda: deliver(app, event, work=False)] * 8)
    assert 200 in outcomes
    assert set(outcomes) <= {200, 409}
    outbox.deliver_due()
    assert stored(invoice).paid_minor == 10_000
    assert db.session.scalar(select(func.count()).select_from(ProviderEvent)) == 1


# -- money that does not fit -----------------------------------------------------------------------------------------


def audited_reasons() -> list[str]:
    query = select(AuditEntry.after).where(AuditEntry.action == "money_not_counted").order_by(AuditEntry.id)
    return [str(after["reason"]) for after in db.session.scalars(query) if after]


def test_money_for_an_invoice_that_was_paid_in_cash_meanwhile_is_kept_in_sight(
    desk: Any, app: Flask, stripe_server: StripeServer
) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    pay_cash(desk, invoice, 10_000)
    stripe_server.pay(intent_id)
    for _ in range(2):
        deliver(app, stripe_server.event("payment_intent.succeeded", intent_id))
    surplus = payments()[0]
    assert (surplus.status, surplus.failure) == (PaymentStatus.PENDING, "surplus")
    assert (surplus.doctor_share_minor, surplus.center_share_minor) == (0, 0)
    assert (stored(invoice).status, stored(invoice).paid_minor) == (InvoiceStatus.PAID, 10_000)
    assert audited_reasons() == ["surplus"]


@pytest.mark.parametrize("change", [{"amount_received": 9_999}, {"currency": "usd"}, {"amount_received": None}])
def test_another_amount_or_currency_than_asked_for_is_not_counted(
    desk: Any, app: Flask, stripe_server: StripeServer, change: dict[str, Any]
) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    stripe_server.pay(intent_id)
    stripe_server.objects.intents[intent_id] |= change
    deliver(app, stripe_server.event("payment_intent.succeeded", intent_id))
    assert (payment().status, payment().failure) == (PaymentStatus.PENDING, "amount_differs")
    assert stored(invoice).paid_minor == 0
    assert audited_reasons() == ["amount_differs"]


def test_a_payment_made_twice_by_two_intents_is_counted_once_and_the_second_shown(
    desk: Any, app: Flask, stripe_server: StripeServer
) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    metadata = stripe_server.objects.intents[intent_id]["metadata"]
    fields = {f"metadata[{name}]": value for name, value in metadata.items()}
    twin = stripe_server.objects.create_intent({"amount": "10000", "currency": "eur"} | fields)["id"]
    for one in (intent_id, twin, twin):
        stripe_server.pay(one)
        deliver(app, stripe_server.event("payment_intent.succeeded", one))
    assert [(one.status, one.failure) for one in payments()] == [
        (PaymentStatus.PAID, None),
        (PaymentStatus.PENDING, "surplus"),
    ]
    assert stored(invoice).paid_minor == 10_000
    assert audited_reasons() == ["surplus"]


# -- asking Stripe ourselves -----------------------------------------------------------------------------------------


def test_money_whose_event_never_came_is_found_by_asking(desk: Any, stripe_server: StripeServer) -> None:
    invoice = desk.issued("100.00")
    stripe_server.pay(str(begun(desk, invoice).payment.stripe_intent_id))
    outbox.deliver_due()
    assert payment().status is PaymentStatus.PENDING
    with later(minutes=6):
        outbox.deliver_due()
    assert (payment().status, payment().card_last4) == (PaymentStatus.PAID, "4242")
    assert stored(invoice).status is InvoiceStatus.PAID


def test_after_a_crash_between_the_steps_the_intent_is_found_and_settled(
    desk: Any, stripe_server: StripeServer
) -> None:
    invoice = desk.issued("100.00")
    stripe_server.fail_next("drop", after_work=True)
    with pytest.raises(ProviderUnreachable):
        begun(desk, invoice)
    (intent_id,) = stripe_server.objects.intents
    with later(minutes=6):
        outbox.deliver_due()
    assert payment().stripe_intent_id == intent_id
    stripe_server.pay(intent_id)
    with later(minutes=40):
        outbox.deliver_due()
    assert stored(invoice).status is InvoiceStatus.PAID
    assert list(stripe_server.objects.intents) == [intent_id]


def test_a_declined_payment_is_still_asked_about(desk: Any, app: Flask, stripe_server: StripeServer) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    stripe_server.decline(intent_id)
    deliver(app, stripe_server.event("payment_intent.payment_failed", intent_id))
    stripe_server.pay(intent_id)
    with later(minutes=6):
        outbox.deliver_due()
    assert stored(invoice).status is InvoiceStatus.PAID


def test_stripe_being_down_is_outlived(desk: Any, stripe_server: StripeServer) -> None:
    invoice = desk.issued("100.00")
    stripe_server.pay(str(begun(desk, invoice).payment.stripe_intent_id))
    for minutes in (6, 7, 8):
        stripe_server.fail_next("error")
        with later(minutes=minutes):
            outbox.deliver_due()
        assert payment().status is PaymentStatus.PENDING
    with later(minutes=20):
        outbox.deliver_due()
    assert stored(invoice).status is InvoiceStatus.PAID


def test_what_nobody_pays_is_given_up_after_days_and_counted_if_it_is_paid_after_all(
    desk: Any, app: Flask, stripe_server: StripeServer
) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    for hours in (1, 2, 4, 13, 25, 49, 73, 80):
        with later(hours=hours):
            outbox.deliver_due()
    assert (payment().status, payment().failure) == (PaymentStatus.FAILED, "abandoned")
    asked = stripe_server.count("GET", f"/v1/payment_intents/{intent_id}")
    assert asked == 7
    stripe_server.pay(intent_id)
    deliver(app, stripe_server.event("payment_intent.succeeded", intent_id))
    assert stored(invoice).status is InvoiceStatus.PAID


def test_cash_and_online_at_the_same_moment_count_what_is_owed_and_keep_the_rest_in_sight(
    desk: Any, app: Flask, stripe_server: StripeServer, at_once: Any
) -> None:
    invoice = desk.issued("100.00")
    intent_id = str(begun(desk, invoice).payment.stripe_intent_id)
    stripe_server.pay(intent_id)
    deliver(app, stripe_server.event("payment_intent.succeeded", intent_id), work=False)
    outcomes = at_once(lambda: pay_cash(desk, invoice, 10_000), outbox.deliver_due)
    assert stored(invoice).paid_minor == 10_000
    online = payments()[0]
    won = isinstance(outcomes[0], AlreadyPaid)
    assert (online.status, online.failure) == (
        (PaymentStatus.PAID, None) if won else (PaymentStatus.PENDING, "surplus")
    )


def test_the_time_of_the_payment_is_when_we_learned_of_it(desk: Any, app: Flask, stripe_server: StripeServer) -> None:
    intent_id = str(begun(desk, desk.issued("100.00")).payment.stripe_intent_id)
    stripe_server.pay(intent_id)
    deliver(app, stripe_server.event("payment_intent.succeeded", intent_id))
    paid_at = payment().paid_at
    assert paid_at is not None
    assert abs(paid_at - datetime.now(UTC)) < timedelta(minutes=1)
