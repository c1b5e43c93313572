"""What each notice says, from plain values, in the patient's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from app.kernel.errors import N_

CONFIRMED_SUBJECT = N_("Your appointment at %(clinic)s is confirmed")
CONFIRMED_BODY = N_(
    """Dear %(patient)s,

your appointment is confirmed:

  When:   %(day)s, %(time)s (%(zone)s)
  What:   %(service)s
  With:   %(doctor)s
  Where:  %(place)s

If you cannot come, please let us know in good time.

%(clinic)s
%(contact)s
"""
)

SERIES_SUBJECT = N_("Your appointments at %(clinic)s are confirmed")
SERIES_BODY = N_(
    """Dear %(patient)s,

your appointments are confirmed (times of %(zone)s):

%(times)s

  What:   %(service)s
  With:   %(doctor)s
  Where:  %(place)s

If you cannot come to one of them, please let us know in good time.

%(clinic)s
%(contact)s
"""
)
SERIES_MORE = N_("and %(number)s more: all of them are in the attached calendar file")
SERIES_LISTED = 20

MOVED_SUBJECT = N_("Your appointment at %(clinic)s has been moved")
MOVED_BODY = N_(
    """Dear %(patient)s,

your appointment has been moved. %(notes)s

  Before: %(before)s
  Now:    %(day)s, %(time)s (%(zone)s)
  What:   %(service)s
  With:   %(doctor)s
  Where:  %(place)s

If you cannot come then, please let us know in good time.

%(clinic)s
%(contact)s
"""
)
WHEN = N_("%(day)s, %(time)s")
WHEN_AND_WITH_WHOM = N_("%(day)s, %(time)s, with %(doctor)s")
DOCTOR_AWAY = N_("The doctor is not available at that time.")  # and no more: why is nobody's business
STILL_REQUESTED = N_("It is not confirmed yet; we will write to you again.")

OFFERED_SUBJECT = N_("A time has become free at %(clinic)s")
OFFERED_BODY = N_(
    """Dear %(patient)s,

you are on our waiting list, and a time has become free:

  When:   %(day)s, %(time)s (%(zone)s)
  What:   %(service)s
  With:   %(doctor)s
  Where:  %(place)s
%(instead)s
It is kept for you until %(until)s. Please say here whether you take it:

  %(link)s

If we hear nothing from you by then, we ask the next person on the list.

%(clinic)s
%(contact)s
"""
)
INSTEAD_OF = N_("  Instead of: %(day)s, %(time)s")
LINK = "{link}"
"""Stands for a private address in a notice that is kept; it is put in when the notice is sent."""

Translate = Callable[[str], str]
Translator = Callable[[str], Translate]
"""The translation into a language."""


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """What a notice about an appointment may mention. `starts_at` is aware, `zone` the clinic's IANA name."""

    patient_name: str
    clinic_name: str
    clinic_address: str | None
    clinic_phone: str | None
    doctor_name: str
    service_name: str
    starts_at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Before:
    """Where a moved appointment was: `doctor_name` only where it was another doctor's.

    `doctor_away`: it was moved because its doctor is not there; `still_requested`: nobody has confirmed it yet.
    """

    starts_at: datetime
    doctor_name: str | None = None
    doctor_away: bool = False
    still_requested: bool = False


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What a notice about an offered time may mention: the time, until when it is kept, and what it would replace."""

    appointment: AppointmentFacts
    answer_until: datetime
    instead_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    subject: str
    body: str


def confirmation(facts: AppointmentFacts, *, language: str, translate: Translate) -> Notice:
    """The notice that an appointment is confirmed; times on the clinic's wall, written as in `language`."""
    words = _words(facts, language)
    return Notice(translate(CONFIRMED_SUBJECT) % words, _tidy(translate(CONFIRMED_BODY) % words))


def series_confirmation(
    facts: AppointmentFacts, starts: Sequence[datetime], *, language: str, translate: Translate
) -> Notice:
    """The notice that several appointments are confirmed, `facts` of the first; the first times, and how many more."""
    times = [translate(WHEN) % _wall(start, facts.zone, language) for start in starts[:SERIES_LISTED]]
    if more := len(starts) - len(times):
        times.append(translate(SERIES_MORE) % {"number": format_decimal(more, locale=language)})
    words = _words(facts, language) | {"times": "\n".join(f"  {line}" for line in times)}
    return Notice(translate(SERIES_SUBJECT) % words, _tidy(translate(SERIES_BODY) % words))


def move(facts: AppointmentFacts, before: Before, *, language: str, translate: Translate) -> Notice:
    """The notice that an appointment is now at the time of `facts`; times as in `confirmation`."""
    was = _wall(before.starts_at, facts.zone, language) | {"doctor": before.doctor_name or ""}
    notes = [DOCTOR_AWAY] * before.doctor_away + [STILL_REQUESTED] * before.still_requested
    words = _words(facts, language) | {
        "before": translate(WHEN_AND_WITH_WHOM if before.doctor_name else WHEN) % was,
        "notes": " ".join(translate(note) for note in notes),
    }
    return Notice(translate(MOVED_SUBJECT) % words, _tidy(translate(MOVED_BODY) % words))


def offered(facts: OfferFacts, *, language: str, translate: Translate) -> Notice:
    """The notice that a time is kept for somebody on the waiting list; `LINK` stands where it is answered."""
    zone = facts.appointment.zone
    until, offered_on = (_wall(moment, zone, language) for moment in (facts.answer_until, facts.appointment.starts_at))
    same_day = until["day"] == offered_on["day"]
    instead = facts.instead_of and translate(INSTEAD_OF) % _wall(facts.instead_of, zone, language)
    words = _words(facts.appointment, language) | {
        "instead": instead or "",
        "until": until["time"] if same_day else translate(WHEN) % until,
        "link": LINK,
    }
    return Notice(translate(OFFERED_SUBJECT) % words, _tidy(translate(OFFERED_BODY) % words))


def _words(facts: AppointmentFacts, language: str) -> dict[str, str]:
    place = ", ".join(line.strip() for line in (facts.clinic_address or "").splitlines() if line.strip())
    return {
        "patient": facts.patient_name,
        "clinic": facts.clinic_name,
        "doctor": facts.doctor_name,
        "service": facts.service_name,
        "zone": facts.zone,
        "place": place or facts.clinic_name,
        "contact": facts.clinic_phone or "",
    } | _wall(facts.starts_at, facts.zone, language)


def _wall(moment: datetime, zone: str, language: str) -> dict[str, str]:
    """The day and the time that the clinic's wall shows."""
    local = moment.astimezone(ZoneInfo(zone))
    return {
        "day": format_date(local.date(), "full", locale=language),
        "time": format_time(local, "short", locale=language),
    }


def _tidy(body: str) -> str:
    """Without the blanks and lines that nothing was put into."""
    return "\n".join(line.rstrip() for line in body.rstrip().splitlines()) + "\n"
