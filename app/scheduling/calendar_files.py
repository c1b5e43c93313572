"""The calendar files of appointments: a doctor's feed, read by its token, and the file of one appointment."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any, Final

from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import case, or_, select
from sqlalchemy.orm import joinedload

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.tokens import hash_of
from app.people.models import Clinic, Doctor, DoctorClinic, Service, UserPreference
from app.people.patient_models import Patient
from app.people.roles import Role
from app.people.settings import settings_of
from app.scheduling.calendar_texts import OF_DOCTOR, Fixture, Place, Translate, of_doctor, of_patient, organizer_of
from app.scheduling.ical import Entry, Feed, feed_file, published_file
from app.scheduling.models import Appointment, CalendarFeed
from app.scheduling.states import AppointmentStatus

DAYS_BACK: Final = 30
DAYS_AHEAD: Final = 730  # the farthest horizon that a clinic can set
MOST_ENTRIES: Final = 3000

Translator = Callable[[str], Translate]


@dataclass(frozen=True, slots=True)
class Wording:
    """How files are written here: `translator` gives the translation into a language, `public_url` is the
    installation's address, `sender` whom its mail comes from.
    """

    translator: Translator
    public_url: str
    sender: str


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """A feed that may be read, and what was kept when it was last read."""

    id: int
    doctor_id: int
    doctor_name: str
    language: str | None
    last_used_at: datetime | None
    content_hash: str | None
    content_changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Workplace:
    place: Place
    zone: str
    language: str
    room: str | None
    shows_names: bool


def find_open_feed(token: str) -> OpenFeed | None:
    """The feed of an active doctor, whose user, if any, may sign in as a doctor; None for any other token."""
    may_sign_in = User.active & User.roles.any(RoleRow.name == Role.DOCTOR)
    query = (
        select(
            CalendarFeed.id,
            Doctor.id,
            Doctor.name,
            UserPreference.language,
            CalendarFeed.last_used_at,
            CalendarFeed.content_hash,
            CalendarFeed.content_changed_at,
        )
        .join(Doctor, Doctor.id == CalendarFeed.doctor_id)
        .outerjoin(User, User.id == Doctor.user_id)
        .outerjoin(UserPreference, UserPreference.user_id == User.id)
        .where(CalendarFeed.token_hash == hash_of(token), Doctor.is_active)
        .where(or_(Doctor.user_id.is_(None), may_sign_in))
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else OpenFeed(*row)


def feed_of(feed: OpenFeed, *, wording: Wording, now: datetime) -> Feed:
    """The doctor's calendar at all clinics where they work, in their language, else in that of the first clinic.

    The number of statements is the same for any number of appointments and clinics. Whatever else takes a doctor's
    days (leave, say) joins the entries here.
    """
    places = _workplaces(feed.doctor_id)
    languages = [place.language for place in places.values()]
    translate = wording.translator(feed.language or next(iter(languages), "en"))
    zones = {place.zone for place in places.values()}
    return Feed(
        name=translate(OF_DOCTOR) % {"doctor": feed.doctor_name},
        zone=zones.pop() if len(zones) == 1 else None,
        entries=_appointments(feed, places, wording.public_url, _remembered(translate), now),
    )


def written(feed: Feed) -> bytes:
    """The feed's file."""
    pieces = []
    for piece in feed_file(feed):
        pieces.append(piece)
        time.sleep(0)  # writing takes the processor for itself: let the other requests of a gevent process go on
    return b"".join(pieces)


def appointment_file(
    appointment_id: int, *, language: str | None = None, wording: Wording, actor: Actor, now: datetime
) -> bytes:
    """One appointment for its patient's calendar, in `language`, else the patient's, else the clinic's.

    Refuses: NotFound.
    """
    row = scope.get(Appointment, appointment_id, actor=actor, options=_RELATED)
    return _published([row], language, wording, now)


