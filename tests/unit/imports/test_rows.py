"""One row in our terms: what is taken, what is taken with a doubt, what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.imports.mapping import MappingFile, load_mapping
from app.imports.rules import Place, ReadRow, RowRefused, read_row
from app.people.rules import Gender
from app.scheduling.states import AppointmentStatus

PLACE = Place("BR", "America/Sao_Paulo", date(2026, 3, 1))
MAPPING = """
[patient]
external_id = { column = "Id", usual = "[0-9]+" }
name = { template = "Patient {Id}" }
phone = { column = "Phone", on_problem = "leave_out" }
gender = { column = "Sex", values = { F = "female" } }
date_of_birth = { column = "Born", format = "%d/%m/%Y", on_problem = "leave_out" }
tags = { column = "Tags", separator = ";" }

[patient.custom_fields]
age = { column = "Age", whole_number = true, least = 0, usual_most = 100, on_problem = "leave_out" }

[appointment]
doctor = "Somebody"
service = "Something"
duration_minutes = 20
external_id = "Visit"
starts_at = { column = "Day", format = "%Y-%m-%d" }
booked_at = { column = "Booked", format = "%Y-%m-%d %H:%M" }
status = { column = "Seen", values = { Yes = "completed", No = "no_show", Later = "confirmed" } }
"""
GOOD = {
    "Id": "7",
    "Phone": "(27) 99988-7766",
    "Sex": "F",
    "Born": "24/12/1990",
    "Tags": "chronic; vip",
    "Age": "35",
    "Visit": "v1",
    "Day": "2026-02-03",
    "Booked": "2026-02-01 09:30",
    "Seen": "No",
}


@pytest.fixture
def mapping(tmp_path: Path) -> MappingFile:
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return load_mapping(path)


def read(mapping: MappingFile, **cells: str) -> ReadRow:
    return read_row(2, GOOD | cells, mapping, PLACE, appointments=True)


def doubts(row: ReadRow) -> list[tuple[str, str]]:
    return [(column, problem.code) for column, problem in row.doubts]


def test_a_good_row_is_taken_whole(mapping: MappingFile) -> None:
    row = read(mapping)
    assert row.doubts == []
    assert row.patient.external_id == "7"
    assert row.patient.first == {"name": "Patient 7"}
    assert row.patient.fields == {
        "phone": "+5527999887766",
        "gender": Gender.FEMALE,
        "date_of_birth": date(1990, 12, 24),
        "tags": ["chronic", "vip"],
        "custom_fields": {"age": 35},
    }
    assert row.appointment is not None
    assert row.appointment.fields == {
        "starts_at": datetime(2026, 2, 3, 3, 0, tzinfo=UTC),  # midnight in São Paulo
        "ends_at": datetime(2026, 2, 3, 3, 20, tzinfo=UTC),
        "created_at": datetime(2026, 2, 1, 12, 30, tzinfo=UTC),
        "status": AppointmentStatus.NO_SHOW,
    }


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"Phone": "12"}, "Phone", "phone_too_short"),
        ({"Age": "-1"}, "Age", "out_of_range"),
        ({"Age": "old"}, "Age", "not_a_number"),
        ({"Age": "115"}, "Age", "unusual"),
        ({"Id": "9377952927E-5"}, "Id", "unusual"),
        ({"Born": "31/02/1990"}, "Born", "not_a_moment"),
        ({"Born": "01/01/2090"}, "Born", "born_in_the_future"),
        ({"Booked": "2026-02-04 08:00"}, "Booked", "booked_afterwards"),
    ],
)
def test_a_doubtful_value_is_told_and_the_row_taken(
    mapping: MappingFile, cells: dict[str, str], column: str, code: str
) -> None:
    assert doubts(read(mapping, **cells)) == [(column, code)]


def test_a_value_that_is_left_out_leaves_the_others(mapping: MappingFile) -> None:
    fields = read(mapping, Age="-1", Phone="x").patient.fields
    assert fields["gender"] is Gender.FEMALE
    assert fields.keys() & {"phone", "custom_fields"} == set()


def test_a_doubtful_number_is_kept(mapping: MappingFile) -> None:
    assert read(mapping, Age="115").patient.fields["custom_fields"] == {"age": 115}


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"Id": " "}, "Id", "value_missing"),
        ({"Id": "a\x00b"}, "Id", "forbidden_character"),
        ({"Id": "1" * 65}, "Id", "too_long"),
        ({"Sex": "?"}, "Sex", "unknown_value"),
        ({"Day": "2026-13-01"}, "Day", "not_a_moment"),
        ({"Day": ""}, "Day", "required"),
        ({"Seen": "Perhaps"}, "Seen", "unknown_value"),
        ({"Seen": "Later"}, "Seen", "unknown_value"),
        ({"Visit": ""}, "Visit", "required"),
        ({"Tags": "\u202eevil"}, "Tags", "forbidden_character"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(
    mapping: MappingFile, cells: dict[str, str], column: str, code: str
) -> None:
    with pytest.raises(RowRefused) as refused:
        read(mapping, **cells)
    assert (column, code) in [(where, problem.code) for where, problem in refused.value.notes]


def test_days_without_midnight_begin_when_their_clock_does(mapping: MappingFile) -> None:
    row = read(mapping, Day="2018-11-04", Booked="2018-11-01 09:00")  # the clocks went from 00:00 to 01:00
    assert row.appointment is not None
    assert row.appointment.fields["starts_at"] == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)
