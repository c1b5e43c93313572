"""Invoices are drafted once per visit, at the terms of that moment, and changed only while they are drafts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.billing.drafting import DraftRequest, compose_invoice, discard, draft_invoice, edit_draft
from app.billing.errors import AlreadyInvoiced, InvoiceNotDraft
from app.billing.issuing import issue
from app.billing.models import Invoice
from app.billing.states import InvoiceStatus
from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound, Stale
from app.people.models import DoctorService, Service, Setting
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.factories import make, make_patient, make_service

NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)


def make_appointment(desk: Any, **values: Any) -> Appointment:
    defaults = {
        "clinic_id": desk.cast.main_id,
        "doctor_id": desk.cast.doctor_id,
        "service_id": desk.cast.service_id,
        "patient_id": desk.patient.id,
        "starts_at": NOON,
        "ends_at": NOON + timedelta(minutes=30),
        "status": AppointmentStatus.CHECKED_IN,
    }
    return make(Appointment(**defaults | values))


def make_visit(desk: Any, **values: Any) -> Visit:
    defaults = {
        "clinic_id": desk.cast.main_id,
        "doctor_id": desk.cast.doctor_id,
        "service_id": desk.cast.service_id,
        "patient_id": desk.patient.id,
        "business_date": NOON.date(),
        "queue_number": 1,
        "status": VisitStatus.IN_PROGRESS,
        "check_in_time": NOON,
    }
    return make(Visit(**defaults | values))


def request_of(visit: Visit) -> DraftRequest:
    return DraftRequest(
        clinic_id=visit.clinic_id,
        patient_id=visit.patient_id,
        doctor_id=visit.doctor_id,
        service_id=visit.service_id,
        visit_id=visit.id,
        appointment_id=visit.appointment_id,
    )


def drafted(desk: Any, visit: Visit) -> Invoice | None:
    with transaction(desk.cast.doctor):
        return draft_invoice(request_of(visit), actor=desk.cast.doctor, now=NOON)


def invoices() -> list[Invoice]:
    db.session.rollback()
    return list(db.session.scalars(select(Invoice).order_by(Invoice.id)))


def test_a_completed_visit_is_drafted_at_the_price_and_tax_of_its_service(desk: Any) -> None:
    service = make_service(desk.cast.main_clinic, name="Cleaning", price_minor=8000, tax_rate_bp=1900)
    invoice = drafted(desk, make_visit(desk, service_id=service.id))
    assert invoice is not None
    assert (invoice.status, invoice.number, invoice.currency) == (InvoiceStatus.DRAFT, None, "EUR")
    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (8000, 1520, 9520)
    assert [(line.description, line.quantity, line.total_minor, line.tax_minor) for line in invoice.lines] == [
        ("Cleaning", 1, 8000, 1520)
    ]


def test_a_doctors_own_price_goes_before_the_services(desk: Any) -> None:
    service = make_service(desk.cast.main_clinic, price_minor=8000)
    make(DoctorService(doctor_id=desk.cast.doctor_id, service_id=service.id, price_minor=9900))
    invoice = drafted(desk, make_visit(desk, service_id=service.id))
    assert invoice is not None
    assert invoice.total_minor == 9900


def test_the_price_is_the_one_at_drafting_whatever_it_becomes_later(desk: Any) -> None:
    invoice = drafted(desk, make_visit(desk))
    assert invoice is not None
    with transaction():
        db.session.get_one(Service, desk.cast.service_id).price_minor = 1
    assert invoices()[0].lines[0].unit_price_minor == 5000


def test_a_visit_is_drafted_once(desk: Any) -> None:
    visit = make_visit(desk)
    assert drafted(desk, visit) is not None
    assert drafted(desk, visit) is None
    assert len(invoices()) == 1


def test_a_visit_whose_appointment_was_invoiced_at_booking_is_not_drafted_again(desk: Any) -> None:
    appointment = make_appointment(desk)
    with transaction(desk.cast.reception):
        paid_ahead = compose_invoice({"appointment_id": appointment.id}, actor=desk.cast.reception, now=NOON)
    with transaction(desk.cast.reception):
        issue(paid_ahead.id, actor=desk.cast.reception, now=NOON)
    assert drafted(desk, make_visit(desk, appointment_id=appointment.id)) is None
    assert [invoice.total_minor for invoice in invoices()] == [5000]


def test_a_draft_of_the_appointment_learns_of_its_visit(desk: Any) -> None:
    appointment = make_appointment(desk)
    with transaction(desk.cast.reception):
        compose_invoice({"appointment_id": appointment.id}, actor=desk.cast.reception, now=NOON)
    visit = make_visit(desk, appointment_id=appointment.id)
    assert drafted(desk, visit) is None
    assert [invoice.visit_id for invoice in invoices()] == [visit.id]


def test_a_discarded_draft_lets_the_visit_be_invoiced_again(desk: Any) -> None:
    visit = make_visit(desk)
    first = drafted(desk, visit)
    assert first is not None
    with transaction(desk.cast.reception):
        discard(first.id, actor=desk.cast.reception, now=NOON)
    with transaction(desk.cast.reception):
        compose_invoice({"visit_id": visit.id}, actor=desk.cast.reception, now=NOON)
    assert [invoice.status for invoice in invoices()] == [InvoiceStatus.DISCARDED, InvoiceStatus.DRAFT]


def test_a_visit_invoiced_by_hand_a_second_time_is_refused_with_the_first(desk: Any) -> None:
    visit = make_visit(desk)
    first = drafted(desk, visit)
    assert first is not None
    with pytest.raises(AlreadyInvoiced) as refusal, transaction(desk.cast.reception):
        compose_invoice({"visit_id": visit.id}, actor=desk.cast.reception, now=NOON)
    assert refusal.value.params == {"existing_id": first.id}


def test_eight_completions_of_one_visit_at_once_draft_one_invoice(desk: Any, at_once: Any) -> None:
    visit = make_visit(desk)
    outcomes = at_once(*[lambda: drafted(desk, visit)] * 8)
    assert all(outcome is None or isinstance(outcome, Invoice | AlreadyInvoiced) for outcome in outcomes)
    assert len(invoices()) == 1


def test_lines_by_hand_take_what_is_missing_from_the_service(desk: Any) -> None:
    service = make_service(desk.cast.main_clinic, name="X-ray", price_minor=4000, tax_rate_bp=700)
    invoice = desk.draft(
        lines=[
            {"service_id": service.id, "quantity": 2, "discount": "10.00"},
            {"service_id": service.id, "unit_price": "0", "description": "Second look"},
            {"description": "Plaster", "unit_price": "3.33", "tax_rate": "19"},
        ]
    )
    assert [(line.description, line.total_minor, line.tax_minor) for line in invoice.lines] == [
        ("X-ray", 7000, 490),
        ("Second look", 0, 0),
        ("Plaster", 333, 63),
    ]
    assert (invoice.subtotal_minor, invoice.discount_minor, invoice.tax_minor) == (8333, 1000, 553)
    assert invoice.total_minor == 7886


def test_every_problem_of_every_line_is_told_at_once(desk: Any) -> None:
    foreign = desk.cast.riverside_service_id
    with pytest.raises(Invalid) as refusal:
        desk.draft(lines=[{"quantity": 0, "unit_price": "x"}, {"colour": "red"}, "text", {"tax_rate": "9e99999999"}])
    assert set(refusal.value.errors) == {
        "lines.0.quantity", "lines.0.unit_price", "lines.1.colour", "lines.2.line", "lines.3.tax_rate",
    }  # fmt: skip
    with pytest.raises(Invalid) as refusal:
        desk.draft(lines=[{"service_id": foreign}, {"description": "No price"}, {"service_id": 1, "discount": "99"}])
    assert {"lines.0.service_id", "lines.1.description"} <= set(refusal.value.errors)
    assert invoices() == []


def test_a_draft_names_a_patient_and_a_doctor_of_its_clinic(desk: Any) -> None:
    stranger = make_patient(desk.cast.riverside_clinic)
    with pytest.raises(Invalid) as refusal:
        desk.draft(patient_id=stranger.id)
    assert set(refusal.value.errors) == {"patient_id"}
    with pytest.raises(Invalid) as refusal:
        desk.draft(clinic_id=desk.cast.riverside_id)
    assert set(refusal.value.errors) == {"clinic_id", "patient_id", "doctor_id"}


def test_a_visit_of_another_patient_or_clinic_is_refused(desk: Any) -> None:
    visit = make_visit(desk)
    other = make_patient(desk.cast.main_clinic)
    with pytest.raises(Invalid) as refusal:
        desk.draft(visit_id=visit.id, patient_id=other.id)
    assert set(refusal.value.errors) == {"patient_id"}
    with pytest.raises(Invalid) as refusal, transaction(desk.cast.riverside):
        compose_invoice({"visit_id": visit.id}, actor=desk.cast.riverside, now=NOON)
    assert set(refusal.value.errors) == {"visit_id"}


def test_lines_of_a_draft_are_replaced_and_added_up_again(desk: Any) -> None:
    invoice = desk.draft("100.00", "20.00")
    with transaction(desk.cast.reception):
        edit_draft(
            invoice.id,
            {"lines": [{"description": "Other", "unit_price": "7.00"}], "due_date": "2030-06-01"},
            actor=desk.cast.reception,
            now=NOON,
        )
    stored = invoices()[0]
    assert (stored.total_minor, stored.due_date, len(stored.lines)) == (700, date(2030, 6, 1), 1)


def test_the_second_of_two_editors_is_told(desk: Any) -> None:
    invoice = desk.draft("100.00")
    read = invoice.revision
    change = {"lines": [{"description": "Treatment", "unit_price": "100.00", "quantity": 1}]}
    with transaction(desk.cast.reception):
        edit_draft(invoice.id, change, revision=read, actor=desk.cast.reception, now=NOON)
    with pytest.raises(Stale), transaction(desk.cast.admin):
        edit_draft(invoice.id, change, revision=read, actor=desk.cast.admin, now=NOON)


def test_an_issued_invoice_is_neither_edited_nor_discarded(desk: Any) -> None:
    invoice = desk.issued("100.00")
    with pytest.raises(InvoiceNotDraft), transaction(desk.cast.reception):
        edit_draft(invoice.id, {"lines": []}, actor=desk.cast.reception, now=NOON)
    with pytest.raises(InvoiceNotDraft), transaction(desk.cast.reception):
        discard(invoice.id, actor=desk.cast.reception, now=NOON)


def test_only_reception_and_admin_draft_and_only_in_their_clinics(desk: Any) -> None:
    invoice = desk.draft("100.00")
    for actor, expected in [(desk.cast.accountant, NotAllowed), (desk.cast.riverside, NotFound)]:
        with pytest.raises(expected), transaction(actor):
            edit_draft(invoice.id, {"lines": []}, actor=actor, now=NOON)
    with pytest.raises(NotAllowed), transaction(desk.cast.doctor):
        compose_invoice({}, actor=desk.cast.doctor, now=NOON)


# -- follow-ups ------------------------------------------------------------------------------------------------------


def set_follow_ups(desk: Any, days: int, percent: int) -> None:
    for name, value in {"followup_days": days, "followup_price_percent": percent}.items():
        make(Setting(clinic_id=desk.cast.main_id, name=name, value=value))


@pytest.mark.parametrize(
    ("days", "kind", "total"),
    [(14, "follow-up", 2550), (14, "Follow-up", 2550), (14, "control", 5100), (0, "follow-up", 5100)],
)
def test_a_follow_up_is_drafted_at_the_clinics_part_of_the_price(desk: Any, days: int, kind: str, total: int) -> None:
    set_follow_ups(desk, days, 50)
    make(DoctorService(doctor_id=desk.cast.doctor_id, service_id=desk.cast.service_id, price_minor=5100))
    appointment = make_appointment(desk, type=kind)
    invoice = drafted(desk, make_visit(desk, appointment_id=appointment.id))
    assert invoice is not None
    assert (invoice.total_minor, invoice.lines[0].unit_price_minor, invoice.lines[0].service_id) == (
        total,
        total,
        desk.cast.service_id,
    )


def test_a_follow_up_that_is_invoiced_ahead_costs_the_same(desk: Any) -> None:
    set_follow_ups(desk, 14, 0)
    appointment = make_appointment(desk, type="follow-up")
    with transaction(desk.cast.reception):
        invoice = compose_invoice({"appointment_id": appointment.id}, actor=desk.cast.reception, now=NOON)
    assert invoice.total_minor == 0
