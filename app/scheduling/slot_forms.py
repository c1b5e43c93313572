"""The free times beside the booking form on a page without a script; with one, `frontend/src/slots.js` asks the API."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext

from app.kernel.clock import clinic_day, now
from app.kernel.errors import Refusal
from app.scheduling.follow_ups import find_followed_day
from app.scheduling.queries import free_slots
from app.scheduling.slots import NoSlots
from app.web.security import current_actor
from app.web.zones import on_wall, page_zone

WALL = "%Y-%m-%dT%H:%M"
FARTHEST = timedelta(days=1000)  # of what is booked; a slip of the keyboard may name a day that no zone knows


@dataclass(frozen=True)
class FreeTime:
    """A time on the clinic's wall, and what the form sends to take it."""

    start: datetime
    doctor_id: int
    doctor: str
    zone: str

    @property
    def choice(self) -> str:
        return f"{on_wall(self.start, self.zone):{WALL}}/{self.doctor_id}"


@dataclass(frozen=True)
class FreeTimes:
    times: list[FreeTime]
    reason: NoSlots | None


def free_times(form: Any) -> FreeTimes | None:
    """The free times of what the form has chosen, on its day or else today; None until clinic and service are."""
    clinic, service, doctor = (form[name].data for name in ("clinic", "service", "doctor"))
    if clinic is None or service is None:
        return None
    wanted = form["starts_at"].data
    day = wanted.date() if isinstance(wanted, datetime) else clinic_day(now(), clinic.timezone)
    doctor_id = doctor.id if doctor is not None else None
    with suppress(Refusal):
        answer = free_slots(clinic.id, service.id, doctor_id, day, day, actor=current_actor(), now=now())
        names = {choice.value: str(choice.label) for choice in form["doctor"].iter_choices()}
        times = [FreeTime(start, one, names.get(str(one), ""), answer.zone) for start, _end, one in answer.slots]
        return FreeTimes(times, answer.reason)
    return None


def follow_up_in_form(form: Any) -> date | None:
    """The visit that the form's patient would follow up with its doctor, on its day or else today."""
    patient, clinic, doctor = (form[name].data for name in ("patient", "clinic", "doctor"))
    if patient is None or clinic is None or doctor is None:
        return None
    wanted = form["starts_at"].data
    today = clinic_day(now(), clinic.timezone)
    day = wanted.date() if isinstance(wanted, datetime) else today
    if abs(day - today) > FARTHEST:
        return None
    return find_followed_day(clinic, doctor_id=doctor.id, patient_id=patient.id, day=day)


def slot_words() -> dict[str, str]:
    """What the panel says where it has no times, by reason; and the page's today."""
    return {
        "choose": gettext("Choose the service to see the free times."),
        "failed": gettext("The free times could not be read. Try again."),
        NoSlots.NO_AVAILABILITY: gettext("Nobody works then."),
        NoSlots.FULLY_BOOKED: gettext("Everything is booked on that day."),
        NoSlots.TOO_SOON: gettext("It is too late to book on that day."),
        NoSlots.TOO_FAR: gettext("That day is too far ahead to book."),
        NoSlots.HOLIDAY: gettext("The clinic is closed on that day."),
        "today": clinic_day(now(), page_zone()).isoformat(),
    }


def take_choice(form: Any, choice: str) -> None:
    """Put a chosen time and its doctor into the form; what cannot be read leaves it as it is."""
    wall, _, doctor_id = choice.partition("/")
    if not doctor_id:
        return
    with suppress(ValueError):
        for name, value in (("starts_at", wall), ("doctor", doctor_id)):
            form[name].process_formdata([value])
            form[name].raw_data = [value]
