"""What the treating doctor reads about the patient at hand; clinical, for that doctor's eyes alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.frontdesk.board import get_board, own_part
from app.frontdesk.models import Visit
from app.frontdesk.queries import list_visits_with
from app.frontdesk.records import amendments_of
from app.frontdesk.shapes import amendment_fields
from app.frontdesk.states import Phase
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotAllowed
from app.people.patient_models import Patient
from app.people.roles import Role

Payload = dict[str, Any]


def patient_card(visit: Visit) -> Payload:
    """Who the visit's patient is, for the treating doctor."""
    return card_of(db.session.get_one(Patient, visit.patient_id))


def card_of(patient: Patient) -> Payload:
    """What the treating doctor is to know of a patient."""
    return {
        "id": patient.id,
        "name": patient.name,
        "date_of_birth": patient.date_of_birth.isoformat() if patient.date_of_birth else None,
        "gender": patient.gender,
        "phone": patient.phone,
        "allergies": patient.allergies,
        "medical_history": patient.medical_history,
        "tags": patient.tags,
        "total_visits": patient.total_visits,
    }


def visit_history(visit: Visit) -> list[Payload]:
    """The doctor's earlier visits with the patient, the last ten, newest first; nothing that is private."""
    earlier = list_visits_with(visit.doctor_id, visit.patient_id)
    amendments = amendments_of([each.id for each in earlier], private=False)
    return [
        {
            "id": each.id,
            "business_date": each.business_date.isoformat(),
            "service_name": each.service.name,
            "notes": each.notes,
            "amendments": [amendment_fields(one, each.clinic.timezone) for one in amendments[each.id]],
        }
        for each in earlier
    ]


@dataclass(frozen=True)
class Present:
    """A visit of a doctor with the patient who is with them."""

    visit: Payload
    patient: Payload


@dataclass(frozen=True)
class DoctorDay:
    """The boards of the clinics where the doctor works, own visits alone, and who is with the doctor now."""

    boards: list[Payload]
    present: list[Present]


def list_own_boards(*, actor: Actor, now: datetime) -> list[Payload]:
    """The boards of the clinics where the doctor works, own visits alone. Refuses: NotAllowed (who is no doctor)."""
    if (doctor_id := actor.doctor_id) is None:
        raise NotAllowed
    clinics = sorted(actor.clinics_as(Role.DOCTOR))  # at whose desk the doctor may sit as well
    return [own_part(get_board(key, actor=actor, now=now), doctor_id) for key in clinics]


def with_doctor(boards: Iterable[Payload]) -> list[Payload]:
    """The visits of these boards that are with the doctor."""
    return [visit for board in boards for visit in board["phases"][Phase.WITH_DOCTOR]]


def get_doctor_day(*, actor: Actor, now: datetime) -> DoctorDay:
    """The doctor's own day. Refuses: NotAllowed (who is no doctor)."""
    boards = list_own_boards(actor=actor, now=now)
    inside = with_doctor(boards)
    patients = db.session.scalars(select(Patient).where(Patient.id.in_([visit["patient_id"] for visit in inside])))
    cards = {patient.id: card_of(patient) for patient in patients}
    return DoctorDay(boards, [Present(visit, cards[visit["patient_id"]]) for visit in inside])
