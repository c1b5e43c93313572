"""A freed time is kept for the first who waits and offered, then to the next; the desk may offer what it likes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.people.models import Setting
from app.people.patient_models import Patient
from app.scheduling import booking, holds, lengths, waitlist, waitlist_answers, waitlist_offers
from app.scheduling.errors import OutsideAvailability, SlotTaken
from app.scheduling.models import Appointment, DoctorLeave, SlotHold
from app.scheduling.queries import free_slots
from app.scheduling.states import AppointmentStatus, OfferStatus, WaitStatus
from app.scheduling.waitlist_errors import HasAnOffer, NoLongerWaiting, OfferOver
from app.scheduling.waitlist_models import WaitlistOffer
from tests.factories import make, make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, counted_statements, stored
from tests.integration.scheduling.waiting import (
    at_work,
    confirmed,
    entry_of,
    offers,
    patient_called,
    wait,
    wait_to_move,
)
from tests.plugins.races import Race

OPEN, ACCEPTED, DECLINED = OfferStatus.OPEN, OfferStatus.ACCEPTED, OfferStatus.DECLINED
EXPIRED, WITHDRAWN = OfferStatus.EXPIRED, OfferStatus.WITHDRAWN
WAITING, BOOKED, REMOVED = WaitStatus.WAITING, WaitStatus.BOOKED, WaitStatus.REMOVED
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    """What is posted is due by this clock."""
    with clock.freeze(NOW):
        yield


def cancel(desk: Desk, appointment: Appointment, *, now: datetime = NOW) -> None:
    act(booking.cancel, appointment.id, reason="ill", actor=desk.cast.reception, now=now)


def freed(desk: Desk, starts_at: datetime, **values: Any) -> None:
    """A confirmed appointment at that time is cancelled, and the worker has seen it."""
    cancel(desk, confirmed(desk, starts_at, **values))
    at_work(NOW)


def answer(desk: Desk, command: Any, offer: WaitlistOffer, *, now: datetime = NOW, **values: Any) -> Any:
    return act(command, offer.id, actor=desk.cast.reception, now=now, **values)


def settings(desk: Desk, **values: int) -> None:
    for name, value in values.items():
        make(Setting(clinic_id=desk.cast.main_id, name=name, value=value))


def offered_to() -> list[tuple[int, OfferStatus]]:
    return [(offer.entry_id, offer.status) for offer in offers()]


def first_free(desk: Desk, now: datetime = NOW) -> datetime:
    cast, day = desk.cast, at(4, 9).date()
    return (
        free_slots(cast.main_id, cast.service_id, cast.doctor_id, day, day, actor=cast.reception, now=now)
        .slots[0]
        .start
    )


# -- a time becomes free ---------------------------------------------------------------------------------------------


def test_a_cancelled_time_is_kept_for_the_first_who_waits(desk: Desk) -> None:
    entry_id = wait(desk, patient_called(desk, "Ines"))
    desk.told.clear()
    freed(desk, at(4, 9))
    [offer] = offers()
    assert (offer.entry_id, offer.status, offer.expires_at) == (entry_id, OPEN, NOW + HOUR)
    assert (offer.doctor_id, offer.starts_at, offer.ends_at) == (desk.cast.doctor_id, at(4, 9), at(4, 9, 30))
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9), at(4, 9, 30))]
    assert first_free(desk) == at(4, 9, 30)
    assert desk.events().count("waitlist_updated") == 1
    with pytest.raises(SlotTaken):
        desk.book(at(4, 9))


def test_a_moved_appointment_frees_its_old_time(desk: Desk) -> None:
    booked = confirmed(desk, at(4, 9))
    wait(desk, patient_called(desk, "Ines"))
    act(booking.reschedule, booked.id, at(5, 9), actor=desk.cast.reception)
    at_work(NOW)
    assert [offer.starts_at for offer in offers()] == [at(4, 9)]


def test_a_shortened_appointment_frees_the_rest(desk: Desk) -> None:
    booked = confirmed(desk, at(4, 9), service_id=make_service(desk.cast.main_clinic, duration_minutes=60).id)
    wait(desk, patient_called(desk, "Ines"), to_time="10:00")
    act(lengths.change_length, booked.id, at(4, 9, 30), actor=desk.cast.reception)
    at_work(NOW)
    assert [offer.starts_at for offer in offers()] == [at(4, 9, 30)]


def test_nobody_is_asked_about_a_time_that_suits_nobody(desk: Desk) -> None:
    wait(desk, patient_called(desk, "Ines"), from_day="2025-03-05")
    wait(desk, patient_called(desk, "Joao"), doctor_id=desk.cast.doctor2_id)
    freed(desk, at(4, 9))
    assert offers() == []
    assert first_free(desk) == at(4, 9)


def test_the_most_urgent_is_asked_first_then_who_waits_longest(desk: Desk) -> None:
    routine = wait(desk, patient_called(desk, "Ines"), waiting_since="2025-01-01")
    urgent = wait(desk, patient_called(desk, "Joao"), urgency="urgent")
    long_urgent = wait(desk, patient_called(desk, "Kim"), urgency="urgent", waiting_since="2025-02-01")
    freed(desk, at(4, 9))
    for _ in range(2):
        answer(desk, waitlist_answers.decline, offers()[-1])
        at_work(NOW)
    assert offered_to() == [(long_urgent, DECLINED), (urgent, DECLINED), (routine, OPEN)]


def test_a_long_freed_time_is_offered_to_as_many_as_it_has_room_for(desk: Desk) -> None:
    long_one = make_service(desk.cast.main_clinic, duration_minutes=90)
    entries = [wait(desk, patient_called(desk, name)) for name in ("Ines", "Joao", "Kim", "Lea")]
    freed(desk, at(4, 9), service_id=long_one.id)
    assert offered_to() == [(entry_id, OPEN) for entry_id in entries[:3]]
    assert [offer.starts_at for offer in offers()] == [at(4, 9), at(4, 9, 30), at(4, 10)]


def test_a_longer_appointment_fits_where_the_freed_time_meets_free_time(desk: Desk) -> None:
    hour = make_service(desk.cast.main_clinic, duration_minutes=60)
    for busy_at in (at(4, 9), at(4, 10)):
        confirmed(desk, busy_at, patient_called(desk, f"At{busy_at.hour}"), service_id=hour.id)
    last = confirmed(desk, at(4, 11), patient_called(desk, "Last"))
    wait(desk, patient_called(desk, "Ines"), service_id=hour.id, to_day="2025-03-04")
    cancel(desk, last)
    at_work(NOW)
    assert [(offer.starts_at, offer.ends_at) for offer in offers()] == [(at(4, 11), at(4, 12))]


@pytest.mark.parametrize("busy", ["archived", "elsewhere", "asked"])
def test_who_cannot_take_it_is_not_asked(desk: Desk, busy: str) -> None:
    ines = patient_called(desk, "Ines")
    wait(desk, ines)
    if busy == "archived":
        with transaction():
            db.session.get_one(Patient, ines.id).is_active = False
    elif busy == "elsewhere":
        confirmed(desk, at(4, 9, 15), ines, doctor_id=desk.cast.doctor2_id)
    else:
        freed(desk, at(5, 9))
    freed(desk, at(4, 9))
    assert [offer.starts_at for offer in offers()] == ([at(5, 9)] if busy == "asked" else [])


def test_who_has_an_appointment_is_asked_about_earlier_times_alone(desk: Desk) -> None:
    ines = patient_called(desk, "Ines")
    wait_to_move(desk, confirmed(desk, at(5, 9), ines))
    freed(desk, at(5, 10))
    freed(desk, at(4, 10))
    assert [offer.starts_at for offer in offers()] == [at(4, 10)]


def test_nobody_is_asked_too_late_to_answer_and_to_come(desk: Desk) -> None:
    wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(3, 9, 45))  # in less than the two hours that it takes to come
    assert offers() == []
    freed(desk, at(3, 10, 15))
    assert [(offer.starts_at, offer.expires_at) for offer in offers()] == [(at(3, 10, 15), NOW + HOUR / 4)]


def test_a_clinic_says_how_long_an_offer_stands_or_that_there_are_none(desk: Desk) -> None:
    settings(desk, waitlist_offer_minutes=0)
    wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    assert offers() == []
    with transaction():
        db.session.scalars(select(Setting)).one().value = 20
    freed(desk, at(4, 9))
    assert offers()[0].expires_at == NOW + HOUR / 3


def test_a_time_that_was_booked_meanwhile_is_offered_to_nobody(desk: Desk) -> None:
    wait(desk, patient_called(desk, "Ines"))
    cancel(desk, confirmed(desk, at(4, 9)))
    desk.book(at(4, 9))
    at_work(NOW)
    assert offers() == []


def test_finding_whom_to_ask_takes_no_more_statements_the_more_there_are(desk: Desk) -> None:
    def asked() -> int:
        cancel(desk, confirmed(desk, at(4, 9)))
        with counted_statements() as sent:
            at_work(NOW)
        return len(sent)

    for name in ("Ines", "Joao"):
        wait(desk, patient_called(desk, name))
    few = asked()
    for offer in offers():
        answer(desk, waitlist_answers.withdraw, offer)
    for number in range(12):
        wait(desk, patient_called(desk, f"Other{number}"), urgency="soon")
    assert asked() == few


# -- answers ---------------------------------------------------------------------------------------------------------


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


# -- the desk offers by hand -----------------------------------------------------------------------------------------


def offer(desk: Desk, entry_id: int, starts_at: datetime, doctor_id: int | None = None) -> WaitlistOffer:
    made: WaitlistOffer = act(
        waitlist_offers.offer_time, entry_id, doctor_id or desk.cast.doctor_id, starts_at, actor=desk.cast.reception
    )
    return made


def test_the_desk_offers_anybody_a_free_time_whoever_comes_first(desk: Desk) -> None:
    wait(desk, patient_called(desk, "Ines"), urgency="urgent")
    entry_id = wait(desk, patient_called(desk, "Joao"))
    made = offer(desk, entry_id, at(3, 9))
    assert (made.entry_id, made.expires_at, made.offered_by) == (entry_id, at(3, 9), desk.cast.reception.name)
    assert busy_of(desk.cast.doctor_id) == [(at(3, 9), at(3, 9, 30))]


def test_one_time_is_offered_to_one_and_one_is_offered_one_time(desk: Desk) -> None:
    first = wait(desk, patient_called(desk, "Ines"))
    second = wait(desk, patient_called(desk, "Joao"))
    offer(desk, first, at(4, 9))
    with pytest.raises(HasAnOffer):
        offer(desk, first, at(4, 10))
    with pytest.raises(SlotTaken):
        offer(desk, second, at(4, 9))
    act(waitlist.remove_entry, second, actor=desk.cast.reception)
    with pytest.raises(NoLongerWaiting):
        offer(desk, second, at(4, 10))


@pytest.mark.parametrize("who", ["doctor", "accountant", "riverside"])
@pytest.mark.parametrize("command", ["offer_time", "accept", "decline", "withdraw", "expire", "offer_freed_time"])
def test_only_the_desk_of_the_clinic_offers_and_answers(desk: Desk, who: str, command: str) -> None:
    entry_id = wait(desk, patient_called(desk, "Ines"))
    made = offer(desk, entry_id, at(4, 9))
    gap = waitlist_offers.Gap(desk.cast.doctor_id, at(4, 9), at(4, 10))
    arguments = {"offer_time": (entry_id, desk.cast.doctor_id, at(4, 10)), "offer_freed_time": (desk.cast.main_id, gap)}
    module = waitlist_offers if command in arguments else waitlist_answers
    with pytest.raises((NotAllowed, NotFound)):
        act(getattr(module, command), *arguments.get(command, (made.id,)), actor=getattr(desk.cast, who))
    assert offered_to() == [(entry_id, OPEN)]


# -- several at once -------------------------------------------------------------------------------------------------


def test_of_many_answers_at_once_one_counts(desk: Desk, at_once: Race) -> None:
    wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    [made] = offers()
    commands = [waitlist_answers.accept, waitlist_answers.decline, waitlist_answers.withdraw] * 3
    db.session.remove()
    outcomes = at_once(*[lambda command=command: answer(desk, command, made) for command in commands])
    assert [type(outcome) for outcome in outcomes].count(OfferOver) == len(commands) - 1, outcomes
    taken = busy_of(desk.cast.doctor_id)
    assert taken == ([(at(4, 9), at(4, 9, 30))] if offers()[0].status is ACCEPTED else [])


def test_the_end_of_an_offer_an_answer_and_a_booking_at_once_leave_one_who_has_the_time(
    desk: Desk, at_once: Race
) -> None:
    """At the very end of an offer its patient is late, whoever gets there first."""
    wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    [made] = offers()
    end, patient_id = made.expires_at, patient_called(desk, "Walk").id
    db.session.remove()
    outcomes = at_once(
        lambda: answer(desk, waitlist_answers.accept, made, now=end),
        lambda: act(waitlist_answers.expire, made.id, actor=desk.cast.admin, now=end),
        *[lambda: desk.book(at(4, 9), patient_id=patient_id, now=end)] * 3,
    )
    assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refusal)], outcomes
    assert isinstance(outcomes[0], OfferOver)
    assert [type(outcome).__name__ for outcome in outcomes].count("Appointment") == 1
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9), at(4, 9, 30))]


def test_freed_times_looked_at_at_once_are_offered_to_different_people(desk: Desk, at_once: Race) -> None:
    entries = [wait(desk, patient_called(desk, f"P{number}")) for number in range(6)]
    gaps = [waitlist_offers.Gap(doctor, at(4, 9), at(4, 10)) for doctor in (desk.cast.doctor_id, desk.cast.doctor2_id)]
    db.session.remove()

    def look(gap: waitlist_offers.Gap) -> Any:
        return act(waitlist_offers.offer_freed_time, desk.cast.main_id, gap, actor=desk.cast.admin)

    outcomes = at_once(*[lambda gap=gap: look(gap) for gap in gaps for _ in range(2)])
    retried = [look(gap) for gap in gaps]  # what the outbox does where two wanted the same patient
    assert all(isinstance(one, list | Exception) for one in [*outcomes, *retried])
    made = offers()
    assert len({one.entry_id for one in made}) == len(made) == 4
    assert set(entries) >= {one.entry_id for one in made}
    assert len({(one.doctor_id, one.starts_at) for one in made}) == 4


def test_a_released_hold_does_not_spoil_an_offer(desk: Desk) -> None:
    wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    held = db.session.scalars(select(SlotHold)).one()
    act(holds.release, held.id, actor=desk.cast.reception)
    assert answer(desk, waitlist_answers.accept, offers()[0]).starts_at == at(4, 9)
