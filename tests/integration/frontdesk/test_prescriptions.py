"""Prescriptions: issued once, never changed, cancelled with a reason; the treating doctor's alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from app.frontdesk import prescriptions, queue
from app.frontdesk.clinical_errors import PrescriptionCancelled, TooManyPrescriptions
from app.frontdesk.clinical_models import Prescription, PrescriptionItem
from app.frontdesk.clinical_queries import find_to_copy, list_earlier, list_prescriptions, prescriptions_of
from app.frontdesk.clinical_rules import MOST_PRESCRIPTIONS
from app.frontdesk.clinical_states import PrescriptionStatus
from app.frontdesk.errors import NotTheTreatingDoctor, NotWithDoctor, VisitOver
from app.kernel import crypto
from app.kernel.crypto import KeyRing, generate_key, rotate
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotFound
from app.people.patients import archive_patient
from app.scheduling.errors import PatientArchived
from tests.integration.frontdesk.clinical import MEDICINE, count, on_record, prescribe, refused_by
from tests.integration.frontdesk.front import Front
from tests.plugins.races import Race


@pytest.fixture
def visit(front: Front) -> Any:
    """A patient who is with the doctor."""
    return front.start(front.walk_in())


def cancel(front: Front, one: Any, reason: str = "wrong dose", actor: Any = None) -> Any:
    actor = actor or front.cast.doctor
    return front.act(prescriptions.cancel_prescription, one.id, {"reason": reason}, actor=actor)


def test_a_prescription_keeps_who_for_whom_and_what_in_order(front: Front, visit: Any) -> None:
    one = prescribe(front, visit, MEDICINE, {"medicine": "Tea"})
    db.session.rollback()
    (kept,) = list_prescriptions(visit, actor=front.cast.doctor)
    assert (kept.visit_id, kept.clinic_id, kept.doctor_id, kept.patient_id) == (
        visit.id,
        visit.clinic_id,
        visit.doctor_id,
        visit.patient_id,
    )
    assert (kept.issued_at, kept.status, kept.item_count) == (one.issued_at, PrescriptionStatus.ISSUED, 2)
    assert [(item.position, item.medicine, item.strength) for item in kept.items] == [
        (1, "Ibuprofen", "400 mg"),
        (2, "Tea", None),
    ]


def test_prescribing_goes_on_after_the_consultation_and_adds(front: Front, visit: Any) -> None:
    first = prescribe(front, visit)
    front.complete(visit)
    second = prescribe(front, visit, {"medicine": "Amoxicillin"})
    assert [one.id for one in list_prescriptions(visit, actor=front.cast.doctor)] == [second.id, first.id]


def test_nothing_is_prescribed_before_the_consultation_or_after_leaving(front: Front) -> None:
    waiting = front.walk_in()
    with pytest.raises(NotWithDoctor):
        prescribe(front, waiting)
    front.act(queue.leave, waiting.id)
    with pytest.raises(VisitOver):
        prescribe(front, waiting)


def test_nothing_is_prescribed_to_an_archived_patient_but_what_was_is_cancelled(front: Front, visit: Any) -> None:
    one = prescribe(front, visit)
    front.complete(visit)
    front.act(archive_patient, visit.patient_id)
    with pytest.raises(PatientArchived):
        prescribe(front, visit)
    assert cancel(front, one).status is PrescriptionStatus.CANCELLED


def test_a_bad_medicine_leaves_nothing(front: Front, visit: Any) -> None:
    with pytest.raises(Invalid):
        prescribe(front, visit, MEDICINE, {"dose": "1"})
    assert (count(Prescription), count(PrescriptionItem)) == (0, 0)


def test_a_prescription_is_cancelled_once_and_with_a_reason(front: Front, visit: Any) -> None:
    one = prescribe(front, visit)
    with pytest.raises(Invalid):
        cancel(front, one, " ")
    done = cancel(front, one)
    assert (done.status, done.cancel_reason, done.cancelled_at) == (
        PrescriptionStatus.CANCELLED,
        "wrong dose",
        front.now,
    )
    with pytest.raises(PrescriptionCancelled):
        cancel(front, one)


def test_only_the_treating_doctor_prescribes_and_cancels(front: Front, visit: Any) -> None:
    one = prescribe(front, visit)
    refusals = {"doctor2": NotFound, "reception": NotTheTreatingDoctor, "admin": NotTheTreatingDoctor}
    for name, refusal in refusals.items():
        actor = getattr(front.cast, name)
        with pytest.raises(refusal):
            front.act(prescriptions.prescribe, visit.id, {"items": [MEDICINE]}, actor=actor)
        with pytest.raises(NotFound):
            cancel(front, one, actor=actor)


def test_the_same_form_sent_twice_is_one_prescription(front: Front, visit: Any, at_once: Race) -> None:
    outcomes = at_once(*[lambda: prescribe(front, visit, form_key="form").id] * 4)
    assert len(set(outcomes)) == 1
    assert count(Prescription) == 1
    prescribe(front, visit, form_key="another")
    assert count(Prescription) == 2


def test_a_visit_does_not_take_prescriptions_without_end(front: Front, visit: Any) -> None:
    for _ in range(MOST_PRESCRIPTIONS):
        prescribe(front, visit)
    with pytest.raises(TooManyPrescriptions):
        prescribe(front, visit)


def test_the_database_itself_refuses_to_change_what_was_issued(front: Front, visit: Any) -> None:
    one = prescribe(front, visit)
    adds = """INSERT INTO prescription_item (prescription_id, position, medicine, created_at, updated_at)
        SELECT prescription_id, 2, medicine, created_at, updated_at FROM prescription_item"""
    for statement in (
        "UPDATE prescription_item SET medicine = 'x'",
        "UPDATE prescription_item SET position = 2",
        "DELETE FROM prescription_item",
        adds,
        "UPDATE prescription SET item_count = 2",
        "UPDATE prescription SET issued_at = created_at, patient_id = 999999",
        "DELETE FROM prescription",
    ):
        assert refused_by(statement) == "ck_prescription_fixed", statement
    cancel(front, one)
    back = "UPDATE prescription SET status = 'issued', cancelled_at = NULL, cancel_reason = NULL"
    assert refused_by(back) == "ck_prescription_fixed"


def test_the_last_prescriptions_for_the_patient_are_offered_to_be_copied(front: Front, visit: Any) -> None:
    before = prescribe(front, visit, {"medicine": "Before"})
    cancelled = cancel(front, prescribe(front, visit, {"medicine": "Cancelled"}))
    front.complete(visit)
    elsewhere = prescribe(front, front.start(front.walk_in()))
    again = front.start(front.walk_in(patient_id=visit.patient_id))
    db.session.rollback()
    doctor = front.cast.doctor
    assert [one.id for one in list_earlier(again, actor=doctor)] == [before.id]
    found = find_to_copy(before.id, again, actor=doctor)
    assert found is not None
    assert [item.medicine for item in found.items] == ["Before"]
    assert find_to_copy(elsewhere.id, again, actor=doctor) is None
    assert find_to_copy(cancelled.id, again, actor=front.cast.doctor2) is None


def test_prescriptions_of_many_visits_are_read_at_once(front: Front, visit: Any) -> None:
    other = front.start(front.walk_in())
    mine, theirs = prescribe(front, visit), prescribe(front, other)
    found = prescriptions_of([visit, other], actor=front.cast.doctor)
    assert {key: [one.id for one in some] for key, some in found.items()} == {
        visit.id: [mine.id],
        other.id: [theirs.id],
    }
    assert prescriptions_of([visit, other], actor=front.cast.admin) == {}
    assert prescriptions_of([], actor=front.cast.doctor) == {}


def test_prescriptions_rest_encrypted_and_are_hidden_in_the_audit_log(front: Front, visit: Any) -> None:
    cancel(front, prescribe(front, visit), "an allergic shock")
    kept = db.session.execute(text("SELECT * FROM prescription")).all()
    kept += db.session.execute(text("SELECT * FROM prescription_item")).all()
    for word in ("Ibuprofen", "400 mg", "tablet", "shock"):
        assert word not in str(kept)
        assert word not in on_record()
    assert "'prescription'" in on_record()


def test_a_new_key_reaches_what_nobody_may_change(front: Front, visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cancel(front, prescribe(front, visit), "a reason")
    front.complete(visit)
    old, new = front_key(), generate_key()
    monkeypatch.setattr(crypto, "_key_ring", KeyRing([new, old]))
    with transaction():
        assert rotate(db.session(), PrescriptionItem.medicine) is not None
        assert rotate(db.session(), PrescriptionItem.strength) is not None
        assert rotate(db.session(), Prescription.cancel_reason) is not None
    monkeypatch.setattr(crypto, "_key_ring", KeyRing([new]))
    db.session.expire_all()
    assert db.session.scalars(select(PrescriptionItem.medicine)).one() == "Ibuprofen"
    assert db.session.scalars(select(Prescription.cancel_reason)).one() == "a reason"
    assert refused_by("UPDATE prescription_item SET medicine = 'x'") == "ck_prescription_fixed"


def front_key() -> str:
    """The key under which the tests write."""
    from flask import current_app

    key: str = current_app.config["FIELD_ENCRYPTION_KEYS"][0]
    return key
