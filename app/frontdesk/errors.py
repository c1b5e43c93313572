"""The refusals of the queue and the consultation."""

from __future__ import annotations

from app.kernel.errors import N_, Conflict, Invalid, NotAllowed, Refusal, Stale


class StateChanged(Conflict):
    code = "state_changed"
    template = N_("Somebody else has moved this patient meanwhile.")


class NextMoved(StateChanged):
    """Of a call of the next: somebody else has called them, or they went elsewhere."""

    template = N_("Whoever was next has been called or moved meanwhile.")


class StillWaiting(Conflict):
    code = "still_waiting"
    template = N_("The patient is waiting and has not been called.")


class AlreadyCalled(Conflict):
    code = "already_called"
    template = N_("The patient has already been called.")


class CalledMeanwhile(Stale):
    """The patient was called again since the call was seen."""

    template = N_("Somebody else has called this patient again meanwhile.")


class AlreadyWithDoctor(Conflict):
    code = "already_with_doctor"
    template = N_("The patient is already with the doctor.")


class NotWithDoctor(Conflict):
    code = "not_with_doctor"
    template = N_("The patient is not with the doctor.")


class VisitOver(Conflict):
    code = "visit_over"
    template = N_("This visit has ended.")


class OnlyDoctorCompletes(Conflict):
    code = "only_doctor_completes"
    template = N_("Only the treating doctor completes a consultation.")


class NotTheTreatingDoctor(NotAllowed):
    template = N_("Only the treating doctor may do this.")


class ReasonMissing(Invalid):
    code = "reason_missing"
    template = N_("Please give a reason.")


class AlreadyInQueue(Conflict):
    code = "already_in_queue"
    template = N_("The patient is in this doctor's queue already.")


class AlreadyCheckedIn(Conflict):
    code = "already_checked_in"
    template = N_("The patient is checked in for this appointment already.")


class SamePriority(Conflict):
    code = "same_priority"
    template = N_("The visit has this priority already.")


class SameDoctor(Conflict):
    code = "same_doctor"
    template = N_("The patient is in this doctor's queue already.")


class NobodyWaiting(Conflict):
    code = "nobody_waiting"
    template = N_("Nobody is waiting for this doctor.")


class Signed(Conflict):
    code = "signed"
    template = N_("This record is signed and no longer changes. Add an amendment instead.")


class NotSignedYet(Conflict):
    code = "not_signed"
    template = N_("This record is not signed yet: write into it instead.")


class RecordBegun(Conflict):
    code = "record_begun"
    template = N_("The doctor has begun the record of this visit, so it stays with them.")


class RecordChanged(Stale):
    """The record was saved elsewhere since it was read."""

    template = N_("This record was changed elsewhere meanwhile. Nothing was overwritten.")


class OutsideRange(Invalid):
    """`low` and `high` are the bounds, in `unit`."""

    code = "outside_range"
    template = N_("Between %(low)s and %(high)s %(unit)s.")


class NotBelowSystolic(Invalid):
    code = "not_below_systolic"
    template = N_("The diastolic pressure is below the systolic one.")


class TemplateNameTaken(Conflict):
    code = "template_name_taken"
    template = N_("You have a template of this name already.")

    def __init__(self) -> None:
        super().__init__(field="name")


class TooManyTemplates(Conflict):
    """`most` is how many a doctor may have."""

    code = "too_many_templates"
    template = N_("You have %(most)s templates already. Delete one first.")


class NotSpoken(Invalid):
    code = "not_spoken"
    template = N_("Screens speak these languages only: %(known)s.")


class TooManyEntries(Invalid):
    code = "too_many_entries"
    template = N_("At most %(most)s may be listed.")


class AddressOver(Refusal):
    """Of a private address: no longer valid, or never was."""

    code = "unauthorized"
    template = N_("This address is no longer valid.")
    status = 401
