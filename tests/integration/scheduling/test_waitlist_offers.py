"""A freed time is kept for the first who waits and offered; the desk may offer what it likes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.people.models import Service, Setting
from app.people.patient_models import Patient
from app.scheduling import booking, holds, lengths, waitlist, waitlist_answers, waitlist_offers, waitlist_queries
from app.scheduling.errors import SlotTaken
from app.scheduling.models import Appointment, SlotHold
from app.scheduling.states import OfferStatus, WaitStatus
from app.scheduling.tasks import settle_waiting
from app.scheduling.waitlist_errors import EntriesBusy, HasAnOffer, KeptForAnOffer, NoLongerWaiting, OfferOver
from app.scheduling.waitlist_models import WaitlistOffer
from tests.factories import make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, counted_statements, stored
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
    set_limits,
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


# -- a time becomes free -----------------------------------------------------------------------------------------------


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
    set_limits(desk, waitlist_offer_minutes=0)
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


def test_a_patient_who_is_elsewhere_is_offered_what_is_left_of_a_freed_time(desk: Desk) -> None:
    ines, long_one = patient_called(desk, "Ines"), make_service(desk.cast.main_clinic, duration_minutes=120)
    confirmed(desk, at(4, 9), ines, doctor_id=desk.cast.doctor2_id)
    wait(desk, ines)
    freed(desk, at(4, 9), service_id=long_one.id)
    assert [offer.starts_at for offer in offers()] == [at(4, 9, 30)]


def test_a_time_that_reaches_into_another_appointment_of_the_patient_is_not_offered(desk: Desk) -> None:
    ines, hour = patient_called(desk, "Ines"), make_service(desk.cast.main_clinic, duration_minutes=60)
    confirmed(desk, at(4, 9, 30), ines, doctor_id=desk.cast.doctor2_id)
    wait(desk, ines, service_id=hour.id, from_time="09:15", to_time="10:30")
    freed(desk, at(4, 10))
    assert offers() == []


def test_who_waits_for_two_services_is_asked_about_one_time_after_the_other(desk: Desk) -> None:
    ines = patient_called(desk, "Ines")
    for service_id in (desk.cast.service_id, make_service(desk.cast.main_clinic).id):
        wait(desk, ines, service_id=service_id)
    for doctor_id in (desk.cast.doctor_id, desk.cast.doctor2_id):
        freed(desk, at(4, 9), doctor_id=doctor_id)
    assert len(offers()) == 1


def test_a_service_that_is_no_longer_offered_keeps_nobody_up_and_its_entries_lapse(desk: Desk) -> None:
    gone = make_service(desk.cast.main_clinic)
    old = wait(desk, patient_called(desk, "Old"), service_id=gone.id)
    entry_id = wait(desk, patient_called(desk, "Ines"))
    with transaction():
        db.session.get_one(Service, gone.id).is_active = False
    freed(desk, at(4, 9))
    assert offered_to() == [(entry_id, OPEN)]
    settle_waiting()
    assert entry_of(old).status is WaitStatus.LAPSED


def test_those_who_could_not_take_it_do_not_hide_who_could(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waitlist_queries, "MOST_ASKED", 3)
    for number in range(3):
        wait(desk, patient_called(desk, f"Later{number}"), urgency="urgent", from_day="2025-06-01")
    entry_id = wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    assert offered_to() == [(entry_id, OPEN)]


def test_a_long_appointment_beside_a_short_one_on_the_list_sees_what_is_booked_far_behind(desk: Desk) -> None:
    day_long = make_service(desk.cast.main_clinic, duration_minutes=8 * 60)
    confirmed(desk, at(4, 16), patient_called(desk, "Evening"))
    wait(desk, patient_called(desk, "Short"), to_day="2025-03-03")
    wait(desk, patient_called(desk, "Long"), service_id=day_long.id)
    freed(desk, at(4, 9))
    assert offers() == []


def test_asking_takes_as_many_statements_for_many_services_as_for_one(desk: Desk) -> None:
    def asked() -> int:
        cancel(desk, confirmed(desk, at(4, 9)))
        with counted_statements() as sent:
            at_work(NOW)
        return len(sent)

    wait(desk, patient_called(desk, "Ines"), to_time="08:00")
    few = asked()
    for number in range(6):
        service = make_service(desk.cast.main_clinic)
        wait(desk, patient_called(desk, f"Other{number}"), service_id=service.id, to_time="08:00")
    assert asked() == few


def test_who_is_just_being_dealt_with_is_asked_a_moment_later(app: Flask, desk: Desk) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: nobody can hold a row meanwhile")
    entry_id = wait(desk, patient_called(desk, "Ines"))
    cancel(desk, confirmed(desk, at(4, 9)))
    db.session.remove()
    held, done = Event(), Event()

    def edit() -> None:
        with app.app_context(), transaction(desk.cast.reception):
            waitlist_offers.get_waiting(entry_id, actor=desk.cast.reception)
            held.set()
            done.wait(60)

    desk_at_work = Thread(target=edit)
    desk_at_work.start()
    assert held.wait(60)
    at_work(NOW)
    done.set()
    desk_at_work.join()
    assert offers() == []
    at_work(NOW + timedelta(minutes=1))
    assert offered_to() == [(entry_id, OPEN)]


# -- the desk offers by hand -------------------------------------------------------------------------------------------


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


def test_a_time_offered_and_booked_in_one_act_waits_for_whoever_moves_the_appointment(app: Flask, desk: Desk) -> None:
    """The appointment is locked before its doctor, as everywhere: the two would wait in circles otherwise."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: nobody can hold a row meanwhile")
    own = confirmed(desk, at(6, 9))
    entry_id, own_id, desk_of = wait_to_move(desk, own), own.id, desk.cast.reception
    db.session.remove()
    begun, errors = Event(), []

    def book_at_once() -> None:
        with app.app_context():
            begun.wait(60)
            try:
                made = offer_and_accept(desk, entry_id)
                assert made is not None
            except Exception as error:
                errors.append(error)

    other = Thread(target=book_at_once)
    other.start()
    with transaction(desk_of):
        booking.get_locked(own_id, actor=desk_of)
        begun.set()
        other.join(1)
        booking.reschedule(own_id, at(7, 9), actor=desk_of, now=NOW)
    other.join()
    assert errors == []
    assert stored(own_id).starts_at == at(4, 9)


