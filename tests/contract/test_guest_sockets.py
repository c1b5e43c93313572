"""Live connections without a login: a screen of the waiting room, and a patient's own page."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from app.frontdesk import consultations, displays, queue
from app.frontdesk.display_models import Display
from app.frontdesk.states import Phase
from app.kernel import clock
from app.people import clinics
from app.people.settings import change_settings
from app.web.links import OFFER, TICKET, token_for
from tests.factories import make_doctor
from tests.plugins.sockets import Screen

STAFF_EVENTS = ("join_clinic_room", "join_doctor_room", "sync_queue")
numbers = count(1)
NAMES = {"number": None, "initials": "P. S.", "first_name": "Priya"}


def make_screen(house: Any, name: str, clinic_id: int | None = None) -> tuple[Display, str]:
    about = {"clinic_id": clinic_id or house.cast.main_id, "name": f"{name} {next(numbers)}"}
    admin = house.cast.admin
    made = house.act(displays.create_display, about, offered=("en",), actor=admin)
    return made, house.act(displays.make_address, made.id, actor=admin)


def screen(house: Any, token: str) -> Screen:
    """A screen in its room."""
    connected: Screen = house.connect(house.product.url, auth={"display": token})
    assert connected.ask("join_display", {"token": token})["ok"]
    return connected


def holder(house: Any, visit: Any) -> Screen:
    """A patient's page in its room."""
    token = token_for(TICKET, visit.id)
    connected: Screen = house.connect(house.product.url, auth={"ticket": token})
    assert connected.ask("join_ticket", {"token": token})["ok"]
    return connected


@pytest.fixture
def waiting(house: Any) -> Any:
    return house.walk_in(name="Priya Sharma")


def test_a_screen_connects_by_its_address_and_learns_the_version(house: Any, waiting: Any) -> None:
    _, token = make_screen(house, "connects")
    connected = house.connect(house.product.url, auth={"display": token})
    answer = connected.ask("join_display", {"token": token})
    board = house.screen("reception").ask("sync_queue", {"clinic_id": house.cast.main_id})
    assert answer == {"ok": True, "clinic_id": house.cast.main_id, "version": board["version"]}


def test_a_ticket_connects_by_its_address(house: Any, waiting: Any) -> None:
    token = token_for(TICKET, waiting.id)
    answer = house.connect(house.product.url, auth={"ticket": token}).ask("join_ticket", {"token": token})
    assert (answer["ok"], answer["clinic_id"]) == (True, house.cast.main_id)


def test_a_wrong_address_is_refused_whatever_is_wrong_with_it(house: Any, waiting: Any) -> None:
    revoked, old = make_screen(house, "wrong")
    house.act(displays.revoke_address, revoked.id, actor=house.cast.admin)
    right = token_for(TICKET, waiting.id)
    wrong: list[Any] = ["", "x", 7, None, {}, [], "\ud800", "x" * 5000, right[:-1]]
    for kind, tokens in {
        "display": [*wrong, old, right],
        "ticket": [*wrong, old, token_for(OFFER, waiting.id), token_for(TICKET, 999_999)],
    }.items():
        for token in tokens:
            with pytest.raises(ConnectionRefusedError, match="unauthorized"):
                house.connect(house.product.url, auth={kind: token})


def test_a_wrong_address_counts_more_than_a_right_session(house: Any) -> None:
    for kind in ("display", "ticket"):
        with pytest.raises(ConnectionRefusedError, match="unauthorized"):
            house.connect(house.product.url, auth={kind: "x"}, cookie=house.cookie(house.cast.admin))


