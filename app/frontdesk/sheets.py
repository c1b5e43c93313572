"""What the treating doctor reads about the patient at hand; clinical, for that doctor's eyes alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.frontdesk.board import get_board
from app.frontdesk.models import Visit
from app.frontdesk.queries import list_visits_with
from app.frontdesk.states import Phase
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotAllowed
from app.people.patient_models import Patient
from app.people.roles import Role

Payload = dict[str, Any]


def patient_card(visit: Visit) -> Payload:
    """Who the visit's patient is, for the treating doctor."""
    patient = db.session.get_one(Patient, visit.patient_id)
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
    """The doctor's earlier visits with the patient, the last ten, newest first."""
    return [
        {
            "id": earlier.id,
            "business_date": earlier.business_date.isoformat(),
            "service_name": earlier.service.name,
            "notes": earlier.notes,
        }
        for earlier in list_visits_with(visit.doctor_id, visit.patient_id)
    ]


@dataclass(frozen=True)
class Sheet:
    """A visit of a doctor with the patient, the doctor's earlier visits with them, and what was written so far."""

    visit: Payload
    patient: Payload
    history: list[Payload]
    notes: str


@dataclass(frozen=True)
class DoctorDay:
    """The boards of the clinics where the doctor works, own visits alone, and who is with the doctor now."""

    boards: list[Payload]
    present: list[Sheet]


def get_doctor_day(*, actor: Actor, now: datetime) -> DoctorDay:
    """The doctor's own day. Refuses: NotAllowed (who is no doctor)."""
    if actor.doctor_id is None:
        raise NotAllowed
    boards = [get_board(clinic_id, actor=actor, now=now) for clinic_id in sorted(actor.clinics_as(Role.DOCTOR))]
    return DoctorDay(boards, [_sheet(visit, actor) for visit in all_visits(boards, Phase.WITH_DOCTOR, actor)])


def all_visits(boards: list[Payload], phase: Phase, actor: Actor) -> list[Payload]:
    """The doctor's own visits in a column of several boards."""
    return [visit for board in boards for visit in board["phases"][phase] if visit["doctor_id"] == actor.doctor_id]


def _sheet(shown: Payload, actor: Actor) -> Sheet:
    visit = scope.get(Visit, shown["id"], actor=actor)
    return Sheet(shown, patient_card(visit), visit_history(visit), visit.notes or "")
