"""Nothing is lost for good: a screen that was cut off, whose web process died, or whose Redis went away."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import urllib.error
from http.client import HTTPException
from typing import Any

import pytest

from app.frontdesk import consultations, queue
from app.frontdesk.states import Phase
from app.kernel import live
from tests.bench.browser import Browser, fields_of
from tests.factories import PASSWORD
from tests.plugins.servers import RedisServer
from tests.plugins.sockets import WAIT, Screen, session_cookie

CHANGES = 200


def bytes_of(board: dict[str, Any]) -> bytes:
    """The board, as it goes over the wire; when it was asked for does not count."""
    shown = {name: board[name] for name in ("clinic_id", "business_date", "version", "phases")}
    return json.dumps(shown, sort_keys=True).encode()


def synchronised(house: Any, screen: Screen) -> bytes:
    """What a screen shows that joins (again) and takes the current board."""
    clinic = {"clinic_id": house.cast.main_id}
    joined, board = screen.ask("join_clinic_room", clinic), screen.ask("sync_queue", clinic)
    assert joined["version"] <= board["version"]
    return bytes_of(board)


def seen(house: Any, visit_id: int, doctor: Any) -> int:
    house.act(queue.call, visit_id)
    house.act(queue.move, visit_id, Phase.WITH_DOCTOR)
    house.act(consultations.complete, visit_id, actor=doctor)
    return 3


def called(house: Any, visit_id: int, _doctor: Any) -> int:
    house.act(queue.call, visit_id)
    return 1


def gone(house: Any, visit_id: int, _doctor: Any) -> int:
    house.act(queue.leave, visit_id)
    return 1


def a_busy_day(house: Any) -> None:
    """So many changes of the main clinic's board, for two doctors: arrivals, calls, consultations, who leaves."""
    cast = house.cast
    doctors = itertools.cycle([(cast.doctor_id, cast.doctor), (cast.doctor2_id, cast.doctor2)])
    fates = itertools.cycle([seen, gone, called, seen, seen])
    made = 0
    while made < CHANGES:
        doctor_id, doctor = next(doctors)
        made += 1 + next(fates)(house, house.walk_in(doctor_id).id, doctor)


def test_who_was_cut_off_for_many_changes_has_the_same_board_as_who_was_there_all_along(house: Any) -> None:
    there, cut_off = house.at("reception"), house.at("reception")
    before = synchronised(house, cut_off)
    cut_off.client.disconnect()
    a_busy_day(house)
    version = house.board(house.cast.main_id)["version"]
    there.wait_until(lambda heard: ("queue_updated", version) in [(event, said["version"]) for event, said in heard])
    told = sorted({payload["version"] for event, payload in there.heard if event == "queue_updated"})
    assert told == list(range(version - len(told) + 1, version + 1))
    assert len(told) >= CHANGES
    back = synchronised(house, house.screen("reception"))
    assert back == synchronised(house, there) == bytes_of(house.board(house.cast.main_id)) != before


def test_an_event_that_is_lost_on_its_way_is_made_up_for(house: Any) -> None:
    """A change that no process announces: as where a process dies between its commit and its word."""
    reception, doctor = house.at("reception"), house.at("doctor")
    publish, live._publish[:] = list(live._publish), []
    try:
        house.walk_in()
    finally:
        live._publish[:] = publish
    version = house.board(house.cast.main_id)["version"]
    for screen in (reception, doctor):
        screen.wait_until(bool, within=2 * WAIT)
        ((event, payload),) = screen.heard
        assert (event, payload["visit_id"]) == ("queue_updated", None)
        assert (payload["clinic_id"], payload["version"]) == (house.cast.main_id, version)


# -- two web processes over Redis


def taking_walk_ins(house: Any, until: threading.Event) -> tuple[threading.Thread, list[int]]:
    """A desk that checks people in over one process, and who it was told is in the queue."""
    taken: list[int] = []

    def work() -> None:
        with house.app.app_context():
            while not until.is_set():
                try:
                    taken.append(house.walk_in_over_http()["id"])
                except (urllib.error.URLError, ConnectionError, HTTPException):
                    return

    thread = threading.Thread(target=work)
    thread.start()
    return thread, taken


def test_when_a_web_process_is_killed_its_screens_find_the_other_and_nothing_is_lost(two_houses: list[Any]) -> None:
    here, there = two_houses
    lost, stayed = [here.at("reception"), here.at("admin"), here.at("doctor")], there.at("reception")
    enough = threading.Event()
    desk, taken = taking_walk_ins(here, enough)
    lost[0].wait_until(lambda heard: len(heard) > 20)
    here.product.stop(signal.SIGKILL)
    desk.join()
    for screen in lost:
        screen.wait_for_the_end()
    taken.append(there.walk_in_over_http()["id"])
    back = [there.at("reception"), there.at("admin")]
    boards = [synchronised(there, screen) for screen in (*back, stayed)]
    assert set(boards) == {bytes_of(there.board(there.cast.main_id))}
    waiting = [visit["id"] for visit in json.loads(boards[0])["phases"]["waiting"]]
    assert set(taken) <= set(waiting)
    own = there.at("doctor").ask("sync_queue", {"clinic_id": there.cast.main_id})
    assert [visit["id"] for visit in own["phases"]["waiting"]] == waiting
    latest = there.walk_in_over_http()
    for screen in (*back, stayed):
        screen.wait_until(lambda heard: latest["id"] in [payload.get("visit_id") for _, payload in heard])


def test_a_right_that_is_taken_away_in_one_process_ends_the_connections_in_all(two_houses: list[Any]) -> None:
    here, there = two_houses
    user_id = here.cast.reception.user_id
    screens = [here.at("reception"), there.at("reception")]
    staying = there.at("admin")
    desk = Browser(int(here.product.url.rpartition(":")[2]))
    desk.sign_in("admin", PASSWORD)
    path = f"/users/edit/{user_id}"
    fields = {name: value for name, value in fields_of(desk.get(path).body).items() if name != "active"}
    assert desk.post(path, fields).status == 302
    desk.close()
    arrival = here.walk_in_over_http("admin")
    assert staying.wait_for("new_checkin")["visit"]["id"] == arrival["id"]
    for screen in screens:
        screen.wait_for_the_end()
        assert screen.events() == []  # with the commit, before what came next: nobody had to look at the database
    for house in two_houses:
        with pytest.raises(ConnectionRefusedError, match="unauthorized"):
            house.connect(house.product.url, cookie=session_cookie(house.app, user_id))


def test_while_redis_is_away_no_screen_is_left_believing_and_all_come_back(
    two_houses: list[Any], redis_server: RedisServer
) -> None:
    here, there = two_houses
    screens = [here.at("reception"), there.at("reception")]
    redis_server.stop()
    for screen in screens:
        screen.wait_for_the_end()
    with pytest.raises(ConnectionRefusedError, match="unavailable"):
        there.at("reception")
    unheard = here.walk_in_over_http()["id"]
    assert unheard in [visit["id"] for visit in there.board(there.cast.main_id)["phases"]["waiting"]]
    redis_server.start()
    back = [house.let_in() for house in two_houses]
    assert len({synchronised(house, screen) for house, screen in zip(two_houses, back, strict=True)}) == 1
    visit = here.walk_in_over_http()
    for screen in back:
        assert screen.wait_for("new_checkin")["visit"]["id"] == visit["id"]
