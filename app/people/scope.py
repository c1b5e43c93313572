"""Which clinics, staff, doctors and patients an actor may see."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ColumnElement, and_, false, or_, select, true

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


def within_reach(
    clinic_id: ColumnElement[int] | ColumnElement[int | None], actor: Actor, *roles: Role
) -> ColumnElement[bool]:
    """`clinic_id` is one of the actor's clinics, with `roles` one where they hold such a role; nobody's without any."""
    if actor.everywhere:
        return true()
    clinics = actor.clinics_as(*roles) if roles else actor.clinic_ids
    return clinic_id.in_(sorted(clinics)) if clinics else false()


def of_desk_or_own(model: type[Any], actor: Actor, own: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """Reception: all rows of its clinics. A doctor: the `own` ones (else by `doctor_id`), where they work."""
    at_desk = within_reach(model.clinic_id, actor, Role.RECEPTIONIST)
    if actor.everywhere or actor.doctor_id is None:
        return at_desk
    own = model.doctor_id == actor.doctor_id if own is None else own
    return or_(at_desk, and_(within_reach(model.clinic_id, actor, Role.DOCTOR), own))


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


@scope.policy(RoleRow)
def _roles(actor: Actor) -> ColumnElement[bool]:
    """The product's own; Flask-AppBuilder keeps another for strangers, which grants nothing."""
    return RoleRow.name.in_(list(Role)) if actor.everywhere else false()


@scope.policy(Patient)
def _patients(actor: Actor) -> ColumnElement[bool]:
    """Reception: all of its clinics. A doctor: whom they treat or have booked, in clinics where they work."""
    treated = select(DoctorPatient.patient_id).where(DoctorPatient.doctor_id == actor.doctor_id)
    return of_desk_or_own(Patient, actor, Patient.id.in_(treated))
