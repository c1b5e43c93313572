"""What patients are told: an appointment is confirmed, moved, one of a series; a time is offered to who waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.kernel.db import db
from app.messaging.models import Notification
from app.messaging.notifications import write_once
from app.messaging.texts import (
    AppointmentFacts,
    Before,
    Notice,
    OfferFacts,
    Translator,
    confirmation,
    move,
    offered,
    series_confirmation,
)
from app.people.models import Clinic, Doctor, Service
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from app.scheduling.states import OPEN, AppointmentStatus
from app.scheduling.waitlist_queries import find_offer, is_answerable

CONFIRMED = "appointment_confirmed"
SERIES_CONFIRMED = "series_confirmed"
MOVED = "appointment_moved"
OFFERED = "waitlist_offered"

_RELATED: Final = tuple(
    joinedload(one) for one in (Appointment.patient, Appointment.clinic, Appointment.doctor, Appointment.service)
)


@dataclass(frozen=True, slots=True)
class Move:
    """One move of an appointment, from where to where; `revision` is the one that came of it, and names the move."""

    appointment_id: int
    revision: int
    from_time: datetime
    from_doctor_id: int
    to_time: datetime
    to_doctor_id: int
    doctor_away: bool = False


def notify_of_confirmation(appointment_id: int, *, translator: Translator) -> Notification | None:
    """Write the notice that this appointment is confirmed, once for each time it is set to; else None.

    `translator` gives the translation into a language.
    Without an e-mail address the notice is kept as suppressed, so that the desk sees who was not told.
    """
    appointment = _find(appointment_id)
    if appointment is None or appointment.status is not AppointmentStatus.CONFIRMED:
        return None

    def text(language: str) -> Notice:
        return confirmation(_facts(appointment), language=language, translate=translator(language))

    occasion = f"confirmed:{appointment.id}:{appointment.starts_at:%Y%m%dT%H%M}"
    return write_once(appointment.patient, CONFIRMED, occasion, text, appointment_id=appointment.id)


def notify_of_series(series_id: int, *, translator: Translator) -> Notification | None:
    """Write the notice of those appointments of a series that are confirmed, once; None where there is none by now.

    It is about the first of them, whose series its calendar file is of.
    """
    query = select(Appointment).where(
        Appointment.series_id == series_id, Appointment.status == AppointmentStatus.CONFIRMED
    )
    rows = db.session.scalars(query.order_by(Appointment.starts_at, Appointment.id).options(*_RELATED)).all()
    if not rows:
        return None
    starts = [row.starts_at for row in rows]

    def text(language: str) -> Notice:
        return series_confirmation(_facts(rows[0]), starts, language=language, translate=translator(language))

    occasion = f"series_confirmed:{series_id}"
    return write_once(rows[0].patient, SERIES_CONFIRMED, occasion, text, appointment_id=rows[0].id)


def notify_of_move(moved: Move, *, translator: Translator) -> Notification | None:
    """Write the notice of this one move, as `notify_of_confirmation` does; None where the appointment is off by now.

    It says what this move did, whatever has come after it: that has a notice of its own.
    """
    appointment = _find(moved.appointment_id)
    if appointment is None or appointment.status not in OPEN:
        return None
    doctors = select(Doctor.id, Doctor.name).where(Doctor.id.in_([moved.from_doctor_id, moved.to_doctor_id]))
    names = {doctor_id: name for doctor_id, name in db.session.execute(doctors)}  # noqa: C416 - rows
    facts = replace(_facts(appointment), starts_at=moved.to_time, doctor_name=names[moved.to_doctor_id])
    before = Before(
        moved.from_time,
        names[moved.from_doctor_id] if moved.from_doctor_id != moved.to_doctor_id else None,
        doctor_away=moved.doctor_away,
        still_requested=appointment.status is AppointmentStatus.REQUESTED,
    )

    def text(language: str) -> Notice:
        return move(facts, before, language=language, translate=translator(language))

    occasion = f"moved:{appointment.id}:{moved.revision}"
    return write_once(appointment.patient, MOVED, occasion, text, appointment_id=appointment.id)


def notify_of_offer(offer_id: int, *, translator: Translator, now: datetime) -> Notification | None:
    """Write the notice that a time has become free for somebody on the waiting list; None where the offer is over.

    The private address of its answer is not written down: `texts.LINK` stands for it until the notice is sent.
    """
    offer = find_offer(offer_id)
    if offer is None or not is_answerable(offer, now):
        return None
    entry = offer.entry
    facts = OfferFacts(
        _facts_of(entry.patient, offer.clinic, offer.doctor, entry.service, offer.starts_at),
        answer_until=offer.expires_at,
        instead_of=entry.appointment.starts_at if entry.appointment else None,
    )

    def text(language: str) -> Notice:
        return offered(facts, language=language, translate=translator(language))

    return write_once(entry.patient, OFFERED, f"offered:{offer.id}", text, offer_id=offer.id)


def _find(appointment_id: int) -> Appointment | None:
    query = select(Appointment).where(Appointment.id == appointment_id).options(*_RELATED)
    found: Appointment | None = db.session.scalars(query).one_or_none()
    return found


def _facts(appointment: Appointment) -> AppointmentFacts:
    about = appointment.patient, appointment.clinic, appointment.doctor, appointment.service
    return _facts_of(*about, appointment.starts_at)


def _facts_of(
    patient: Patient, clinic: Clinic, doctor: Doctor, service: Service, starts_at: datetime
) -> AppointmentFacts:
    return AppointmentFacts(
        patient_name=patient.name,
        clinic_name=clinic.name,
        clinic_address=clinic.address,
        clinic_phone=clinic.phone,
        doctor_name=doctor.name,
        service_name=service.name,
        starts_at=starts_at,
        zone=clinic.timezone,
    )
