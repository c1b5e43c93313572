"""The refusals of diagnoses, prescriptions and attachments."""

from __future__ import annotations

from app.kernel.errors import N_, Conflict, Invalid, Refusal


class UnknownDiagnosis(Invalid):
    code = "unknown_diagnosis"
    template = N_("There is no such code. Type a part of the code or of its words, and choose one.")


class DiagnosisTwice(Conflict):
    code = "diagnosis_twice"
    template = N_("This diagnosis is on the list already.")


class DiagnosisGone(Conflict):
    code = "diagnosis_gone"
    template = N_("This diagnosis has been removed meanwhile.")


class SecondMainDiagnosis(Conflict):
    code = "second_main_diagnosis"
    template = N_("Another main diagnosis has been chosen meanwhile.")


class TooManyDiagnoses(Conflict):
    code = "too_many_diagnoses"
    template = N_("A visit has at most %(most)s diagnoses.")


class NothingPrescribed(Invalid):
    code = "nothing_prescribed"
    template = N_("Please give at least one medicine.")


class TooManyItems(Invalid):
    code = "too_many_items"
    template = N_("A prescription has at most %(most)s medicines. Write a second one for the rest.")


class TooManyPrescriptions(Conflict):
    code = "too_many_prescriptions"
    template = N_("A visit has at most %(most)s prescriptions.")


class PrescriptionFixed(Conflict):
    code = "prescription_fixed"
    template = N_("An issued prescription cannot be changed. Cancel it and write another.")


class PrescriptionCancelled(Conflict):
    code = "prescription_cancelled"
    template = N_("This prescription is cancelled already.")


class NoFile(Invalid):
    code = "no_file"
    template = N_("Please choose a file.")


class EmptyFile(Invalid):
    code = "empty_file"
    template = N_("The file %(name)s is empty.")


class FileTooLarge(Refusal):
    code = "too_large"
    template = N_("The file %(name)s is too large: at most %(most)s MB.")
    status = 413


class UnknownFileKind(Invalid):
    code = "unknown_file_kind"
    template = N_("The file %(name)s is neither a PDF, a PNG, JPEG or WebP picture nor plain text.")


class TooManyAttachments(Conflict):
    code = "too_many_attachments"
    template = N_("A visit has at most %(most)s attachments.")


class AttachmentRemoved(Conflict):
    code = "attachment_removed"
    template = N_("This attachment has been removed.")


class AttachmentKept(Conflict):
    code = "attachment_kept"
    template = N_("An attachment of a completed consultation stays as it is.")
