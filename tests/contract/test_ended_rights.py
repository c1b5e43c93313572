"""A live connection ends with the right, the session or the token that it stands on."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask_jwt_extended import create_access_token
from itsdangerous import TimestampSigner
from sqlalchemy import text
from websocket import create_connection

from app.frontdesk import queue
from app.kernel import clock
from app.kernel.db import db, transaction
from app.people import doctors, staff
from app.people.models import Doctor, DoctorClinic
from app.people.roles import Role
from tests.factories import make_doctor, make_user
from tests.plugins.sockets import WAIT, Screen, session_cookie

QUIET = 0.3  # seconds in which an event would have come
EXPIRES = 10  # seconds, in which a screen connects and hears something


def update_user(values: dict[str, Any]) -> Callable[[Any, Any], None]:
    return lambda house, user: house.act(staff.update_user, user.id, values, actor=house.cast.admin)


def end_workplace(house: Any, user: Any) -> None:
    doctor = db.session.query(Doctor).filter_by(user_id=user.id).one()
    workplace = db.session.query(DoctorClinic).filter_by(doctor_id=doctor.id, clinic_id=house.cast.main_id).one()
    house.act(doctors.end_workplace, workplace.id, actor=house.cast.admin)


def update_doctor(values: dict[str, Any]) -> Callable[[Any, Any], None]:
    def act(house: Any, user: Any) -> None:
        doctor = db.session.query(Doctor).filter_by(user_id=user.id).one()
        house.act(doctors.update_doctor, doctor.id, values, actor=house.cast.admin)

    return act


def behind_the_services(statement: str) -> Callable[[Any, Any], None]:
    def act(_house: Any, user: Any) -> None:
        with transaction():
            db.session.execute(text(statement), {"user": user.id})

    return act


def receptionist(house: Any) -> tuple[Any, str, dict[str, int]]:
    user = make_user(Role.RECEPTIONIST, clinics=[house.cast.main_clinic])
    return user, "join_clinic_room", {"clinic_id": house.cast.main_id}


def a_doctor(house: Any) -> tuple[Any, str, dict[str, int]]:
    user = make_user(Role.DOCTOR)
    doctor = make_doctor(house.cast.main_clinic, user=user)
    return user, "join_doctor_room", {"doctor_id": doctor.id}


TAKEN = {
    "the user is shut out": (receptionist, update_user({"active": False}), "unauthorized"),
    "the clinic is taken away": (receptionist, update_user({"clinic_ids": []}), "not_found"),
    "the role is taken away": (receptionist, update_user({"roles": [Role.ACCOUNTANT]}), "not_allowed"),
    "the doctor is shut out": (a_doctor, update_user({"active": False}), "unauthorized"),
    "the role of a doctor is taken away": (a_doctor, update_user({"roles": [Role.ACCOUNTANT]}), "not_allowed"),
    "the record is somebody else's": (a_doctor, update_doctor({"user_id": None}), "not_allowed"),
    "the record is archived": (a_doctor, update_doctor({"is_active": False}), "not_allowed"),
    "the user is shut out behind the services": (
        receptionist,
        behind_the_services("UPDATE ab_user SET active = false WHERE id = :user"),
        "unauthorized",
    ),
    "the clinic is taken away behind the services": (
        receptionist,
        behind_the_services("DELETE FROM staff_clinic WHERE user_id = :user"),
        "not_found",
    ),
    "the record is unlinked behind the services": (
        a_doctor,
        behind_the_services("UPDATE doctor SET user_id = NULL WHERE user_id = :user"),
        "not_allowed",
    ),
}


def hears_nothing(house: Any, screen: Screen, doctor_id: int | None = None) -> None:
    heard = list(screen.heard)
    house.walk_in(doctor_id)
    time.sleep(QUIET)
    assert screen.heard == heard


@pytest.mark.parametrize("how", TAKEN)
def test_who_loses_a_right_hears_nothing_more_and_cannot_come_back(house: Any, how: str) -> None:
    given, take, refusal = TAKEN[how]
    user, event, sent = given(house)
    screen = house.connect(house.product.url, cookie=session_cookie(house.app, user.id))
    assert screen.ask(event, sent)["ok"]
    house.walk_in(sent.get("doctor_id"))
    screen.wait_for("queue_updated")
    take(house, user)
    screen.wait_for_the_end()
    hears_nothing(house, screen, sent.get("doctor_id") if "archived" not in how else None)
    cookie = session_cookie(house.app, user.id)
    if refusal == "unauthorized":
        with pytest.raises(ConnectionRefusedError, match=refusal):
            house.connect(house.product.url, cookie=cookie)
        return
    again = house.connect(house.product.url, cookie=cookie)
    assert again.ask(event, sent)["code"] == refusal
    assert again.ask("sync_queue", {"clinic_id": house.cast.main_id})["code"] in {"not_found", "not_allowed"}
    hears_nothing(house, again)


def test_a_doctor_who_leaves_one_clinic_hears_of_the_other_alone(house: Any) -> None:
    user = make_user(Role.DOCTOR)
    doctor = make_doctor(house.cast.main_clinic, house.cast.riverside_clinic, user=user)
    cookie, sent = session_cookie(house.app, user.id), {"doctor_id": doctor.id}
    screen = house.connect(house.product.url, cookie=cookie)
    assert len(screen.ask("join_doctor_room", sent)["versions"]) == 2
    visit = house.walk_in(doctor.id)
    screen.wait_for("queue_updated")
    end_workplace(house, user)
    screen.wait_for_the_end()
    again = house.connect(house.product.url, cookie=cookie)
    assert list(again.ask("join_doctor_room", sent)["versions"]) == [str(house.cast.riverside_id)]
    assert again.ask("sync_queue", {"clinic_id": house.cast.main_id})["code"] == "not_found"
    house.act(queue.leave, visit.id)
    house.walk_in(doctor.id, at_riverside=True)
    again.wait_for("queue_updated")
    assert {payload["clinic_id"] for _, payload in again.heard} == {house.cast.riverside_id}


def test_a_right_that_is_given_is_there_after_the_next_joining(house: Any) -> None:
    user = make_user(Role.RECEPTIONIST, clinics=[house.cast.main_clinic])
    cookie = session_cookie(house.app, user.id)
    screen = house.connect(house.product.url, cookie=cookie)
    both = [house.cast.main_id, house.cast.riverside_id]
    assert not screen.ask("join_clinic_room", {"clinic_id": both[1]})["ok"]
    update_user({"clinic_ids": both})(house, user)
    screen.wait_for_the_end()
    assert house.connect(house.product.url, cookie=cookie).ask("join_clinic_room", {"clinic_id": both[1]})["ok"]


def test_a_change_that_touches_no_right_leaves_the_screens_alone(house: Any) -> None:
    user, event, sent = receptionist(house)
    screen = house.connect(house.product.url, cookie=session_cookie(house.app, user.id))
    assert screen.ask(event, sent)["ok"]
    update_user({"first_name": "Renamed"})(house, user)
    house.walk_in()
    screen.wait_for("queue_updated")
    assert screen.client.connected


# -- sessions and tokens


def visited(house: Any, cookie: str, path: str) -> str:
    """The cookie that a browser has after this page."""
    request = urllib.request.Request(f"{house.product.url}{path}", headers={"Cookie": cookie})
    with urllib.request.urlopen(request) as page:
        given = page.headers.get_all("Set-Cookie") or []
    return next((one.partition(";")[0] for one in given if one.startswith("clinicdesk=")), cookie)


def test_signing_out_in_one_tab_ends_the_connections_of_all_tabs_of_that_browser(house: Any) -> None:
    old = house.cookie(house.cast.reception)
    cookie, elsewhere = visited(house, old, "/queue/"), visited(house, old, "/queue/")
    assert len({old, cookie, elsewhere}) == 3
    tabs = [house.connect(house.product.url, cookie=one) for one in (cookie, cookie, elsewhere)]
    for tab in tabs:
        assert tab.ask("join_clinic_room", {"clinic_id": house.cast.main_id})["ok"]
    visited(house, cookie, "/logout/")
    tabs[0].wait_for_the_end()
    tabs[1].wait_for_the_end()
    house.walk_in()
    tabs[2].wait_for("queue_updated")
    assert tabs[0].heard == tabs[1].heard == []
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):  # even with the cookie that the browser had
        house.connect(house.product.url, cookie=cookie)


def test_a_tokens_connection_ends_when_the_token_expires(house: Any) -> None:
    identity = str(house.cast.reception.user_id)
    token = create_access_token(identity=identity, expires_delta=timedelta(seconds=EXPIRES))
    screen = house.connect(house.product.url, auth={"token": token})
    assert screen.ask("join_clinic_room", {"clinic_id": house.cast.main_id})["ok"]
    house.walk_in()
    screen.wait_for("queue_updated")
    screen.wait_for_the_end()
    hears_nothing(house, screen)
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        house.connect(house.product.url, auth={"token": token})


def test_the_wire_of_an_expired_token_opens_nothing_more(house: Any) -> None:
    identity = str(house.cast.reception.user_id)
    token = create_access_token(identity=identity, expires_delta=timedelta(seconds=EXPIRES))
    wire = create_connection(
        house.product.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket", timeout=WAIT
    )
    assert wire.recv().startswith("0{")
    wire.send(f'40{{"token":"{token}"}}')
    assert wire.recv().startswith("40{")
    assert wire.recv() == "41"  # the server lets go
    for again in ("40", "40{}", f'40{{"token":"{token}"}}'):
        wire.send(again)
        assert wire.recv() == '44{"message":"unauthorized"}'
    wire.shutdown()


def test_a_session_that_is_over_ends_its_connections_as_it_ends_pages(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifetime = house.app.permanent_session_lifetime.total_seconds()
    begun = int(clock.by_the_computer() - lifetime + EXPIRES)
    with monkeypatch.context() as long_ago:
        long_ago.setattr(TimestampSigner, "get_timestamp", lambda _: begun)
        cookie = house.cookie(house.cast.reception)
    screen = house.connect(house.product.url, cookie=cookie)
    assert screen.ask("join_clinic_room", {"clinic_id": house.cast.main_id})["ok"]
    screen.wait_for_the_end()
    time.sleep(1)  # cookies count whole seconds
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        house.connect(house.product.url, cookie=cookie)
