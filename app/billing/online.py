"""Online payments as our books see them: asked for, received, failed, or received and not fitting the invoice.

An event, a look at the provider and a repeated request may come in any order and any number of times. Money that was
received wins over everything; it is counted once. Where it cannot be counted (the invoice was paid meanwhile, or the
amount is not the one asked for) the payment stays pending with `failure` saying why and the audit log holding what
arrived: nobody is told that nothing came, no constraint is broken, and a person gives the money back or sorts it out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from app.billing import effects
from app.billing.errors import CurrencyDiffers
from app.billing.intents import UNSETTLED, IntentReport, IntentRequest, Outcome, Trouble
from app.billing.models import Invoice, Payment
from app.billing.payments import ensure_can_receive, new_payment, receive
from app.billing.states import RECEIVED_PAYMENT_STATUSES, PaymentMethod, PaymentStatus
from app.kernel import audit, outbox, scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.people.roles import Role

log = logging.getLogger(__name__)

CHECK: Final = "stripe.check"
CHECKS_AFTER: Final = tuple(
    timedelta(minutes=minutes) for minutes in (5, 30, 3 * 60, 12 * 60, 24 * 60, 2 * 24 * 60, 3 * 24 * 60)
)
"""When the provider is asked about a payment that is still pending, counted from its beginning."""


def open_payment(invoice_id: int, amount: Money | None = None, *, actor: Actor, now: datetime) -> IntentRequest:
    """Ask for an online payment of `amount`, of all that is open where it is None; one at a time for an invoice.

    The same again finds the pending payment; another amount replaces it. The provider will be asked what became of it.
    Refuses: NotFound, NotAllowed, CurrencyDiffers, and as `take_payment` does.
    """
    invoice = scope.get(Invoice, invoice_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=invoice.clinic_id)
    amount = amount or invoice.balance
    if amount.currency != invoice.currency:
        raise CurrencyDiffers(field="amount", currency=invoice.currency)
    ensure_can_receive(invoice, amount)
    for pending in _pending_payments(invoice):
        if pending.amount_minor == amount.minor:
            return request_for(pending, invoice)
        pending.status, pending.failure = PaymentStatus.FAILED, Trouble.REPLACED
    payment = new_payment(invoice, amount, PaymentMethod.STRIPE)
    payment.created_at = now
    db.session.add(payment)
    db.session.flush()
    _check_later(payment, 0)
    return request_for(payment, invoice)


def request_for(payment: Payment, invoice: Invoice) -> IntentRequest:
    """The key tells this payment from one with the same number in another installation on the same account."""
    key = f"payment-{payment.id}-{int(payment.created_at.timestamp())}"
    return IntentRequest(
        payment_id=payment.id,
        intent_id=payment.stripe_intent_id,
        money=Money(payment.amount_minor, payment.currency),
        key=key,
        description=invoice.number or "",
        metadata={"payment_id": str(payment.id), "payment_key": key, "invoice_id": str(invoice.id)},
    )


def keep_intent(payment_id: int, intent_id: str) -> Payment:
    """Note which intent the provider has for this payment."""
    _locked_invoice(db.session.get_one(Payment, payment_id))
    payment = _locked(payment_id)
    payment.stripe_intent_id = payment.stripe_intent_id or intent_id
    db.session.flush()
    return payment


def refuse_intent(payment_id: int, reason: str) -> None:
    """The provider will not take this payment at all."""
    payment = _locked(payment_id)
    if payment.status is PaymentStatus.PENDING:
        payment.status, payment.failure = PaymentStatus.FAILED, reason[:200]


def request_to_check(payment_id: int) -> IntentRequest | None:
    """What to ask the provider about; None where everything is known."""
    payment = db.session.get_one(Payment, payment_id)
    details_missing = payment.status is PaymentStatus.PAID and payment.receipt_url is None
    if not (_may_still_be_paid(payment) or details_missing):
        return None
    return request_for(payment, db.session.get_one(Invoice, payment.invoice_id))


def check_again(payment_id: int, step: int, *, now: datetime) -> None:
    """Plan the check after number `step`; after the last one a payment that nobody made counts as abandoned."""
    payment = _locked(payment_id)
    if not _may_still_be_paid(payment):
        return
    if step + 1 < len(CHECKS_AFTER):
        _check_later(payment, step + 1, at_least=now)
    elif payment.status is PaymentStatus.PENDING:
        payment.status, payment.failure = PaymentStatus.FAILED, Trouble.ABANDONED


def apply(report: IntentReport, *, now: datetime) -> None:
    """Let our books follow what the provider says. An intent that is none of ours is left alone."""
    payment = _find(report)
    if payment is None:
        log.warning("the intent %s belongs to no payment of ours", report.intent_id)
        return
    invoice = _locked_invoice(payment)
    payment = _locked(payment.id)
    if report.outcome is Outcome.PAID:
        _apply_money(report, payment, invoice, now)
    elif payment.status is PaymentStatus.PENDING and payment.failure not in UNSETTLED:
        payment.stripe_intent_id = payment.stripe_intent_id or report.intent_id
        if report.outcome in {Outcome.FAILED, Outcome.CANCELED}:
            failure = Trouble.CANCELED if report.outcome is Outcome.CANCELED else report.failure or ""
            payment.status, payment.failure = PaymentStatus.FAILED, failure[:200]
            effects.payment_processed(payment, invoice)


def note_card(intent_id: str, charge: Mapping[str, Any]) -> None:
    """Keep how an online payment was paid: brand, last four digits, receipt; nothing else of a card."""
    payment_id = db.session.scalar(select(Payment.id).where(Payment.stripe_intent_id == intent_id))
    if payment_id is not None:
        _keep_details(_locked(payment_id), charge)


def _apply_money(report: IntentReport, payment: Payment, invoice: Invoice, now: datetime) -> None:
    details = {name: getattr(report, name) for name in DETAILS.values()}
    if payment.status in RECEIVED_PAYMENT_STATUSES and payment.stripe_intent_id not in {None, report.intent_id}:
        payment = _second_intent(report, payment, invoice)
    payment.stripe_intent_id = report.intent_id
    _keep_details(payment, {column: details[name] for column, name in DETAILS.items()})
    if payment.status in RECEIVED_PAYMENT_STATUSES or payment.failure in UNSETTLED:
        return
    trouble = _trouble(report, payment, invoice)
    if trouble is None:
        receive(payment, invoice, now=now)
        _ask_for_details(payment)
    else:
        _set_aside(payment, invoice, report, trouble)


DETAILS: Final = {
    "stripe_charge_id": "charge_id",
    "card_brand": "card_brand",
    "card_last4": "card_last4",
    "receipt_url": "receipt_url",
}


def _keep_details(payment: Payment, details: Mapping[str, Any]) -> None:
    for column in DETAILS:
        if details.get(column):
            setattr(payment, column, details[column])


def _trouble(report: IntentReport, payment: Payment, invoice: Invoice) -> Trouble | None:
    amount = Money(payment.amount_minor, payment.currency)
    if report.received != amount:
        return Trouble.AMOUNT_DIFFERS
    try:
        ensure_can_receive(invoice, amount)
    except Conflict:
        return Trouble.SURPLUS
    return None


def _set_aside(payment: Payment, invoice: Invoice, report: IntentReport, trouble: Trouble) -> None:
    """Money that no invoice can take: see the module's text."""
    received = f"{report.received} {report.received.currency}" if report.received else None
    log.error("online payment %s was received and not counted: %s", payment.id, trouble)
    payment.status, payment.failure = PaymentStatus.PENDING, trouble
    db.session.flush()
    audit.record(
        "money_not_counted",
        "payment",
        payment.id,
        clinic_id=payment.clinic_id,
        after={"reason": trouble.value, "received": received, "stripe_intent_id": report.intent_id},
    )
    effects.payment_processed(payment, invoice)


