"""Which clinics, staff, doctors and patients an actor may see."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ColumnElement, false, or_, select, true

from app.kernel import scope
from app.kernel.actor import Actor
from app.people.models import (
    Clinic,
    Doctor,
    DoctorClinic,
    DoctorPatient,
    DoctorService,
    Holiday,
    Service,
    Setting,
    Specialty,
    StaffClinic,
)
from app.people.patient_models import Patient
from app.people.roles import Role


def within_reach(clinic_id: ColumnElement[int] | ColumnElement[int | None], actor: Actor) -> ColumnElement[bool]:
    """`clinic_id` is one of the actor's clinics; nobody's without any."""
    if actor.everywhere:
        return true()
    return clinic_id.in_(sorted(actor.clinic_ids)) if actor.clinic_ids else false()


@scope.policy(Clinic)
def _clinics(actor: Actor) -> ColumnElement[bool]:
    return within_reach(Clinic.id.expression, actor)


@scope.policy(Setting)
def _settings(actor: Actor) -> ColumnElement[bool]:
    return within_reach(Setting.clinic_id.expression, actor)


@scope.policy(Holiday)
def _holidays(actor: Actor) -> ColumnElement[bool]:
    return within_reach(Holiday.clinic_id.expression, actor)


@scope.policy(Service)
def _services(actor: Actor) -> ColumnElement[bool]:
    return within_reach(Service.clinic_id.expression, actor)


@scope.policy(DoctorService)
def _offers(actor: Actor) -> ColumnElement[bool]:
    if actor.everywhere:
        return true()
    return DoctorService.service_id.in_(select(Service.id).where(_services(actor)))


@scope.policy(Specialty)
def _specialties(actor: Actor) -> ColumnElement[bool]:
    """Words that all clinics share; nobody's without a clinic."""
    return true() if actor.everywhere or actor.clinic_ids else false()


@scope.policy(DoctorClinic)
def _workplaces(actor: Actor) -> ColumnElement[bool]:
    """Where else a doctor works is no other clinic's business."""
    return within_reach(DoctorClinic.clinic_id.expression, actor)


@scope.policy(Doctor)
def _doctors(actor: Actor) -> ColumnElement[bool]:
    """Whoever works at a clinic in reach, and a doctor's own record."""
    if actor.everywhere:
        return true()
    colleagues = Doctor.id.in_(select(DoctorClinic.doctor_id).where(_workplaces(actor)))
    return colleagues if actor.doctor_id is None else or_(colleagues, Doctor.id == actor.doctor_id)


@scope.policy(StaffClinic)
def _posts(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.everywhere else StaffClinic.user_id == actor.user_id


@scope.policy(User)
def _users(actor: Actor) -> ColumnElement[bool]:
    """Administrators alone; one's own name and password are changed through the own account."""
    return true() if actor.everywhere else false()


@scope.policy(Patient)
def _patients(actor: Actor) -> ColumnElement[bool]:
    """Reception: all of its clinics. A doctor: whom they treat or have booked, in clinics where they work."""
    if actor.everywhere:
        return true()
    in_clinic = within_reach(Patient.clinic_id.expression, actor)
    if actor.has_role(Role.RECEPTIONIST):
        return in_clinic
    if actor.doctor_id is None:
        return false()
    return in_clinic & Patient.id.in_(
        select(DoctorPatient.patient_id).where(DoctorPatient.doctor_id == actor.doctor_id)
    )
