"""What the acts on appointments share: an appointment is written down, takes another time, or takes its own again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from app.kernel.db import db
from app.people.patient_models import Patient
from app.people.patients import treat
from app.people.settings import get_settings
from app.scheduling import effects
from app.scheduling.busy_time import claim_doctor, ensure_still_free, free_time, take_time
from app.scheduling.follow_ups import ensure_type_fits
from app.scheduling.models import Appointment
from app.scheduling.offers import Offer, slot_settings
from app.scheduling.requests import Terms


def enter(
    offer: Offer,
    patient: Patient,
    starts: Iterable[datetime],
    terms: Terms,
    *,
    overbook_reason: str | None = None,
    series_id: int | None = None,
) -> list[Appointment]:
    """Write down appointments of a patient at times (aware) that were found free under `claim_doctor`.

    Whether the patient is told of confirmed ones is the caller's affair. Refuses: NotAFollowUp, SlotTaken.
    """
    begins = [starts_at.astimezone(UTC) for starts_at in starts]
    appointments = [
        Appointment(
            clinic=offer.clinic,
            doctor_id=offer.doctor_id,
            service=offer.service,
            patient=patient,
            starts_at=starts_at,
            ends_at=starts_at + offer.slots.duration,
            status=terms.status,
            type=terms.type,
            notes=terms.notes,
            source=terms.source,
            overbook_reason=overbook_reason,
            series_id=series_id,
        )
        for starts_at in begins
    ]
    db.session.add_all(appointments)
    db.session.flush()
    for appointment in appointments:
        ensure_type_fits(appointment)
    take_time(appointments, offer.slots)
    treat(offer.doctor_id, patient.id)
    for appointment in appointments:
        effects.appointment_created(appointment)
    return appointments


def change_time(
    appointment: Appointment, offer: Offer, starts_at: datetime, ends_at: datetime, *, overbook_reason: str | None
) -> None:
    """Give the time of a locked appointment back for another one that was found free under `claim_doctor`.

    What becomes free of the old one is offered to those who wait.
    """
    stays = (appointment.doctor_id, appointment.starts_at) == (offer.doctor_id, starts_at)
    if not stays or ends_at < appointment.ends_at:
        effects.time_freed(appointment, since=ends_at if stays else None)
    appointment.doctor_id = offer.doctor_id
    appointment.starts_at, appointment.ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    appointment.overbook_reason = overbook_reason
    free_time(appointment)
    take_time([appointment], offer.slots)
    effects.appointment_updated(appointment)


def retake_time(appointment: Appointment, *, now: datetime) -> None:
    """Make the doctor of a locked appointment busy again, where nobody else has the time. Refuses: SlotTaken."""
    claim_doctor(appointment.doctor_id, now=now)
    service, limits = appointment.service, get_settings(appointment.clinic_id)
    slots = slot_settings(service, service.duration_minutes, limits)
    if appointment.overbook_reason is None:  # an overbooked one never had the time to itself
        ensure_still_free(appointment, Offer(appointment.clinic, service, appointment.doctor_id, slots), now=now)
    take_time([appointment], slots)
