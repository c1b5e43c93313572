"""The record of a consultation: saved while it is written, locked by its signature, then only added to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.frontdesk import consultations, queue, records
from app.frontdesk.consultation_sheets import get_consultation
from app.frontdesk.errors import (
    NotSignedYet,
    NotTheTreatingDoctor,
    NotWithDoctor,
    RecordBegun,
    RecordChanged,
    Signed,
)
from app.frontdesk.models import Visit, VisitAmendment
from app.frontdesk.records import Record
from app.frontdesk.sheets import visit_history
from app.frontdesk.states import Phase, VisitStatus
from app.kernel import clock, crypto
from app.kernel.audit import HIDDEN
from app.kernel.crypto import KeyRing, generate_key, rotate
from app.kernel.db import db, refusal_for, transaction
from app.kernel.errors import Invalid, NotFound
from app.kernel.live import board_version
from app.kernel.models import AuditEntry
from tests.plugins.races import Race

SECRET = "a secret finding"


def save(front: Any, visit: Any, revision: int = 0, actor: Any = None, **values: Any) -> Any:
    actor = actor or front.cast.doctor
    return front.act(records.save_record, visit.id, values, revision=revision, actor=actor)


def kept(front: Any, visit: Any) -> Record:
    db.session.rollback()
    db.session.expire_all()
    return records.record_of(records.get_own(visit.id, actor=front.cast.doctor))


def amend(front: Any, visit: Any, actor: Any = None, **values: Any) -> Any:
    return front.act(records.amend, visit.id, values, actor=actor or front.cast.doctor)


def test_what_is_written_is_kept_and_what_is_not_sent_stays(front: Any) -> None:
    visit = front.start(front.walk_in())
    save(front, visit, notes="Rest.", vitals={"systolic": 120, "diastolic": "80"})
    save(front, visit, 1, private_notes="Call the sister", vitals={"diastolic": None, "temperature": "37,5"})
    record = kept(front, visit)
    assert (record.notes, record.private_notes, record.revision) == ("Rest.", "Call the sister", 2)
    assert record.vitals == {"systolic": Decimal(120), "temperature": Decimal("37.5")}
    assert (record.signed_at, record.signed_by) == (None, None)


def test_a_save_that_changes_nothing_is_no_new_revision(front: Any) -> None:
    visit = front.start(front.walk_in())
    save(front, visit, notes="Rest.", vitals={"pulse": 70})
    save(front, visit, 1, notes=" Rest. ", vitals={"pulse": "70"})
    assert kept(front, visit).revision == 1


def test_a_writer_who_has_not_seen_the_newest_is_told_and_overwrites_nothing(front: Any) -> None:
    visit = front.start(front.walk_in())
    save(front, visit, notes="mine")
    with pytest.raises(RecordChanged) as refused:
        save(front, visit, notes="theirs")
    assert (refused.value.code, refused.value.status) == ("stale", 409)
    assert kept(front, visit).notes == "mine"
    with pytest.raises(RecordChanged):
        front.complete(visit, written={"notes": "theirs"}, revision=0)
    assert front.visits()[0].status is VisitStatus.IN_PROGRESS


def test_a_move_on_the_board_is_no_change_of_the_record(front: Any) -> None:
    visit = front.start(front.walk_in())
    save(front, visit, notes="half a sentence")
    front.act(queue.move, visit.id, Phase.WAITING, reason="called away")
    with pytest.raises(NotWithDoctor):
        save(front, visit, 1, notes="another")
    front.start(visit)
    save(front, visit, 1, notes="a sentence")
    assert kept(front, visit).notes == "a sentence"


def test_a_save_changes_nothing_that_the_board_shows(front: Any) -> None:
    visit = front.start(front.walk_in())
    before = (visit.updated_at, board_version(visit.clinic_id))
    with clock.freeze(clock.now() + timedelta(minutes=3)):
        save(front, visit, notes="Rest.")
        front.act(consultations.change_visit, visit.id, {"notes": "Rest and tea."}, actor=front.cast.doctor)
    db.session.expire_all()
    row = db.session.get_one(Visit, visit.id)
    assert (row.updated_at, board_version(row.clinic_id)) == before


def test_the_record_rests_encrypted_and_hidden_in_the_audit_log(front: Any) -> None:
    visit = front.start(front.walk_in())
    save(front, visit, notes=SECRET, private_notes=SECRET, vitals={"pulse": 177})
    front.complete(visit)
    amend(front, visit, text=SECRET)
    db.session.rollback()
    stored = db.session.execute(text("SELECT notes, private_notes, vitals FROM visit")).one()
    added = db.session.scalars(text("SELECT text FROM visit_amendment")).one()
    assert "secret" not in f"{stored} {added}"
    assert "177" not in f"{stored}"
    entries = db.session.execute(select(AuditEntry.before, AuditEntry.after)).all()
    assert "secret" not in str(entries)
    assert "177" not in str(entries)
    assert {"notes": HIDDEN, "private_notes": HIDDEN, "vitals": HIDDEN} in [entry.after for entry in entries]


# -- who reads and writes


def test_nobody_but_the_treating_doctor_writes_and_reads(front: Any) -> None:
    cast, visit = front.cast, front.start(front.walk_in())
    for actor in (cast.reception, cast.admin):
        with pytest.raises(NotTheTreatingDoctor):
            save(front, visit, notes="x", actor=actor)
        with pytest.raises(NotTheTreatingDoctor):
            amend(front, visit, text="x", actor=actor)
    for actor in (cast.doctor2, cast.riverside, cast.accountant):
        with pytest.raises(NotFound):
            save(front, visit, notes="x", actor=actor)
    for actor in (cast.reception, cast.admin, cast.doctor2, cast.accountant):
        with pytest.raises(NotFound):
            get_consultation(visit.id, actor=actor, now=front.now)
    assert kept(front, visit).is_empty


def test_lists_read_nothing_of_records(front: Any) -> None:
    front.complete(front.start(front.walk_in()), notes=SECRET)
    db.session.rollback()
    db.session.expunge_all()
    visit = db.session.scalars(select(Visit)).one()
    assert not {"notes", "private_notes", "vitals"} & set(visit.__dict__)


# -- signing


def test_completion_signs_what_was_sent_with_it(front: Any) -> None:
    visit = front.start(front.walk_in())
    save(front, visit, notes="draft", private_notes="mine alone")
    front.complete(visit, written={"notes": "final", "vitals": {"pulse": 60}}, revision=1)
    record = kept(front, visit)
    assert (record.notes, record.private_notes, record.vitals) == ("final", "mine alone", {"pulse": Decimal(60)})
    assert (record.signed_at, record.signed_by) == (front.now, "Dr. Ada Main")


def test_a_completion_with_a_wrong_sign_signs_nothing(front: Any) -> None:
    visit = front.start(front.walk_in())
    with pytest.raises(Invalid) as refused:
        front.complete(visit, written={"vitals": {"pulse": 7}})
    assert list(refused.value.errors) == ["vitals.pulse"]
    assert kept(front, visit).signed_at is None


def test_a_signed_record_is_not_written_any_more(front: Any) -> None:
    visit = front.complete(front.start(front.walk_in()), notes="final")
    with pytest.raises(Signed):
        save(front, visit, 1, notes="another")
    with pytest.raises(Signed):
        front.act(consultations.change_visit, visit.id, {"notes": "another"}, actor=front.cast.doctor)
    assert kept(front, visit).notes == "final"


@pytest.mark.parametrize(
    "change",
    [
        "notes = 'x'",
        "notes = NULL",
        "private_notes = 'x'",
        "vitals = 'x'",
        "signed_at = NULL",
        "signed_by = 'Dr. Else'",
        "record_revision = 9",
        "doctor_id = (SELECT max(id) FROM doctor)",
    ],
)
def test_the_database_itself_locks_a_signed_record(front: Any, change: str) -> None:
    visit = front.complete(front.start(front.walk_in()), notes="final")
    for statement in (f"UPDATE visit SET {change}", "DELETE FROM visit"):
        with pytest.raises(Signed), transaction():
            db.session.execute(text(statement))
    assert kept(front, visit).notes == "final"


def test_what_says_nothing_of_the_record_may_still_change(front: Any) -> None:
    visit = front.complete(front.start(front.walk_in()), notes="final")
    with transaction():
        db.session.execute(text("UPDATE visit SET status_reason = 'seen'"))
    assert kept(front, visit).notes == "final"


def test_a_record_that_was_begun_stays_with_its_doctor(front: Any) -> None:
    visit = front.start(front.walk_in())
    hand_over = text("UPDATE visit SET doctor_id = :doctor WHERE private_notes IS NOT NULL OR record_revision = 2")
    save(front, visit, private_notes="mine alone")
    assert records.with_something_written([visit.id, front.walk_in().id]) == {visit.id}
    with pytest.raises(RecordBegun), transaction():
        db.session.execute(hand_over, {"doctor": front.cast.doctor2_id})
    save(front, visit, 1, private_notes="")
    with transaction():
        db.session.execute(hand_over, {"doctor": front.cast.doctor2_id})
    assert front.visits()[0].doctor_id == front.cast.doctor2_id


# -- amendments


def test_amendments_are_added_in_order_with_their_author(front: Any) -> None:
    visit = front.complete(front.start(front.walk_in()), notes="final")
    amend(front, visit, text=" The laboratory called. ")
    amend(front, visit, text="He lies.", is_private=True)
    found = records.amendments_of([visit.id], private=True)[visit.id]
    assert [(one.text, one.is_private, one.author) for one in found] == [
        ("The laboratory called.", False, "Dr. Ada Main"),
        ("He lies.", True, "Dr. Ada Main"),
    ]
    assert found[1].created_at == front.now
    assert [one.text for one in records.amendments_of([visit.id], private=False)[visit.id]] == [
        "The laboratory called."
    ]
    assert kept(front, visit).notes == "final"


def test_before_the_signature_nothing_is_amended(front: Any) -> None:
    visit = front.start(front.walk_in())
    with pytest.raises(NotSignedYet):
        amend(front, visit, text="x")


@pytest.mark.parametrize(
    "values",
    [{}, {"text": " "}, {"text": "x" * 10_001}, {"text": "x", "is_private": "no"}, {"text": "x", "author": "y"}],
)
def test_an_amendment_that_says_nothing_or_too_much_is_refused(front: Any, values: dict[str, object]) -> None:
    visit = front.complete(front.start(front.walk_in()))
    with pytest.raises(Invalid):
        amend(front, visit, **values)
    assert records.amendments_of([visit.id], private=True) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE visit_amendment SET text = 'x'",
        "UPDATE visit_amendment SET is_private = NULL",
        "DELETE FROM visit_amendment",
    ],
)
def test_the_database_itself_keeps_amendments(front: Any, statement: str) -> None:
    visit = front.complete(front.start(front.walk_in()))
    amend(front, visit, text="added")
    with pytest.raises(IntegrityError) as refused, transaction():
        db.session.execute(text(statement))
    assert refusal_for(refused.value) is None
    assert "append_only" in str(refused.value)
    assert db.session.scalars(select(VisitAmendment)).one().text == "added"


def test_the_history_tells_what_was_added_and_nothing_private(front: Any) -> None:
    patient = front.patient()
    first = front.complete(front.start(front.walk_in(patient_id=patient.id)), notes="first")
    amend(front, first, text="added")
    amend(front, first, text=SECRET, is_private=True)
    second = front.walk_in(patient_id=patient.id)
    (earlier,) = visit_history(second)
    assert [one["text"] for one in earlier["amendments"]] == ["added"]
    sheet = get_consultation(second.id, actor=front.cast.doctor, now=front.now)
    assert [one.record.notes for one in sheet.earlier] == ["first"]
    assert not sheet.more_earlier
    assert get_consultation(first.id, actor=front.cast.doctor, now=front.now).earlier == []


# -- at once


def test_of_two_writers_at_once_one_is_told(front: Any, at_once: Race) -> None:
    visit = front.start(front.walk_in())
    outcomes = at_once(*[lambda n=n: save(front, visit, notes=f"writer {n}") for n in range(4)])
    assert sorted(type(one).__name__ for one in outcomes) == ["RecordChanged"] * 3 + ["Visit"]
    assert kept(front, visit).revision == 1


def test_a_save_and_a_completion_at_once_have_one_clear_outcome(front: Any, at_once: Race) -> None:
    for _ in range(5):
        visit = front.start(front.walk_in())
        saved, done = at_once(
            lambda visit=visit: save(front, visit, notes="written in the other tab"),
            lambda visit=visit: front.complete(visit, written={"notes": "final"}, revision=0),
        )
        record = kept(front, visit)
        if isinstance(saved, Visit):  # the completion has not seen it: nothing is signed, nothing is lost
            assert isinstance(done, RecordChanged)
            assert (record.notes, record.signed_at) == ("written in the other tab", None)
            front.complete(visit)
        else:  # it was signed before: the writer is told, and keeps the text
            assert isinstance(saved, Signed)
            assert record.notes == "final"
            assert record.signed_at is not None


def test_a_move_to_a_new_key_passes_the_guards_and_changes_no_word(
    front: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = front.complete(front.start(front.walk_in()), notes="final")
    added = amend(front, visit, text="The laboratory called.")
    new = generate_key()
    monkeypatch.setattr(crypto, "_key_ring", KeyRing([new, *app.config["FIELD_ENCRYPTION_KEYS"]]))
    with transaction():
        assert rotate(db.session(), Visit.notes) == visit.id
        assert rotate(db.session(), VisitAmendment.text) == added.id
    monkeypatch.setattr(crypto, "_key_ring", KeyRing([new]))
    assert kept(front, visit).notes == "final"
    db.session.expire_all()
    assert db.session.scalars(select(VisitAmendment.text)).one() == "The laboratory called."
    with pytest.raises(Signed), transaction():
        db.session.execute(text("UPDATE visit SET notes = 'other'"))
