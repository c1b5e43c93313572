"""A clinic day that plays by itself through the services of the desk: arrivals, calls, consultations, payments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Final

from sqlalchemy import exists, func, select

from app.billing.issuing import issue
from app.billing.models import Invoice
from app.billing.payments import take_payment
from app.billing.rules import balance
from app.billing.states import InvoiceStatus, PaymentMethod
from app.demo.history import NOTES
from app.frontdesk import arrivals, consultations, queue
from app.frontdesk.models import Visit
from app.frontdesk.requests import WalkIn
from app.frontdesk.states import ACTIVE, Phase, VisitStatus
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day, day_bounds
from app.kernel.db import db
from app.kernel.money import Money
from app.people.models import Clinic, Doctor, DoctorClinic, Service
from app.people.patient_models import Patient
from app.people.queries import list_doctors_of, offers
from app.people.roles import Role
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus

CROWD: Final = 8  # nobody else arrives while so many wait
WALK_INS: Final = 12  # in one day that is played


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that may happen next: who does it, what, and how likely it is beside the others."""

    actor: Actor
    carry_out: Callable[[datetime], str]
    weight: int


class Day:
    """The day of one clinic. `acts` reads what may happen now; each act is one transaction of whoever plays it."""

    def __init__(self, clinic_id: int, rng: Random) -> None:
        self.clinic_id, self._rng, self._walked_in = clinic_id, rng, 0
        doctors = [doctor.id for doctor in list_doctors_of(clinic_id)]
        services = db.session.scalars(select(Service.id).where(Service.clinic_id == clinic_id)).all()
        self._offered = [(one, two) for one in doctors for two in services if offers(one, two)]

    def acts(self, now: datetime) -> list[Act]:
        """Everything that may happen next; nothing once the day is over."""
        clinic = db.session.get_one(Clinic, self.clinic_id)
        active = self._active(clinic, now)
        acts = [*self._consulting(active), *self._calling(clinic, active), *self._paying(clinic)]
        waiting = sum(visit.status is VisitStatus.WAITING for visit in active)
        if waiting < CROWD:
            acts += self._arriving(clinic, now)
        if waiting < CROWD // 2 and self._walked_in < WALK_INS:
            acts += self._walking_in(clinic)
        return acts

    # -- with the doctor ---------------------------------------------------------------------------------------------

    def _active(self, clinic: Clinic, now: datetime) -> list[Visit]:
        query = select(Visit).where(
            Visit.clinic_id == clinic.id,
            Visit.business_date == clinic_day(now, clinic.timezone),
            Visit.status.in_(ACTIVE),
        )
        return list(db.session.scalars(query.order_by(Visit.check_in_time)))

    def _consulting(self, active: list[Visit]) -> Iterator[Act]:
        for visit in active:
            if visit.status is VisitStatus.IN_PROGRESS:
                yield Act(_doctor(visit.doctor_id), self._completion(visit.id), 1)
            elif visit.status is VisitStatus.CALLED:
                yield Act(_doctor(visit.doctor_id), self._entry(visit.id), 3)

    def _completion(self, visit_id: int) -> Callable[[datetime], str]:
        def complete(now: datetime) -> str:
            actor, notes = self._treating(visit_id), self._rng.choice(NOTES)
            visit = consultations.complete(visit_id, notes=notes, actor=actor, now=now)
            return f"{visit.doctor.name} has seen {visit.patient.name}"

        return complete

    def _entry(self, visit_id: int) -> Callable[[datetime], str]:
        def go_in(now: datetime) -> str:
            visit = queue.move(visit_id, Phase.WITH_DOCTOR, actor=self._treating(visit_id), now=now)
            return f"{visit.patient.name} goes in to {visit.doctor.name}"

        return go_in

    def _treating(self, visit_id: int) -> Actor:
        return _doctor(db.session.get_one(Visit, visit_id).doctor_id)

    def _calling(self, clinic: Clinic, active: list[Visit]) -> Iterator[Act]:
        """A doctor with nobody inside calls the next."""
        busy = {visit.doctor_id for visit in active if visit.status is not VisitStatus.WAITING}
        for doctor_id in sorted({visit.doctor_id for visit in active} - busy):
            actor = _doctor(doctor_id)

            def call(now: datetime, doctor_id: int = doctor_id, actor: Actor = actor) -> str:
                visit = queue.call_next(clinic.id, doctor_id, actor=actor, now=now)
                return f"{visit.doctor.name} calls number {visit.queue_number}, {visit.patient.name}"

            yield Act(actor, call, 3)

    # -- at the desk -------------------------------------------------------------------------------------------------

    def _arriving(self, clinic: Clinic, now: datetime) -> Iterator[Act]:
        start, end = day_bounds(clinic_day(now, clinic.timezone), clinic.timezone)
        due = select(Appointment.id).where(
            Appointment.clinic_id == clinic.id,
            Appointment.status == AppointmentStatus.CONFIRMED,
            Appointment.starts_at.between(start, end),
        )
        first = db.session.scalars(due.order_by(Appointment.starts_at).limit(1)).first()
        if first is not None:

            def arrive(now: datetime) -> str:
                visit = arrivals.check_in(first, actor=_reception(clinic), now=now)
                return f"{visit.patient.name} checks in and gets number {visit.queue_number}"

            yield Act(_reception(clinic), arrive, 4)

    def _walking_in(self, clinic: Clinic) -> Iterator[Act]:
        """Somebody comes without an appointment, to any of the doctors."""
        here = exists().where(Visit.patient_id == Patient.id, Visit.status.in_(ACTIVE))
        patients = select(Patient.id).where(Patient.clinic_id == clinic.id, Patient.is_active, ~here)
        known = db.session.scalars(patients.order_by(func.random()).limit(1)).first()
        if known is None or not self._offered:
            return
        doctor_id, service_id = self._rng.choice(self._offered)

        def come(now: datetime) -> str:
            asked = WalkIn(clinic_id=clinic.id, doctor_id=doctor_id, service_id=service_id, patient_id=known)
            visit = arrivals.walk_in(asked, actor=_reception(clinic), now=now)
            self._walked_in += 1
            return f"{visit.patient.name} walks in and gets number {visit.queue_number}"

        yield Act(_reception(clinic), come, 1)

    def _paying(self, clinic: Clinic) -> Iterator[Act]:
        drafts = select(Invoice.id).where(Invoice.clinic_id == clinic.id, Invoice.status == InvoiceStatus.DRAFT)
        draft = db.session.scalars(drafts.order_by(Invoice.id).limit(1)).first()
        if draft is not None:

            def pay(now: datetime) -> str:
                actor, method = _reception(clinic), self._rng.choice((PaymentMethod.CASH, PaymentMethod.CARD))
                invoice = issue(draft, actor=actor, now=now)
                due = balance(
                    invoice.status, Money(invoice.total_minor, invoice.currency), Money.zero(invoice.currency)
                )
                take_payment(invoice.id, due, method, actor=actor, now=now)
                return f"{invoice.patient.name} pays {due} {due.currency} for {invoice.number}"

            yield Act(_reception(clinic), pay, 2)


def choose(acts: list[Act], rng: Random) -> Act:
    return rng.choices(acts, [act.weight for act in acts])[0]


def demo_clinics() -> list[int]:
    """The ids of the clinics whose day is played."""
    return list(db.session.scalars(select(Clinic.id).where(Clinic.code.in_(("main", "riverside"))).order_by(Clinic.id)))


def _reception(clinic: Clinic) -> Actor:
    return Actor(
        name=f"Demo reception, {clinic.name}",
        roles=frozenset({Role.RECEPTIONIST}),
        clinic_ids=frozenset({clinic.id}),
    )


def _doctor(doctor_id: int) -> Actor:
    doctor = db.session.get_one(Doctor, doctor_id)
    places: Any = select(DoctorClinic.clinic_id).where(DoctorClinic.doctor_id == doctor_id)
    return Actor(
        name=doctor.name,
        user_id=doctor.user_id,
        roles=frozenset({Role.DOCTOR}),
        clinic_ids=frozenset(db.session.scalars(places)),
        doctor_id=doctor_id,
    )
