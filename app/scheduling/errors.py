"""The refusals of availability and appointments."""

from __future__ import annotations

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
    code = "slot_taken"
    template = N_("That time is already taken.")


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
