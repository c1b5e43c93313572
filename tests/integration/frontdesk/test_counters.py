"""A patient's counters and visit dates equal the rows, whatever the desk, the doctor and the clock do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.frontdesk import arrivals, consultations, queue
from app.frontdesk.counters import Tally, find_differences, recount
from app.frontdesk.models import Visit
from app.frontdesk.queue import end_day
from app.frontdesk.requests import WalkIn
from app.frontdesk.states import Phase, VisitStatus
from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.kernel.errors import Refusal
from app.people.patient_models import Patient
from app.scheduling import booking
from app.scheduling.models import Appointment
from app.scheduling.requests import BookingRequest
from app.scheduling.states import AppointmentStatus
from app.scheduling.tasks import settle_overdue
from tests.cast import Cast
from tests.factories import make_appointment, make_hours, make_patient

MONDAY = datetime(2030, 5, 6, 6, tzinfo=UTC)  # 8:00 in Berlin
OF_APPOINTMENTS: list[tuple[Any, dict[str, Any]]] = [
    (booking.confirm, {}),
    (booking.cancel, {"reason": "ill"}),
    (booking.mark_no_show, {}),
    (booking.undo_no_show, {}),
    (arrivals.check_in, {}),
]
OF_VISITS: list[tuple[Any, tuple[Any, ...]]] = [
    (queue.call, ()),
    (queue.move, (Phase.WITH_DOCTOR,)),
    (queue.move, (Phase.WAITING,)),
    (queue.leave, ()),
    (arrivals.undo_check_in, ("by mistake",)),
]


class Practice(RuleBasedStateMachine):
    """Random acts on three patients of one doctor over some days; each may be refused."""

    cast: Cast

    @initialize()
    def open(self) -> None:
        self.now = MONDAY
        self.patients = [make_patient(self.cast.main_clinic).id for _ in range(3)]
        self.appointments: list[int] = []
        self.visits: list[int] = []

    @rule(hours=st.integers(0, 7), patient=st.integers(0, 2), confirmed=st.booleans())
    def book(self, hours: int, patient: int, *, confirmed: bool) -> None:
        request = BookingRequest(
            clinic_id=self.cast.main_id,
            doctor_id=self.cast.doctor_id,
            service_id=self.cast.service_id,
            patient_id=self.patients[patient],
            starts_at=self.now + timedelta(minutes=30 * hours),
            status=AppointmentStatus.CONFIRMED if confirmed else AppointmentStatus.REQUESTED,
            overbook_reason="asked for",
        )
        self._take(self.appointments, self.attempt(booking.book, request))

    @rule(patient=st.integers(0, 2), days=st.integers(1, 400), status=st.sampled_from(list(AppointmentStatus)))
    def come_in_by_import(self, patient: int, days: int, status: AppointmentStatus) -> None:
        """A row of the past, counted as an import counts it."""
        row = db.session.get_one(Patient, self.patients[patient])
        then = MONDAY - timedelta(days=days)
        make_appointment(row, self.cast.doctor_row, self.cast.main_service, then, status=status, is_historic=True)
        with transaction(system("import")):
            recount([row.id], "Europe/Berlin")

    @rule(which=st.integers(0, 40), command=st.sampled_from(OF_APPOINTMENTS))
    def act_on_an_appointment(self, which: int, command: tuple[Any, dict[str, Any]]) -> None:
        if self.appointments:
            done = self.attempt(command[0], self.appointments[which % len(self.appointments)], **command[1])
            if isinstance(done, Visit):
                self._take(self.visits, done)

    @rule(patient=st.integers(0, 2))
    def walk_in(self, patient: int) -> None:
        request = WalkIn(
            clinic_id=self.cast.main_id,
            doctor_id=self.cast.doctor_id,
            service_id=self.cast.service_id,
            patient_id=self.patients[patient],
        )
        self._take(self.visits, self.attempt(arrivals.walk_in, request))

    @rule(which=st.integers(0, 40), command=st.sampled_from(OF_VISITS))
    def act_on_a_visit(self, which: int, command: tuple[Any, tuple[Any, ...]]) -> None:
        if self.visits:
            self.attempt(command[0], self.visits[which % len(self.visits)], *command[1])

    @rule(which=st.integers(0, 40))
    def complete(self, which: int) -> None:
        if self.visits:
            visit_id = self.visits[which % len(self.visits)]
            self.attempt(consultations.start, visit_id, actor=self.cast.doctor)
            self.attempt(consultations.complete, visit_id, actor=self.cast.doctor)

    @rule(minutes=st.sampled_from([10, 45, 120, 600]))
    def let_time_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        with clock.freeze(self.now):
            settle_overdue()

    @rule()
    def end_the_day(self) -> None:
        with transaction(system("end of the day")):
            end_day(self.cast.main_id, self.now.date(), actor=system("end of the day"), now=self.now)

    def attempt(self, command: Any, *args: Any, **values: Any) -> Any:
        actor = values.pop("actor", self.cast.reception)
        try:
            with transaction(actor):
                return command(*args, actor=actor, now=self.now, **values)
        except Refusal:
            return None

    @staticmethod
    def _take(rows: list[int], row: Any) -> None:
        if row is not None:
            rows.append(row.id)

    @invariant()
    def counters_and_dates_equal_the_rows(self) -> None:
        for patient_id in getattr(self, "patients", []):
            assert stored(patient_id) == counted(patient_id)
        with transaction(system()):
            assert find_differences(getattr(self, "patients", []), "Europe/Berlin") == []


def stored(patient_id: int) -> Tally:
    db.session.rollback()
    row = db.session.get_one(Patient, patient_id, populate_existing=True)
    return Tally(
        row.total_visits, row.total_cancellations, row.total_no_shows, row.first_visit_date, row.last_visit_date
    )


def counted(patient_id: int) -> Tally:
    """What the rows say, told in the plainest way."""
    mine = {"execution_options": {"populate_existing": True}}
    appointments = db.session.scalars(select(Appointment).where(Appointment.patient_id == patient_id), **mine).all()
    visits = db.session.scalars(select(Visit).where(Visit.patient_id == patient_id), **mine).all()
    seen = {visit.appointment_id for visit in visits}
    days: list[date] = [visit.business_date for visit in visits if visit.status is VisitStatus.COMPLETED]
    days += [
        clock.clinic_day(one.starts_at, "Europe/Berlin")
        for one in appointments
        if one.status is AppointmentStatus.COMPLETED and one.id not in seen
    ]
    states = [one.status for one in appointments]
    return Tally(
        len(days),
        states.count(AppointmentStatus.CANCELLED),
        states.count(AppointmentStatus.NO_SHOW),
        min(days, default=None),
        max(days, default=None),
    )


@pytest.mark.timeout(300)
def test_counters_and_visit_dates_equal_the_rows_in_any_order(app: Flask, session: Any, cast: Cast) -> None:
    make_hours(cast.doctor_row, cast.main_clinic)
    machine = type("PracticeOfThisCast", (Practice,), {"cast": cast})
    quick = settings(
        max_examples=15,
        stateful_step_count=40,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=quick)
    ends = set(db.session.scalars(select(Appointment.status)))
    assert {AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW} <= ends
