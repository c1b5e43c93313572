"""The waiting list: patients come onto it, change what they would take, and go off it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from app.kernel import db as database
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.kernel.errors import Stale
from app.people.models import Clinic
from app.people.queries import get_clinic
from app.people.roles import Role
from app.scheduling import waitlist_effects as effects
from app.scheduling.booking import get_locked, get_patient
from app.scheduling.errors import DoctorNotOffering
from app.scheduling.models import Appointment
from app.scheduling.offers import list_offers
from app.scheduling.rules import ensure_can_reschedule
from app.scheduling.states import WaitStatus
from app.scheduling.waitlist_answers import withdraw_from
from app.scheduling.waitlist_errors import AlreadyWaiting, HasAnOffer, NotTheirAppointment, WaitsSinceTheFuture
from app.scheduling.waitlist_models import WaitlistEntry
from app.scheduling.waitlist_offers import get_waiting
from app.scheduling.waitlist_queries import find_open_offer_id, list_lapsed
from app.scheduling.waitlist_requests import entry_changes, new_entry
from app.scheduling.waitlist_rules import ensure_wishes_make_sense

database.refuses("uq_waitlist_entry_waiting", AlreadyWaiting)


def add_entry(values: Mapping[str, object], *, actor: Actor, now: datetime) -> WaitlistEntry:
    """Put a patient on the waiting list, for a service or for an earlier time than that of an appointment.

    Refuses: Invalid with all problems, NotFound (clinic, appointment), NotAllowed, NoLongerOpen,
    NotTheirAppointment, UnknownPatient, PatientArchived, ClinicShut, ServiceNotOffered, DoctorNotOffering,
    DaysBackwards, TimesBackwards, WaitsSinceTheFuture, AlreadyWaiting.
    """
    asked = new_entry(values)
    if asked.get("appointment_id") is not None:
        asked |= _facts_of(get_locked(asked["appointment_id"], actor=actor), asked)
    clinic = get_clinic(asked["clinic_id"], actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic.id)
    entry = WaitlistEntry(**{"waiting_since": clinic_day(now, clinic.timezone), **asked}, status=WaitStatus.WAITING)
    with db.session.no_autoflush:
        get_patient(entry.patient_id, clinic, actor=actor)
        _ensure_offered(entry, clinic)
        _ensure_sense(entry, clinic, now)
        _ensure_waits_once(entry)
    db.session.add(entry)
    db.session.flush()
    effects.waitlist_changed(clinic.id)
    return entry


def change_entry(
    entry_id: int, values: Mapping[str, object], *, revision: int | None = None, actor: Actor, now: datetime
) -> WaitlistEntry:
    """Change what a waiting patient would take. Refuses as `add_entry` does; NotFound, Stale, NoLongerWaiting."""
    entry = get_waiting(entry_id, actor=actor)
    if revision is not None and revision != entry.revision:
        raise Stale
    with db.session.no_autoflush:
        changes = entry_changes(values)
        for name, value in changes.items():
            setattr(entry, name, value)
        if changes.get("doctor_id") is not None:
            _ensure_offered(entry, entry.clinic)
        _ensure_sense(entry, entry.clinic, now)
    db.session.flush()
    effects.waitlist_changed(entry.clinic_id)
    return entry


def remove_entry(entry_id: int, *, actor: Actor, now: datetime) -> WaitlistEntry:
    """Take a patient off the waiting list; a time that is being offered to them goes to the next.

    Refuses: NotFound, NotAllowed, NoLongerWaiting; HasAnOffer where one was made at this very moment.
    """
    withdraw_from(entry_id, actor=actor, now=now)
    entry = get_waiting(entry_id, actor=actor)
    if find_open_offer_id(entry.id) is not None:  # made between the two: its row is locked before the entry's
        raise HasAnOffer
    entry.status = WaitStatus.REMOVED
    db.session.flush()
    effects.waitlist_changed(entry.clinic_id)
    return entry


def lapse_entries(clinic_id: int, *, actor: Actor, now: datetime) -> int:
    """Take those off a clinic's list for whom nothing can come any more; how many.

    Their last day has passed, their own appointment is over or called off, the patient's record is archived, or the
    service is no longer offered. What somebody is just dealing with is left to the next sweep.
    Refuses: NotFound (clinic), NotAllowed.
    """
    actor.require_role(Role.ADMIN)
    today = clinic_day(now, get_clinic(clinic_id, actor=actor).timezone)
    entries = list_lapsed(clinic_id, today, now=now)
    for entry in entries:
        entry.status = WaitStatus.LAPSED
    if entries:
        db.session.flush()
        effects.waitlist_changed(clinic_id)
    return len(entries)


def _facts_of(appointment: Appointment, asked: Mapping[str, object]) -> dict[str, int]:
    """Clinic, patient and service of an appointment that may still be moved, where nothing else is asked for.

    Refuses: NoLongerOpen, NotTheirAppointment.
    """
    ensure_can_reschedule(appointment.status)
    facts = {name: getattr(appointment, name) for name in ("clinic_id", "patient_id", "service_id")}
    if any(asked.get(name) not in {None, value} for name, value in facts.items()):
        raise NotTheirAppointment(field="appointment_id")
    return facts


def _ensure_offered(entry: WaitlistEntry, clinic: Clinic) -> None:
    """The clinic has the service, with the doctor who is wished for.

    Refuses: ClinicShut, ServiceNotOffered, DoctorNotOffering.
    """
    if not list_offers(clinic, entry.service_id, doctor_id=entry.doctor_id) and entry.doctor_id is not None:
        raise DoctorNotOffering(field="doctor_id")


def _ensure_sense(entry: WaitlistEntry, clinic: Clinic, now: datetime) -> None:
    """Refuses: DaysBackwards, TimesBackwards, WaitsSinceTheFuture."""
    ensure_wishes_make_sense(entry.from_day, entry.to_day, entry.from_time, entry.to_time)
    if entry.waiting_since > clinic_day(now, clinic.timezone):
        raise WaitsSinceTheFuture(field="waiting_since")


def _ensure_waits_once(entry: WaitlistEntry) -> None:
    existing = select(WaitlistEntry.id).where(
        WaitlistEntry.patient_id == entry.patient_id,
        WaitlistEntry.service_id == entry.service_id,
        WaitlistEntry.status == WaitStatus.WAITING,
    )
    if (found := db.session.scalar(existing)) is not None:
        raise AlreadyWaiting(field="patient_id", existing_id=found)
