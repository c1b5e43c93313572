"""The refusals of the waiting list."""

from __future__ import annotations

from app.kernel.errors import N_, Conflict, Invalid


class AlreadyWaiting(Conflict):
    """`existing_id` is the entry that waits, where it is known."""

    code = "already_waiting"
    template = N_("This patient is on the waiting list for this service already.")


class NoLongerWaiting(Conflict):
    code = "no_longer_waiting"
    template = N_("This entry is no longer on the waiting list.")


class NotTheirAppointment(Invalid):
    code = "not_their_appointment"
    template = N_("This is not an appointment of this patient for this service.")


class WaitsSinceTheFuture(Invalid):
    code = "waits_since_the_future"
    template = N_("Nobody waits since a day that is still to come.")


class DaysBackwards(Invalid):
    code = "days_backwards"
    template = N_("The last day must not be before the first day.")


class TimesBackwards(Invalid):
    code = "times_backwards"
    template = N_("The latest time must be after the earliest.")


class NotWeekdays(Invalid):
    code = "not_weekdays"
    template = N_("Weekdays are numbers from 0 (Monday) to 6 (Sunday).")


class HasAnOffer(Conflict):
    code = "has_an_offer"
    template = N_("A time is being offered to this patient. Wait for the answer, or take the offer back.")


class OfferOver(Conflict):
    """It was answered, it has expired, or the desk took it back."""

    code = "offer_over"
    template = N_("This offer is over.")


class EntriesBusy(Conflict):
    """Somebody else holds the rows of all who could be asked, just now: try again."""

    code = "entries_busy"
    template = N_("Somebody is just changing these entries. Try again.")


class KeptForAnOffer(Conflict):
    code = "kept_for_an_offer"
    template = N_("This time is kept for somebody on the waiting list. Take the offer back first.")
