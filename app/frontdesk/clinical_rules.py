"""When a consultation takes diagnoses, prescriptions and attachments, and when they are taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.frontdesk.clinical_errors import (
    AttachmentRemoved,
    DiagnosisTwice,
    FileTooLarge,
    PrescriptionCancelled,
    TooManyAttachments,
    TooManyDiagnoses,
    TooManyPrescriptions,
)
from app.frontdesk.clinical_states import DiagnosisKind, PrescriptionStatus
from app.frontdesk.errors import NotWithDoctor, ReasonMissing, VisitOver
from app.frontdesk.states import VisitStatus

MEGABYTE: Final = 1024 * 1024
LARGEST_FILE: Final = 10 * MEGABYTE
MOST_DIAGNOSES: Final = 20
MOST_PRESCRIPTIONS: Final = 20
MOST_ATTACHMENTS: Final = 50


def ensure_can_add(status: VisitStatus) -> None:
    """During the consultation and after it. Refuses: NotWithDoctor, VisitOver (the patient left unseen)."""
    if status in (VisitStatus.WAITING, VisitStatus.CALLED):
        raise NotWithDoctor
    if status is VisitStatus.LEFT:
        raise VisitOver


def ensure_can_add_diagnosis(code: str, present: Sequence[str]) -> None:
    """`present` are the codes on the list. Refuses: DiagnosisTwice, TooManyDiagnoses."""
    if code in present:
        raise DiagnosisTwice
    if len(present) >= MOST_DIAGNOSES:
        raise TooManyDiagnoses(most=MOST_DIAGNOSES)


def kind_of_new(asked: DiagnosisKind | None, kinds: Sequence[DiagnosisKind]) -> DiagnosisKind:
    """What was asked for; else main where the visit has no main diagnosis yet."""
    if asked is not None:
        return asked
    return DiagnosisKind.SECONDARY if DiagnosisKind.MAIN in kinds else DiagnosisKind.MAIN


def ensure_can_prescribe(status: VisitStatus, *, present: int) -> None:
    """`present` prescriptions are there. Refuses: NotWithDoctor, VisitOver, TooManyPrescriptions."""
    ensure_can_add(status)
    if present >= MOST_PRESCRIPTIONS:
        raise TooManyPrescriptions(most=MOST_PRESCRIPTIONS)


def ensure_can_cancel(status: PrescriptionStatus, *, reason: str | None) -> None:
    """Refuses: PrescriptionCancelled, ReasonMissing."""
    if status is PrescriptionStatus.CANCELLED:
        raise PrescriptionCancelled
    if not reason:
        raise ReasonMissing(field="reason")


def ensure_can_attach(status: VisitStatus, *, present: int) -> None:
    """`present` attachments are there. Refuses: NotWithDoctor, VisitOver, TooManyAttachments."""
    ensure_can_add(status)
    if present >= MOST_ATTACHMENTS:
        raise TooManyAttachments(most=MOST_ATTACHMENTS)


def ensure_file_fits(name: str, size: int) -> None:
    """`size` in bytes. Refuses: FileTooLarge."""
    if size > LARGEST_FILE:
        raise FileTooLarge(field="file", name=name, most=LARGEST_FILE // MEGABYTE)


def ensure_present(*, removed: bool) -> None:
    """Refuses: AttachmentRemoved."""
    if removed:
        raise AttachmentRemoved
