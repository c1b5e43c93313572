"""A doctor is in one place: with thirty people booking at once, and with the database asked directly."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from app.kernel.db import db, refusal_for, transaction
from app.scheduling import booking
from app.scheduling.errors import SlotTaken
from app.scheduling.models import DoctorTime, SlotHold
from app.scheduling.requests import BookingRequest
from tests.factories import make, make_appointment, make_hours, make_patient, make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, stored

CLIENTS = 30


def all_at_once(app: Flask, acts: list[Callable[[], Any]]) -> list[Any]:
    """What each act returned or raised, in threads that start together, each with a session of its own."""
    gate = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(number: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                outcomes[number] = acts[number]()
            except BaseException as error:
                outcomes[number] = error
            db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def losers_of(outcomes: list[Any]) -> list[SlotTaken]:
    """All but one, each refused and offered other times."""
    kinds = Counter(type(outcome).__name__ for outcome in outcomes)
    assert kinds == {"Appointment": 1, "SlotTaken": len(outcomes) - 1}, kinds
    losers = [outcome for outcome in outcomes if isinstance(outcome, SlotTaken)]
    assert all(loser.params["next_free"] for loser in losers)
    return losers


def test_thirty_bookings_of_one_slot_have_one_winner(app: Flask, desk: Desk) -> None:
    patients = [make_patient(desk.cast.main_clinic).id for _ in range(CLIENTS)]
    requests = [desk.request(at(4, 10), patient_id=patient_id) for patient_id in patients]
    db.session.remove()
    outcomes = all_at_once(app, [lambda request=request: desk.take(request) for request in requests])
    for loser in losers_of(outcomes):
        assert loser.params["next_free"][0]["start"] == "2025-03-04T10:30:00+01:00"
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 10, 30))]


def overlapping_requests(desk: Desk) -> list[BookingRequest]:
    """Of different lengths, at two clinics, all of which cover 10:00 of one doctor's Saturday."""
    cast, chance = desk.cast, random.Random(7)
    for clinic in (cast.main_clinic, cast.riverside_clinic):
        make_hours(cast.doctor2_row, clinic, weekdays=[5])
    services = [
        make_service(clinic, duration_minutes=minutes, buffer_after_minutes=minutes // 4)
        for clinic in (cast.main_clinic, cast.riverside_clinic)
        for minutes in (20, 40, 60)
    ]
    patients = {desk.patient.clinic_id: desk.patient.id, desk.riverside_patient.clinic_id: desk.riverside_patient.id}

    def request(number: int) -> BookingRequest:
        service = services[number % len(services)]
        early = timedelta(minutes=chance.randrange(service.duration_minutes))
        return BookingRequest(
            clinic_id=service.clinic_id,
            doctor_id=cast.doctor2_id,
            service_id=service.id,
            patient_id=patients[service.clinic_id],
            starts_at=at(8, 10) - early,
        )

    return [request(number) for number in range(CLIENTS)]


def test_thirty_bookings_that_overlap_at_two_clinics_have_one_winner(app: Flask, desk: Desk) -> None:
    requests = overlapping_requests(desk)
    db.session.remove()
    outcomes = all_at_once(
        app, [lambda request=request: desk.take(request, actor=desk.cast.admin) for request in requests]
    )
    losers_of(outcomes)
    assert len(busy_of(desk.cast.doctor2_id)) == 1


def test_a_rush_of_bookings_moves_and_cancellations_ends_without_a_deadlock(app: Flask, desk: Desk) -> None:
    cast, chance = desk.cast, random.Random(11)
    doctors = [cast.doctor_id, cast.doctor2_id]
    booked = [desk.book(at(4, 9, 30 * n), doctor_id=doctors[n % 2]).id for n in range(2)]

    def some_act() -> Callable[[], Any]:
        when = at(4, chance.choice([9, 10, 11]), chance.choice([0, 15, 30]))
        doctor_id, appointment_id = chance.choice(doctors), chance.choice(booked)
        return chance.choice(
            [
                lambda: desk.book(when, doctor_id=doctor_id),
                lambda: act(booking.reschedule, appointment_id, when, doctor_id=doctor_id, actor=cast.reception),
                lambda: act(booking.cancel, appointment_id, reason="closed", actor=cast.reception),
            ]
        )

    acts = [some_act() for _ in range(CLIENTS)]
    db.session.remove()
    outcomes = all_at_once(app, acts)
    refused = {type(outcome).__name__ for outcome in outcomes if isinstance(outcome, BaseException)}
    assert refused <= {"SlotTaken", "NoLongerOpen"}
    for doctor_id in doctors:
        times = busy_of(doctor_id)
        assert all(first[1] <= second[0] for first, second in pairwise(times))


# -- the database alone ----------------------------------------------------------------------------------------------


def owned(desk: Desk) -> dict[str, Any]:
    """What makes a busy time one of a hold, which has none yet."""
    cast, until = desk.cast, NOW + timedelta(hours=1)
    place = {"clinic_id": cast.main_id, "doctor_id": cast.doctor2_id, "service_id": cast.service_id}
    held = make(SlotHold(starts_at=at(4, 11), ends_at=at(4, 12), expires_at=until, **place))
    return {"hold_id": held.id, "expires_at": until}


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [
        (at(4, 9, 30), at(4, 10), True),
        (at(4, 10, 30), at(4, 11), True),
        (at(4, 9, 30), at(4, 10, 1), False),
        (at(4, 10, 29), at(4, 11), False),
        (at(4, 10, 10), at(4, 10, 20), False),
        (at(4, 9), at(4, 11), False),
        (at(4, 10), at(4, 10, 30), False),
    ],
)
def test_the_database_alone_refuses_what_overlaps(desk: Desk, start: datetime, end: datetime, *, free: bool) -> None:
    desk.book(at(4, 10))
    values = {"doctor_id": desk.cast.doctor_id, "busy_from": start, "busy_to": end} | owned(desk)
    if free:
        with transaction():
            db.session.execute(insert(DoctorTime).values(**values))
        return
    with pytest.raises(SlotTaken), transaction():
        db.session.execute(insert(DoctorTime).values(**values))


def test_the_database_alone_refuses_a_change_that_overlaps(desk: Desk) -> None:
    desk.book(at(4, 10))
    moved = make(DoctorTime(doctor_id=desk.cast.doctor2_id, busy_from=at(4, 10), busy_to=at(4, 11), **owned(desk)))
    for values in ({"doctor_id": desk.cast.doctor_id}, {"doctor_id": desk.cast.doctor_id, "busy_to": at(4, 10, 15)}):
        with pytest.raises(IntegrityError) as refused:
            db.session.execute(update(DoctorTime).where(DoctorTime.id == moved.id).values(**values))
        assert isinstance(refusal_for(refused.value), SlotTaken)
        db.session.rollback()


def test_a_path_without_the_lock_is_refused_all_the_same(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    with pytest.raises(SlotTaken):
        make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, at(4, 10, 15))
    assert stored(booked.id).starts_at == at(4, 10)
    desk.book(at(4, 11), now=NOW)
