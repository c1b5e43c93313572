"""A patient's counters and a doctor's busy times equal the appointments, whatever is done in whatever order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from app.kernel.db import db
from app.kernel.errors import Refusal
from app.people.patient_models import Patient
from app.scheduling import booking, progress
from app.scheduling.models import Appointment, DoctorTime
from app.scheduling.states import AppointmentStatus, occupies_time
from tests.factories import make_patient
from tests.integration.scheduling.desk import Desk, act, at

STATUSES = [AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED]
COMMANDS: list[tuple[Any, dict[str, Any]]] = [
    (booking.confirm, {}),
    (booking.cancel, {"reason": "closed"}),
    (booking.mark_no_show, {}),
    (booking.undo_no_show, {}),
    (progress.check_in, {}),
    (progress.undo_check_in, {}),
    (progress.complete, {}),
    (progress.leave, {}),
]


class Appointments(RuleBasedStateMachine):
    """Random acts on two patients of two doctors; each may be refused, none may leave figures that disagree."""

    desk: Desk

    @initialize()
    def start(self) -> None:
        self.patients = [make_patient(self.desk.cast.main_clinic).id for _ in range(2)]
        self.mine: list[int] = []
        self.day = at(4, 9)

    @rule(
        slot=st.integers(0, 11),
        patient=st.integers(0, 1),
        second=st.booleans(),
        status=st.sampled_from(STATUSES),
        reason=st.sampled_from([None, "emergency"]),
    )
    def book(self, slot: int, patient: int, *, second: bool, status: AppointmentStatus, reason: str | None) -> None:
        values = {"patient_id": self.patients[patient], "status": status, "overbook_reason": reason}
        if second:
            values["doctor_id"] = self.desk.cast.doctor2_id
        try:
            self.mine.append(self.desk.book(self.day + timedelta(minutes=15 * slot), **values).id)
        except Refusal:
            db.session.rollback()

    @rule(which=st.integers(0, 30), command=st.sampled_from(COMMANDS), hour=st.integers(8, 14))
    def act(self, which: int, command: tuple[Any, dict[str, Any]], hour: int) -> None:
        if self.mine:
            self.attempt(command[0], self.mine[which % len(self.mine)], now=at(4, hour), **command[1])

    @rule(which=st.integers(0, 30), slot=st.integers(0, 11), second=st.booleans())
    def move(self, which: int, slot: int, *, second: bool) -> None:
        doctor_id = self.desk.cast.doctor2_id if second else self.desk.cast.doctor_id
        if self.mine:
            to = self.day + timedelta(minutes=15 * slot)
            self.attempt(booking.reschedule, self.mine[which % len(self.mine)], to, doctor_id=doctor_id)

    def attempt(self, command: Any, *args: Any, **values: Any) -> None:
        try:
            act(command, *args, actor=self.desk.cast.admin, **values)
        except Refusal:
            db.session.rollback()

    @invariant()
    def counters_equal_the_rows(self) -> None:
        for patient_id in getattr(self, "patients", []):
            db.session.rollback()
            counted = select(Appointment.status, func.count()).where(Appointment.patient_id == patient_id)
            rows = dict(map(tuple, db.session.execute(counted.group_by(Appointment.status))))
            patient = db.session.get_one(Patient, patient_id, populate_existing=True)
            assert patient.total_cancellations == rows.get(AppointmentStatus.CANCELLED, 0)
            assert patient.total_no_shows == rows.get(AppointmentStatus.NO_SHOW, 0)

    @invariant()
    def busy_times_equal_the_rows(self) -> None:
        appointments = db.session.scalars(select(Appointment).execution_options(populate_existing=True)).all()
        wanted = {
            (row.id, row.doctor_id, row.starts_at, row.ends_at)
            for row in appointments
            if occupies_time(row.status, overbooked=row.overbook_reason is not None)
        }
        columns = (DoctorTime.appointment_id, DoctorTime.doctor_id, DoctorTime.busy_from, DoctorTime.busy_to)
        assert {tuple(row) for row in db.session.execute(select(*columns))} == wanted

    def teardown(self) -> None:
        """Leave the doctors free for the next run."""
        for appointment_id in getattr(self, "mine", []):
            self.attempt(progress.complete, appointment_id)
            self.attempt(booking.cancel, appointment_id, reason="over")


@pytest.mark.timeout(300)
def test_counters_and_busy_times_equal_the_rows_in_any_order(app: Flask, desk: Desk) -> None:
    machine = type("AppointmentsOfThisDesk", (Appointments,), {"desk": desk})
    quick = settings(
        max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(machine, settings=quick)
    assert db.session.scalar(select(func.count()).select_from(Appointment)) > 0
