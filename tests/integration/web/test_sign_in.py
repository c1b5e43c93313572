"""Signing in: who gets the form, where it leads, and what is put on record."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.kernel.db import db
from app.kernel.models import AuditEntry
from config import TestConfig
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.plugins.databases import Database

LogIn = Callable[[str], FlaskClient]


def token_on(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, password: str, url: str = "/login/") -> Any:
    token = token_on(client.get("/login/").get_data(as_text=True))
    return client.post(url, data={"username": "reception", "password": password, "csrf_token": token})


def acts(app: Flask) -> list[str]:
    with app.app_context():
        return list(
            db.session.scalars(select(AuditEntry.action).where(AuditEntry.entity == "ab_user").order_by(AuditEntry.id))
        )


def test_a_stranger_gets_the_sign_in_form_that_leads_back(client: FlaskClient) -> None:
    page = client.get("/test-patients/list/?q=ann&page_PatientScreen=1")
    assert page.status_code == 401
    target = "/login/?next=/test-patients/list/?q%3Dann%26page_PatientScreen%3D1"
    assert f'action="{target}"' in page.get_data(as_text=True)
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("/test-patients/list/?q=a", "/test-patients/list/?q=a"),
        ("https://evil.example/x", "/"),
        ("//evil.example/x", "/"),
        ("///evil.example", "/evil.example"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/%0d%0aSet-Cookie:x", "/"),
        ("\x01//evil.example", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_only_to_this_server(cast: Cast, client: FlaskClient, target: str, place: str) -> None:
    from urllib.parse import quote

    url = "/login/?next=" + (target if "%" in target else quote(target))
    answer = sign_in(client, PASSWORD, url)
    assert (answer.status_code, answer.location) == (302, place)


def test_sign_ins_are_counted_and_put_on_record(cast: Cast, client: FlaskClient, app: Flask) -> None:
    assert sign_in(client, "wrong").status_code == 401
    with app.app_context():
        assert db.session.scalars(select(User).where(User.username == "reception")).one().fail_login_count == 1
    assert sign_in(client, PASSWORD).status_code == 302
    with app.app_context():
        user = db.session.scalars(select(User).where(User.username == "reception")).one()
        assert (user.login_count, user.fail_login_count) == (1, 0)
    assert acts(app) == ["sign_in_failed", "sign_in"]


def test_a_wrong_password_keeps_the_way_back(cast: Cast, client: FlaskClient) -> None:
    answer = sign_in(client, "wrong", "/login/?next=/test-patients/list/")
    page = answer.get_data(as_text=True)
    assert "do not belong together" in page
    assert 'action="/login/?next=/test-patients/list/"' in page
    assert 'value="reception"' in page


def test_a_deactivated_user_is_a_stranger_at_once(cast: Cast, login_as: LogIn, app: Flask) -> None:
    browser = login_as("reception")
    assert browser.get("/test-patients/list/").status_code == 200
    from app.kernel.db import transaction

    with app.app_context(), transaction():
        db.session.scalars(select(User).where(User.username == "reception")).one().active = False
    assert browser.get("/test-patients/list/").status_code == 401


def test_the_own_password_is_changed_by_whoever_knows_it(cast: Cast, login_as: LogIn, app: Flask) -> None:
    browser = login_as("reception")
    assert browser.get("/resetmypassword/form").status_code == 200
    form = {"current_password": "wrong", "password": "a new good password", "repeated": "a new good password"}
    assert browser.post("/resetmypassword/form", data=form).status_code == 422
    form["current_password"] = PASSWORD
    assert browser.post("/resetmypassword/form", data=form | {"repeated": "other"}).status_code == 422
    assert browser.post("/resetmypassword/form", data=form).status_code == 302
    assert sign_in(app.test_client(), "a new good password").status_code == 302


def test_guessing_passwords_is_slowed_down(database: Database, tmp_path: Path) -> None:
    from app import create_app

    config = TestConfig(database.url, tmp_path)
    config.AUTH_RATE_LIMITED = config.RATELIMIT_ENABLED = True
    app = create_app(config)
    client = app.test_client()
    guess = {"username": "nobody", "password": "wrong"}
    answers = [client.post("/api/v1/security/login", json=guess) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {401, 429}
    assert answers[-1].mimetype == "application/problem+json"
    assert client.get("/login/").status_code == 200
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("name", ["rece\x00ption", "\ud800", "a" * 5000])
def test_a_name_that_nobody_can_have_opens_nothing(client: FlaskClient, cast: Cast, name: str) -> None:
    token = token_on(client.get("/login/").get_data(as_text=True))
    typed = name.encode("utf-8", "surrogatepass").decode("latin-1")
    answer = client.post("/login/", data={"username": typed, "password": "pass\x00word", "csrf_token": token})
    assert answer.status_code in (400, 401)


@pytest.mark.parametrize(("demo", "status"), [(True, 302), (False, 422)])
def test_a_short_password_of_ones_own_is_for_the_demo_only(
    client: FlaskClient, app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, demo: bool, status: int
) -> None:
    monkeypatch.setitem(app.config, "DEMO", demo)
    token = token_on(client.get("/login/").get_data(as_text=True))
    client.post("/login/", data={"username": "reception", "password": PASSWORD, "csrf_token": token})
    token = token_on(client.get("/resetmypassword/form").get_data(as_text=True))
    typed = {"current_password": PASSWORD, "password": "demo", "repeated": "demo", "csrf_token": token}
    assert client.post("/resetmypassword/form", data=typed).status_code == status
