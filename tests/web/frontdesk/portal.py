"""A doctor who has treated, booked and billed people, for the tests of the doctor's own pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.billing.drafting import compose_invoice
from app.billing.issuing import issue
from app.billing.models import Payment
from app.billing.payments import take_payment
from app.billing.states import PaymentMethod, PaymentStatus
from app.kernel.db import db, transaction
from app.kernel.money import Money
from app.people.models import Clinic, DoctorPatient
from app.people.patient_models import Patient
from app.scheduling.states import AppointmentStatus
from tests.cast import Cast
from tests.factories import make, make_appointment, make_patient
from tests.integration.frontdesk.front import NOW, Front

MARKER = "Markus Foreign"


@dataclass
class Practice:
    """Acts at the main clinic, by the hands of the administrator; `front` is its desk."""

    front: Front

    @property
    def cast(self) -> Cast:
        return self.front.cast

    def patient(self, name: str, *doctors: Any, clinic: Clinic | None = None, **values: Any) -> Patient:
        treated = doctors or (self.cast.doctor_row,)
        return make_patient(clinic or self.cast.main_clinic, treated_by=treated, name=name, **values)

    def appointment(self, patient: Patient, days: float = 1, doctor: Any = None, **values: Any) -> Any:
        service = self.cast.main_service if patient.clinic_id == self.cast.main_id else self.cast.riverside_service
        at = NOW + timedelta(days=days)
        values = {"overbook_reason": "in a test"} | values
        return make_appointment(patient, doctor or self.cast.doctor_row, service, at, **values)

    def paid(self, patient: Patient, total: str, paid: str | None = None, **values: Any) -> int:
        """The id of an issued invoice; of it `paid` was received (None: all), "0" nothing."""
        at = values.pop("at", NOW)
        method, texts = values.pop("method", PaymentMethod.CASH), values.pop("texts", ["Treatment"])
        lines = [{"description": text, "unit_price": total if text == texts[0] else "0.00"} for text in texts]
        asked = {"clinic_id": patient.clinic_id, "patient_id": patient.id, "doctor_id": self.cast.doctor_id}
        with transaction(self.cast.admin):
            row = compose_invoice(asked | values | {"lines": lines}, actor=self.cast.admin, now=at)
            invoice = issue(row.id, actor=self.cast.admin, now=at)
            if paid != "0":
                money = Money.parse(paid or total, invoice.currency)
                take_payment(invoice.id, money, method, actor=self.cast.admin, now=at)
            return invoice.id

    def give_back(self, invoice_id: int, minor: int) -> None:
        with transaction(self.cast.admin):
            payment = db.session.query(Payment).filter_by(invoice_id=invoice_id).one()
            payment.refunded_minor = minor
            whole = minor == payment.amount_minor
            payment.status = PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED

    def foreign(self) -> Patient:
        """Somebody of another doctor, whose name no page of the first may hold."""
        other = self.cast.doctor2_row
        patient = self.patient(MARKER, other, email="markus@mail.test")
        self.appointment(patient, doctor=other)
        self.paid(patient, "999.00", doctor_id=other.id)
        return patient

    def treats(self, patient: Patient, doctor: Any) -> None:
        make(DoctorPatient(doctor_id=doctor.id, patient_id=patient.id))


CANCELLED = AppointmentStatus.CANCELLED
