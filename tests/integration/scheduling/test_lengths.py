"""The length of one appointment is changed, under the same rules and locks as a booking."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.kernel.models import AuditEntry, OutboxMessage
from app.scheduling import booking, progress
from app.scheduling.errors import (
    EndsBeforeItBegins,
    LastsTooLong,
    LengthIsFixed,
    OutsideAvailability,
    SlotTaken,
)
from app.scheduling.lengths import change_length, rearrange
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.factories import make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, stored
from tests.plugins.races import Race


def test_an_appointment_becomes_longer_and_keeps_the_doctor_as_long(desk: Desk) -> None:
    row = desk.book(at(4, 10))
    desk.told.clear()
    act(change_length, row.id, at(4, 11, 15), actor=desk.cast.reception)
    assert stored(row.id).ends_at == at(4, 11, 15)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 11, 15))]
    assert desk.events() == ["appointment_updated"]


def test_an_appointment_becomes_shorter_and_gives_its_time_back(desk: Desk) -> None:
    row = desk.book(at(4, 10))
    act(change_length, row.id, at(4, 10, 10), actor=desk.cast.reception)
    desk.book(at(4, 10, 10), patient_id=desk.patient.id)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 10, 10)), (at(4, 10, 10), at(4, 10, 40))]


def test_buffers_stay_around_the_new_length(desk: Desk) -> None:
    service = make_service(desk.cast.main_clinic, buffer_before_minutes=5, buffer_after_minutes=10)
    row = desk.book(at(4, 10), service_id=service.id)
    act(change_length, row.id, at(4, 11), actor=desk.cast.reception)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9, 55), at(4, 11, 10))]


def test_it_does_not_grow_over_the_next_one_without_a_reason(desk: Desk) -> None:
    row = desk.book(at(4, 10))
    desk.book(at(4, 10, 30))
    with pytest.raises(SlotTaken):
        act(change_length, row.id, at(4, 10, 45), actor=desk.cast.reception)
    assert stored(row.id).ends_at == at(4, 10, 30)
    act(change_length, row.id, at(4, 10, 45), overbook_reason="a long story", actor=desk.cast.reception)
    assert stored(row.id).overbook_reason == "a long story"
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10, 30), at(4, 11))]


def test_it_does_not_grow_out_of_the_doctors_hours_without_a_reason(desk: Desk) -> None:
    row = desk.book(at(4, 16, 30))
    with pytest.raises(OutsideAvailability):
        act(change_length, row.id, at(4, 17, 15), actor=desk.cast.reception)
    act(change_length, row.id, at(4, 17, 15), overbook_reason="stays on", actor=desk.cast.reception)
    assert stored(row.id).ends_at == at(4, 17, 15)


def test_an_overbooked_one_stays_so_while_it_must_and_has_its_time_again_when_it_can(desk: Desk) -> None:
    other = desk.book(at(4, 10))
    row = desk.book(at(4, 10), overbook_reason="urgent")
    act(change_length, row.id, at(4, 10, 45), actor=desk.cast.reception)
    assert stored(row.id).overbook_reason == "urgent"
    act(booking.cancel, other.id, reason="ill", actor=desk.cast.reception)
    revision = stored(row.id).revision
    act(change_length, row.id, at(4, 11), actor=desk.cast.reception)
    assert (stored(row.id).overbook_reason, stored(row.id).revision) == (None, revision + 1)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 11))]


def test_what_has_begun_may_still_become_longer(desk: Desk) -> None:
    row = desk.book(at(4, 10), status=AppointmentStatus.CONFIRMED)
    during = at(4, 10, 20)
    act(progress.check_in, row.id, actor=desk.cast.reception, now=during)
    act(change_length, row.id, at(4, 11), actor=desk.cast.reception, now=during)
    assert stored(row.id).ends_at == at(4, 11)


def test_what_is_over_keeps_its_length(desk: Desk) -> None:
    row = desk.book(at(4, 10))
    act(booking.cancel, row.id, reason="ill", actor=desk.cast.reception)
    with pytest.raises(LengthIsFixed):
        act(change_length, row.id, at(4, 11), actor=desk.cast.reception)


@pytest.mark.parametrize(
    ("ends_at", "refusal"),
    [(at(4, 10), EndsBeforeItBegins), (at(4, 9), EndsBeforeItBegins), (at(5, 10, 1), LastsTooLong)],
)
def test_an_end_that_makes_no_sense_is_refused(desk: Desk, ends_at: Any, refusal: type[Refusal]) -> None:
    row = desk.book(at(4, 10))
    with pytest.raises(refusal):
        act(change_length, row.id, ends_at, actor=desk.cast.reception)


def test_only_the_desk_of_the_clinic_changes_a_length(desk: Desk) -> None:
    row = desk.book(at(4, 10))
    with pytest.raises(NotAllowed):
        act(change_length, row.id, at(4, 11), actor=desk.cast.doctor)
    with pytest.raises(NotFound):
        act(change_length, row.id, at(4, 11), actor=desk.cast.riverside)


def test_the_patient_is_not_written_to_but_the_log_knows(desk: Desk) -> None:
    row = desk.book(at(4, 10), status=AppointmentStatus.CONFIRMED)
    posted = select(OutboxMessage.key)
    before = set(db.session.scalars(posted))
    act(change_length, row.id, at(4, 11), actor=desk.cast.reception)
    assert set(db.session.scalars(posted)) == before
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert set(entry.after or {}) & {"starts_at", "ends_at"} == {"ends_at"}


def test_a_move_keeps_the_length_that_it_names(desk: Desk) -> None:
    row = desk.book(at(4, 10))
    act(rearrange, row.id, at(4, 14), ends_at=at(4, 14, 50), actor=desk.cast.reception)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 14), at(4, 14, 50))]
    act(rearrange, row.id, at(4, 14), ends_at=at(4, 14, 20), actor=desk.cast.reception)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 14), at(4, 14, 20))]
    act(rearrange, row.id, at(4, 15), actor=desk.cast.reception)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 15), at(4, 15, 30))]


def test_a_named_length_does_not_reach_over_the_next_one(desk: Desk) -> None:
    row = desk.book(at(4, 10))
    desk.book(at(4, 14, 30))
    with pytest.raises(SlotTaken):
        act(rearrange, row.id, at(4, 14), ends_at=at(4, 14, 45), actor=desk.cast.reception)
    assert stored(row.id).starts_at == at(4, 10)


def test_of_two_that_grow_into_the_same_time_one_wins(desk: Desk, at_once: Race) -> None:
    first, second = desk.book(at(4, 10)), desk.book(at(4, 11))
    ids, actor = (first.id, second.id), desk.cast.reception
    db.session.rollback()

    def grow() -> Appointment:
        with transaction(actor):
            return change_length(ids[0], at(4, 11), actor=actor, now=NOW)

    def move() -> Appointment:
        with transaction(actor):
            return rearrange(ids[1], at(4, 10, 45), ends_at=at(4, 11, 15), actor=actor, now=NOW)

    outcomes = at_once(grow, move)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Appointment", "SlotTaken"]
    busy = busy_of(desk.cast.doctor_id)
    assert len(busy) == 2
    assert busy[0][1] <= busy[1][0]


def test_of_many_stretches_and_bookings_none_overlap(desk: Desk, at_once: Race) -> None:
    row_id, actor = desk.book(at(4, 10)).id, desk.cast.reception
    requests = [desk.request(at(4, 10, 30) + timedelta(minutes=10 * n)) for n in range(3)]
    db.session.rollback()

    def stretch() -> Appointment:
        with transaction(actor):
            return change_length(row_id, at(4, 11), actor=actor, now=NOW)

    def book(request: Any) -> Any:
        def take() -> Appointment:
            with transaction(actor):
                return booking.book(request, actor=actor, now=NOW)

        return take

    outcomes = at_once(stretch, *map(book, requests))
    assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Appointment | SlotTaken) for outcome in outcomes)
    busy = busy_of(desk.cast.doctor_id)
    assert all(one[1] <= other[0] for one, other in pairwise(busy))
