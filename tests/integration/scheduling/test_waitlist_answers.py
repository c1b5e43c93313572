"""What becomes of an offer: accepted, declined, taken back, unanswered; and what can no longer be kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.models import OutboxMessage
from app.scheduling import booking, waitlist, waitlist_answers
from app.scheduling.errors import OutsideAvailability
from app.scheduling.models import Appointment, DoctorLeave, SlotHold
from app.scheduling.states import AppointmentStatus, OfferStatus, WaitStatus
from app.scheduling.tasks import settle_waiting
from app.scheduling.waitlist_effects import OFFER_DUE
from app.scheduling.waitlist_errors import OfferOver
from tests.factories import make
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, stored
from tests.integration.scheduling.waiting import (
    answer,
    at_work,
    cancel,
    confirmed,
    entry_of,
    first_free,
    freed,
    offered_to,
    offers,
    patient_called,
    wait,
    wait_to_move,
)

OPEN, ACCEPTED, DECLINED = OfferStatus.OPEN, OfferStatus.ACCEPTED, OfferStatus.DECLINED
EXPIRED, WITHDRAWN = OfferStatus.EXPIRED, OfferStatus.WITHDRAWN
WAITING, BOOKED, REMOVED = WaitStatus.WAITING, WaitStatus.BOOKED, WaitStatus.REMOVED
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    """What is posted is due by this clock."""
    with clock.freeze(NOW):
        yield


def test_an_accepted_time_is_booked_and_confirmed(desk: Desk) -> None:
    ines = patient_called(desk, "Ines")
    entry_id = wait(desk, ines)
    freed(desk, at(4, 9))
    desk.told.clear()
    booked_id = answer(desk, waitlist_answers.accept, offers()[0]).id
    row = stored(booked_id)
    assert (row.patient_id, row.starts_at, row.status) == (ines.id, at(4, 9), AppointmentStatus.CONFIRMED)
    assert row.source == "waitlist"
    assert entry_of(entry_id).status is BOOKED
    [offer] = offers()
    assert (offer.status, offer.appointment_id, offer.settled_at) == (ACCEPTED, booked_id, NOW)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9), at(4, 9, 30))]
    assert db.session.scalars(select(SlotHold)).all() == []
    assert desk.events() == ["appointment_created", "waitlist_updated"]


@pytest.mark.parametrize("status", [AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED])
def test_the_patients_own_appointment_is_moved_and_its_time_offered_to_the_next(
    desk: Desk, status: AppointmentStatus
) -> None:
    own = desk.book(at(6, 9), status=status)
    wait_to_move(desk, own)
    next_entry = wait(desk, patient_called(desk, "Joao"), from_day="2025-03-06")
    freed(desk, at(4, 9), patient_id=patient_called(desk, "Gone").id)
    moved = answer(desk, waitlist_answers.accept, offers()[0])
    assert moved.id == own.id
    assert (stored(own.id).starts_at, stored(own.id).status) == (at(4, 9), AppointmentStatus.CONFIRMED)
    at_work(NOW)
    assert [(offer.entry_id, offer.starts_at) for offer in offers()][1:] == [(next_entry, at(6, 9))]


def test_who_no_longer_has_the_appointment_gets_a_new_one(desk: Desk) -> None:
    own = confirmed(desk, at(6, 9))
    wait_to_move(desk, own)
    freed(desk, at(4, 9), patient_id=patient_called(desk, "Gone").id)
    cancel(desk, own)
    booked = answer(desk, waitlist_answers.accept, offers()[0])
    assert (booked.id != own.id, stored(booked.id).starts_at) == (True, at(4, 9))


def test_a_declined_time_goes_to_the_next_and_never_to_the_same_again(desk: Desk) -> None:
    first = wait(desk, patient_called(desk, "Ines"))
    second = wait(desk, patient_called(desk, "Joao"))
    freed(desk, at(4, 9))
    answer(desk, waitlist_answers.decline, offers()[0])
    at_work(NOW)
    answer(desk, waitlist_answers.decline, offers()[1])
    at_work(NOW)
    assert offered_to() == [(first, DECLINED), (second, DECLINED)]
    assert first_free(desk) == at(4, 9)
    assert [entry_of(one).status for one in (first, second)] == [WAITING, WAITING]
    freed(desk, at(4, 10))
    assert offered_to()[2:] == [(first, OPEN)]


def test_who_declines_for_good_is_off_the_list(desk: Desk) -> None:
    entry_id = wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    answer(desk, waitlist_answers.decline, offers()[0], leave_list=True)
    assert entry_of(entry_id).status is REMOVED


def test_without_an_answer_the_next_is_asked_when_the_time_is_over(desk: Desk) -> None:
    first = wait(desk, patient_called(desk, "Ines"))
    second = wait(desk, patient_called(desk, "Joao"))
    freed(desk, at(4, 9))
    at_work(NOW + HOUR - timedelta(seconds=1))
    assert offered_to() == [(first, OPEN)]
    at_work(NOW + HOUR)
    assert offered_to() == [(first, EXPIRED), (second, OPEN)]
    assert offers()[1].expires_at == NOW + 2 * HOUR


def test_an_unanswered_time_that_somebody_has_booked_is_offered_to_nobody_else(desk: Desk) -> None:
    first = wait(desk, patient_called(desk, "Ines"))
    wait(desk, patient_called(desk, "Joao"))
    freed(desk, at(4, 9))
    desk.book(at(4, 9), now=NOW + HOUR)
    at_work(NOW + HOUR)
    assert offered_to() == [(first, EXPIRED)]


@pytest.mark.parametrize("command", [waitlist_answers.accept, waitlist_answers.decline, waitlist_answers.withdraw])
@pytest.mark.parametrize("over", ["late", "accepted", "declined", "withdrawn"])
def test_an_offer_that_is_over_takes_no_answer(desk: Desk, command: Any, over: str) -> None:
    wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    [offer] = offers()
    ends = {"accepted": "accept", "declined": "decline", "withdrawn": "withdraw"}
    if over in ends:
        answer(desk, getattr(waitlist_answers, ends[over]), offer)
    if over == "late" and command is waitlist_answers.withdraw:
        return  # that one the desk may still take back
    before = offered_to(), busy_of(desk.cast.doctor_id)
    with pytest.raises(OfferOver):
        answer(desk, command, offer, now=NOW + HOUR if over == "late" else NOW)
    assert (offered_to(), busy_of(desk.cast.doctor_id)) == before


def test_what_the_desk_takes_back_is_free_and_offered_to_nobody(desk: Desk) -> None:
    first = wait(desk, patient_called(desk, "Ines"))
    wait(desk, patient_called(desk, "Joao"))
    freed(desk, at(4, 9))
    answer(desk, waitlist_answers.withdraw, offers()[0])
    at_work(NOW)
    assert offered_to() == [(first, WITHDRAWN)]
    assert desk.book(at(4, 9)).starts_at == at(4, 9)


def test_who_is_taken_off_the_list_leaves_the_offered_time_to_the_next(desk: Desk) -> None:
    first = wait(desk, patient_called(desk, "Ines"))
    second = wait(desk, patient_called(desk, "Joao"))
    freed(desk, at(4, 9))
    act(waitlist.remove_entry, first, actor=desk.cast.reception)
    at_work(NOW)
    assert offered_to() == [(first, WITHDRAWN), (second, OPEN)]


def test_an_offer_that_can_no_longer_be_kept_books_nothing(desk: Desk) -> None:
    entry_id = wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    day = at(4, 9).date()
    make(DoctorLeave(doctor_id=desk.cast.doctor_id, first_day=day, last_day=day, entered_by="admin"))
    with pytest.raises(OutsideAvailability):
        answer(desk, waitlist_answers.accept, offers()[0])
    assert (offered_to(), entry_of(entry_id).status) == ([(entry_id, OPEN)], WAITING)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9), at(4, 9, 30))]


@pytest.mark.parametrize("meanwhile", ["moved before it", "checked in"])
def test_who_would_come_later_or_is_here_already_is_not_moved(desk: Desk, meanwhile: str) -> None:
    own = confirmed(desk, at(6, 9))
    entry_id = wait_to_move(desk, own)
    freed(desk, at(5, 9), patient_id=patient_called(desk, "Gone").id)
    if meanwhile == "checked in":
        with transaction():
            db.session.get_one(Appointment, own.id).status = AppointmentStatus.CHECKED_IN
    else:
        act(booking.reschedule, own.id, at(4, 9), actor=desk.cast.reception)
    with pytest.raises(OfferOver):
        answer(desk, waitlist_answers.accept, offers()[0])
    assert (offered_to(), entry_of(entry_id).status) == ([(entry_id, OPEN)], WAITING)


def test_an_offer_whose_own_message_was_lost_is_ended_by_the_sweep(desk: Desk) -> None:
    first = wait(desk, patient_called(desk, "Ines"))
    second = wait(desk, patient_called(desk, "Joao"))
    freed(desk, at(4, 9))
    with transaction():
        db.session.execute(delete(OutboxMessage).where(OutboxMessage.kind == OFFER_DUE))
    with clock.freeze(NOW + HOUR):
        settle_waiting()
    at_work(NOW + HOUR)
    assert offered_to() == [(first, EXPIRED), (second, OPEN)]


def test_the_desk_may_take_back_what_is_overdue(desk: Desk) -> None:
    entry_id = wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    answer(desk, waitlist_answers.withdraw, offers()[0], now=NOW + 2 * HOUR)
    assert offered_to() == [(entry_id, WITHDRAWN)]


def test_what_cannot_be_kept_is_ended_and_goes_to_the_next(desk: Desk) -> None:
    first = wait(desk, patient_called(desk, "Ines"))
    second = wait(desk, patient_called(desk, "Joao"))
    freed(desk, at(4, 9))
    answer(desk, waitlist_answers.give_up, offers()[0])
    at_work(NOW)
    assert offered_to() == [(first, WITHDRAWN), (second, OPEN)]
    assert answer(desk, waitlist_answers.give_up, offers()[0]) is None
