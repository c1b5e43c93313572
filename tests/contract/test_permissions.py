"""Every event and every room, for every role: what is answered, and that nothing else is heard."""

from __future__ import annotations

from typing import Any

import pytest

from app.frontdesk import queue
from app.frontdesk.states import Phase
from app.people.roles import Role
from tests.factories import make_user
from tests.plugins.sockets import Screen, session_cookie

pytestmark = pytest.mark.any_database

OK, UNSEEN, NO = "ok", "not_found", "not_allowed"
MISSING = 999_999
# Of the main clinic, Riverside, one that does not exist.
CLINIC_ROOMS = {
    "admin": (OK, OK, UNSEEN),
    "reception": (OK, UNSEEN, UNSEEN),
    "riverside": (UNSEEN, OK, UNSEEN),
    "doctor": (NO, UNSEEN, UNSEEN),
    "doctor2": (NO, NO, UNSEEN),
    "accountant": (NO, UNSEEN, UNSEEN),
    "without_clinic": (UNSEEN, UNSEEN, UNSEEN),
    "without_record": (UNSEEN, UNSEEN, UNSEEN),
    "without_role": (UNSEEN, UNSEEN, UNSEEN),
}
BOARDS = CLINIC_ROOMS | {"doctor": (OK, UNSEEN, UNSEEN), "doctor2": (OK, OK, UNSEEN)}
# Of `doctor`, `doctor2`, one that does not exist.
DOCTOR_ROOMS = dict.fromkeys(CLINIC_ROOMS, (NO, NO, NO)) | {"doctor": (OK, NO, NO), "doctor2": (NO, OK, NO)}
EXPECTED = {
    ("join_clinic_room", "clinic_id"): CLINIC_ROOMS,
    ("sync_queue", "clinic_id"): BOARDS,
    ("join_doctor_room", "doctor_id"): DOCTOR_ROOMS,
}
# Who came, where, to whom; and who hears of it. What a doctor needs to know of a patient is heard by that doctor alone.
ARRIVALS = {
    "Main Ada": ("doctor", False, {"admin", "reception", "doctor"}),
    "Main Ben": ("doctor2", False, {"admin", "reception", "doctor2"}),
    "Riverside Ben": ("doctor2", True, {"admin", "riverside", "doctor2"}),
}


def screen_of(house: Any, role: str) -> Screen:
    if hasattr(house.cast, role):
        screen: Screen = house.screen(role)
        return screen
    roles = {"without_clinic": [Role.RECEPTIONIST], "without_record": [Role.DOCTOR], "without_role": []}[role]
    made: Screen = house.connect(house.product.url, cookie=session_cookie(house.app, make_user(*roles).id))
    return made


def ids(house: Any, named: str) -> tuple[int, int, int]:
    cast = house.cast
    return (
        (cast.main_id, cast.riverside_id, MISSING)
        if named == "clinic_id"
        else (cast.doctor_id, cast.doctor2_id, MISSING)
    )


@pytest.mark.parametrize(("event", "named"), EXPECTED)
@pytest.mark.parametrize("role", CLINIC_ROOMS)
def test_an_event_is_answered_as_the_role_may(house: Any, role: str, event: str, named: str) -> None:
    house.walk_in(name="Marker Mary")
    house.walk_in(house.cast.doctor2_id, at_riverside=True, name="Marker Rita")
    screen = screen_of(house, role)
    answers = [screen.ask(event, {named: one}) for one in ids(house, named)]
    assert tuple(answer.get("code", OK) for answer in answers) == EXPECTED[event, named][role]
    refused = [answer for answer in answers if not answer["ok"]]
    assert all(set(answer) == {"ok", "code", "message"} for answer in refused)
    assert "Marker" not in str(refused)
    if event == "sync_queue":
        assert "Marker Mary" not in str(answers[1:])
        assert "Marker Rita" not in str(answers[0])
        assert ("Marker Mary" in str(answers[0])) is (role in {"admin", "reception", "doctor"})


def test_what_is_said_in_a_room_is_heard_by_whoever_may_be_there_and_by_nobody_else(house: Any) -> None:
    screens = {role: screen_of(house, role) for role in CLINIC_ROOMS}
    for screen in screens.values():
        for event, named in EXPECTED:
            for one in ids(house, named):
                screen.ask(event, {named: one})
    for name, (doctor, at_riverside, _) in ARRIVALS.items():
        doctor_id = getattr(house.cast, f"{doctor}_id")
        visit = house.walk_in(doctor_id, at_riverside=at_riverside, name=name, allergies=f"clinical of {name}")
        actor = house.cast.riverside if at_riverside else house.cast.reception
        house.act(queue.move, visit.id, Phase.WITH_DOCTOR, actor=actor)
    for name, (doctor, _, listeners) in ARRIVALS.items():
        for role in listeners:
            screens[role].wait_until(lambda heard, name=name: name in str(heard))
        screens[doctor].wait_until(lambda heard, name=name: f"clinical of {name}" in str(heard))
    for role, screen in screens.items():
        screen.ask("sync_queue", {"clinic_id": MISSING})  # a round trip later
        heard = str(screen.heard)
        assert {name for name in ARRIVALS if name in heard} == {
            name for name, (_, _, listeners) in ARRIVALS.items() if role in listeners
        }
        assert {name for name in ARRIVALS if f"clinical of {name}" in heard} == {
            name for name, (doctor, _, _) in ARRIVALS.items() if role == doctor
        }
