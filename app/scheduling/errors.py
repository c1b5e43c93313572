"""The refusals of availability and appointments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.kernel.errors import N_, Conflict, Invalid


class RuleWithoutLength(Invalid):
    code = "rule_without_length"
    template = N_("It must end after it begins. For hours past midnight, add a second rule on the following day.")


class RuleNeverValid(Invalid):
    code = "rule_never_valid"
    template = N_("The last day must not be before the first day.")


class StartsInThePast(Invalid):
    code = "starts_in_the_past"
    template = N_("That time is in the past.")


class TooSoon(Conflict):
    code = "too_soon"
    template = N_("That time is too soon: at least %(notice_minutes)s minutes' notice is needed.")


class TooFar(Conflict):
    code = "too_far"
    template = N_("That time is too far ahead: bookings are taken for the next %(horizon_days)s days.")


class OutsideAvailability(Conflict):
    """The doctor has no hours then, or, by its kinds, a reason not to work in them; to programs it is all one."""

    code = "outside_availability"
    template = N_("The doctor is not available at that time.")


class ClinicClosed(OutsideAvailability):
    template = N_("The clinic is closed on that day: %(holiday)s.")


class DoctorOnLeave(OutsideAvailability):
    template = N_("The doctor is on leave on that day.")


class HoursClosed(OutsideAvailability):
    template = N_("The doctor's usual hours are closed at that time.")


class HoursEnd(OutsideAvailability):
    template = N_("The doctor's hours end at %(until)s, before the appointment would.")


class NoRoom(Conflict):
    """`next_free` are the next times that are free, as `GET /availability/slots` writes them; it may be empty."""

    def __init__(self, *, field: str | None = None, next_free: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(field=field, next_free=list(next_free))


class SlotTaken(NoRoom):
    code = "slot_taken"
    template = N_("That time is already taken.")


class DailyMaximumReached(NoRoom):
    code = "daily_maximum_reached"
    template = N_("The doctor takes no more appointments at this clinic on that day.")


class HoldGone(Conflict):
    code = "hold_gone"
    template = N_("That time is no longer held. Choose a time again.")


class HoldDoesNotMatch(Invalid):
    code = "hold_does_not_match"
    template = N_("The hold is for another doctor, service or time.")


class NotRequested(Conflict):
    code = "not_requested"
    template = N_("Only a requested appointment can be confirmed.")


class NotConfirmed(Conflict):
    code = "not_confirmed"
    template = N_("The appointment is not confirmed.")


class NoLongerOpen(Conflict):
    code = "no_longer_open"
    template = N_("Only a requested or confirmed appointment can be cancelled or moved.")


class NotCheckedIn(Conflict):
    code = "not_checked_in"
    template = N_("The patient is not checked in for this appointment.")


class RuleNotUnderstood(Invalid):
    code = "rule_not_understood"
    template = N_("This repetition is not understood: every day, week or month, with a number of times or a last day.")


class RuleWithoutEnd(Invalid):
    code = "rule_without_end"
    template = N_("Say how many times, or until when; not both.")


class TooManyOccurrences(Invalid):
    code = "too_many_occurrences"
    template = N_("At most %(most)s appointments can be booked at once.")


class NeverOccurs(Invalid):
    code = "never_occurs"
    template = N_("There is no such day.")


class NotAnOccurrence(Invalid):
    code = "not_an_occurrence"
    template = N_("This time is not one of those that the repetition names.")


class NothingChosen(Invalid):
    code = "nothing_chosen"
    template = N_("Choose at least one time.")


class TimeSkipped(Conflict):
    code = "skipped_time"
    template = N_("The clocks skip this time on that day.")


class SeriesTaken(Conflict):
    """`occurrences` are those that cannot be had, each with its `code` and the `next_free` times."""

    code = "series_taken"
    template = N_("Not all of these times can be booked. Nothing was booked.")


class NotAFollowUp(Invalid):
    code = "not_a_follow_up"
    template = N_("Not a follow-up: this doctor has not seen the patient in the %(days)s days before.")


class NotNoShow(Conflict):
    code = "not_no_show"
    template = N_("The appointment is not marked as a no-show.")


class NotTheAppointmentDay(Conflict):
    code = "not_the_appointment_day"
    template = N_("Check-in is possible on the day of the appointment only.")


class NotBegun(Conflict):
    code = "not_begun"
    template = N_("The appointment has not begun yet.")


class ClinicShut(Conflict):
    """The clinic was closed for good: who is there is seen, nobody new comes."""

    code = "clinic_shut"
    template = N_("This clinic is closed: nobody is booked or admitted there.")


class ServiceNotOffered(Invalid):
    code = "service_not_offered"
    template = N_("The clinic does not offer this service.")


class DoctorNotOffering(Invalid):
    code = "doctor_not_offering"
    template = N_("This doctor does not offer this service at this clinic.")


class PatientNotNamed(Invalid):
    code = "patient_not_named"
    template = N_("Name a patient, or give a name and a phone number; not both.")


class UnknownPatient(Invalid):
    code = "unknown_patient"
    template = N_("The clinic has no such patient.")


class PatientArchived(Conflict):
    code = "patient_archived"
    template = N_("This patient is archived. Bring the record back first.")


class NeedsOffset(Invalid):
    code = "needs_offset"
    template = N_("Write this as date and time with the offset from UTC, like 2030-01-31T09:30:00+01:00.")


class NotAWholeMinute(Invalid):
    code = "not_a_whole_minute"
    template = N_("An appointment begins at a whole minute.")


class NotATime(Invalid):
    code = "not_a_time"
    template = N_("This is not a time of day (HH:MM).")


class HasItsOwnAct(Invalid):
    code = "has_its_own_act"
    template = N_("This is not changed here: confirm, cancel or move the appointment instead.")


class ReasonMissing(Invalid):
    code = "reason_missing"
    template = N_("Please give a reason.")


class RangeBackwards(Invalid):
    code = "range_backwards"
    template = N_("The last day must not be before the first day.")


class RangeTooLong(Invalid):
    code = "range_too_long"
    template = N_("Ask for at most %(most_days)s days at once.")


class LeaveBackwards(Invalid):
    code = "leave_backwards"
    template = N_("The last day must not be before the first day.")


class LeaveOverlaps(Conflict):
    code = "leave_overlaps"
    template = N_("This doctor has other leave in those days. Change that one instead.")


class NoLongerAffected(Conflict):
    code = "no_longer_affected"
    template = N_("This appointment is no longer in those days: somebody has moved or cancelled it meanwhile.")


class DoctorNotAtClinic(Invalid):
    code = "doctor_not_at_clinic"
    template = N_("This doctor does not work at this clinic.")


class HalfASpan(Invalid):
    code = "half_a_span"
    template = N_("Give both times, or none for the whole day.")


class EndsBeforeItBegins(Invalid):
    code = "ends_before_it_begins"
    template = N_("It must end after it begins.")


class LastsTooLong(Invalid):
    code = "lasts_too_long"
    template = N_("An appointment lasts at most %(longest_hours)s hours.")


class LengthIsFixed(Conflict):
    code = "length_is_fixed"
    template = N_("The length of this appointment can no longer be changed.")
