"""Patients come onto the waiting list, change what they would take, and go off it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal, Stale
from app.people.patient_models import Patient
from app.scheduling import booking, waitlist
from app.scheduling.errors import DoctorNotOffering, NoLongerOpen, PatientArchived, ServiceNotOffered, UnknownPatient
from app.scheduling.states import Urgency, WaitStatus
from app.scheduling.tasks import settle_waiting
from app.scheduling.waitlist_errors import (
    AlreadyWaiting,
    DaysBackwards,
    NoLongerWaiting,
    NotTheirAppointment,
    TimesBackwards,
    WaitsSinceTheFuture,
)
from tests.factories import make_doctor, make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at
from tests.integration.scheduling.waiting import confirmed, entry_of, patient_called, wait, wait_to_move
from tests.plugins.races import Race

TODAY = date(2025, 3, 3)


def test_a_patient_waits_from_today_for_a_service_with_any_doctor(desk: Desk) -> None:
    entry = entry_of(wait(desk, desk.patient))
    assert (entry.status, entry.urgency, entry.waiting_since) == (WaitStatus.WAITING, Urgency.ROUTINE, TODAY)
    assert (entry.doctor_id, entry.appointment_id, entry.weekdays) == (None, None, [])
    assert desk.events() == ["waitlist_updated"]


def test_all_wishes_are_kept(desk: Desk) -> None:
    wishes: dict[str, Any] = {
        "doctor_id": desk.cast.doctor_id,
        "urgency": "urgent",
        "waiting_since": "2025-02-20",
        "from_day": "2025-03-04",
        "to_day": "2025-03-14",
        "weekdays": [3, 1, 3],
        "from_time": "08:00",
        "to_time": "12:00",
        "notes": " Mornings only ",
    }
    entry = entry_of(wait(desk, desk.patient, **wishes))
    assert entry.window == (date(2025, 3, 4), date(2025, 3, 14), (1, 3), time(8), time(12))
    assert (entry.urgency, entry.waiting_since, entry.notes) == (Urgency.URGENT, date(2025, 2, 20), "Mornings only")


def test_who_has_an_appointment_waits_for_an_earlier_one(desk: Desk) -> None:
    booked = desk.book(at(20, 10))
    entry = entry_of(wait_to_move(desk, booked))
    assert (entry.appointment_id, entry.patient_id) == (booked.id, desk.patient.id)
    assert (entry.service_id, entry.clinic_id) == (desk.cast.service_id, desk.cast.main_id)


@pytest.mark.parametrize(
    ("wishes", "refusal"),
    [
        ({"from_day": "2025-03-05", "to_day": "2025-03-04"}, DaysBackwards),
        ({"from_time": "10:00", "to_time": "10:00"}, TimesBackwards),
        ({"waiting_since": "2025-03-04"}, WaitsSinceTheFuture),
        ({"weekdays": [7]}, Invalid),
        ({"weekdays": "monday"}, Invalid),
        ({"urgency": "at once"}, Invalid),
        ({"from_time": "soon"}, Invalid),
        ({"colour": "red"}, Invalid),
        ({"patient_id": None}, Invalid),
        ({"service_id": 999_999}, ServiceNotOffered),
        ({"doctor_id": 999_999}, DoctorNotOffering),
        ({"clinic_id": 999_999}, NotFound),
        ({"appointment_id": 999_999}, NotFound),
    ],
)
def test_what_makes_no_sense_is_refused_and_nobody_waits(
    desk: Desk, wishes: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        wait(desk, desk.patient, **wishes)
    assert desk.told == []


def test_every_problem_is_told_at_once(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        wait(desk, desk.patient, from_day="soon", urgency="at once", weekdays=[9])
    assert set(refused.value.errors) == {"from_day", "urgency", "weekdays"}


def test_only_a_current_patient_of_the_clinic_waits_there(desk: Desk) -> None:
    with pytest.raises(UnknownPatient):
        wait(desk, desk.riverside_patient)
    with pytest.raises(PatientArchived):
        wait(desk, patient_called(desk, "Ines", is_active=False))


def test_only_an_appointment_of_that_patient_that_may_be_moved_is_waited_with(desk: Desk) -> None:
    booked = desk.book(at(20, 10))
    with pytest.raises(NotTheirAppointment):
        wait(desk, patient_called(desk, "Ines"), appointment_id=booked.id)
    act(booking.cancel, booked.id, reason="ill", actor=desk.cast.reception)
    with pytest.raises(NoLongerOpen):
        wait_to_move(desk, booked)


def test_a_doctor_who_does_not_offer_the_service_is_not_waited_for(desk: Desk) -> None:
    elsewhere = make_doctor(desk.cast.riverside_clinic)
    with pytest.raises(DoctorNotOffering):
        wait(desk, desk.patient, doctor_id=elsewhere.id)


def test_nobody_waits_twice_for_a_service(desk: Desk) -> None:
    entry_id = wait(desk, desk.patient)
    with pytest.raises(AlreadyWaiting) as refused:
        wait(desk, desk.patient, doctor_id=desk.cast.doctor_id)
    assert refused.value.params["existing_id"] == entry_id
    assert wait(desk, desk.patient, service_id=make_service(desk.cast.main_clinic).id) != entry_id


def test_of_two_desks_at_once_one_puts_the_patient_on_the_list(desk: Desk, at_once: Race) -> None:
    patient = desk.patient
    db.session.remove()
    outcomes = at_once(*[lambda: wait(desk, patient)] * 6)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyWaiting"] * 5 + ["int"]


def test_the_database_refuses_a_second_entry_that_waits(desk: Desk) -> None:
    entry = entry_of(wait(desk, desk.patient))
    copied = {name: getattr(entry, name) for name in ("clinic_id", "patient_id", "service_id", "waiting_since")}
    with pytest.raises(AlreadyWaiting), transaction():
        db.session.add(type(entry)(**copied))


# -- changes ---------------------------------------------------------------------------------------------------------


def change(desk: Desk, entry_id: int, values: dict[str, Any], **more: Any) -> Any:
    return act(waitlist.change_entry, entry_id, values, actor=desk.cast.reception, **more)


def test_wishes_change_and_others_stay(desk: Desk) -> None:
    entry_id = wait(desk, desk.patient, to_day="2025-03-14", weekdays=[1])
    change(desk, entry_id, {"urgency": "soon", "weekdays": None, "doctor_id": desk.cast.doctor2_id})
    entry = entry_of(entry_id)
    assert (entry.urgency, entry.doctor_id, entry.window.weekdays) == (Urgency.SOON, desk.cast.doctor2_id, ())
    assert entry.to_day == date(2025, 3, 14)


@pytest.mark.parametrize("values", [{"urgency": None}, {"patient_id": 1}, {"status": "booked"}, {"to_day": "never"}])
def test_what_is_no_wish_does_not_change(desk: Desk, values: dict[str, Any]) -> None:
    entry_id = wait(desk, desk.patient)
    with pytest.raises(Invalid):
        change(desk, entry_id, values)


def test_a_change_that_makes_no_sense_leaves_the_entry(desk: Desk) -> None:
    entry_id = wait(desk, desk.patient, to_day="2025-03-14")
    with pytest.raises(DaysBackwards):
        change(desk, entry_id, {"from_day": "2025-03-15"})
    assert entry_of(entry_id).from_day is None


def test_a_stale_change_is_refused(desk: Desk) -> None:
    entry_id = wait(desk, desk.patient)
    change(desk, entry_id, {"urgency": "soon"}, revision=1)
    with pytest.raises(Stale):
        change(desk, entry_id, {"urgency": "urgent"}, revision=1)


def test_who_is_taken_off_the_list_no_longer_waits(desk: Desk) -> None:
    entry_id = wait(desk, desk.patient)
    act(waitlist.remove_entry, entry_id, actor=desk.cast.reception)
    assert entry_of(entry_id).status is WaitStatus.REMOVED
    for command in (lambda: change(desk, entry_id, {}), lambda: remove(desk, entry_id)):
        with pytest.raises(NoLongerWaiting):
            command()
    assert wait(desk, desk.patient) != entry_id


def remove(desk: Desk, entry_id: int) -> None:
    act(waitlist.remove_entry, entry_id, actor=desk.cast.reception)


COMMANDS: dict[str, Callable[[Desk, int, Any], Any]] = {
    "add": lambda desk, _pk, who: wait(desk, patient_called(desk, "Ines"), actor=who),
    "change": lambda _desk, pk, who: act(waitlist.change_entry, pk, {}, actor=who),
    "remove": lambda _desk, pk, who: act(waitlist.remove_entry, pk, actor=who),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("who", ["doctor", "accountant", "riverside"])
def test_only_the_desk_of_the_clinic_keeps_its_list(desk: Desk, command: str, who: str) -> None:
    entry_id = wait(desk, desk.patient)
    with pytest.raises((NotAllowed, NotFound)):
        COMMANDS[command](desk, entry_id, getattr(desk.cast, who))


# -- for whom nothing can come any more ------------------------------------------------------------------------------


def sweep(now: Any) -> None:
    with clock.freeze(now):
        settle_waiting()


def test_an_entry_lapses_the_day_after_its_last(desk: Desk) -> None:
    entry_id = wait(desk, desk.patient, to_day="2025-03-04")
    sweep(at(4, 23, 59))
    assert entry_of(entry_id).status is WaitStatus.WAITING
    desk.told.clear()
    sweep(at(5, 1))
    assert entry_of(entry_id).status is WaitStatus.LAPSED
    assert desk.events() == ["waitlist_updated"]


def test_an_entry_lapses_with_the_appointment_that_was_to_be_moved(desk: Desk) -> None:
    begun, cancelled, kept = (confirmed(desk, at(4, hour), patient_called(desk, f"P{hour}")) for hour in (9, 10, 11))
    entries = [wait_to_move(desk, one) for one in (begun, cancelled, kept)]
    act(booking.cancel, cancelled.id, reason="ill", actor=desk.cast.reception)
    sweep(at(4, 9, 30))
    lapsed, waiting = WaitStatus.LAPSED, WaitStatus.WAITING
    assert [entry_of(one).status for one in entries] == [lapsed, lapsed, waiting]


def test_an_entry_lapses_when_the_patient_is_archived(desk: Desk) -> None:
    entry_id = wait(desk, desk.patient)
    with transaction():
        db.session.get_one(Patient, desk.patient.id).is_active = False
    sweep(NOW)
    assert entry_of(entry_id).status is WaitStatus.LAPSED
