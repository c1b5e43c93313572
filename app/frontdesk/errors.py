"""The refusals of the queue and the consultation."""

from __future__ import annotations

from app.kernel.errors import N_, Conflict, Invalid, NotAllowed, Refusal


class StateChanged(Conflict):
    code = "state_changed"
    template = N_("Somebody else has moved this patient meanwhile.")


class StillWaiting(Conflict):
    code = "still_waiting"
    template = N_("The patient is waiting and has not been called.")


class AlreadyCalled(Conflict):
    code = "already_called"
    template = N_("The patient has already been called.")


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


class NobodyWaiting(Conflict):
    code = "nobody_waiting"
    template = N_("Nobody is waiting for this doctor.")


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
