"""The live connection against the running product: who connects, who joins what, and what each then hears."""

from __future__ import annotations

from typing import Any

import pytest
from flask_jwt_extended import create_access_token, create_refresh_token
from websocket import create_connection

from app.frontdesk import consultations, queue
from app.frontdesk.states import Phase
from app.kernel.db import db, transaction
from app.people.roles import Role
from tests.factories import make_user
from tests.plugins.sockets import WAIT, session_cookie

# -- connecting


def test_a_browser_connects_with_its_session_and_a_program_with_its_token(house: Any) -> None:
    assert house.screen("reception").client.connected
    token = create_access_token(identity=str(house.cast.reception.user_id))
    program = house.connect(house.product.url, auth={"token": token})
    assert program.ask("join_clinic_room", {"clinic_id": house.cast.main_id})["ok"]


@pytest.mark.parametrize(
    "auth",
    [
        None,
        {},
        {"token": ""},
        {"token": "nonsense"},
        {"token": 7},
        {"token": None},
        {"display": "x"},
        {"ticket": "x"},
        ["token"],
        "token",
        7,
    ],
)
def test_a_stranger_is_refused(house: Any, auth: Any) -> None:
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        house.connect(house.product.url, auth=auth)


def test_a_token_that_only_refreshes_opens_nothing(house: Any) -> None:
    token = create_refresh_token(identity=str(house.cast.reception.user_id))
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        house.connect(house.product.url, auth={"token": token})


def test_a_wrong_token_counts_more_than_a_right_session(house: Any) -> None:
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        house.connect(house.product.url, auth={"token": "x"}, cookie=house.cookie(house.cast.admin))


def test_a_user_who_was_shut_out_is_refused(house: Any) -> None:
    user = make_user(Role.RECEPTIONIST, clinics=[house.cast.main_clinic], active=False)
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        house.connect(house.product.url, cookie=session_cookie(house.app, user.id))
    token = create_access_token(identity=str(user.id))
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        house.connect(house.product.url, auth={"token": token})


@pytest.mark.parametrize(("origin", "opened"), [("https://evil.example", False), ("", True)])
def test_a_page_of_another_site_is_closed_out(house: Any, origin: str, opened: bool) -> None:
    address = house.product.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    browser = create_connection(
        address, origin=origin or house.product.url, cookie=house.cookie(house.cast.reception), timeout=WAIT
    )
    assert browser.recv().startswith("0{") is opened
    browser.shutdown()


# -- joining


def test_reception_joins_its_clinic_and_learns_the_boards_version(house: Any) -> None:
    house.walk_in()
    answer = house.screen("reception").ask("join_clinic_room", {"clinic_id": house.cast.main_id})
    board = house.screen("reception").ask("sync_queue", {"clinic_id": house.cast.main_id})
    assert answer == {"ok": True, "clinic_id": house.cast.main_id, "version": board["version"]}


def test_a_foreign_clinic_is_refused_like_one_that_does_not_exist(house: Any) -> None:
    screen = house.screen("riverside")
    foreign = screen.ask("join_clinic_room", {"clinic_id": house.cast.main_id})
    missing = screen.ask("join_clinic_room", {"clinic_id": 999_999})
    assert foreign == missing == {"ok": False, "code": "not_found", "message": foreign["message"]}
    assert screen.ask("sync_queue", {"clinic_id": house.cast.main_id}) == missing


def test_the_clinics_room_is_for_the_desk(house: Any) -> None:
    for name in ("doctor", "accountant"):
        answer = house.screen(name).ask("join_clinic_room", {"clinic_id": house.cast.main_id})
        assert (answer["ok"], answer["code"]) == (False, "not_allowed")


def test_a_doctor_joins_the_own_room_alone(house: Any) -> None:
    screen, cast = house.screen("doctor"), house.cast
    answer = screen.ask("join_doctor_room", {"doctor_id": cast.doctor_id})
    assert (answer["ok"], list(answer["versions"])) == (True, [str(cast.main_id)])
    for doctor_id in (cast.doctor2_id, 999_999):
        refused = screen.ask("join_doctor_room", {"doctor_id": doctor_id})
        assert (refused["ok"], refused["code"]) == (False, "not_allowed")
    for name in ("admin", "reception", "accountant"):
        assert house.screen(name).ask("join_doctor_room", {"doctor_id": cast.doctor_id})["code"] == "not_allowed"


def test_a_right_that_was_taken_away_no_longer_opens_a_room(house: Any) -> None:
    user = make_user(Role.RECEPTIONIST, clinics=[house.cast.main_clinic])
    screen = house.connect(house.product.url, cookie=session_cookie(house.app, user.id))
    with transaction():
        db.session.get_one(type(user), user.id).active = False
    answer = screen.ask("join_clinic_room", {"clinic_id": house.cast.main_id})
    assert (answer["ok"], answer["code"]) == (False, "unauthorized")


