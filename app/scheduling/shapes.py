"""What appointments and slots look like from outside: the same in REST, in live events and in refusals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.scheduling.models import Appointment


def appointment_fields(appointment: Appointment, *, visit_id: int | None) -> dict[str, Any]:
    """The appointment as contract.md names its fields; times carry its clinic's offset."""
    zone = appointment.clinic.timezone
    return {
        "id": appointment.id,
        "clinic_id": appointment.clinic_id,
        "doctor_id": appointment.doctor_id,
        "service_id": appointment.service_id,
        "patient_id": appointment.patient_id,
        "patient_name": appointment.patient.name,
        "patient_phone": appointment.patient.phone,
        "starts_at": timestamp(appointment.starts_at, zone),
        "ends_at": timestamp(appointment.ends_at, zone),
        "status": appointment.status.value,
        "type": appointment.type,
        "source": appointment.source,
        "notes": appointment.notes,
        "cancelled_by": appointment.cancelled_by,
        "cancel_reason": appointment.cancel_reason,
        "external_id": appointment.external_id,
        "visit_id": visit_id,
        "series_id": appointment.series_id,
        "created_at": timestamp(appointment.created_at, zone),
        "updated_at": timestamp(appointment.updated_at, zone),
    }


def slot_fields(start: datetime, end: datetime, doctor_id: int, zone: str) -> dict[str, Any]:
    """A time that a patient can be given with a doctor."""
    return {"doctor_id": doctor_id, "start": timestamp(start, zone), "end": timestamp(end, zone)}


def timestamp(moment: datetime, zone: str) -> str:
    """ISO 8601 to the second, with the offset that the clinic's `zone` has at that moment."""
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
