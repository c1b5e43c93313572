"""What has become of an appointment: its entries of the audit log, as far as its readers may know them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from app.kernel.db import db
from app.kernel.models import AuditEntry
from app.people.models import Doctor
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus

MOST: Final = 50


@dataclass(frozen=True)
class Change:
    """One thing that somebody did: `what` is booked, status, starts_at, ends_at, doctor or notes, `to` its new value.

    The end is named where it alone has changed.
    """

    at: datetime
    who: str
    what: str
    to: AppointmentStatus | datetime | str | None


def list_changes(appointment: Appointment) -> list[Change]:
    """The newest changes first; for a reader who has the appointment in reach."""
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.entity == Appointment.__tablename__, AuditEntry.entity_id == str(appointment.id))
        .order_by(AuditEntry.id.desc())
        .limit(MOST)
    ).all()
    doctors = {number for entry in entries if (number := (entry.after or {}).get("doctor_id"))}
    names = dict(map(tuple, db.session.execute(select(Doctor.id, Doctor.name).where(Doctor.id.in_(doctors)))))
    return [Change(entry.at, entry.actor_name, *fact) for entry in entries for fact in _facts(entry, names)]


def _facts(entry: AuditEntry, doctors: dict[int, str]) -> Iterator[tuple[str, Any]]:
    after = entry.after or {}
    if entry.action == "create":
        yield "booked", datetime.fromisoformat(after["starts_at"])
        return
    if "status" in after:
        yield "status", AppointmentStatus(after["status"])
    if "starts_at" in after:
        yield "starts_at", datetime.fromisoformat(after["starts_at"])
    elif "ends_at" in after:
        yield "ends_at", datetime.fromisoformat(after["ends_at"])
    if "doctor_id" in after:
        yield "doctor", doctors.get(after["doctor_id"])
    if after.keys() & {"notes", "type"}:
        yield "notes", None
