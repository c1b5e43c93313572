"""What each notice says, from plain values, in the patient's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

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

Translate = Callable[[str], str]


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
class Notice:
    subject: str
    body: str


def confirmation(facts: AppointmentFacts, *, language: str, translate: Translate) -> Notice:
    """The notice that an appointment is confirmed; times on the clinic's wall, written as in `language`."""
    local = facts.starts_at.astimezone(ZoneInfo(facts.zone))
    place = ", ".join(line.strip() for line in (facts.clinic_address or "").splitlines() if line.strip())
    words = {
        "patient": facts.patient_name,
        "clinic": facts.clinic_name,
        "doctor": facts.doctor_name,
        "service": facts.service_name,
        "day": format_date(local.date(), "full", locale=language),
        "time": format_time(local, "short", locale=language),
        "zone": facts.zone,
        "place": place or facts.clinic_name,
        "contact": facts.clinic_phone or "",
    }
    return Notice(translate(CONFIRMED_SUBJECT) % words, (translate(CONFIRMED_BODY) % words).rstrip() + "\n")