def offer_and_accept(desk: Desk, entry_id: int) -> Appointment:
    who = desk.cast.reception
    with transaction(who):
        made = waitlist_offers.offer_time(entry_id, desk.cast.doctor_id, at(4, 9), actor=who, now=NOW)
        return waitlist_answers.accept(made.id, actor=who, now=NOW)


# -- several at once ---------------------------------------------------------------------------------------------------


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
    busy = (EntriesBusy, HasAnOffer)  # two wanted the same patient; the outbox looks again
    assert all(isinstance(one, (list, *busy)) for one in outcomes), outcomes
    for gap in gaps:
        look(gap)
    made = offers()
    assert len({one.entry_id for one in made}) == len(made) == 4
    assert set(entries) >= {one.entry_id for one in made}
    assert len({(one.doctor_id, one.starts_at) for one in made}) == 4


def test_what_is_kept_for_an_offer_is_given_away_by_its_answer_alone(desk: Desk) -> None:
    wait(desk, patient_called(desk, "Ines"))
    freed(desk, at(4, 9))
    held = db.session.scalars(select(SlotHold)).one().id
    for command in (
        lambda: act(holds.release, held, actor=desk.cast.reception),
        lambda: desk.book(at(4, 9), hold_id=held),
    ):
        with pytest.raises(KeptForAnOffer):
            command()
    assert answer(desk, waitlist_answers.accept, offers()[0]).starts_at == at(4, 9)
