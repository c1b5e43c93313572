"""What screens are told about money."""

from __future__ import annotations

from typing import Any

from app.billing.models import Invoice, Payment
from app.kernel import live
from app.kernel.money import Money
from app.people.rooms import clinic_room, doctor_room


def payment_processed(payment: Payment, invoice: Invoice) -> None:
    """Money was received for an invoice, or an online payment came to nothing."""
    rooms = [clinic_room(payment.clinic_id), doctor_room(payment.doctor_id)]
    live.announce(
        "payment_processed", clinic_id=payment.clinic_id, rooms=rooms, payload=lambda: _payload(payment, invoice)
    )


def _payload(payment: Payment, invoice: Invoice) -> dict[str, Any]:
    return {
        "payment_id": payment.id,
        "invoice_id": invoice.id,
        "visit_id": invoice.visit_id,
        "patient_id": invoice.patient_id,
        "doctor_id": invoice.doctor_id,
        "amount": str(Money(payment.amount_minor, payment.currency)),
        "currency": payment.currency,
        "method": payment.method.value,
        "status": payment.status.value,
        "invoice_status": invoice.status.value,
        "balance": str(invoice.balance),
    }
