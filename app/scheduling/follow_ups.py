"""Follow-ups: appointments soon after the patient was last seen by the same doctor, for which a clinic may ask less."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, column, func, select, table

from app.kernel.clock import clinic_day, day_bounds
from app.kernel.db import db
from app.people.models import Clinic
from app.people.settings import get_settings
from app.scheduling.errors import NotAFollowUp
from app.scheduling.models import Appointment
from app.scheduling.rules import counts_as_follow_up, is_follow_up_type
from app.scheduling.states import AppointmentStatus

# The queue is another domain's, above this one; only when a patient was seen is read.
_VISIT = table(
    "visit",
    *(column(name) for name in ("clinic_id", "patient_id", "doctor_id", "appointment_id", "status")),
    column("business_date", Date),
)


def find_followed_day(
    clinic: Clinic, *, doctor_id: int, patient_id: int, day: date, appointment_id: int | None = None
) -> date | None:
    """The clinic's day on which the doctor last saw the patient, where an appointment on `day` counts as a follow-up.

    What `appointment_id` itself became is not looked at. None where the clinic has no follow-ups.
    """
    window = get_settings(clinic.id).followup_days
    if not window:
        return None
    last = _last_seen(clinic, doctor_id, patient_id, day, without=appointment_id)
    return last if counts_as_follow_up(last, day, window_days=window) else None


def followed_day(appointment: Appointment) -> date | None:
    """The day of the visit that the appointment follows, or None."""
    return find_followed_day(
        appointment.clinic,
        doctor_id=appointment.doctor_id,
        patient_id=appointment.patient_id,
        day=clinic_day(appointment.starts_at, appointment.clinic.timezone),
        appointment_id=appointment.id,
    )


def ensure_type_fits(appointment: Appointment) -> None:
    """What is called a follow-up is one, where the clinic has them. Refuses: NotAFollowUp."""
    if not is_follow_up_type(appointment.type):
        return
    window = get_settings(appointment.clinic_id).followup_days
    if window and followed_day(appointment) is None:
        raise NotAFollowUp(field="type", days=window)


def _last_seen(clinic: Clinic, doctor_id: int, patient_id: int, day: date, *, without: int | None) -> date | None:
    """The last day, `day` at the latest, of a completed visit or of a completed appointment from an import."""
    visits = select(func.max(_VISIT.c.business_date)).where(
        _VISIT.c.clinic_id == clinic.id,
        _VISIT.c.patient_id == patient_id,
        _VISIT.c.doctor_id == doctor_id,
        _VISIT.c.status == "completed",
        _VISIT.c.appointment_id.is_(None) | (_VISIT.c.appointment_id != (without or 0)),
        _VISIT.c.business_date <= day,
    )
    appointments = select(func.max(Appointment.starts_at)).where(
        Appointment.clinic_id == clinic.id,
        Appointment.patient_id == patient_id,
        Appointment.doctor_id == doctor_id,
        Appointment.status == AppointmentStatus.COMPLETED,
        Appointment.id != (without or 0),
        Appointment.starts_at < day_bounds(day, clinic.timezone)[1],
    )
    seen, came = db.session.scalar(visits), db.session.scalar(appointments)
    days = [seen, clinic_day(came, clinic.timezone) if came is not None else None]
    return max((one for one in days if one is not None), default=None)