@pytest.mark.parametrize("event", ["join_clinic_room", "join_doctor_room", "sync_queue"])
@pytest.mark.parametrize(
    "sent",
    [
        (),
        (None,),
        (7,),
        ("x",),
        ([],),
        ({},),
        ({"clinic_id": None},),
        ({"clinic_id": "1"},),
        ({"clinic_id": True},),
        ({"clinic_id": 1.5},),
        ({"clinic_id": -1},),
        ({"clinic_id": 10**30},),
        ({"clinic_id": {"id": 1}},),
        ({"clinic_id": 1, "doctor_id": 1},),
        ({"clinic_id": 1}, {"clinic_id": 1}),
        ({"nested": [[[[{}]]]]},),
        (b"\x00\xff",),
    ],
)
def test_a_malformed_message_is_told_so(house: Any, event: str, sent: tuple[Any, ...]) -> None:
    if event == "join_doctor_room":
        sent = tuple(
            {name.replace("clinic", "doctor"): value for name, value in one.items()} if isinstance(one, dict) else one
            for one in sent
        )
        sent = ({"doctor_id": 1, "clinic_id": 1},) if sent == ({"doctor_id": 1},) else sent
    answer = house.screen("reception").ask(event, *sent)
    assert answer["ok"] is False
    assert answer["code"] in {"invalid", "not_an_id"}


def test_a_message_that_nobody_knows_is_told_so(house: Any) -> None:
    screen = house.screen("reception")
    for event in ("join_room", "emit", "error", "trigger_event", "__class__", "connect"):
        assert screen.ask(event, {}) | {"message": ""} == {"ok": False, "code": "unknown_event", "message": ""}
    assert screen.ask("join_clinic_room", {"clinic_id": house.cast.main_id})["ok"]


# -- hearing


def test_an_arrival_is_heard_where_it_belongs_and_nowhere_else(house: Any) -> None:
    reception, doctor, admin = house.at("reception"), house.at("doctor"), house.at("admin")
    strangers = [house.at("riverside"), house.at("doctor2"), house.screen("reception")]
    visit = house.walk_in(name="Marker Mary")
    for screen in (reception, doctor, admin):
        told = screen.wait_for("queue_updated")
        assert {"visit_id", "clinic_id", "version", "at"} == set(told)
        assert screen.wait_for("new_checkin")["visit"]["patient_name"] == "Marker Mary"
        assert told["version"] == screen.wait_for("new_checkin")["version"]
    assert visit.id == told["visit_id"]
    for screen in strangers:
        screen.ask("sync_queue", {"clinic_id": house.cast.main_id})  # a round trip later
        assert screen.heard == []


def test_who_comes_in_is_heard_by_the_doctor_alone(house: Any) -> None:
    reception, doctor, other = house.at("reception"), house.at("doctor"), house.at("doctor2")
    visit = house.walk_in(allergies="Penicillin")
    house.act(queue.move, visit.id, Phase.WITH_DOCTOR)
    met = doctor.wait_for("patient_with_doctor")
    assert met["patient"]["allergies"] == "Penicillin"
    house.act(consultations.complete, visit.id, notes="secret finding", actor=house.cast.doctor)
    assert reception.wait_for("consultation_completed")["visit"]["id"] == visit.id
    assert "patient_with_doctor" not in reception.events()
    assert "Penicillin" not in str(reception.heard)
    assert "secret finding" not in str(reception.heard)
    assert other.heard == []


def test_one_change_is_heard_once_per_event_with_versions_that_grow_by_one(house: Any) -> None:
    reception = house.at("reception")
    visit = house.walk_in()
    house.act(queue.call, visit.id)
    house.act(queue.leave, visit.id)
    reception.wait_until(lambda heard: [event for event, _ in heard].count("queue_updated") == 3)
    versions = [payload["version"] for event, payload in reception.heard if event == "queue_updated"]
    assert versions == list(range(versions[0], versions[0] + 3))
    assert reception.events().count("new_checkin") == 1


def test_the_synchronised_board_is_the_current_one_and_the_doctors_own(house: Any) -> None:
    visit = house.walk_in()
    board = house.screen("reception").ask("sync_queue", {"clinic_id": house.cast.main_id})
    assert visit.id in [one["id"] for one in board["phases"]["waiting"]]
    assert {"ok", "version", "phases", "clinic_id", "business_date", "at"} == set(board)
    own = house.screen("doctor").ask("sync_queue", {"clinic_id": house.cast.main_id})
    assert {one["doctor_id"] for one in own["phases"]["waiting"]} == {house.cast.doctor_id}
    others = house.screen("doctor2").ask("sync_queue", {"clinic_id": house.cast.main_id})
    assert others["phases"]["waiting"] == []
    assert house.screen("accountant").ask("sync_queue", {"clinic_id": house.cast.main_id})["code"] == "not_allowed"
