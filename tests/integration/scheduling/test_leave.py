"""Leave of doctors: no clinic offers them, whoever enters it; what it would do to appointments can be asked before."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.kernel import scope
from app.kernel.clock import day_bounds
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal
from app.scheduling import leave
from app.scheduling.errors import LeaveBackwards, LeaveOverlaps, OutsideAvailability
from app.scheduling.models import AvailabilityDate, DoctorLeave
from app.scheduling.queries import free_slots, list_affected
from app.scheduling.slots import NoSlots
from app.scheduling.states import AppointmentStatus, DatedKind
from tests.factories import make, make_appointment, make_clinic, make_doctor, make_patient, make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at
from tests.plugins.races import Race

TUESDAY, THURSDAY = date(2025, 3, 4), date(2025, 3, 6)


def days(desk: Desk, first: str = "2025-03-04", last: str = "2025-03-06", **values: Any) -> dict[str, Any]:
    return {"doctor_id": desk.cast.doctor2_id, "first_day": first, "last_day": last} | values


def test_a_doctor_on_leave_is_offered_at_no_clinic(desk: Desk) -> None:
    cast = desk.cast
    make(AvailabilityDate(doctor_id=cast.doctor2_id, clinic_id=None, kind=DatedKind.EXTRA, day=THURSDAY))
    added = act(leave.add_leave, days(desk, reason="family"), actor=cast.doctor2)
    assert (added.first_day, added.last_day, added.reason) == (TUESDAY, THURSDAY, "family")
    assert added.entered_by == cast.doctor2.name
    for clinic_id, service_id in [(cast.main_id, cast.service_id), (cast.riverside_id, cast.riverside_service_id)]:
        week = (TUESDAY, THURSDAY + timedelta(days=1))
        answer = free_slots(clinic_id, service_id, cast.doctor2_id, *week, actor=cast.admin, now=NOW)
        assert {slot.start.date() for slot in answer.slots} == {date(2025, 3, 7)}
    with pytest.raises(OutsideAvailability):
        desk.book(at(5, 9), doctor_id=cast.doctor2_id)
    none = free_slots(cast.main_id, cast.service_id, cast.doctor2_id, TUESDAY, TUESDAY, actor=cast.admin, now=NOW)
    assert none.reason is NoSlots.NO_AVAILABILITY


def test_leave_is_changed_and_removed(desk: Desk) -> None:
    added = act(leave.add_leave, days(desk), actor=desk.cast.admin)
    act(leave.change_leave, added.id, {"last_day": "2025-03-05", "reason": "ill"}, actor=desk.cast.doctor2)
    assert desk.book(at(6, 9), doctor_id=desk.cast.doctor2_id).id
    act(leave.remove_leave, added.id, actor=desk.cast.doctor2)
    assert desk.book(at(5, 9), doctor_id=desk.cast.doctor2_id).id


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"last_day": "2025-03-03"}, LeaveBackwards),
        ({"first_day": None}, Invalid),
        ({"last_day": "soon"}, Invalid),
        ({"colour": "red"}, Invalid),
        ({"doctor_id": 999_999}, NotFound),
        ({"first_day": "2025-03-12", "last_day": "2025-03-12"}, LeaveOverlaps),
        ({"first_day": "2025-03-01", "last_day": "2025-03-10"}, LeaveOverlaps),
        ({"first_day": "2025-03-14", "last_day": "2025-03-20"}, LeaveOverlaps),
    ],
)
def test_leave_that_cannot_be_is_refused(desk: Desk, values: dict[str, Any], refusal: type[Refusal]) -> None:
    act(leave.add_leave, days(desk, "2025-03-10", "2025-03-14"), actor=desk.cast.admin)
    with pytest.raises(refusal):
        act(leave.add_leave, days(desk, **values), actor=desk.cast.admin)
    assert len(db.session.scalars(select(DoctorLeave)).all()) == 1


def test_leave_beside_other_leave_and_of_others_is_taken(desk: Desk) -> None:
    admin = desk.cast.admin
    first = act(leave.add_leave, days(desk), actor=admin)
    act(leave.add_leave, days(desk, "2025-03-07", "2025-03-09"), actor=admin)
    act(leave.add_leave, days(desk, doctor_id=desk.cast.doctor_id), actor=admin)
    with pytest.raises(LeaveOverlaps):
        act(leave.change_leave, first.id, {"last_day": "2025-03-07"}, actor=admin)
    with pytest.raises(Invalid):
        act(leave.change_leave, first.id, {"doctor_id": desk.cast.doctor_id}, actor=admin)


def test_the_database_alone_refuses_leave_that_overlaps(desk: Desk) -> None:
    added = act(leave.add_leave, days(desk), actor=desk.cast.admin)
    row = {"doctor_id": added.doctor_id, "entered_by": "x", "created_at": NOW, "updated_at": NOW}
    with pytest.raises(LeaveOverlaps), transaction():
        db.session.execute(insert(DoctorLeave).values(first_day=THURSDAY, last_day=THURSDAY, **row))


def test_leave_entered_twice_at_once_is_there_once(app: Flask, desk: Desk, at_once: Race) -> None:
    db.session.remove()
    outcomes = at_once(*[lambda: act(leave.add_leave, days(desk), actor=desk.cast.admin)] * 8)
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"DoctorLeave": 1, "LeaveOverlaps": 7}


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("admin", None),
        ("doctor2", None),
        ("doctor", NotAllowed),
        ("reception", NotAllowed),
        ("accountant", NotAllowed),
        ("riverside", NotAllowed),
    ],
)
def test_leave_is_entered_by_administrators_and_by_the_doctor(
    desk: Desk, who: str, refusal: type[Refusal] | None
) -> None:
    actor, known = getattr(desk.cast, who), act(leave.add_leave, days(desk), actor=desk.cast.admin)
    for command, arguments in [
        (leave.add_leave, [days(desk, "2025-04-01", "2025-04-01")]),
        (leave.change_leave, [known.id, {"reason": "x"}]),
        (leave.remove_leave, [known.id]),
    ]:
        if refusal is None:
            act(command, *arguments, actor=actor)
            continue
        with pytest.raises(refusal):
            act(command, *arguments, actor=actor)


def test_leave_is_read_where_the_doctor_works(desk: Desk) -> None:
    cast = desk.cast
    shared = act(leave.add_leave, days(desk), actor=cast.admin)
    here = act(leave.add_leave, days(desk, doctor_id=cast.doctor_id), actor=cast.admin)
    for actor, sees in [
        (cast.admin, {shared.id, here.id}),
        (cast.reception, {shared.id, here.id}),
        (cast.riverside, {shared.id}),
        (cast.doctor, {shared.id, here.id}),
    ]:
        assert {row.id for row in db.session.scalars(scope.rows(DoctorLeave, actor))} == sees


# -- what it would do to appointments --------------------------------------------------------------------------------


def affected(desk: Desk, actor: Any, doctor_id: int, first: date = TUESDAY, last: date = THURSDAY) -> list[int]:
    return [row.id for row in list_affected(doctor_id, first, last, actor=actor, now=NOW)]


def test_the_open_appointments_of_those_days_are_affected(desk: Desk) -> None:
    cast, doctor_id = desk.cast, desk.cast.doctor2_id
    requested = desk.book(at(4, 9), doctor_id=doctor_id)
    confirmed = desk.book(at(6, 11), doctor_id=doctor_id, status=AppointmentStatus.CONFIRMED)
    elsewhere = desk.take(desk.at_riverside(at(5, 14)), actor=cast.riverside)
    desk.book(at(7, 9), doctor_id=doctor_id)
    desk.book(at(4, 9))
    for hour, status in ((10, AppointmentStatus.CANCELLED), (11, AppointmentStatus.NO_SHOW)):
        make_appointment(desk.patient, cast.doctor2_row, cast.main_service, at(4, hour), status=status)
    assert affected(desk, cast.admin, doctor_id) == [requested.id, elsewhere.id, confirmed.id]
    assert affected(desk, cast.reception, doctor_id) == [requested.id, confirmed.id]
    assert affected(desk, cast.doctor2, doctor_id) == [requested.id, elsewhere.id, confirmed.id]
    assert affected(desk, cast.doctor, doctor_id) == []
    after = list_affected(doctor_id, TUESDAY, THURSDAY, actor=cast.admin, now=at(4, 9, 1))
    assert [row.id for row in after] == [elsewhere.id, confirmed.id]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Sao_Paulo"])
def test_days_are_those_of_each_clinic(desk: Desk, zone: str) -> None:
    clinic = make_clinic(timezone=zone)
    doctor, service, patient = make_doctor(clinic), make_service(clinic, duration_minutes=120), make_patient(clinic)
    start, end = day_bounds(TUESDAY, zone)
    hour = timedelta(hours=1)
    rows = [
        make_appointment(patient, doctor, service, moment).id
        for moment in (start - 3 * hour, start - hour, start + 5 * hour, end - hour, end + hour)
    ]
    assert affected(desk, desk.cast.admin, doctor.id, TUESDAY, TUESDAY) == rows[1:4]
