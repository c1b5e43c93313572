"""What visits look like from outside: the same on the board, in REST and in live events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.frontdesk.queries import Entry
from app.frontdesk.states import phase_of
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
