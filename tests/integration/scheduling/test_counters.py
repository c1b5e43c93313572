"""Counters, busy times and holds equal the rows, and nobody is in two places, whatever is done in whatever order."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from app.kernel.db import db, transaction
from app.kernel.errors import Refusal
from app.people.patient_models import Patient
from app.scheduling import booking, holds, progress
from app.scheduling.models import Appointment, DoctorTime, SlotHold
from app.scheduling.requests import HoldRequest
from app.scheduling.states import AppointmentStatus, occupies_time
from tests.factories import make_patient
from tests.integration.scheduling.desk import NOW, Desk, act, at

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


QUARTERS = st.integers(0, 11)


class Promise(NamedTuple):
    """What somebody was told who holds a time."""

    doctor_id: int
    starts_at: datetime
    expires_at: datetime


class Appointments(RuleBasedStateMachine):
    """Random acts on two patients of two doctors while time passes: each may be refused, none may contradict."""

    desk: Desk

    @initialize()
    def start(self) -> None:
        self.patients = [make_patient(self.desk.cast.main_clinic).id for _ in range(2)]
        self.mine: list[int] = []
        self.held: dict[int, Promise] = {}
        self.now = NOW

    def doctor(self, *, second: bool) -> int:
        return self.desk.cast.doctor2_id if second else self.desk.cast.doctor_id

    @staticmethod
    def at(quarter: int) -> datetime:
        return at(4, 9) + timedelta(minutes=15 * quarter)

    @rule(minutes=st.sampled_from([1, 4, 30, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now = min(self.now + timedelta(minutes=minutes), at(4, 16))

    @rule(
        slot=QUARTERS,
        patient=st.integers(0, 1),
        second=st.booleans(),
        status=st.sampled_from(STATUSES),
        reason=st.sampled_from([None, None, "emergency"]),
    )
    def book(self, slot: int, patient: int, *, second: bool, status: AppointmentStatus, reason: str | None) -> None:
        values = {"patient_id": self.patients[patient], "status": status, "overbook_reason": reason}
        try:
            row = self.desk.book(self.at(slot), doctor_id=self.doctor(second=second), now=self.now, **values)
            self.mine.append(row.id)
        except Refusal:
            db.session.rollback()

    @rule(slot=QUARTERS, second=st.booleans())
    def hold(self, slot: int, *, second: bool) -> None:
        cast, doctor_id = self.desk.cast, self.doctor(second=second)
        place = {"clinic_id": cast.main_id, "service_id": cast.service_id, "doctor_id": doctor_id}
        held = self.attempt(holds.hold, HoldRequest(starts_at=self.at(slot), **place))
        if held is not None:
            self.held[held.id] = Promise(doctor_id, held.starts_at, held.expires_at)

    @rule(which=st.integers(0, 30))
    def release(self, which: int) -> None:
        if self.held:
            number = sorted(self.held)[which % len(self.held)]
            self.attempt(holds.release, number)
            del self.held[number]

    @rule(which=st.integers(0, 30), patient=st.integers(0, 1))
    def book_what_is_held(self, which: int, patient: int) -> None:
        """A hold that has not expired keeps its promise, unless its time has come meanwhile."""
        if not self.held:
            return
        number = sorted(self.held)[which % len(self.held)]
        held = self.held[number]
        values = {"doctor_id": held.doctor_id, "patient_id": self.patients[patient], "hold_id": number}
        try:
            self.mine.append(self.desk.book(held.starts_at, now=self.now, **values).id)
            assert held.expires_at > self.now
            del self.held[number]
        except Refusal:
            db.session.rollback()
            assert held.expires_at <= self.now or held.starts_at < self.now

    @rule()
    def sweep(self) -> None:
        with transaction():
            holds.forget_expired(now=self.now)

    @rule(which=st.integers(0, 30), command=st.sampled_from(COMMANDS))
    def act(self, which: int, command: tuple[Any, dict[str, Any]]) -> None:
        if self.mine:
            self.attempt(command[0], self.mine[which % len(self.mine)], **command[1])

    @rule(which=st.integers(0, 30), slot=QUARTERS, second=st.booleans())
    def move(self, which: int, slot: int, *, second: bool) -> None:
        if self.mine:
            number, doctor_id = self.mine[which % len(self.mine)], self.doctor(second=second)
            self.attempt(booking.reschedule, number, self.at(slot), doctor_id=doctor_id)

    def attempt(self, command: Any, *args: Any, **values: Any) -> Any:
        try:
            return act(command, *args, actor=self.desk.cast.admin, now=self.now, **values)
        except Refusal:
            db.session.rollback()
            return None

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
        db.session.rollback()
        appointments = db.session.scalars(select(Appointment).execution_options(populate_existing=True)).all()
        wanted = {
            (row.id, None, row.doctor_id, row.starts_at, row.ends_at)
            for row in appointments
            if occupies_time(row.status, overbooked=row.overbook_reason is not None)
        }
        kept = db.session.scalars(select(SlotHold).execution_options(populate_existing=True)).all()
        wanted |= {(None, row.id, row.doctor_id, row.starts_at, row.ends_at) for row in kept}
        times = DoctorTime.doctor_id, DoctorTime.busy_from, DoctorTime.busy_to
        columns = (DoctorTime.appointment_id, DoctorTime.hold_id, *times)
        assert {tuple(row) for row in db.session.execute(select(*columns))} == wanted
        alive = {number for number, held in getattr(self, "held", {}).items() if held.expires_at > self.now}
        assert alive <= {row.id for row in kept}

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        times = defaultdict(list)
        columns = (DoctorTime.doctor_id, DoctorTime.busy_from, DoctorTime.busy_to)
        for doctor_id, start, end in db.session.execute(select(*columns).order_by(DoctorTime.busy_from)):
            times[doctor_id].append((start, end))
        assert all(one[1] <= other[0] for busy in times.values() for one, other in pairwise(busy))

    def teardown(self) -> None:
        """Leave the doctors free for the next run."""
        for appointment_id in getattr(self, "mine", []):
            self.attempt(progress.complete, appointment_id)
            self.attempt(booking.cancel, appointment_id, reason="over")
        with transaction():
            holds.forget_expired(now=at(5, 9))


@pytest.mark.timeout(300)
def test_counters_busy_times_and_holds_equal_the_rows_in_any_order(app: Flask, desk: Desk) -> None:
    machine = type("AppointmentsOfThisDesk", (Appointments,), {"desk": desk})
    quick = settings(
        max_examples=20,
        stateful_step_count=30,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=quick)
    assert db.session.scalar(select(func.count()).select_from(Appointment)) > 0
