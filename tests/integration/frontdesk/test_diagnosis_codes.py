"""Diagnosis codes are found while one types, through an index and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, text

from app.frontdesk.clinical_models import DiagnosisCode
from app.frontdesk.diagnosis_codes import NEAREST, find_code, matching_codes
from app.kernel.db import db
from tests.cast import Cast
from tests.factories import make_code

Sign = Callable[[str], FlaskClient]
HOSTILE = ["%", "_", "'", "\\", "\ud800", "a\x00b", "\u202e", "🙂", "--", "(", "a" * 10_000]


@pytest.fixture
def codes(session: Any, cast: Cast) -> Cast:
    for code, title in {
        "J06.9": "Acute upper respiratory infection, unspecified",
        "J06.0": "Acute laryngopharyngitis",
        "J18.9": "Pneumonia, unspecified organism",
        "R50.9": "Fièvre d'origine inconnue",
    }.items():
        make_code(code, title)
    make_code("J06.8", "Former acute infection", is_active=False)
    return cast


def found(client: FlaskClient, q: str) -> list[str]:
    results = client.get("/lookup/diagnoses", query_string={"q": q}).json["results"]
    return [result["text"].split(" ")[0] for result in results]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("J06", ["J06.0", "J06.9"]),
        ("j06.9", ["J06.9"]),
        ("j069", ["J06.9"]),
        ("acute", ["J06.0", "J06.9"]),
        ("infec ACU", ["J06.9"]),
        ("unspec pneu", ["J18.9"]),
        ("fievre", ["R50.9"]),
        ("nothing", []),
        ("former", []),
    ],
)
def test_codes_are_found_by_code_or_words(codes: Cast, login_as: Sign, typed: str, expected: list[str]) -> None:
    assert found(login_as("doctor"), typed) == expected


def test_no_more_than_twenty_are_offered_in_order_of_their_codes(codes: Cast, login_as: Sign) -> None:
    for number in range(30):
        make_code(f"S{number:02d}", f"Sprain {number}")
    offered = found(login_as("doctor"), "sprain")
    assert offered == [f"S{number:02d}" for number in range(20)]
    assert len(found(login_as("doctor"), "")) == 20


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_that_can_be_typed_breaks_the_search(codes: Cast, typed: str) -> None:
    assert db.session.scalars(select(DiagnosisCode).where(matching_codes(typed))).all() == []


def test_only_doctors_look_for_codes(codes: Cast, login_as: Sign) -> None:
    for name in ("admin", "reception", "accountant"):
        assert login_as(name).get("/lookup/diagnoses?q=j").status_code == 403
    assert login_as("doctor2").get("/lookup/diagnoses?q=j").status_code == 200


def test_a_code_is_known_with_and_without_its_dot(codes: Cast) -> None:
    for written in ("J06.9", "j069", " J069"):
        code = find_code(written, actor=codes.doctor)
        assert code is not None
        assert code.code == "J06.9"
    for unknown in ("J06", "J06.8", ""):
        assert find_code(unknown, actor=codes.doctor) is None


@pytest.mark.parametrize("typed", ["j06", "acute", "acute infection upper"])
def test_a_search_is_one_statement_that_reads_nothing_but_indexes(codes: Cast, login_as: Sign, typed: str) -> None:
    client = login_as("doctor")
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "diagnosis_" in statement:
            seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert found(client, typed)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    ((statement, parameters),) = seen
    assert f"{NEAREST}" in f"{parameters}"
    plan = plan_of(statement, parameters)
    scans = [line for line in plan if line.startswith("SCAN diagnosis") or "Seq Scan" in line]
    assert not scans, "\n".join(plan)


def plan_of(statement: str, parameters: Any) -> list[str]:
    """The plan, one line for each step; PostgreSQL is asked what it would do if the tables were large."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
