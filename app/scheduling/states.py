"""The states of an appointment, which of them keep the doctor's time, and the kinds of dated rules and busy times."""

from __future__ import annotations

from enum import StrEnum


class AppointmentStatus(StrEnum):
    """requested -> confirmed -> checked_in -> completed; cancelled and no_show end it early."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class CancelledBy(StrEnum):
    """Whose wish it was that an appointment does not take place."""

    PATIENT = "patient"
    CLINIC = "clinic"
    DOCTOR = "doctor"
    SYSTEM = "system"


class DatedKind(StrEnum):
    """What a dated rule does to the doctor's weekly time: CLOSED takes away, EXTRA adds."""

    CLOSED = "closed"
    EXTRA = "extra"


class BusyKind(StrEnum):
    """What takes a doctor's time: at another clinic nothing more is said of it."""

    APPOINTMENT = "appointment"
    HOLD = "hold"
    ELSEWHERE = "elsewhere"


# What may still be cancelled or moved.
OPEN = frozenset({AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED})

# A completed consultation gives back what is left of its time: the doctor may see somebody else in it.
OCCUPYING = frozenset({AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED, AppointmentStatus.CHECKED_IN})


# What a doctor's daily maximum counts: who came or is still expected.
COUNTED = OCCUPYING | {AppointmentStatus.COMPLETED}


def occupies_time(status: AppointmentStatus, *, historic: bool = False, overbooked: bool = False) -> bool:
    """Whether an appointment has a row among the doctor's busy times; historic and overbooked ones never do."""
    return status in OCCUPYING and not historic and not overbooked


class Urgency(StrEnum):
    """How badly a patient needs an earlier time. The values sort as texts in this very order."""

    ROUTINE = "routine"
    SOON = "soon"
    URGENT = "urgent"


class WaitStatus(StrEnum):
    """waiting until a time is booked, the desk or the patient takes the entry off the list, or it has lapsed."""

    WAITING = "waiting"
    BOOKED = "booked"
    REMOVED = "removed"
    LAPSED = "lapsed"


class OfferStatus(StrEnum):
    """open until the patient accepts or declines, nobody answers in time, or the desk takes it back."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
