"""Files of a consultation: what they are is looked at, they rest encrypted, and they stay once it is completed."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from app.frontdesk import attachments, queue
from app.frontdesk.attachments import GivenFile, read_attachment, sound
from app.frontdesk.clinical_errors import (
    AttachmentRemoved,
    EmptyFile,
    FileTooLarge,
    TooManyAttachments,
    UnknownFileKind,
)
from app.frontdesk.clinical_models import Attachment
from app.frontdesk.clinical_queries import list_attachments
from app.frontdesk.clinical_rules import LARGEST_FILE
from app.frontdesk.errors import NotTheTreatingDoctor, NotWithDoctor, Signed, VisitOver
from app.kernel import crypto
from app.kernel.crypto import KeyRing, generate_key, rotate
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotFound
from app.people.patients import archive_patient
from app.scheduling.errors import PatientArchived
from tests.integration.frontdesk.clinical import PDF, attach, count, on_record, refused_by
from tests.integration.frontdesk.front import Front
from tests.plugins.races import Race

OLD = "FIELD_ENCRYPTION_KEYS"


@pytest.fixture
def visit(front: Front) -> Any:
    """A patient who is with the doctor."""
    return front.start(front.walk_in())


def remove(front: Front, one: Any, actor: Any = None) -> Any:
    return front.act(attachments.remove_attachment, one.id, actor=actor or front.cast.doctor)


def shown(front: Front, visit: Any) -> list[Attachment]:
    db.session.rollback()
    db.session.expunge_all()
    return list_attachments(visit.id, actor=front.cast.doctor)


def test_a_file_comes_back_as_it_was(front: Front, visit: Any) -> None:
    content = PDF + bytes(range(256)) * 1000
    one = attach(front, visit, content, r"C:\scans\report.pdf")
    db.session.rollback()
    kept, read = read_attachment(one.id, actor=front.cast.doctor)
    assert read == content
    assert (kept.name, kept.content_type, kept.size) == ("report.pdf", "application/pdf", len(content))
    assert (kept.sha256, kept.uploaded_by) == (sha256(content).hexdigest(), front.cast.doctor.name)
    assert (kept.visit_id, kept.patient_id, kept.doctor_id) == (visit.id, visit.patient_id, visit.doctor_id)


def test_a_list_does_not_read_what_is_in_the_files(front: Front, visit: Any) -> None:
    attach(front, visit)
    (one,) = shown(front, visit)
    assert "content" in inspect(one).unloaded


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        (b"", "a.pdf", EmptyFile),
        (b"<svg/>", "a.png", UnknownFileKind),
        (b"<html>", "a.txt", UnknownFileKind),
        (b"MZ\x90\x00", "a.pdf", UnknownFileKind),
        (PDF, "a\u202efdp.exe", Invalid),
        (PDF + b"x" * LARGEST_FILE, "a.pdf", FileTooLarge),
    ],
)
def test_what_is_no_sound_file_is_refused(content: bytes, name: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        sound(GivenFile(name, content))


def test_a_name_may_be_missing_long_or_in_any_script() -> None:
    assert sound(GivenFile("", PDF)).name == "file.pdf"
    assert sound(GivenFile("تقرير.pdf", PDF)).name == "تقرير.pdf"
    assert len(sound(GivenFile("x" * 500 + ".pdf", PDF)).name) == 160


def test_the_largest_file_is_taken(front: Front, visit: Any) -> None:
    content = PDF + b"x" * (LARGEST_FILE - len(PDF))
    assert attach(front, visit, content).size == LARGEST_FILE


def test_the_same_file_twice_is_one_attachment(front: Front, visit: Any, at_once: Race) -> None:
    outcomes = at_once(*[lambda: attach(front, visit).id] * 4)
    assert len(set(outcomes)) == 1, outcomes
    assert count(Attachment) == 1


def test_a_removed_file_is_wiped_and_its_row_stays(front: Front, visit: Any) -> None:
    one = attach(front, visit)
    gone = remove(front, one)
    assert gone.removed_at == front.now
    assert shown(front, visit) == []
    assert db.session.execute(text("SELECT content FROM attachment")).scalar_one() is None
    with pytest.raises(AttachmentRemoved):
        read_attachment(one.id, actor=front.cast.doctor)
    with pytest.raises(AttachmentRemoved):
        remove(front, one)
    assert attach(front, visit).id != one.id


def test_after_completion_files_are_added_and_none_is_removed(front: Front, visit: Any) -> None:
    one = attach(front, visit)
    front.complete(visit)
    with pytest.raises(Signed):
        remove(front, one)
    attach(front, visit, b"a late result", "late.txt")
    assert [each.name for each in shown(front, visit)] == ["report.pdf", "late.txt"]


def test_the_database_itself_keeps_attachments(front: Front, visit: Any) -> None:
    attach(front, visit)
    removal = "UPDATE attachment SET removed_at = uploaded_at, content = NULL"
    assert refused_by(removal) is None
    assert refused_by("UPDATE attachment SET removed_at = uploaded_at") == "ck_attachment_content"
    for statement in (
        "DELETE FROM attachment",
        "UPDATE attachment SET name = 'x'",
        "UPDATE attachment SET sha256 = 'x'",
        "UPDATE attachment SET visit_id = 999999",
    ):
        assert refused_by(statement) == "ck_attachment_kept", statement
    front.complete(visit)
    assert refused_by(removal) == "ck_attachment_kept"


def test_nothing_is_attached_before_the_consultation_after_leaving_or_to_an_archived_patient(
    front: Front, visit: Any
) -> None:
    waiting = front.walk_in()
    with pytest.raises(NotWithDoctor):
        attach(front, waiting)
    front.act(queue.leave, waiting.id)
    with pytest.raises(VisitOver):
        attach(front, waiting)
    front.act(archive_patient, visit.patient_id)
    with pytest.raises(PatientArchived):
        attach(front, visit)


def test_a_visit_does_not_take_files_without_end(front: Front, visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.frontdesk.clinical_rules.MOST_ATTACHMENTS", 2)
    for number in range(2):
        attach(front, visit, PDF + bytes([number]))
    with pytest.raises(TooManyAttachments):
        attach(front, visit)


def test_only_the_treating_doctor_attaches_reads_and_removes(front: Front, visit: Any) -> None:
    one = attach(front, visit)
    refusals = {"doctor2": NotFound, "reception": NotTheTreatingDoctor, "admin": NotTheTreatingDoctor}
    for name, refusal in refusals.items():
        actor = getattr(front.cast, name)
        with pytest.raises(refusal):
            front.act(attachments.attach, visit.id, sound(GivenFile("x.pdf", PDF)), actor=actor)
        with pytest.raises(NotFound):
            read_attachment(one.id, actor=actor)
        with pytest.raises(NotFound):
            remove(front, one, actor)


def test_files_rest_encrypted_and_are_hidden_in_the_audit_log(front: Front, visit: Any) -> None:
    remove(front, attach(front, visit, b"a secret finding", "hiv.txt"))
    attach(front, visit, b"a secret finding", "hiv.txt")
    kept = db.session.execute(text("SELECT * FROM attachment ORDER BY id")).all()
    for word in ("secret", "hiv"):
        assert word not in str(kept)
        assert word.encode() not in bytes(kept[1].content)
        assert word not in on_record()
    assert "'attachment'" in on_record()


def test_a_new_key_reaches_files_of_completed_consultations(
    front: Front, visit: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = attach(front, visit)
    front.complete(visit)
    new = generate_key()
    monkeypatch.setattr(crypto, "_key_ring", KeyRing([new, app.config[OLD][0]]))
    with transaction():
        assert rotate(db.session(), Attachment.content) == one.id
        assert rotate(db.session(), Attachment.name) == one.id
    monkeypatch.setattr(crypto, "_key_ring", KeyRing([new]))
    db.session.expunge_all()
    assert db.session.scalars(select(Attachment.content)).one() == PDF
    assert db.session.scalars(select(Attachment.name)).one() == "report.pdf"
