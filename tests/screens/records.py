"""The rows of the running demo that addresses of screens name: `{draft}` is the id of the last draft."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Select, false, select, true

from app.billing.models import Invoice, Payment
from app.billing.states import InvoiceStatus, PaymentStatus
from app.demo.clinics import DOCTORS
from app.frontdesk.display_models import Display
from app.frontdesk.models import NoteTemplate, Visit, VisitAmendment
from app.frontdesk.states import VisitStatus
from app.kernel import clock
from app.kernel.db import db
from app.kernel.models import AuditEntry
from app.messaging.models import Notification
from app.messaging.states import NotificationStatus
from app.people.models import Clinic, Doctor, DoctorClinic, DoctorService, Holiday, Service, Specialty
from app.people.patient_models import Patient
from app.scheduling.models import Appointment, Availability, AvailabilityDate, DoctorLeave
from app.scheduling.states import AppointmentStatus, OfferStatus
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from app.web.links import OFFER, TICKET, token_for
from tests.screens.arrangement import DAMAGED

Rows = Select[tuple[int]]

# Private addresses: of which kind, and of which row.
TOKENS = {
    "offer_token": (OFFER, "open_offer"),
    "waiting_token": (TICKET, "waiting"),
    "called_token": (TICKET, "called"),
    "inside_token": (TICKET, "inside"),
    "completed_token": (TICKET, "completed"),
    "past_token": (TICKET, "past_visit"),
}

MAIN = select(Clinic.id).where(Clinic.code == "main").scalar_subquery()
ASKED = select(WaitlistOffer.entry_id).where(WaitlistOffer.status == OfferStatus.OPEN)
HART = select(Doctor.id).where(Doctor.name == DOCTORS[0].name).scalar_subquery()


def appointment(status: AppointmentStatus) -> Rows:
    return select(Appointment.id).where(Appointment.status == status, Appointment.doctor_id == HART)


def invoice(status: InvoiceStatus) -> Rows:
    return select(Invoice.id).where(Invoice.status == status, Invoice.clinic_id == MAIN)


def visit(status: VisitStatus) -> Rows:
    return select(Visit.id).where(Visit.status == status, Visit.doctor_id == HART)


def notification(status: NotificationStatus) -> Rows:
    return select(Notification.id).where(Notification.status == status)


# Of several rows the last one is taken.
RECORDS: dict[str, Rows] = {
    "begun": visit(VisitStatus.IN_PROGRESS),
    "amended": select(Visit.id).where(Visit.id.in_(select(VisitAmendment.visit_id))),
    "note_template": select(NoteTemplate.id).where(NoteTemplate.doctor_id == HART),
    "patient": select(Patient.id)
    .join(Visit, Visit.patient_id == Patient.id)
    .where(Visit.doctor_id == HART, Visit.notes.is_not(None), Patient.allergies.is_not(None))
    .where(Patient.email.is_not(None), Patient.is_active == true(), Patient.name != DAMAGED),
    "archived": select(Patient.id).where(Patient.is_active == false()),
    "damaged": select(Patient.id).where(Patient.name == DAMAGED),
    "requested": appointment(AppointmentStatus.REQUESTED),
    "confirmed": appointment(AppointmentStatus.CONFIRMED),
    "in_series": select(Appointment.id).where(Appointment.series_id.is_not(None)),
    "entry": select(WaitlistEntry.id).where(
        WaitlistEntry.clinic_id == MAIN, WaitlistEntry.appointment_id.is_not(None), WaitlistEntry.id.not_in(ASKED)
    ),
    "entry_with_offer": select(WaitlistOffer.entry_id).where(WaitlistOffer.status == OfferStatus.OPEN),
    "open_offer": select(WaitlistOffer.id).where(WaitlistOffer.status == OfferStatus.OPEN),
    "cancelled": appointment(AppointmentStatus.CANCELLED),
    "missed": appointment(AppointmentStatus.NO_SHOW),
    "waiting": visit(VisitStatus.WAITING),
    "started": visit(VisitStatus.IN_PROGRESS),
    "completed": visit(VisitStatus.COMPLETED),
    "called": visit(VisitStatus.CALLED),
    "inside": visit(VisitStatus.IN_PROGRESS),
    "past_visit": select(Visit.id).where(
        Visit.status == VisitStatus.COMPLETED, Visit.business_date < clock.now().date() - timedelta(days=1)
    ),
    "display": select(Display.id),
    "draft": invoice(InvoiceStatus.DRAFT),
    "issued": invoice(InvoiceStatus.ISSUED),
    "part_paid": invoice(InvoiceStatus.PARTIALLY_PAID),
    "paid": invoice(InvoiceStatus.PAID),
    "payment": select(Payment.id).where(Payment.status == PaymentStatus.PAID, Payment.clinic_id == MAIN),
    "failed_payment": select(Payment.id).where(Payment.status == PaymentStatus.FAILED, Payment.clinic_id == MAIN),
    "sent": notification(NotificationStatus.SENT),
    "failed": notification(NotificationStatus.FAILED),
    "doctor": select(Doctor.id).where(Doctor.id == HART),
    "doctor_of_two": select(Doctor.id).where(Doctor.name == DOCTORS[1].name),
    "workplace": select(DoctorClinic.id),
    "offer": select(DoctorService.id),
    "service": select(Service.id).where(Service.clinic_id == MAIN),
    "specialty": select(Specialty.id),
    "hours": select(Availability.id).where(Availability.doctor_id == HART),
    "date": select(AvailabilityDate.id).where(AvailabilityDate.doctor_id == HART),
    "leave": select(DoctorLeave.id).where(DoctorLeave.doctor_id == HART),
    "busy_leave": select(DoctorLeave.id).where(DoctorLeave.doctor_id != HART),
    "clinic": select(Clinic.id),
    "holiday": select(Holiday.id),
    "role": select(Role.id).where(Role.name == "Receptionist"),
    "user": select(User.id).where(User.username == "reception"),
    "change": select(AuditEntry.id).where(AuditEntry.before.is_not(None)),
    "creation": select(AuditEntry.id).where(AuditEntry.action == "create"),
}


def filled_in(address: str, app: Flask) -> str:
    """The address with the ids of the rows that it names."""

    def key(name: str) -> int:
        rows = RECORDS[name]
        found = db.session.scalars(rows.order_by(rows.selected_columns[0].desc()).limit(1)).first()
        assert found is not None, f"the demo has no row called {name}"
        return found

    def filling(place: re.Match[str]) -> str:
        if place[1] in app.extensions["display_tokens"]:
            return str(app.extensions["display_tokens"][place[1]])
        if place[1] in TOKENS:
            kind, row = TOKENS[place[1]]
            return token_for(kind, key(row))
        return str(key(place[1]))

    with app.app_context():
        return re.sub(r"{(\w+)}", filling, address)
