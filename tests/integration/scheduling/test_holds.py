"""Held times: kept for some minutes, taken over by a booking, and free again by themselves."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.people.models import Setting
from app.scheduling import booking, holds
from app.scheduling.errors import HoldDoesNotMatch, HoldGone, OutsideAvailability, SlotTaken, TooSoon
from app.scheduling.models import Appointment, SlotHold
from app.scheduling.queries import free_slots
from app.scheduling.requests import HoldRequest
from tests.factories import make, make_appointment, make_hold, make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, stored
from tests.plugins.races import Race

MINUTES = 5
LATER = NOW + timedelta(minutes=MINUTES)


def request(desk: Desk, starts_at: datetime, **values: Any) -> HoldRequest:
    here = {"clinic_id": desk.cast.main_id, "doctor_id": desk.cast.doctor_id, "service_id": desk.cast.service_id}
    return HoldRequest(starts_at=starts_at, **here | values)


def hold(desk: Desk, starts_at: datetime, *, now: datetime = NOW, **values: Any) -> SlotHold:
    held: SlotHold = act(holds.hold, request(desk, starts_at, **values), actor=desk.cast.reception, now=now)
    return held


def move(desk: Desk, appointment: Appointment, starts_at: datetime, **values: Any) -> None:
    act(booking.reschedule, appointment.id, starts_at, actor=desk.cast.reception, **values)


def first_slot(desk: Desk, now: datetime) -> datetime:
    cast, day = desk.cast, at(4, 9).date()
    slots = free_slots(cast.main_id, cast.service_id, cast.doctor_id, day, day, actor=cast.reception, now=now).slots
    return slots[0].start


def count_holds() -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count(SlotHold.id))) or 0)


def test_a_held_time_is_nobody_elses_until_it_expires(desk: Desk) -> None:
    held = hold(desk, at(4, 9))
    assert (held.ends_at, held.expires_at, held.purpose) == (at(4, 9, 30), LATER, holds.BOOKING)
    assert held.held_by == desk.cast.reception.user_id
    assert first_slot(desk, NOW) == at(4, 9, 30)
    with pytest.raises(SlotTaken) as refused:
        desk.book(at(4, 9, 15))
    assert refused.value.params["next_free"][0]["start"] == "2025-03-04T09:30:00+01:00"
    with pytest.raises(SlotTaken):
        hold(desk, at(4, 9, 15))
    assert first_slot(desk, LATER - timedelta(seconds=1)) == at(4, 9, 30)
    assert first_slot(desk, LATER) == at(4, 9)
    assert desk.told == []


def test_a_clinic_says_for_how_long_times_are_held(desk: Desk) -> None:
    make(Setting(clinic_id=desk.cast.main_id, name="hold_minutes", value=30))
    assert hold(desk, at(4, 9)).expires_at == NOW + timedelta(minutes=30)
    until = NOW + timedelta(hours=2)
    with transaction(desk.cast.admin):
        offered = holds.hold(
            request(desk, at(4, 10)), purpose="waitlist", expires_at=until, actor=desk.cast.admin, now=NOW
        )
    assert (offered.expires_at, offered.purpose) == (until, "waitlist")


def test_a_booking_takes_the_held_time_over(desk: Desk) -> None:
    held = hold(desk, at(4, 9))
    booked = desk.book(at(4, 9), hold_id=held.id)
    assert (booked.starts_at, booked.overbook_reason) == (at(4, 9), None)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9), at(4, 9, 30))]
    assert count_holds() == 0
    with pytest.raises(HoldGone):
        desk.book(at(4, 9), hold_id=held.id)


def test_who_holds_a_time_in_time_is_in_time(desk: Desk) -> None:
    make(Setting(clinic_id=desk.cast.main_id, name="notice_minutes", value=60))
    held = hold(desk, at(3, 9))  # an hour ahead
    with pytest.raises(TooSoon):
        desk.book(at(3, 9, 15), now=NOW + timedelta(minutes=16))
    assert desk.book(at(3, 9), hold_id=held.id, now=NOW + timedelta(minutes=4)).starts_at == at(3, 9)


def test_an_expired_hold_gives_nothing_though_the_time_be_free(desk: Desk) -> None:
    held = hold(desk, at(4, 9))
    with pytest.raises(HoldGone):
        desk.book(at(4, 9), hold_id=held.id, now=LATER)
    assert desk.book(at(4, 9), now=LATER).starts_at == at(4, 9)
    assert count_holds() == 0


def test_a_refused_booking_leaves_the_hold(desk: Desk) -> None:
    held = hold(desk, at(4, 9))
    with pytest.raises(Refusal):
        desk.book(at(4, 9), hold_id=held.id, patient_id=desk.riverside_patient.id)
    assert count_holds() == 1
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9), at(4, 9, 30))]


def test_an_appointment_moves_to_the_held_time(desk: Desk) -> None:
    moved, held = desk.book(at(5, 9)), hold(desk, at(4, 9))
    with pytest.raises(SlotTaken):
        move(desk, moved, at(4, 9))
    move(desk, moved, at(4, 9), hold_id=held.id)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9), at(4, 9, 30))]
    assert (stored(moved.id).overbook_reason, count_holds()) == (None, 0)
    with pytest.raises(HoldGone):
        move(desk, moved, at(4, 9), hold_id=held.id)


def test_an_appointment_moves_to_a_held_time_for_which_it_is_too_soon_by_now(desk: Desk) -> None:
    make(Setting(clinic_id=desk.cast.main_id, name="notice_minutes", value=60))
    moved, held = desk.book(at(5, 9)), hold(desk, at(3, 9))  # an hour ahead
    with pytest.raises(TooSoon):
        move(desk, moved, at(3, 9, 30), now=NOW + timedelta(minutes=31))
    move(desk, moved, at(3, 9), hold_id=held.id, now=NOW + timedelta(minutes=4))
    assert stored(moved.id).starts_at == at(3, 9)


def test_an_appointment_moves_to_the_time_held_with_another_doctor(desk: Desk) -> None:
    moved, held = desk.book(at(5, 9)), hold(desk, at(4, 9), doctor_id=desk.cast.doctor2_id)
    move(desk, moved, at(4, 9), doctor_id=desk.cast.doctor2_id, hold_id=held.id)
    assert (busy_of(desk.cast.doctor_id), count_holds()) == ([], 0)
    assert busy_of(desk.cast.doctor2_id) == [(at(4, 9), at(4, 9, 30))]


def test_a_hold_that_is_over_or_of_another_time_moves_no_appointment(desk: Desk) -> None:
    moved, held = desk.book(at(5, 9)), hold(desk, at(4, 9))
    with pytest.raises(HoldDoesNotMatch):
        move(desk, moved, at(4, 10), hold_id=held.id)
    with pytest.raises(HoldDoesNotMatch):
        move(desk, moved, at(4, 9), doctor_id=desk.cast.doctor2_id, hold_id=held.id)
    with pytest.raises(HoldGone):
        move(desk, moved, at(4, 9), hold_id=held.id, now=LATER)
    assert (stored(moved.id).starts_at, count_holds()) == (at(5, 9), 1)


@pytest.mark.parametrize("other", ["doctor", "service", "time"])
def test_a_hold_is_for_its_doctor_service_and_time(desk: Desk, other: str) -> None:
    held = hold(desk, at(4, 9))
    values: dict[str, Any] = {"starts_at": at(4, 9)}
    if other == "doctor":
        values["doctor_id"] = desk.cast.doctor2_id
    elif other == "service":
        values["service_id"] = make_service(desk.cast.main_clinic).id
    else:
        values["starts_at"] = at(4, 10)
    with pytest.raises(HoldDoesNotMatch):
        desk.book(values.pop("starts_at"), hold_id=held.id, **values)
    assert count_holds() == 1


def test_a_hold_of_another_clinic_is_none(desk: Desk) -> None:
    held = make_hold(desk.cast.doctor2_row, desk.cast.riverside_service, at(4, 13), LATER)
    with pytest.raises(HoldGone):
        desk.book(at(4, 11), doctor_id=desk.cast.doctor2_id, hold_id=held.id)
    with pytest.raises(NotFound):
        act(holds.release, held.id, actor=desk.cast.reception)
    with pytest.raises(HoldGone):  # in the administrator's reach, and yet of the other clinic
        desk.book(at(4, 11), doctor_id=desk.cast.doctor2_id, hold_id=held.id, actor=desk.cast.admin)


def test_a_released_time_is_free_at_once(desk: Desk) -> None:
    held = hold(desk, at(4, 9))
    act(holds.release, held.id, actor=desk.cast.reception)
    assert (first_slot(desk, NOW), busy_of(desk.cast.doctor_id)) == (at(4, 9), [])
    with pytest.raises(NotFound):
        act(holds.release, held.id, actor=desk.cast.reception)


def test_holding_is_refused_as_booking_is(desk: Desk) -> None:
    with pytest.raises(OutsideAvailability):
        hold(desk, at(4, 8))
    for who, refusal in [("doctor", NotAllowed), ("accountant", NotAllowed), ("riverside", NotFound)]:
        with pytest.raises(refusal):
            act(holds.hold, request(desk, at(4, 9)), actor=getattr(desk.cast, who))
    with pytest.raises(NotAllowed):
        act(holds.release, hold(desk, at(4, 9)).id, actor=desk.cast.doctor)


def test_every_way_to_take_time_finds_expired_holds_gone(desk: Desk) -> None:
    cast = desk.cast
    moved = desk.book(at(4, 15))
    missed = make_appointment(desk.patient, cast.doctor_row, cast.main_service, at(3, 9))
    act(booking.mark_no_show, missed.id, actor=cast.reception, now=at(3, 9, 10))
    for starts_at in (at(3, 9), at(4, 9), at(4, 10)):
        make_hold(cast.doctor_row, cast.main_service, starts_at, at(3, 9, 11))
    now = at(3, 9, 12)
    act(booking.undo_no_show, missed.id, actor=cast.reception, now=now)
    assert act(booking.reschedule, moved.id, at(4, 9), actor=cast.reception, now=now).starts_at == at(4, 9)
    hold(desk, at(4, 10), now=now)
    assert count_holds() == 1
    assert stored(missed.id).status == "confirmed"


def test_the_sweep_forgets_what_has_expired_and_says_nothing(desk: Desk) -> None:
    cast = desk.cast
    make_hold(cast.doctor_row, cast.main_service, at(4, 9), NOW)
    live = make_hold(cast.doctor_row, cast.main_service, at(4, 10), LATER)
    with transaction():
        assert holds.forget_expired(now=NOW) == 1
    assert busy_of(cast.doctor_id) == [(live.starts_at, live.ends_at)]
    assert desk.told == []


# -- at the same moment ----------------------------------------------------------------------------------------------


def kinds(outcomes: list[Any]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)


@pytest.mark.usefixtures("app")
def test_of_twenty_who_hold_one_time_one_has_it(desk: Desk, at_once: Race) -> None:
    db.session.remove()
    outcomes = at_once(*[lambda: hold(desk, at(4, 10))] * 20)
    assert kinds(outcomes) == {"SlotHold": 1, "SlotTaken": 19}
    assert all(lost.params["next_free"] for lost in outcomes if isinstance(lost, SlotTaken))
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 10, 30))]


def test_who_holds_and_who_books_race_for_one_time(app: Flask, desk: Desk, at_once: Race) -> None:
    for number in range(4):
        starts_at = at(4, 9 + number)
        db.session.remove()
        outcomes = at_once(*[lambda at=starts_at: hold(desk, at), lambda at=starts_at: desk.book(at)] * 4)
        assert kinds(outcomes)["SlotTaken"] == 7, outcomes
    assert len(busy_of(desk.cast.doctor_id)) == 4


def test_of_those_who_book_with_one_hold_one_does(app: Flask, desk: Desk, at_once: Race) -> None:
    held = hold(desk, at(4, 10)).id
    db.session.remove()
    outcomes = at_once(*[lambda: desk.book(at(4, 10), hold_id=held), lambda: desk.book(at(4, 10))] * 5)
    assert kinds(outcomes)["Appointment"] == 1
    assert set(kinds(outcomes)) <= {"Appointment", "HoldGone", "SlotTaken"}
    assert (busy_of(desk.cast.doctor_id), count_holds()) == ([(at(4, 10), at(4, 10, 30))], 0)


def test_an_expired_hold_is_swept_released_and_booked_over_at_once(app: Flask, desk: Desk, at_once: Race) -> None:
    times = [at(4, hour, minute) for hour in (9, 10, 11) for minute in (0, 30)]
    held = [hold(desk, starts_at).id for starts_at in times]

    def sweep() -> int:
        with transaction():
            return holds.forget_expired(now=LATER)

    db.session.remove()
    outcomes = at_once(
        *[sweep] * 3,
        *[lambda pk=pk: act(holds.release, pk, actor=desk.cast.reception, now=LATER) for pk in held],
        *[lambda at=starts_at: desk.book(at, now=LATER) for starts_at in times],
    )
    assert kinds(outcomes)["Appointment"] == 6, outcomes
    assert set(kinds(outcomes)) <= {"Appointment", "NoneType", "NotFound", "int"}
    assert count_holds() == 0
