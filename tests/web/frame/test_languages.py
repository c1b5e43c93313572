"""Which language a page, an error and a form are in, and that a choice is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.db import db, transaction
from app.people.models import Clinic, UserPreference
from config import ConfigError, languages_in
from tests.cast import Cast

SignIn = Callable[[str], FlaskClient]

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.8"}


def language_of(page: str) -> str:
    return page.partition('<html lang="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("ar", "ar"),
        ("ar-EG;q=0.9,en;q=0.8", "ar"),
        ("xx,fi;q=0.5", "en"),
        ("", "en"),
        ("*", "en"),
        ("nonsense;;;q=", "en"),
    ],
)
def test_a_stranger_reads_the_language_that_the_browser_asks_for(
    client: FlaskClient, cast: Cast, asked: str, language: str
) -> None:
    assert language_of(client.get("/login/", headers={"Accept-Language": asked}).text) == language


def test_arabic_runs_from_right_to_left_with_a_style_sheet_of_its_own(client: FlaskClient, cast: Cast) -> None:
    page = client.get("/login/", headers={"Accept-Language": "ar"}).text
    assert 'dir="rtl"' in page
    assert "app.rtl" in page
    assert "تسجيل الدخول" in page


def test_a_choice_is_kept_for_every_computer_and_comes_before_the_browser(cast: Cast, login_as: SignIn) -> None:
    desk = login_as("reception")
    answer = desk.post("/choose/language", data={"language": "ar", "next": "/patients/list/?q=ada"})
    assert (answer.status_code, answer.location) == (302, "/patients/list/?q=ada")
    assert language_of(desk.get("/patients/list/", headers=SPANISH).text).startswith("ar")
    assert language_of(login_as("reception").get("/patients/list/", headers=SPANISH).text).startswith("ar")
    assert language_of(login_as("doctor").get("/patients/list/", headers=SPANISH).text).startswith("es")


def test_a_second_choice_replaces_the_first(app: Flask, cast: Cast, login_as: SignIn) -> None:
    desk = login_as("reception")
    for language in ("ar", "es"):
        desk.post("/choose/language", data={"language": language})
    with app.app_context():
        assert [kept.language for kept in db.session.query(UserPreference)] == ["es"]


def test_a_stranger_chooses_for_this_browser(app: Flask, cast: Cast, client: FlaskClient, login_as: SignIn) -> None:
    page = client.get("/login/").text
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    assert client.post("/choose/language", data={"language": "es"}).status_code == 400
    chosen = client.post("/choose/language", data={"language": "es", "csrf_token": token, "next": "/login/"})
    assert chosen.location == "/login/"
    assert language_of(client.get("/login/").text) == "es"
    with app.app_context():
        assert db.session.query(UserPreference).count() == 0


def test_no_other_language_can_be_chosen_and_no_other_server_led_to(cast: Cast, login_as: SignIn) -> None:
    desk = login_as("reception")
    assert desk.post("/choose/language", data={"language": "fi"}).status_code == 404
    assert desk.post("/choose/language", data={}).status_code == 404
    assert desk.get("/choose/language").status_code == 405
    away = desk.post("/choose/language", data={"language": "es", "next": "//evil.test/"})
    assert away.location == "/"


def test_dates_and_amounts_are_written_as_in_the_clinics_country(app: Flask, cast: Cast, login_as: SignIn) -> None:
    assert language_of(login_as("reception").get("/services/list/").text) == "en-DE"
    with app.app_context(), transaction():
        db.session.get_one(Clinic, cast.main_id).country = "GB"
    assert language_of(login_as("reception").get("/services/list/").text) == "en-GB"
    both = login_as("admin").get("/services/list/").text
    assert language_of(both) == "en"  # clinics of two countries: neither's way


def test_errors_of_the_api_are_in_the_language_that_is_asked_for(
    cast: Cast, client: FlaskClient, token_for: Callable[[str], dict[str, str]]
) -> None:
    headers = token_for("reception") | SPANISH
    answer = client.post("/api/v1/patients", json={"clinic_id": cast.main_id, "phone": "1"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json["detail"] == "Corrija los campos marcados."
    assert answer.json["errors"]["name"] == ["Es obligatorio."]


def test_the_messages_of_forms_are_translated_too(cast: Cast, login_as: SignIn) -> None:
    desk = login_as("reception")
    desk.post("/choose/language", data={"language": "es"})
    page = desk.post("/patients/add", data={"name": ""})
    assert page.status_code == 422
    assert "Este campo es obligatorio." in page.text


def test_adding_a_language_is_adding_one_folder(tmp_path: Path) -> None:
    for code in ("pt_BR", "he"):
        (tmp_path / code / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / code / "LC_MESSAGES" / "messages.po").touch()
    (tmp_path / "notes").mkdir()
    names = {code: facts["name"] for code, facts in languages_in(tmp_path).items()}
    assert names == {"en": "English", "he": "עברית", "pt_BR": "Português (Brasil)"}


def test_a_folder_that_is_named_after_no_language_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "klingon" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "klingon" / "LC_MESSAGES" / "messages.po").touch()
    with pytest.raises(ConfigError, match="klingon"):
        languages_in(tmp_path)
