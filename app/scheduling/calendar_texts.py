"""What calendar files say of appointments, from plain values, in their reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from app.kernel.errors import N_
from app.scheduling.ical import Entry, Organizer, Standing
from app.scheduling.states import AppointmentStatus

OF_DOCTOR = N_("Appointments of %(doctor)s")
ROOM = N_("Room %(room)s")
CANCELLED = N_("Cancelled: %(what)s")
AT_CLINIC = N_("Appointment at %(clinic)s")
WITH = N_("%(service)s with %(doctor)s")
PHONE = N_("Phone: %(phone)s")

Translate = Callable[[str], str]

STANDINGS = {
    AppointmentStatus.REQUESTED: Standing.TENTATIVE,
    AppointmentStatus.CONFIRMED: Standing.CONFIRMED,
    AppointmentStatus.CHECKED_IN: Standing.CONFIRMED,
    AppointmentStatus.COMPLETED: Standing.CONFIRMED,
    AppointmentStatus.CANCELLED: Standing.CANCELLED,
    AppointmentStatus.NO_SHOW: Standing.CANCELLED,  # its time is the doctor's again
}


class Fixture(NamedTuple):
    """An appointment as calendars know it: times aware, `changed` its last change, `sequence` its revision."""

    id: int
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    sequence: int
    created: datetime
    changed: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A clinic by its name, address (lines) and phone."""

    name: str
    address: str | None
    phone: str | None = None

    def __str__(self) -> str:
        lines = [self.name, *(self.address or "").splitlines()]
        return ", ".join(line.strip(" ,") for line in lines if line.strip(" ,"))


def of_doctor(
    fixture: Fixture,
    *,
    service: str,
    room: str | None,
    patient: str | None,
    place: Place,
    public_url: str,
    translate: Translate,
) -> Entry:
    """The appointment in its doctor's calendar, with a way to its page; `patient` is None where no name may leave."""
    in_room = translate(ROOM) % {"room": room} if room else None
    what = " · ".join(part for part in (service, patient, in_room) if part)
    return _entry(
        fixture,
        summary=what,
        location=str(place),
        description="",
        url=f"{public_url}/appointments/show/{fixture.id}",
        private=True,
        public_url=public_url,
        translate=translate,
    )


def of_patient(
    fixture: Fixture, *, service: str, doctor: str, place: Place, public_url: str, translate: Translate
) -> Entry:
    """The appointment in its patient's calendar. What it is for stands below: others see the heading of a calendar."""
    lines = [translate(WITH) % {"service": service, "doctor": doctor}]
    if place.phone:
        lines.append(translate(PHONE) % {"phone": place.phone})
    return _entry(
        fixture,
        summary=translate(AT_CLINIC) % {"clinic": place.name},
        location=str(place),
        description="\n".join(lines),
        url="",
        private=False,
        public_url=public_url,
        translate=translate,
    )


def _entry(
    fixture: Fixture,
    *,
    summary: str,
    location: str,
    description: str,
    url: str,
    private: bool,
    public_url: str,
    translate: Translate,
) -> Entry:
    """Programs that do not know a state still read in the heading that it was cancelled."""
    standing = STANDINGS[fixture.status]
    called_off = standing is Standing.CANCELLED
    return Entry(
        uid=f"appointment-{fixture.id}@{urlsplit(public_url).hostname}",
        starts=fixture.starts_at,
        ends=fixture.ends_at,
        standing=standing,
        summary=translate(CANCELLED) % {"what": summary} if called_off else summary,
        location=location,
        sequence=fixture.sequence,
        created=fixture.created,
        changed=fixture.changed,
        description=description,
        url=url,
        private=private,
    )


def organizer_of(place: Place, email: str | None, *, sender: str) -> Organizer:
    """The clinic by its own address, else by `sender`, the address that the clinic's mail comes from."""
    return Organizer(place.name, f"mailto:{email or sender}")
