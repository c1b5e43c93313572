"""What appointments and slots look like from outside: the same in REST, in live events and in refusals."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.scheduling.diary import Diary
from app.scheduling.explaining import Explanation
from app.scheduling.models import Appointment, SlotHold


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


def hold_fields(held: SlotHold) -> dict[str, Any]:
    """A hold by the names of the booking that it is for; times carry its clinic's offset."""
    zone = held.clinic.timezone
    return {
        "id": held.id,
        "hold_id": held.id,
        "clinic_id": held.clinic_id,
        "doctor_id": held.doctor_id,
        "service_id": held.service_id,
        "starts_at": timestamp(held.starts_at, zone),
        "ends_at": timestamp(held.ends_at, zone),
        "expires_at": timestamp(held.expires_at, zone),
    }


def explanation_fields(why: Explanation, zone: str) -> dict[str, Any]:
    """Whether a time is offered and by which rules; the words are the reader's."""
    rules = [{name: _plain(value, zone) for name, value in fact.items()} for fact in why.facts]
    return {"offered": why.offered, "code": why.because.value, "rules": rules}


def _plain(value: Any, zone: str) -> Any:
    if isinstance(value, datetime):
        return timestamp(value, zone)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list):
        return [_plain(one, zone) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def slot_fields(start: datetime, end: datetime, doctor_id: int, zone: str) -> dict[str, Any]:
    """A time that a patient can be given with a doctor."""
    return {"doctor_id": doctor_id, "start": timestamp(start, zone), "end": timestamp(end, zone)}


def next_free_fields(diary: Diary, after: datetime) -> list[dict[str, Any]]:
    """The next few free times of a diary, from `after` on, as slots are written."""
    offer = diary.offer
    return [slot_fields(*slot, offer.doctor_id, offer.clinic.timezone) for slot in diary.next_free(after)]


def timestamp(moment: datetime, zone: str) -> str:
    """ISO 8601 to the second, with the offset that the clinic's `zone` has at that moment."""
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
