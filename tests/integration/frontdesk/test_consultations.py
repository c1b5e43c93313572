"""A consultation ends: visit, appointment, counters and draft invoice, all or nothing; its notes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from app.billing.models import Invoice
from app.billing.states import InvoiceStatus
from app.frontdesk import consultations
from app.frontdesk.errors import NotTheTreatingDoctor, NotWithDoctor, Signed, VisitOver
from app.frontdesk.states import VisitStatus
from app.kernel.audit import HIDDEN
from app.kernel.db import db
from app.kernel.errors import Invalid, NotFound, Stale
from app.kernel.models import AuditEntry, BoardVersion
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.plugins.races import Race


def invoices() -> list[Invoice]:
    db.session.rollback()
    return list(db.session.scalars(select(Invoice)))


def patient_of(visit: Any) -> Patient:
    db.session.rollback()
    return db.session.get_one(Patient, visit.patient_id, populate_existing=True)


def test_a_completed_consultation_ends_the_appointment_counts_the_visit_and_drafts_the_invoice(front: Any) -> None:
    visit = front.start(front.check_in())
    done = front.complete(visit, notes="  Rest for a week. ")
    assert (done.status, done.end_time, done.notes) == (VisitStatus.COMPLETED, front.now, "Rest for a week.")
    (invoice,) = invoices()
    assert (invoice.status, invoice.visit_id, invoice.appointment_id) == (
        InvoiceStatus.DRAFT,
        visit.id,
        visit.appointment_id,
    )
    assert (invoice.patient_id, invoice.doctor_id, invoice.clinic_id) == (
        visit.patient_id,
        visit.doctor_id,
        visit.clinic_id,
    )
    appointment = db.session.get_one(Appointment, visit.appointment_id, populate_existing=True)
    assert appointment.status is AppointmentStatus.COMPLETED
    patient = patient_of(visit)
    assert (patient.total_visits, patient.first_visit_date, patient.last_visit_date) == (
        1,
        date(2030, 5, 6),
        date(2030, 5, 6),
    )
    assert front.columns() == {"waiting": [], "with_doctor": [], "completed": [visit.id]}


def test_a_completed_walk_in_is_billed_and_counted_too(front: Any) -> None:
    visit = front.complete(front.start(front.walk_in()))
    assert [invoice.visit_id for invoice in invoices()] == [visit.id]
    assert patient_of(visit).total_visits == 1


def test_a_completion_that_fails_at_its_end_leaves_nothing(front: Any) -> None:
    visit = front.start(front.check_in())
    db.session.execute(delete(BoardVersion).where(BoardVersion.clinic_id == front.cast.main_id))
    db.session.execute(text("COMMIT"))
    with pytest.raises(Exception, match="No row was found"):
        front.complete(visit, notes="half")
    (stored,) = front.visits()
    assert (stored.status, stored.end_time, stored.notes) == (VisitStatus.IN_PROGRESS, None, None)
    assert invoices() == []
    assert patient_of(visit).total_visits == 0
    appointment = db.session.get_one(Appointment, visit.appointment_id, populate_existing=True)
    assert appointment.status is AppointmentStatus.CHECKED_IN


def test_a_consultation_is_completed_once(front: Any, at_once: Race) -> None:
    visit = front.start(front.check_in())
    outcomes = at_once(*[lambda: front.complete(visit)] * 4)
    assert sorted(type(one).__name__ for one in outcomes) == ["Visit"] + ["VisitOver"] * 3
    assert len(invoices()) == 1
    assert patient_of(visit).total_visits == 1


@pytest.mark.parametrize("called", [False, True])
def test_who_is_not_with_the_doctor_is_not_completed(front: Any, called: bool) -> None:
    visit = front.walk_in()
    if called:
        front.call_next()
    with pytest.raises(NotWithDoctor):
        front.complete(visit)
    assert invoices() == []


def test_only_the_treating_doctor_completes_and_writes(front: Any) -> None:
    visit = front.start(front.walk_in())
    for actor in (front.cast.reception, front.cast.admin):
        with pytest.raises(NotTheTreatingDoctor):
            front.act(consultations.complete, visit.id, actor=actor)
        with pytest.raises(NotTheTreatingDoctor):
            front.act(consultations.change_visit, visit.id, {"notes": "x"}, actor=actor)
    with pytest.raises(NotFound):
        front.act(consultations.complete, visit.id, actor=front.cast.doctor2)


# -- notes


def write(front: Any, visit: Any, **values: Any) -> Any:
    revision = values.pop("revision", None)
    return front.act(consultations.change_visit, visit.id, values, revision=revision, actor=front.cast.doctor)


def test_notes_are_written_during_the_consultation_and_signed_with_its_end(front: Any) -> None:
    visit = front.start(front.walk_in())
    write(front, visit, notes="first")
    write(front, visit, notes=" ")
    assert front.visits()[0].notes is None
    write(front, visit, notes="second")
    front.complete(visit)
    with pytest.raises(Signed):
        write(front, visit, notes="third")
    assert front.visits()[0].notes == "second"


def test_notes_rest_encrypted_and_are_hidden_in_the_audit_log(front: Any) -> None:
    visit = front.start(front.walk_in())
    write(front, visit, notes="a secret finding")
    db.session.rollback()
    kept = db.session.execute(text("SELECT notes FROM visit")).scalar_one()
    assert "secret" not in str(kept)
    entries = db.session.scalars(select(AuditEntry.after).where(AuditEntry.entity == "visit")).all()
    assert {"notes": HIDDEN} in entries
    assert "secret" not in str(entries)


def test_notes_of_who_is_not_seen_are_refused(front: Any) -> None:
    with pytest.raises(NotWithDoctor):
        write(front, front.walk_in(), notes="x")


def test_a_stale_save_of_notes_is_told_and_loses_nothing(front: Any) -> None:
    visit = front.start(front.walk_in())
    seen = front.visits()[0].revision
    write(front, visit, notes="mine", revision=seen)
    with pytest.raises(Stale):
        write(front, visit, notes="theirs", revision=seen)
    assert front.visits()[0].notes == "mine"


@pytest.mark.parametrize("values", [{"notes": 7}, {"notes": "x" * 20_001}, {"status": "completed"}, {"doctor_id": 1}])
def test_nothing_but_notes_is_written_over(front: Any, values: dict[str, object]) -> None:
    visit = front.start(front.walk_in())
    with pytest.raises(Invalid) as refused:
        write(front, visit, **values)
    assert list(refused.value.errors) == list(values)
    assert front.visits()[0].notes is None


def test_notes_too_long_are_refused_at_completion_too(front: Any) -> None:
    visit = front.start(front.walk_in())
    with pytest.raises(Invalid):
        front.complete(visit, notes="x" * 20_001)
    assert front.visits()[0].status is VisitStatus.IN_PROGRESS


def test_an_ended_visit_stays_ended(front: Any) -> None:
    visit = front.complete(front.start(front.walk_in()))
    with pytest.raises(VisitOver):
        front.complete(visit)
    assert len(invoices()) == 1
