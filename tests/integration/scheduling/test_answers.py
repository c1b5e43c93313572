"""Confirming, cancelling, moving and missing appointments: states, time, counters, who may and who is told."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.kernel.actor import system
from app.kernel.db import db
from app.kernel.errors import Invalid, NotAllowed, NotFound, Stale
from app.kernel.models import OutboxMessage
from app.people.models import DoctorPatient, DoctorService
from app.people.patient_models import Patient
from app.scheduling import booking
from app.scheduling.errors import (
    DoctorNotOffering,
    NoLongerOpen,
    NotBegun,
    NotConfirmed,
    NotNoShow,
    NotRequested,
    OutsideAvailability,
    ReasonMissing,
    SlotTaken,
    StartsInThePast,
)
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus, CancelledBy
from tests.factories import make, make_appointment, make_patient
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, stored

CONFIRMED = AppointmentStatus.CONFIRMED
TEN_TO_HALF_PAST = [(at(4, 10), at(4, 10, 30))]


def counters(patient: Patient) -> tuple[int, int, int]:
    row = db.session.get_one(Patient, patient.id, populate_existing=True)
    return row.total_visits, row.total_cancellations, row.total_no_shows


# -- confirm ---------------------------------------------------------------------------------------------------------


def test_a_request_is_confirmed_once_and_the_patient_told_once(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    act(booking.confirm, booked.id, actor=desk.cast.reception)
    with pytest.raises(NotRequested):
        act(booking.confirm, booked.id, actor=desk.cast.reception)
    assert stored(booked.id).status is CONFIRMED
    messages = db.session.scalars(select(OutboxMessage)).all()
    assert [(message.kind, message.payload) for message in messages] == [
        ("appointment.confirmed", {"appointment_id": booked.id})
    ]
    assert desk.events() == ["appointment_created", "appointment_updated"]
    assert busy_of(desk.cast.doctor_id) == TEN_TO_HALF_PAST


# -- cancel ----------------------------------------------------------------------------------------------------------


def test_a_cancelled_appointment_gives_its_time_back_and_is_counted(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    act(booking.cancel, booked.id, reason=" has a cold ", by=CancelledBy.PATIENT, actor=desk.cast.reception)
    row = stored(booked.id)
    assert (row.status, row.cancelled_by, row.cancel_reason) == (AppointmentStatus.CANCELLED, "patient", "has a cold")
    assert (busy_of(desk.cast.doctor_id), counters(desk.patient)) == ([], (0, 1, 0))
    assert desk.events() == ["appointment_created", "appointment_cancelled"]
    assert desk.told[-1].payload["cancel_reason"] == "has a cold"
    desk.book(at(4, 10))


@pytest.mark.parametrize(
    ("who", "side"), [("reception", "clinic"), ("admin", "clinic"), ("doctor", "doctor"), ("system", "system")]
)
def test_who_cancels_is_recorded_where_nothing_is_said(desk: Desk, who: str, side: str) -> None:
    booked = desk.book(at(4, 10))
    actor = system("night shift") if who == "system" else getattr(desk.cast, who)
    act(booking.cancel, booked.id, reason="closed", actor=actor)
    assert stored(booked.id).cancelled_by == side


def test_nobody_cancels_without_a_reason(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    with pytest.raises(ReasonMissing):
        act(booking.cancel, booked.id, reason="  ", actor=desk.cast.doctor)


# -- no-show ---------------------------------------------------------------------------------------------------------


def test_a_missed_appointment_is_counted_and_undone(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    act(booking.mark_no_show, booked.id, actor=desk.cast.reception, now=at(4, 10, 20))
    assert (stored(booked.id).status, counters(desk.patient)) == (AppointmentStatus.NO_SHOW, (0, 0, 1))
    assert busy_of(desk.cast.doctor_id) == []
    act(booking.undo_no_show, booked.id, actor=desk.cast.reception, now=at(4, 10, 25))
    assert (stored(booked.id).status, counters(desk.patient)) == (CONFIRMED, (0, 0, 0))
    assert busy_of(desk.cast.doctor_id) == TEN_TO_HALF_PAST


def test_a_no_show_whose_time_is_given_away_stays_one(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    act(booking.mark_no_show, booked.id, actor=desk.cast.reception, now=at(4, 10))
    other = make_patient(desk.cast.main_clinic)
    make_appointment(other, desk.cast.doctor_row, desk.cast.main_service, at(4, 10, 15))
    with pytest.raises(SlotTaken):
        act(booking.undo_no_show, booked.id, actor=desk.cast.reception, now=at(4, 10, 25))
    assert (stored(booked.id).status, counters(desk.patient)) == (AppointmentStatus.NO_SHOW, (0, 0, 1))


def test_what_does_not_fit_the_state_is_refused(desk: Desk) -> None:
    requested = desk.book(at(4, 10))
    confirmed = desk.book(at(4, 11), status=CONFIRMED)
    cancelled = desk.book(at(4, 12))
    act(booking.cancel, cancelled.id, reason="closed", actor=desk.cast.admin)
    later = at(5, 9)
    for command, appointment, values, refusal in [
        (booking.mark_no_show, requested, {"now": later}, NotConfirmed),
        (booking.mark_no_show, confirmed, {"now": at(4, 10, 59)}, NotBegun),
        (booking.undo_no_show, confirmed, {"now": later}, NotNoShow),
        (booking.confirm, cancelled, {}, NotRequested),
        (booking.cancel, cancelled, {"reason": "again"}, NoLongerOpen),
        (booking.reschedule, cancelled, {"starts_at": later}, NoLongerOpen),
    ]:
        with pytest.raises(refusal):
            act(command, appointment.id, actor=desk.cast.admin, **values)


# -- reschedule ------------------------------------------------------------------------------------------------------


def test_a_moved_appointment_stays_the_same(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED, notes="keep me")
    act(booking.reschedule, booked.id, at(5, 11, 10), actor=desk.cast.reception)
    row = stored(booked.id)
    assert (row.starts_at, row.ends_at, row.status, row.notes) == (at(5, 11, 10), at(5, 11, 40), CONFIRMED, "keep me")
    assert busy_of(desk.cast.doctor_id) == [(at(5, 11, 10), at(5, 11, 40))]
    assert desk.events() == ["appointment_created", "appointment_updated"]


def test_an_appointment_may_move_into_its_own_time(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    act(booking.reschedule, booked.id, at(4, 10, 15), actor=desk.cast.reception)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10, 15), at(4, 10, 45))]


def test_another_doctor_takes_it_at_their_own_pace(desk: Desk) -> None:
    cast = desk.cast
    make(DoctorService(doctor_id=cast.doctor2_id, service_id=cast.service_id, duration_minutes=50))
    booked = desk.book(at(4, 10))
    act(booking.reschedule, booked.id, at(4, 11), doctor_id=cast.doctor2_id, actor=cast.reception)
    row = stored(booked.id)
    assert (row.doctor_id, row.ends_at) == (cast.doctor2_id, at(4, 11, 50))
    assert (busy_of(cast.doctor_id), busy_of(cast.doctor2_id)) == ([], [(at(4, 11), at(4, 11, 50))])
    assert db.session.get(DoctorPatient, (cast.doctor2_id, desk.patient.id)) is not None


def test_the_doctor_it_left_learns_no_more_than_that(desk: Desk) -> None:
    cast = desk.cast
    booked = desk.book(at(4, 10))
    act(booking.reschedule, booked.id, at(4, 11), doctor_id=cast.doctor2_id, actor=cast.reception)
    left = [told for told in desk.told if told.rooms == (f"doctor_{cast.doctor_id}",)]
    (payload,) = [told.payload for told in left]
    assert payload.keys() == {"id", "doctor_id", "clinic_id", "version", "at"}
    assert payload["doctor_id"] == cast.doctor2_id


def test_a_move_is_refused_as_a_booking_is(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    desk.book(at(4, 12))
    for starts_at, values, refusal in [
        (at(4, 12, 15), {}, SlotTaken),
        (at(4, 20), {}, OutsideAvailability),
        (at(3, 7), {}, StartsInThePast),
        (at(4, 11), {"doctor_id": 999_999}, DoctorNotOffering),
    ]:
        with pytest.raises(refusal):
            act(booking.reschedule, booked.id, starts_at, actor=desk.cast.reception, **values)
    assert stored(booked.id).starts_at == at(4, 10)
    assert busy_of(desk.cast.doctor_id)[0] == (at(4, 10), at(4, 10, 30))


def test_an_overbooked_appointment_that_moves_to_a_free_time_takes_it(desk: Desk) -> None:
    desk.book(at(4, 10))
    extra = desk.book(at(4, 10), overbook_reason="emergency")
    act(booking.reschedule, extra.id, at(4, 11), actor=desk.cast.reception)
    assert stored(extra.id).overbook_reason is None
    assert len(busy_of(desk.cast.doctor_id)) == 2
    act(booking.reschedule, extra.id, at(4, 10), overbook_reason="again", actor=desk.cast.reception)
    assert (stored(extra.id).overbook_reason, busy_of(desk.cast.doctor_id)) == ("again", TEN_TO_HALF_PAST)


# -- notes -----------------------------------------------------------------------------------------------------------


def test_notes_and_type_are_all_that_is_written_over(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    act(booking.update_appointment, booked.id, {"notes": "fasting", "type": "lab"}, actor=desk.cast.reception)
    row = stored(booked.id)
    assert (row.notes, row.type) == ("fasting", "lab")
    with pytest.raises(Invalid) as refused:
        changes = {"status": None, "starts_at": "x", "doctor_id": 1, "patient_id": 1, "colour": "red"}
        act(booking.update_appointment, booked.id, changes, actor=desk.cast.reception)
    assert refused.value.errors.keys() == {"status", "starts_at", "doctor_id", "patient_id", "colour"}


def test_a_stale_form_changes_nothing(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    seen = stored(booked.id).revision
    act(booking.update_appointment, booked.id, {"notes": "first"}, revision=seen, actor=desk.cast.reception)
    with pytest.raises(Stale):
        act(booking.update_appointment, booked.id, {"notes": "second"}, revision=seen, actor=desk.cast.admin)
    assert stored(booked.id).notes == "first"


# -- who may ---------------------------------------------------------------------------------------------------------

ALL, DESK = {"admin", "reception", "doctor"}, {"admin", "reception"}


@pytest.mark.parametrize(
    ("command", "values", "allowed"),
    [
        (booking.confirm, {}, ALL),
        (booking.cancel, {"reason": "closed"}, ALL),
        (booking.reschedule, {"starts_at": at(5, 9)}, DESK),
        (booking.mark_no_show, {"now": at(6, 16)}, DESK),
        (booking.undo_no_show, {"now": at(6, 16)}, DESK),
        (booking.update_appointment, {"values": {"notes": "x"}}, DESK),
    ],
)
def test_each_act_is_for_those_whom_the_contract_names(
    desk: Desk, command: Any, values: dict[str, Any], allowed: set[str]
) -> None:
    states = {booking.confirm: AppointmentStatus.REQUESTED, booking.undo_no_show: AppointmentStatus.NO_SHOW}
    cast, status = desk.cast, states.get(command, CONFIRMED)
    for hour, who in enumerate(("admin", "reception", "doctor", "doctor2", "accountant", "riverside"), start=9):
        patient = make_patient(cast.main_clinic, total_no_shows=1)
        row = make_appointment(patient, cast.doctor_row, cast.main_service, at(6, hour), status=status)
        if who in allowed:
            act(command, row.id, actor=getattr(cast, who), **{"now": NOW} | values)
            assert stored(row.id).revision > 1
            make_room(desk, row)
        else:
            with pytest.raises(NotAllowed if who == "doctor" else NotFound):
                act(command, row.id, actor=getattr(cast, who), **values)


def make_room(desk: Desk, row: Appointment) -> None:
    """Free the time for the next one who tries."""
    if stored(row.id).status in {AppointmentStatus.REQUESTED, CONFIRMED}:
        act(booking.cancel, row.id, reason="make room", actor=desk.cast.admin)


def test_an_overbooked_no_show_needs_no_free_time_to_be_undone(desk: Desk) -> None:
    desk.book(at(4, 10), status=CONFIRMED)
    extra = desk.book(at(4, 10), status=CONFIRMED, overbook_reason="emergency")
    act(booking.mark_no_show, extra.id, actor=desk.cast.reception, now=at(4, 10))
    act(booking.undo_no_show, extra.id, actor=desk.cast.reception, now=at(4, 10, 25))
    assert stored(extra.id).status is CONFIRMED


def messages() -> list[OutboxMessage]:
    """What patients are to be told."""
    db.session.rollback()
    told = select(OutboxMessage).where(OutboxMessage.kind.startswith("appointment."))
    return list(db.session.scalars(told.order_by(OutboxMessage.id)))


def test_a_patient_learns_of_the_new_time_of_a_confirmed_appointment_and_of_no_other(desk: Desk) -> None:
    requested, confirmed = desk.book(at(4, 9)), desk.book(at(4, 10), status=CONFIRMED)
    for booked, hour in ((requested, 13), (confirmed, 14)):
        act(booking.reschedule, booked.id, at(4, hour), actor=desk.cast.reception)
    first, second = messages()
    assert (first.kind, first.payload) == ("appointment.confirmed", {"appointment_id": confirmed.id})
    assert second.kind == "appointment.moved"
    assert second.payload == {
        "appointment_id": confirmed.id,
        "revision": stored(confirmed.id).revision,
        "from_time": at(4, 10).isoformat(),
        "from_doctor_id": desk.cast.doctor_id,
        "to_time": at(4, 14).isoformat(),
        "to_doctor_id": desk.cast.doctor_id,
        "doctor_away": False,
    }


def test_each_move_is_told_once_also_one_to_a_time_that_it_had_before(desk: Desk) -> None:
    booked = desk.book(at(3, 10), status=CONFIRMED)
    for day in (4, 5, 4):
        act(booking.reschedule, booked.id, at(day, 10), actor=desk.cast.reception)
    moves = [message for message in messages() if message.kind == "appointment.moved"]
    assert [message.payload["to_time"] for message in moves] == [at(day, 10).isoformat() for day in (4, 5, 4)]
    assert len({message.key for message in moves}) == 3


def test_a_move_to_where_it_is_tells_nobody_and_another_doctor_at_the_same_time_does(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    act(booking.reschedule, booked.id, at(4, 10), actor=desk.cast.reception)
    assert [message.kind for message in messages()] == ["appointment.confirmed"]
    act(booking.reschedule, booked.id, at(4, 10), doctor_id=desk.cast.doctor2_id, actor=desk.cast.reception)
    assert messages()[1].payload["to_doctor_id"] == desk.cast.doctor2_id
