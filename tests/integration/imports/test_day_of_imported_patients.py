"""Patients who came from a file go through the clinic's day like everybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from app.billing.issuing import issue
from app.billing.models import Invoice
from app.billing.payments import take_payment
from app.billing.states import InvoiceStatus, PaymentMethod
from app.documents.gathering import Wording
from app.documents.service import invoice_document
from app.frontdesk import arrivals, consultations, queue
from app.frontdesk.states import Phase
from app.kernel.db import db, transaction
from app.kernel.money import Money
from app.people.models import Clinic, Doctor
from app.people.patient_models import Patient
from app.people.patient_queries import search_patients
from app.scheduling import booking
from app.scheduling.queries import free_slots
from app.scheduling.requests import BookingRequest
from app.scheduling.states import AppointmentStatus
from tests.cast import Cast
from tests.factories import make_hours

MORNING = datetime(2030, 5, 6, 6, tzinfo=UTC)  # a Monday, eight o'clock in Berlin
MAPPING = """
[file]
repeats = true
[patient]
external_id = "Patient"
name = { template = "Patient {Patient}" }
[appointment]
doctor = "Former doctors"
service = "Former visit"
external_id = "Visit"
starts_at = { column = "Day", format = "%Y-%m-%d" }
status = { column = "Seen", values = { yes = "completed", no = "no_show" } }
"""
ROWS = "Patient,Visit,Day,Seen\n298724,v1,2026-01-05,yes\n298724,v2,2026-02-05,no\n"


def imported_patient(app: Flask, cast: Cast, folder: Path) -> Patient:
    (folder / "past.csv").write_text(ROWS)
    (folder / "mapping.toml").write_text(MAPPING)
    command = ["import", "appointments", str(folder / "past.csv"), "--clinic", "main", "--apply"]
    options = ["--mapping", str(folder / "mapping.toml"), "--report", str(folder / "report.csv")]
    result = app.test_cli_runner().invoke(args=[*command, *options])
    assert result.exit_code == 0, result.output
    [patient] = search_patients("298724", actor=cast.reception)
    return patient


def test_an_imported_patient_is_booked_seen_and_billed(app: Flask, session: Any, cast: Cast, tmp_path: Path) -> None:
    patient = imported_patient(app, cast, tmp_path)
    assert (patient.total_visits, patient.total_no_shows) == (1, 1)
    make_hours(db.session.get_one(Doctor, cast.doctor_id), db.session.get_one(Clinic, cast.main_id))
    reception, doctor, now = cast.reception, cast.doctor, MORNING
    today = MORNING.date()
    free = free_slots(cast.main_id, cast.service_id, cast.doctor_id, today, today, actor=reception, now=now).slots
    request = BookingRequest(
        clinic_id=cast.main_id,
        doctor_id=cast.doctor_id,
        service_id=cast.service_id,
        starts_at=free[0].start,
        patient_id=patient.id,
        status=AppointmentStatus.CONFIRMED,
    )
    with transaction(reception):
        appointment = booking.book(request, actor=reception, now=now)
    with transaction(reception):
        visit = arrivals.check_in(appointment.id, actor=reception, now=now)
    with transaction(reception):
        queue.move(visit.id, Phase.WITH_DOCTOR, actor=reception, now=now)
    with transaction(doctor):
        consultations.complete(visit.id, notes="Well again.", actor=doctor, now=now + timedelta(minutes=20))
    draft = session.scalars(select(Invoice).where(Invoice.visit_id == visit.id)).one()
    with transaction(reception):
        invoice = issue(draft.id, actor=reception, now=now)
    with transaction(reception):
        total = Money(invoice.total_minor, invoice.currency)
        take_payment(invoice.id, total, PaymentMethod.CASH, actor=reception, now=now)
    session.expire_all()
    assert session.get_one(Invoice, invoice.id).status is InvoiceStatus.PAID
    assert session.get_one(Patient, patient.id).total_visits == 2
    wording = Wording(lambda _language: str)
    document = invoice_document(invoice.id, actor=cast.accountant, wording=wording)
    assert "Patient 298724" in PdfReader(BytesIO(document.bytes)).pages[0].extract_text()
