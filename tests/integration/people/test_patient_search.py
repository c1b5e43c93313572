"""Patients are found by any part of what they are called, through an index and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select, text

from app.kernel import scope
from app.kernel.db import db
from app.kernel.errors import Invalid, NotFound
from app.people import patient_queries
from app.people.patient_models import Patient
from app.people.patient_queries import best_matching, find_patient_by_phone, matching, search_patients
from tests.cast import Cast
from tests.factories import make_patient

HOSTILE = ["", "  ", "%", "_", "'", "\\", "\x00", "\ud800", "a\x00b", "\u202e", "🙂", "--", "@", "a" * 10_000]


def names(found: list[Patient]) -> list[str]:
    return [patient.name for patient in found]


def listed(q: str, clinic_ids: Any = None) -> set[str]:
    return set(db.session.scalars(select(Patient.name).where(matching(q, clinic_ids))))


@pytest.fixture
def people(session: Any, cast: Cast) -> Cast:
    main = cast.main_clinic
    make_patient(main, name="José da Silva", phone="+5511987654321", email="jose@mail.test", external_id="A-0042")
    make_patient(main, name="Ana Silveira", phone="+5511911112222", treated_by=[cast.doctor_row])
    make_patient(main, name="Zoë Łuczak")
    make_patient(main, name="王小明")
    make_patient(main, name="Old Silva", is_active=False)
    make_patient(cast.riverside_clinic, name="Maria Silva", phone="+5511987654321")
    return cast


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("silv", ["Ana Silveira", "José da Silva"]),
        ("SILVA jose", ["José da Silva"]),
        ("ilva", ["José da Silva"]),
        ("(11) 98765-4321", ["José da Silva"]),
        ("654", ["José da Silva"]),
        ("jose@", ["José da Silva"]),
        ("a-0042", ["José da Silva"]),
        ("luczak", ["Zoë Łuczak"]),
        ("小明", ["王小明"]),
        ("silva ana", []),
        ("nobody", []),
    ],
)
def test_any_part_of_a_name_or_number_finds_a_patient(people: Cast, typed: str, found: list[str]) -> None:
    assert names(search_patients(typed, actor=people.reception)) == found


def test_archived_patients_are_found_where_they_are_asked_for(people: Cast) -> None:
    assert "Old Silva" in names(search_patients("silva", actor=people.reception, archived=True))


def test_nobody_finds_patients_out_of_reach(people: Cast) -> None:
    assert names(search_patients("silva", actor=people.riverside)) == ["Maria Silva"]
    assert names(search_patients("silv", actor=people.doctor)) == ["Ana Silveira"]
    assert names(search_patients("silv", actor=people.accountant)) == []
    assert names(search_patients("silva", actor=people.riverside, clinic_id=people.main_id)) == []
    assert names(search_patients("silva", actor=people.admin)) == ["José da Silva", "Maria Silva"]


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_that_can_be_typed_breaks_a_search(people: Cast, typed: str) -> None:
    assert search_patients(typed, actor=people.reception) == []
    assert listed(typed) == set()


def test_common_words_find_the_same_people_another_way(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        make_patient(people.main_clinic, name=f"Maria Silva {'Souza ' * (number % 2)}{number}")
    expected = {q: listed(q) for q in ("silva", "maria silva", "maria silva souza", "maria silva 11")}
    assert [len(found) for found in expected.values()][:3] == [15, 13, 6]
    monkeypatch.setattr(patient_queries, "MOST_KNOWN", 2)
    monkeypatch.setattr(patient_queries, "MOST_TOGETHER", 2)
    assert {q: listed(q) for q in expected} == expected
    assert {q: listed(q, [people.main_id]) for q in expected} == {
        q: found - {"Maria Silva"} for q, found in expected.items()
    }


def test_a_type_ahead_sees_a_bounded_number_of_those_who_share_a_word(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        make_patient(people.main_clinic, name=f"Maria Silva {number}")
    monkeypatch.setattr(patient_queries, "MOST_SHOWN", 5)
    seen = [len(search_patients(q, actor=people.reception, archived=True)) for q in ("silva", "maria silva")]
    assert seen == [5, 5]
    assert names(search_patients("silv", actor=people.doctor)) == ["Ana Silveira"], "a doctor's own are never left out"


@pytest.mark.parametrize("q", ["silva", "maria silva", "maria silva souza"])
@pytest.mark.parametrize("common", [False, True])
def test_a_search_reads_nothing_but_indexes(
    people: Cast, monkeypatch: pytest.MonkeyPatch, q: str, *, common: bool
) -> None:
    for number in range(40):
        make_patient(people.main_clinic, name=f"Maria Silva {number}")
    if common:
        monkeypatch.setattr(patient_queries, "MOST_KNOWN", 2)
        monkeypatch.setattr(patient_queries, "MOST_SHOWN", 20)
    seen = statements_of(lambda: search_patients(q, actor=people.reception, limit=25))
    assert seen
    for statement, parameters in seen:
        plan = plan_of(statement, parameters)
        assert not [line for line in plan if full_scan(line)], "\n".join(plan)


def statements_of(act: Any) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return seen


def plan_of(statement: str, parameters: Any) -> list[str]:
    """The plan, one line for each step; PostgreSQL is asked what it would do if the tables were large."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]


def full_scan(line: str) -> bool:
    """A walk through a table of patients or of terms that no condition bounds."""
    sqlite = line.startswith("SCAN patient")
    return sqlite or ("Seq Scan on patient" in line) or ("Disabled: true" in line)


def test_a_phone_finds_its_patient_in_any_usual_writing(people: Cast) -> None:
    found = find_patient_by_phone("+55 11 98765-4321", clinic_id=people.main_id, actor=people.reception)
    assert found is not None
    assert found.name == "José da Silva"
    assert find_patient_by_phone("+55 11 98765-4322", clinic_id=people.main_id, actor=people.reception) is None


def test_a_phone_is_looked_up_in_reach_and_must_be_one(people: Cast) -> None:
    with pytest.raises(NotFound):
        find_patient_by_phone("+55 11 98765-4321", clinic_id=people.riverside_id, actor=people.reception)
    with pytest.raises(Invalid):
        find_patient_by_phone("hello", clinic_id=people.main_id, actor=people.reception)


def test_the_criterion_of_a_type_ahead_stays_within_the_scope(people: Cast) -> None:
    query = scope.rows(Patient, people.riverside).where(best_matching("silva", None, actor=people.riverside))
    assert names(list(db.session.scalars(query))) == ["Maria Silva"]