@pytest.mark.parametrize("kind", ["display", "ticket"])
def test_a_guest_can_do_nothing_else_even_in_an_administrators_browser(house: Any, waiting: Any, kind: str) -> None:
    tokens = {"display": make_screen(house, "nothing else")[1], "ticket": token_for(TICKET, waiting.id)}
    cookie = house.cookie(house.cast.admin)
    connected = house.connect(house.product.url, auth={kind: tokens[kind]}, cookie=cookie)
    asked = {"clinic_id": house.cast.main_id}
    for event in STAFF_EVENTS:
        answer = connected.ask(event, asked if event != "join_doctor_room" else {"doctor_id": house.cast.doctor_id})
        assert (answer["ok"], answer["code"]) == (False, "not_allowed")
    other = "ticket" if kind == "display" else "display"
    assert connected.ask(f"join_{other}", {"token": tokens[other]})["code"] == "not_allowed"
    assert connected.ask("join_room", {"room": "clinic_1"})["code"] == "unknown_event"


def test_a_guest_joins_the_own_room_alone(house: Any, waiting: Any) -> None:
    mine, foreign = make_screen(house, "mine")[1], make_screen(house, "foreign", house.cast.riverside_id)[1]
    connected = house.connect(house.product.url, auth={"display": mine})
    assert connected.ask("join_display", {"token": foreign})["code"] == "not_allowed"
    assert connected.ask("join_display", {"token": "x"})["code"] == "unauthorized"
    for sent in ({}, {"token": 7}, {"token": mine, "more": 1}, None, [], "x"):
        assert connected.ask("join_display", sent)["code"] == "invalid"
    other = house.walk_in()
    ticket = house.connect(house.product.url, auth={"ticket": token_for(TICKET, waiting.id)})
    assert ticket.ask("join_ticket", {"token": token_for(TICKET, other.id)})["code"] == "not_allowed"


@pytest.mark.parametrize("setting", list(NAMES))
def test_a_call_reaches_the_clinics_screens_with_no_more_of_a_name_than_is_allowed(house: Any, setting: str) -> None:
    clinic_id = house.cast.main_id
    house.act(change_settings, clinic_id, {"display_names": setting}, actor=house.cast.admin)
    _, here = make_screen(house, f"names {setting}")
    _, elsewhere = make_screen(house, f"names {setting}", house.cast.riverside_id)
    visit = house.walk_in(name="Priya Sharma")
    at_home, foreign, own = screen(house, here), screen(house, elsewhere), holder(house, visit)
    house.act(queue.call, visit.id)
    shown = NAMES[setting]
    for connected in (at_home, own):
        called = connected.wait_for("ticket_called")
        assert called == {
            "number": visit.queue_number,
            "room": "1",
            "clinic_id": clinic_id,
            "version": called["version"],
            "at": called["at"],
        } | ({"name": shown} if shown else {})
        assert "Sharma" not in str(connected.heard)
    assert foreign.heard == []
    house.act(change_settings, clinic_id, {"display_names": None}, actor=house.cast.admin)


def test_a_call_that_is_made_again_is_told_again_to_whom_the_first_was(house: Any) -> None:
    _, token = make_screen(house, "again")
    visit, other = house.walk_in(), house.walk_in()
    house.act(queue.call, visit.id)
    display, own, beside = screen(house, token), holder(house, visit), holder(house, other)
    desk, doctor, colleague = house.at("reception"), house.at("doctor"), house.at("doctor2")
    with clock.freeze(clock.now() + timedelta(minutes=1)):
        house.act(queue.call_again, visit.id)
    told = [display.wait_for("ticket_called"), own.wait_for("ticket_called")]
    changed = [desk.wait_for("queue_updated"), doctor.wait_for("queue_updated")]
    beside.wait_for("ticket_updated")
    assert [call["number"] for call in told] == [visit.queue_number] * 2
    assert [change["visit_id"] for change in changed] == [visit.id] * 2
    assert len({each["version"] for each in told + changed}) == 1
    assert (set(desk.events()), set(doctor.events())) == ({"queue_updated"}, {"queue_updated"})
    assert "ticket_called" not in beside.events()
    assert colleague.heard == []


