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
    code = "outside_availability"
    template = N_("The doctor is not available at that time.")


class SlotTaken(Conflict):
    """`next_free` are the next times that are free, as `GET /availability/slots` writes them; it may be empty."""

    code = "slot_taken"
    template = N_("That time is already taken.")

    def __init__(self, *, field: str | None = None, next_free: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(field=field, next_free=list(next_free))


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


class NotNoShow(Conflict):
    code = "not_no_show"
    template = N_("The appointment is not marked as a no-show.")


class NotTheAppointmentDay(Conflict):
    code = "not_the_appointment_day"
    template = N_("Check-in is possible on the day of the appointment only.")


class NotBegun(Conflict):
    code = "not_begun"
    template = N_("The appointment has not begun yet.")


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


class NotOneOf(Invalid):
    code = "not_one_of"
    template = N_("This must be one of: %(known)s.")


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


class HoursOverlap(Conflict):
    code = "hours_overlap"
    template = N_("These hours overlap others of this doctor at this clinic.")


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