def series_file(
    appointment_id: int, *, language: str | None = None, wording: Wording, actor: Actor, now: datetime
) -> bytes:
    """All appointments of one's series for its patient's calendar, as `appointment_file`, without mere requests.

    Refuses: NotFound.
    """
    series_id = scope.get(Appointment, appointment_id, actor=actor).series_id
    query = (
        scope.rows(Appointment, actor)
        .where(Appointment.series_id == series_id, Appointment.status != AppointmentStatus.REQUESTED)
        .order_by(Appointment.starts_at, Appointment.id)
        .options(*_RELATED)
    )
    return _published(db.session.scalars(query).all(), language, wording, now)


_RELATED: Final = tuple(
    joinedload(one) for one in (Appointment.clinic, Appointment.doctor, Appointment.service, Appointment.patient)
)


def _published(rows: Sequence[Appointment], language: str | None, wording: Wording, now: datetime) -> bytes:
    """One patient's appointments, of one clinic."""
    clinic, patient = rows[0].clinic, rows[0].patient
    place = Place(clinic.name, clinic.address, clinic.phone)
    translate = _remembered(wording.translator(language or patient.language or clinic.language))
    entries = [
        of_patient(
            Fixture(row.id, row.starts_at, row.ends_at, row.status, row.revision, row.created_at, row.updated_at),
            service=row.service.name,
            doctor=row.doctor.name,
            place=place,
            public_url=wording.public_url,
            translate=translate,
        )
        for row in rows
    ]
    sender = parseaddr(wording.sender)[1]
    return published_file(entries, organizer_of(place, clinic.email, sender=sender), now=now)


def _workplaces(doctor_id: int) -> dict[int, Workplace]:
    """Where the doctor works, by the clinic's id, in the order of the clinics."""
    query = (
        select(Clinic.id, Clinic.name, Clinic.address, Clinic.timezone, Clinic.language, DoctorClinic.room)
        .join(DoctorClinic, DoctorClinic.clinic_id == Clinic.id)
        .where(DoctorClinic.doctor_id == doctor_id)
        .order_by(Clinic.id)
    )
    rows = db.session.execute(query).all()
    settings = settings_of([row.id for row in rows])
    return {
        row.id: Workplace(
            Place(row.name, row.address), row.timezone, row.language, row.room, settings[row.id].feed_shows_names
        )
        for row in rows
    }


def _appointments(
    feed: OpenFeed, places: dict[int, Workplace], public_url: str, translate: Translate, now: datetime
) -> tuple[Entry, ...]:
    """From the days behind to those ahead, the soonest first; names leave the database only where they may."""
    as_doctor = Actor(
        feed.doctor_name, roles=frozenset({Role.DOCTOR}), clinic_ids=frozenset(places), doctor_id=feed.doctor_id
    )
    named = [clinic_id for clinic_id, place in places.items() if place.shows_names]
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)  # the same file all day
    query = (
        select(*_FIXTURE, Appointment.clinic_id, Service.name, case((Appointment.clinic_id.in_(named), Patient.name)))
        .join(Service, Service.id == Appointment.service_id)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(scope.visible(Appointment, as_doctor), ~Appointment.is_historic)
        .where(Appointment.starts_at >= today - timedelta(days=DAYS_BACK))
        .where(Appointment.starts_at < today + timedelta(days=DAYS_AHEAD + 1))
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(MOST_ENTRIES)
    )
    return tuple(
        of_doctor(
            Fixture(*fixture),
            service=service,
            room=places[clinic_id].room,
            patient=patient,
            place=places[clinic_id].place,
            public_url=public_url,
            translate=translate,
        )
        for *fixture, clinic_id, service, patient in db.session.execute(query)
    )


_FIXTURE: Final[tuple[Any, ...]] = (
    Appointment.id,
    Appointment.starts_at,
    Appointment.ends_at,
    Appointment.status,
    Appointment.revision,
    Appointment.created_at,
    Appointment.updated_at,
)


def _remembered(translate: Translate) -> Translate:
    """Each text is looked up once for a file, not once for each of its entries."""
    known: dict[str, str] = {}

    def remembered(text: str) -> str:
        if text not in known:
            known[text] = translate(text)
        return known[text]

    return remembered
