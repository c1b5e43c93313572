"""A doctor's own patients: who they are, and what the doctor and they had to do with each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, select, union
from sqlalchemy.orm import aliased

from app.billing.earnings import own_doctor_id
from app.billing.models import Payment
from app.billing.states import RECEIVED_PAYMENT_STATUSES
from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.kernel.money import Money
from app.people.models import Clinic
from app.people.patient_models import Patient
from app.people.patient_queries import matching
from app.people.roles import Role
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus

ORDERS: Final = {"name": False, "appointments": True, "spend": True, "last_visit": True}
"""What a list of patients may be in the order of, and whether the largest comes first."""


@dataclass(frozen=True, slots=True)
class Dealings:
    """Of one patient with one doctor: appointments that are not cancelled, what was paid and kept, the last visit."""

    appointment_count: int
    spend: Money
    last_visit: date | None


def my_patients(
    *, search: str = "", order: str = "name", descending: bool = False, actor: Actor
) -> Select[tuple[Patient]]:
    """The patients with an appointment of the doctor that is not cancelled, or who walked in; to be paged.

    Refuses: NotFound (who has no doctor's record).
    """
    own_doctor_id(actor)
    column = Patient.id.expression
    query = scope.rows(Patient, actor).where(column.in_(union(_appointed_ids(actor), _seen_ids(actor))))
    if search:
        query = query.where(matching(search, actor.clinics_as(Role.DOCTOR)))
    return _ordered(query, order, actor, descending=descending)


def customers(*, search: str = "", actor: Actor) -> Select[tuple[Patient]]:
    """The patients with an appointment of the doctor that is not cancelled; of those who share an e-mail the first.

    Refuses: NotFound (who has no doctor's record).
    """
    own_doctor_id(actor)
    clinics, other = actor.clinics_as(Role.DOCTOR), aliased(Patient)

    def wanted(patient_id: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
        yield appointed(patient_id, actor)
        if search:
            yield matching(search, clinics, of=patient_id)

    earlier = exists().where(other.email == Patient.email, other.id < Patient.id, *wanted(other.id.expression))
    return scope.rows(Patient, actor).where(*wanted(Patient.id.expression), not_(earlier))


def find_customer(key: int | str, *, actor: Actor) -> Patient | None:
    """Who has this id or e-mail among the doctor's patients; the first of those who share the e-mail.

    Refuses: NotFound (who has no doctor's record).
    """
    query = scope.rows(Patient, actor).where(appointed(Patient.id.expression, actor))
    if isinstance(key, int):
        asked: Patient | None = db.session.scalars(query.where(Patient.id == key)).one_or_none()
        if asked is None or not asked.email:
            return asked
        key = asked.email
    own_doctor_id(actor)
    first: Patient | None = db.session.scalars(query.where(Patient.email == key).order_by(Patient.id).limit(1)).first()
    return first


def sharing_email(patients: Collection[Patient], *, actor: Actor) -> dict[int, list[Patient]]:
    """For each of these patients, by id, all of the doctor's who share the e-mail, itself at least, by id."""
    emails = {patient.email for patient in patients if patient.email}
    query = scope.rows(Patient, actor).where(Patient.email.in_(emails), appointed(Patient.id.expression, actor))
    by_email: dict[str | None, list[Patient]] = defaultdict(list)
    for found in db.session.scalars(query.order_by(Patient.id)) if emails else ():
        by_email[found.email].append(found)
    return {patient.id: by_email.get(patient.email) or [patient] for patient in patients}


def appointed(patient_id: ColumnElement[int], actor: Actor) -> ColumnElement[bool]:
    """The criterion for who has an appointment of the doctor that is not cancelled."""
    return patient_id.in_(_appointed_ids(actor))


def appointments_with(patient_ids: Collection[int], *, actor: Actor) -> Select[tuple[Appointment]]:
    """The doctor's appointments with these patients, cancelled ones too, newest first; to be paged."""
    query = scope.rows(Appointment, actor).where(Appointment.doctor_id == own_doctor_id(actor))
    query = query.where(Appointment.patient_id.in_(patient_ids))
    return query.order_by(Appointment.starts_at.desc(), Appointment.id.desc())


def payments_with(patient_ids: Collection[int], *, actor: Actor) -> Select[tuple[Payment]]:
    """What these patients paid for what the doctor did, newest first; to be paged."""
    query = scope.rows(Payment, actor).where(Payment.doctor_id == own_doctor_id(actor))
    query = query.where(Payment.patient_id.in_(patient_ids))
    return query.order_by(Payment.created_at.desc(), Payment.id.desc())


def visits_with(patient_id: int, *, actor: Actor) -> Select[tuple[Visit]]:
    """The patient's visits with the doctor, newest first; to be paged."""
    query = scope.rows(Visit, actor).where(Visit.doctor_id == own_doctor_id(actor), Visit.patient_id == patient_id)
    return query.order_by(Visit.check_in_time.desc(), Visit.id.desc())


def dealings_with(patient_ids: Sequence[int], *, actor: Actor) -> dict[int, Dealings]:
    """What the doctor had to do with each of these patients, in four statements however many there are."""
    places = select(Patient.id, Clinic.timezone, Clinic.currency).join(Clinic, Clinic.id == Patient.clinic_id)
    counts, spend, seen = _counts(patient_ids, actor), _spend(patient_ids, actor), _visit_days(patient_ids, actor)
    found: dict[int, Dealings] = {}
    for patient_id, zone, currency in db.session.execute(places.where(Patient.id.in_(patient_ids))):
        count, completed = counts.get(patient_id, (0, None))
        days = [clinic_day(completed, zone)] if completed else []
        days += [seen[patient_id]] if patient_id in seen else []
        money = spend.get(patient_id, Money.zero(currency))
        found[patient_id] = Dealings(count, money, max(days, default=None))
    return found


def _kept(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """The doctor's appointments that are not cancelled."""
    own, kept = Appointment.doctor_id == actor.doctor_id, Appointment.status != AppointmentStatus.CANCELLED
    return own, kept, scope.visible(Appointment, actor)


def _appointed_ids(actor: Actor) -> Select[int]:
    """Found once from the doctor's own rows: looked for patient by patient, a database may take the wrong index."""
    return select(Appointment.patient_id).where(*_kept(actor))


def _seen_ids(actor: Actor) -> Select[int]:
    own = (Visit.doctor_id == actor.doctor_id, Visit.status != VisitStatus.LEFT, scope.visible(Visit, actor))
    return select(Visit.patient_id).where(*own)


def _received(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    own, received = Payment.doctor_id == actor.doctor_id, Payment.status.in_(RECEIVED_PAYMENT_STATUSES)
    return own, received, scope.visible(Payment, actor)


def _completed_visits(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    own, completed = Visit.doctor_id == actor.doctor_id, Visit.status == VisitStatus.COMPLETED
    return own, completed, scope.visible(Visit, actor)


def _counts(patient_ids: Sequence[int], actor: Actor) -> dict[int, tuple[int, Any]]:
    """How many appointments, and when the last completed one was: an imported one has no visit."""
    ended = Appointment.status == AppointmentStatus.COMPLETED
    last = func.max(Appointment.starts_at, type_=Appointment.starts_at.type).filter(ended)
    query = select(Appointment.patient_id, func.count(), last).where(*_kept(actor))
    query = query.where(Appointment.patient_id.in_(patient_ids)).group_by(Appointment.patient_id)
    return {patient_id: (count, moment) for patient_id, count, moment in db.session.execute(query)}


def _spend(patient_ids: Sequence[int], actor: Actor) -> dict[int, Money]:
    """What was paid and not given back; a patient is of one clinic, so that it is in one currency."""
    kept = func.sum(Payment.amount_minor - Payment.refunded_minor)
    query = select(Payment.patient_id, Payment.currency, kept).where(*_received(actor))
    query = query.where(Payment.patient_id.in_(patient_ids)).group_by(Payment.patient_id, Payment.currency)
    return {patient_id: Money(int(minor), currency) for patient_id, currency, minor in db.session.execute(query)}


def _visit_days(patient_ids: Sequence[int], actor: Actor) -> dict[int, date]:
    query = select(Visit.patient_id, func.max(Visit.business_date)).where(*_completed_visits(actor))
    query = query.where(Visit.patient_id.in_(patient_ids)).group_by(Visit.patient_id)
    return {patient_id: day for patient_id, day in db.session.execute(query)}  # noqa: C416 - rows


def _ordered(query: Select[Any], order: str, actor: Actor, *, descending: bool) -> Select[Any]:
    """By name, or by what the doctor's own rows add up to: those are gone through once, for all patients together."""
    if order == "name":
        keys: tuple[Any, ...] = (Patient.name, Patient.id)
        return query.order_by(*(key.desc() for key in keys)) if descending else query.order_by(*keys)
    sums = {"appointments": _appointments_each, "spend": _spend_each, "last_visit": _last_visit_each}[order](actor)
    query = query.outerjoin(sums, sums.c.patient_id == Patient.id)
    value = sums.c.value.desc().nulls_last() if descending else sums.c.value.asc().nulls_first()
    return query.order_by(value, Patient.name, Patient.id)


def _appointments_each(actor: Actor) -> Any:
    query = select(Appointment.patient_id, func.count().label("value")).where(*_kept(actor))
    return query.group_by(Appointment.patient_id).subquery()


def _spend_each(actor: Actor) -> Any:
    kept = func.sum(Payment.amount_minor - Payment.refunded_minor).label("value")
    return select(Payment.patient_id, kept).where(*_received(actor)).group_by(Payment.patient_id).subquery()


def _last_visit_each(actor: Actor) -> Any:
    """The last completed visit; of imported appointments, which have none, the day that they began."""
    visits = select(Visit.patient_id, func.max(Visit.business_date).label("value"))
    visits = visits.where(*_completed_visits(actor)).group_by(Visit.patient_id)
    without = ~exists().where(Visit.appointment_id == Appointment.id)
    imported = select(Appointment.patient_id, func.max(func.date(Appointment.starts_at)).label("value")).where(
        *_kept(actor), and_(Appointment.status == AppointmentStatus.COMPLETED, without)
    )
    both = visits.union_all(imported.group_by(Appointment.patient_id)).subquery()
    return select(both.c.patient_id, func.max(both.c.value).label("value")).group_by(both.c.patient_id).subquery()
