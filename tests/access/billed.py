"""Invoices and payments of the access test's world, each text and amount with its word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.billing.models import Invoice, InvoiceLine, Payment
from app.billing.states import InvoiceStatus, PaymentMethod, PaymentStatus
from app.kernel.db import db, transaction
from app.people.models import Clinic, Doctor, Service
from app.people.patient_models import Patient
from tests.access.markers import digits, word
from tests.factories import make


@dataclass(frozen=True)
class Billed:
    """What a kind of row is billed for, where and by whom."""

    kind: str
    place: str
    clinic: Clinic
    service: Service
    doctor: Doctor

    @property
    def text(self) -> str:
        return word("billing", self.kind)

    @property
    def amount(self) -> int:
        return int(digits("billing", self.kind))

    def invoice(self, patient: Patient, **values: Any) -> Invoice:
        """A draft of one line."""
        line = InvoiceLine(
            position=1,
            service_id=self.service.id,
            description=self.text,
            quantity=1,
            unit_price_minor=self.amount,
            total_minor=self.amount,
        )
        return make(
            Invoice(
                clinic_id=self.clinic.id,
                patient_id=patient.id,
                doctor_id=self.doctor.id,
                currency="EUR",
                subtotal_minor=self.amount,
                total_minor=self.amount,
                lines=[line],
                **values,
            )
        )

    def issue(self, row: Invoice, patient: Patient, now: datetime) -> None:
        with transaction():
            row.billed_to = {"name": patient.name, "lines": [self.text]}
            row.issued_by = {"name": self.clinic.name, "lines": [word("place", self.place)]}
            row.issued_at, row.due_date = now, now.date()
            row.number, row.status = f"{self.text}-{row.id}", InvoiceStatus.ISSUED
            db.session.add(row)

    def pay(self, invoice: Invoice, now: datetime) -> Payment:
        """Half of it, online."""
        amount = self.amount // 2
        with transaction():
            invoice.status, invoice.paid_minor = InvoiceStatus.PARTIALLY_PAID, amount
            db.session.add(invoice)
        return make(
            Payment(
                clinic_id=self.clinic.id,
                invoice_id=invoice.id,
                patient_id=invoice.patient_id,
                doctor_id=self.doctor.id,
                visit_id=invoice.visit_id,
                amount_minor=amount,
                currency="EUR",
                method=PaymentMethod.STRIPE,
                status=PaymentStatus.PAID,
                share_bp=5000,
                doctor_share_minor=amount // 2,
                center_share_minor=amount - amount // 2,
                paid_at=now,
                reference=self.text,
                stripe_intent_id=f"pi_{self.text}",
                stripe_charge_id=f"ch_{self.text}",
                receipt_url=f"https://pay.example/{self.text}",
            )
        )