def _second_intent(report: IntentReport, payment: Payment, invoice: Invoice) -> Payment:
    """The same payment was made twice, by two intents: the second gets a row of its own, and is surplus."""
    amount = report.received or Money(payment.amount_minor, payment.currency)
    second = new_payment(invoice, amount, PaymentMethod.STRIPE)
    db.session.add(second)
    db.session.flush()
    return second


def _find(report: IntentReport) -> Payment | None:
    """By the intent, else by what we gave it to carry: its event may be here before our own note of it."""
    by_intent = select(Payment).where(Payment.stripe_intent_id == report.intent_id)
    found: Payment | None = db.session.scalars(by_intent).one_or_none()
    named_id = report.metadata.get("payment_id", "")
    if found is not None or not re.fullmatch("[0-9]{1,9}", named_id):
        return found
    named = db.session.get(Payment, int(named_id))
    if named is None:
        return None
    invoice = db.session.get_one(Invoice, named.invoice_id)
    return named if request_for(named, invoice).key == report.metadata.get("payment_key") else None


def _locked_invoice(payment: Payment) -> Invoice:
    """Whoever holds both takes the invoice before the payment."""
    invoice: Invoice = db.session.get_one(
        Invoice, payment.invoice_id, with_for_update={"key_share": True}, populate_existing=True
    )
    return invoice


def _locked(payment_id: int) -> Payment:
    payment: Payment = db.session.get_one(
        Payment, payment_id, with_for_update={"key_share": True}, populate_existing=True
    )
    return payment


def _may_still_be_paid(payment: Payment) -> bool:
    """Also one that failed: its intent takes another card until it is cancelled."""
    if payment.status is PaymentStatus.FAILED:
        return payment.stripe_intent_id is not None and payment.failure != Trouble.CANCELED
    return payment.status is PaymentStatus.PENDING and payment.failure not in UNSETTLED


def _pending_payments(invoice: Invoice) -> list[Payment]:
    query = select(Payment).where(
        Payment.invoice_id == invoice.id,
        Payment.method == PaymentMethod.STRIPE,
        Payment.status == PaymentStatus.PENDING,
        Payment.failure.is_(None),
    )
    return list(db.session.scalars(query.order_by(Payment.id)))


def _check_later(payment: Payment, step: int, *, at_least: datetime | None = None) -> None:
    due = payment.created_at + CHECKS_AFTER[step]
    outbox.post(
        CHECK,
        f"{CHECK}-{payment.id}-{step}",
        {"payment_id": payment.id, "step": step},
        due_at=max(due, at_least) if at_least else due,
    )


def _ask_for_details(payment: Payment) -> None:
    """An event about an intent names its charge and not the card: ask once, at once."""
    if payment.receipt_url is None:
        outbox.post(CHECK, f"{CHECK}-{payment.id}-details", {"payment_id": payment.id, "step": len(CHECKS_AFTER)})
