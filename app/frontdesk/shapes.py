"""What visits look like from outside: the same on the board, in REST and in live events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.frontdesk.models import VisitAmendment
from app.frontdesk.queries import Entry
from app.frontdesk.records import Record
from app.frontdesk.states import phase_of
from app.frontdesk.vitals import body_mass_index
from app.scheduling.shapes import timestamp


def visit_fields(entry: Entry, *, estimated_start: datetime | None = None) -> dict[str, Any]:
    """The visit as contract.md names its fields; times carry its clinic's offset."""

    def local(moment: datetime | None) -> str | None:
        return None if moment is None else timestamp(moment, entry.zone)

    return {
        "id": entry.id,
        "clinic_id": entry.clinic_id,
        "doctor_id": entry.doctor_id,
        "service_id": entry.service_id,
        "patient_id": entry.patient_id,
        "appointment_id": entry.appointment_id,
        "queue_number": entry.queue_number,
        "priority": entry.priority.value,
        "priority_reason": entry.priority_reason,
        "status": entry.status.value,
        "phase": phase_of(entry.status),
        "business_date": entry.business_date.isoformat(),
        "check_in_time": local(entry.check_in_time),
        "called_time": local(entry.called_time),
        "start_time": local(entry.start_time),
        "end_time": local(entry.end_time),
        "estimated_start": local(estimated_start),
        "created_at": local(entry.created_at),
        "updated_at": local(entry.updated_at),
        "appointment_time": local(entry.appointment_time),
        "patient_name": entry.patient_name,
        "service_name": entry.service_name,
        "doctor_name": entry.doctor_name,
        "room": entry.room,
    }


def record_fields(record: Record, zone: str) -> dict[str, Any]:
    """The record of a consultation, for the treating doctor; vital signs as numbers in their units."""
    index = body_mass_index(record.vitals)
    return {
        "revision": record.revision,
        "notes": record.notes or None,
        "private_notes": record.private_notes or None,
        "vitals": {name: float(value) for name, value in record.vitals.items()},
        "body_mass_index": None if index is None else float(index),
        "signed_at": None if record.signed_at is None else timestamp(record.signed_at, zone),
        "signed_by": record.signed_by,
    }


def amendment_fields(amendment: VisitAmendment, zone: str) -> dict[str, Any]:
    """What was added to a signed record, for the treating doctor."""
    return {
        "id": amendment.id,
        "author": amendment.author,
        "text": amendment.text,
        "is_private": amendment.is_private,
        "created_at": timestamp(amendment.created_at, zone),
    }
