"""Files of a consultation: added by the treating doctor, taken away only until the consultation is completed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from app.frontdesk.clinical_errors import AttachmentKept, EmptyFile, UnknownFileKind
from app.frontdesk.clinical_models import Attachment
from app.frontdesk.clinical_queries import get_attachment, list_attachments
from app.frontdesk.clinical_rules import ensure_can_attach, ensure_file_fits, ensure_present
from app.frontdesk.file_kinds import fitting_name, kind_of
from app.frontdesk.treating import ensure_patient_kept, find_own_visit, take_open_visit, take_own_visit
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db, refuses
from app.kernel.text import clean_line

LONGEST_NAME: Final = 160
NAMELESS: Final = "file"

refuses("ck_attachment_kept", AttachmentKept)


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file as somebody sends it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SoundFile:
    """One that is kept: its media type is what its content says."""

    name: str
    content: bytes
    content_type: str
    sha256: str


def sound(given: GivenFile) -> SoundFile:
    """Refuses: EmptyFile, FileTooLarge, UnknownFileKind, Invalid (its name)."""
    folderless = given.name.replace("\\", "/").rpartition("/")[2]
    name = clean_line(folderless[-LONGEST_NAME:], LONGEST_NAME, field="file") or NAMELESS
    if not given.content:
        raise EmptyFile(field="file", name=name)
    ensure_file_fits(name, len(given.content))
    kind = kind_of(given.content)
    if kind is None:
        raise UnknownFileKind(field="file", name=name)
    return SoundFile(fitting_name(name, kind), given.content, kind, sha256(given.content).hexdigest())


def attach(visit_id: int, file: SoundFile, *, actor: Actor, now: datetime) -> Attachment:
    """Keep a file with the visit; the same content sent again is the attachment that is there already.

    Refuses: NotFound, NotTheTreatingDoctor, NotWithDoctor, VisitOver, PatientArchived, TooManyAttachments.
    """
    visit = take_own_visit(visit_id, actor=actor)
    present = list_attachments(visit.id, actor=actor)
    same = next((one for one in present if one.sha256 == file.sha256), None)
    if same is not None:
        return same
    ensure_can_attach(visit.status, present=len(present))
    ensure_patient_kept(visit)
    added = Attachment(
        visit_id=visit.id,
        patient_id=visit.patient_id,
        clinic_id=visit.clinic_id,
        doctor_id=visit.doctor_id,
        name=file.name,
        content_type=file.content_type,
        size=len(file.content),
        sha256=file.sha256,
        content=file.content,
        uploaded_at=now,
        uploaded_by=actor.name[:130],
    )
    db.session.add(added)
    db.session.flush()
    db.session.expire(added, ["content"])  # ten megabytes that nobody reads any more
    return added


def remove_attachment(attachment_id: int, *, actor: Actor, now: datetime) -> Attachment:
    """Wipe an attachment's content while the consultation is open; that it was there stays on record.

    Refuses: NotFound, NotTheTreatingDoctor, NotWithDoctor, VisitOver, Signed, AttachmentRemoved.
    """
    found = scope.get(Attachment, attachment_id, actor=actor)
    take_open_visit(found.visit_id, actor=actor)
    attachment = scope.get(Attachment, attachment_id, actor=actor, lock=True)
    ensure_present(removed=attachment.removed_at is not None)
    attachment.content, attachment.removed_at = None, now
    db.session.flush()
    return attachment


def read_attachment(attachment_id: int, *, actor: Actor) -> tuple[Attachment, bytes]:
    """An attachment and its content. Refuses: NotFound, NotTheTreatingDoctor, AttachmentRemoved."""
    attachment = get_attachment(attachment_id, actor=actor)
    find_own_visit(attachment.visit_id, actor=actor)
    ensure_present(removed=attachment.content is None)
    return attachment, attachment.content or b""
