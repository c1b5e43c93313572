"""Whatever generated screen is registered answers, cheaply, and every resource is in a valid document."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from app.web.crud import CommandView
from tests.cast import Cast

MOST_STATEMENTS = 8


def test_every_list_and_form_answers_within_the_budget_of_statements(
    cast: Cast,
    app: Flask,
    login_as: Callable[[str], FlaskClient],
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    browser, problems = login_as("admin"), []
    for view in app.extensions["appbuilder"].baseviews:
        if not isinstance(view, CommandView):
            continue
        for act, page in {"list": "list/", "add": "add", "export": "export.csv"}.items():
            if act in view.exclude_route_methods:
                continue
            with statements() as sent:
                answer = browser.get(f"{view.route_base}/{page}")
                answer.get_data()
            number = len([text for text in sent if not text.startswith("BEGIN")])
            if answer.status_code not in (200, 403) or number > MOST_STATEMENTS:
                problems.append((view.route_base, page, answer.status_code, number))
    assert problems == []


def test_the_document_of_all_resources_is_valid(cast: Cast, login_as: Callable[[str], FlaskClient]) -> None:
    document = login_as("admin").get("/api/v1/_openapi").get_json()
    validate(document)
    silent = [
        (path, verb)
        for path, operations in document["paths"].items()
        for verb, operation in operations.items()
        if verb != "parameters" and not operation["summary"]
    ]
    assert silent == []


def test_no_list_reads_clinical_texts(
    cast: Cast,
    login_as: Callable[[str], FlaskClient],
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    browser = login_as("admin")
    with statements() as sent:
        for path in ("patients", "appointments", "visits", "invoices"):
            assert browser.get(f"/{path}/list/").status_code == 200
    reading = [text for text in sent if "medical_history" in text or "visit.notes" in text]
    assert (len(sent) > 4, reading) == (True, [])