def test_a_screen_and_a_ticket_hear_that_the_queue_moves_and_nothing_of_whom(house: Any, waiting: Any) -> None:
    _, token = make_screen(house, "hints")
    display, own = screen(house, token), holder(house, waiting)
    other = house.walk_in(name="Olga Other")
    house.act(queue.call, other.id)
    house.act(queue.move, other.id, Phase.WITH_DOCTOR)
    display.wait_for("ticket_called")
    house.act(consultations.complete, other.id, actor=house.cast.doctor)
    board = house.screen("reception").ask("sync_queue", {"clinic_id": house.cast.main_id})
    for connected, hint in ((display, "display_updated"), (own, "ticket_updated")):
        connected.wait_until(
            lambda heard, last=(hint, board["version"]): last in [(one, said["version"]) for one, said in heard]
        )
        assert set(connected.wait_for(hint)) == {"clinic_id", "version", "at"}
        assert "Olga" not in str(connected.heard)
    assert set(own.events()) == {"ticket_updated"}
    assert set(display.events()) == {"display_updated", "ticket_called"}


@pytest.mark.parametrize("end", [displays.make_address, displays.revoke_address, displays.remove_display])
def test_a_screen_whose_address_ends_is_let_go_at_once_and_others_stay(house: Any, end: Any) -> None:
    ended, token = make_screen(house, f"ended by {end.__name__}")
    _, other = make_screen(house, f"beside {end.__name__}")
    gone, stays = screen(house, token), screen(house, other)
    house.act(end, ended.id, actor=house.cast.admin)
    gone.wait_for_the_end()
    assert stays.client.connected
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        house.connect(house.product.url, auth={"display": token})


def close_by_removing(house: Any, clinic_id: int) -> None:
    house.act(clinics.remove_clinic, clinic_id, actor=house.cast.admin)


def close_by_changing(house: Any, clinic_id: int) -> None:
    house.act(clinics.update_clinic, clinic_id, {"is_active": False}, actor=house.cast.admin)


@pytest.mark.parametrize("close", [close_by_removing, close_by_changing])
def test_the_guests_of_a_clinic_that_closes_are_let_go_at_once_and_those_of_others_stay(house: Any, close: Any) -> None:
    clinic_id = house.cast.riverside_id
    _, token = make_screen(house, close.__name__, clinic_id)
    _, other = make_screen(house, close.__name__)
    doctor_id = make_doctor(house.cast.riverside_clinic).id
    visit = house.walk_in(doctor_id, at_riverside=True)
    gone, stay = (screen(house, token), holder(house, visit)), (screen(house, other), house.screen("riverside"))
    assert stay[1].ask("join_clinic_room", {"clinic_id": clinic_id})["ok"]
    close(house, clinic_id)
    for connected in gone:
        connected.wait_for_the_end()
    assert all(connected.client.connected for connected in stay)
    for auth in ({"display": token}, {"ticket": token_for(TICKET, visit.id)}):
        with pytest.raises(ConnectionRefusedError, match="unauthorized"):
            house.connect(house.product.url, auth=auth)
    house.act(clinics.update_clinic, clinic_id, {"is_active": True}, actor=house.cast.admin)
    assert screen(house, token).client.connected
    assert holder(house, visit).client.connected


@pytest.mark.parametrize("ends", ["seen", "left"])
def test_a_ticket_is_let_go_when_the_visit_is_over(house: Any, waiting: Any, ends: str) -> None:
    own, other = holder(house, waiting), holder(house, house.walk_in())
    if ends == "seen":
        house.act(queue.move, waiting.id, Phase.WITH_DOCTOR)
        house.act(consultations.complete, waiting.id, actor=house.cast.doctor)
    else:
        house.act(queue.leave, waiting.id)
    own.wait_for_the_end()
    assert other.client.connected
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        house.connect(house.product.url, auth={"ticket": token_for(TICKET, waiting.id)})
