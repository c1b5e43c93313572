"""Which rooms of the live connection each role may join, for its own clinic and for others."""

from __future__ import annotations

from typing import Any

import pytest

from app.kernel import clock
from tests.access.markers import ROLES, leaks
from tests.access.walk import Walker
from tests.access.world import MISSING, NOW

MAIN, RIVERSIDE, NOWHERE = "own", "foreign", "missing"
DESK_ROOMS = {
    "admin": ("ok", "ok", "not_found"),
    "reception": ("ok", "not_found", "not_found"),
    "riverside": ("not_found", "ok", "not_found"),
    "doctor": ("not_allowed", "not_found", "not_found"),
    "doctor2": ("not_allowed", "not_allowed", "not_found"),
    "accountant": ("not_allowed", "not_found", "not_found"),
    "no_clinic": ("not_found", "not_found", "not_found"),
    "no_record": ("not_found", "not_found", "not_found"),
}
# A board is the doctors' too, with their own visits alone.
BOARDS = DESK_ROOMS | {"doctor": ("ok", "not_found", "not_found"), "doctor2": ("ok", "ok", "not_found")}


def ask(walker: Walker, role: str, event: str, sent: dict[str, Any]) -> str:
    """The code of the acknowledgement; what is answered and heard meanwhile is looked through."""
    server = walker.app.extensions["socketio"]
    screen = server.test_client(walker.app, flask_test_client=walker.client(role))
    with clock.freeze(NOW):
        answer = screen.emit(event, sent, callback=True)
    heard = screen.get_received()
    screen.disconnect()
    assert not leaks(role, str([answer, heard]))
    return "ok" if answer["ok"] else str(answer["code"])


@pytest.mark.parametrize(("event", "expected"), [("join_clinic_room", DESK_ROOMS), ("sync_queue", BOARDS)])
@pytest.mark.parametrize("role", DESK_ROOMS)
def test_a_clinics_room_and_board_open_to(
    role: str, event: str, expected: dict[str, tuple[str, ...]], walker: Walker
) -> None:
    clinics = [walker.world.rows[kind]["clinic"] for kind in (MAIN, RIVERSIDE, NOWHERE)]
    assert tuple(ask(walker, role, event, {"clinic_id": clinic_id}) for clinic_id in clinics) == expected[role]


@pytest.mark.parametrize("role", DESK_ROOMS)
def test_a_doctors_room_opens_to_that_doctor_alone(role: str, walker: Walker) -> None:
    doctors = {kind: walker.world.rows[kind]["doctor"] for kind in ("own", "colleague", "foreign")} | {"": MISSING}
    answers = {kind: ask(walker, role, "join_doctor_room", {"doctor_id": key}) for kind, key in doctors.items()}
    own = {"doctor": "own", "doctor2": "colleague"}.get(role)
    assert {kind for kind, answer in answers.items() if answer == "ok"} == ({own} if own else set())
    assert len({answer for answer in answers.values() if answer != "ok"}) == 1


def test_a_stranger_is_not_connected(walker: Walker) -> None:
    assert set(ROLES) == {*DESK_ROOMS, "stranger"}
    server = walker.app.extensions["socketio"]
    assert not server.test_client(walker.app, flask_test_client=walker.client("stranger")).is_connected()
