"""Money taken at the desk, and the one place where a received payment is shared and counted."""

from __future__ import annotations

from datetime import datetime

from app.billing import effects
from app.billing.errors import CurrencyDiffers, PaidOnline
from app.billing.models import Invoice, Payment
from app.billing.queries import share_of
from app.billing.rules import ensure_can_pay, split_payment, status_after
from app.billing.states import PaymentMethod, PaymentStatus
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.money import Money
from app.people.roles import Role


def take_payment(
    invoice_id: int,
    amount: Money,
    method: PaymentMethod,
    *,
    reference: str | None = None,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Take money for an issued invoice, all that is open or a part of it.

    Refuses: NotFound, NotAllowed, PaidOnline, CurrencyDiffers, AmountNotPositive, InvoiceNotIssued, InvoiceClosed,
    AlreadyPaid, Overpaid.
    """
    invoice = scope.get(Invoice, invoice_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=invoice.clinic_id)
    if method is PaymentMethod.STRIPE:
        raise PaidOnline(field="method")
    if amount.currency != invoice.currency:
        raise CurrencyDiffers(field="amount", currency=invoice.currency)
    ensure_can_receive(invoice, amount)
    payment = new_payment(invoice, amount, method)
    payment.reference = reference
    db.session.add(payment)
    receive(payment, invoice, now=now)
    return payment


def ensure_can_receive(invoice: Invoice, amount: Money) -> None:
    """Refuses: InvoiceNotIssued, InvoiceClosed, AlreadyPaid, AmountNotPositive, Overpaid."""
    total, paid = Money(invoice.total_minor, invoice.currency), Money(invoice.paid_minor, invoice.currency)
    ensure_can_pay(invoice.status, amount=amount, total=total, paid=paid)


def new_payment(invoice: Invoice, amount: Money, method: PaymentMethod) -> Payment:
    """A pending payment towards the invoice, not stored yet."""
    return Payment(
        clinic_id=invoice.clinic_id,
        invoice_id=invoice.id,
        patient_id=invoice.patient_id,
        doctor_id=invoice.doctor_id,
        visit_id=invoice.visit_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        method=method,
        status=PaymentStatus.PENDING,
        refunded_minor=0,
    )


def receive(payment: Payment, invoice: Invoice, *, now: datetime) -> None:
    """Count a payment as received: freeze its shares, raise what is paid, move the invoice's state, tell the screens.

    The caller holds the lock of the invoice and has asked `ensure_can_receive`. The shares are those in force now; a
    later change of terms changes no payment.
    """
    currency = invoice.currency
    total, paid = Money(invoice.total_minor, currency), Money(invoice.paid_minor, currency)
    amount, refunded = Money(payment.amount_minor, currency), Money(invoice.refunded_minor, currency)
    payment.share_bp = share_of(invoice)
    split = split_payment(
        amount,
        invoice_total=total,
        invoice_tax=Money(invoice.tax_minor, currency),
        share_bp=payment.share_bp,
        paid_before=paid,
    )
    payment.doctor_share_minor, payment.center_share_minor = split.doctor.minor, split.center.minor
    payment.status, payment.paid_at, payment.failure = PaymentStatus.PAID, now, None
    invoice.paid_minor = (paid + amount).minor
    invoice.status = status_after(total, paid=paid + amount, refunded=refunded)
    db.session.flush()
    effects.payment_processed(payment, invoice)
