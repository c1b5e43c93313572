"""How built files are addressed and served."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from app.web import assets, csp


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build = tmp_path / "build"
    build.mkdir()
    (build / "app-1a2b.css").write_text("body{}")
    (build / "app-1a2b.css.gz").write_bytes(b"pressed")
    (build / "manifest.json").write_text(json.dumps({"files": {"app.css": "app-1a2b.css"}}))
    (tmp_path / "plain.txt").write_text("plain")
    return tmp_path


@pytest.fixture
def browser_of(folder: Path) -> FlaskClient:
    app = Flask(__name__, static_folder=str(folder), static_url_path="/static")
    assets.init_app(app)
    csp.init_app(app)
    app.add_url_rule("/page", "page", lambda: f"{assets.asset_url('app.css')} {csp.csp_nonce()} {csp.csp_nonce()}")
    return app.test_client()


def fetch(client: FlaskClient, address: str, **headers: str) -> tuple[bytes, Response]:
    """The body and the answer, read to its end and closed."""
    with client.get(address, headers=headers) as answer:
        return answer.data, answer


def test_a_page_names_the_file_by_its_content(browser_of: FlaskClient) -> None:
    assert browser_of.get("/page").text.startswith("/static/build/app-1a2b.css")


def test_a_built_file_is_kept_for_good(browser_of: FlaskClient) -> None:
    _, answer = fetch(browser_of, "/static/build/app-1a2b.css")
    assert "immutable" in answer.headers["Cache-Control"]


def test_another_static_file_is_asked_for_again(browser_of: FlaskClient) -> None:
    _, answer = fetch(browser_of, "/static/plain.txt")
    assert "immutable" not in answer.headers["Cache-Control"]


def test_a_browser_that_takes_gzip_gets_the_compressed_file(browser_of: FlaskClient) -> None:
    body, answer = fetch(browser_of, "/static/build/app-1a2b.css", **{"Accept-Encoding": "gzip, br"})
    assert body == b"pressed"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "text/css"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_browser_that_does_not_take_gzip_gets_the_plain_file(browser_of: FlaskClient) -> None:
    body, answer = fetch(browser_of, "/static/build/app-1a2b.css", **{"Accept-Encoding": "identity"})
    assert body == b"body{}"
    assert "Content-Encoding" not in answer.headers


def test_no_file_outside_the_folder_is_served(browser_of: FlaskClient) -> None:
    assert browser_of.get("/static/..%2f..%2fetc%2fpasswd").status_code == 404


def test_without_a_build_a_page_still_answers(browser_of: FlaskClient, folder: Path) -> None:
    (folder / "build" / "manifest.json").unlink()
    assert browser_of.get("/page").text.startswith("/static/build/app.css")


def test_a_nonce_is_the_same_within_a_page_and_new_on_the_next(browser_of: FlaskClient) -> None:
    _, first, again = browser_of.get("/page").text.split()
    _, other, _ = browser_of.get("/page").text.split()
    assert first == again
    assert first != other


def test_a_page_carries_its_own_nonce_in_the_policy(browser_of: FlaskClient) -> None:
    answer = browser_of.get("/page")
    assert f"'nonce-{answer.text.split()[1]}'" in answer.headers["Content-Security-Policy"]


def test_every_answer_refuses_to_be_guessed_at(browser_of: FlaskClient) -> None:
    _, answer = fetch(browser_of, "/static/plain.txt")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
