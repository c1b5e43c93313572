"""The mapping file is checked before the first row is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.imports.errors import BadMapping
from app.imports.mapping import OnProblem, load_mapping
from config import ROOT

PATIENT = '[patient]\nexternal_id = "Id"\nname = "Name"\n'


def mapping_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_mapping_of_names_alone_is_enough(tmp_path: Path) -> None:
    mapping = load_mapping(mapping_of(tmp_path, PATIENT))
    assert (mapping.delimiter, mapping.encoding, mapping.columns()) == (",", "utf-8-sig", {"Id", "Name"})
    assert mapping.patient["name"].on_problem is OnProblem.REFUSE


def test_the_mapping_of_the_no_show_data_reads_all_but_the_ignored_columns() -> None:
    (path,) = (ROOT / "app/imports/mappings").glob("*no-show*.toml")
    mapping = load_mapping(path)
    assert mapping.columns() == {
        *("PatientId", "AppointmentID", "Gender", "ScheduledDay", "AppointmentDay", "Age", "Neighbourhood", "No-show")
    }
    assert not mapping.columns() & mapping.ignored


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[patient", "Expected"),
        ('[patient]\nname = "Name"\n', "needs external_id and name"),
        (PATIENT + 'shoe_size = "Shoe"\n', "knows no shoe_size"),
        (PATIENT + 'phone = { column = "Phone", on_problem = "panic" }\n', "patient.phone"),
        (PATIENT + 'phone = { column = "Phone", colour = "red" }\n', "knows no colour"),
        (PATIENT + 'phone = { on_problem = "leave_out" }\n', "needs either a column or a template"),
        (PATIENT + "phone = 5\n", "a column's name or a table"),
        (PATIENT + 'gender = { template = "{Id" }\n', "patient.gender"),
        (PATIENT + 'date_of_birth = "Born"\n', "needs a format"),
        (PATIENT + 'phone = { column = "Phone", usual = "(" }\n', "patient.phone"),
        (PATIENT + '[file]\ndelimiter = "||"\n', "one character"),
        (PATIENT + '[file]\nencoding = "klingon"\n', "no encoding klingon"),
        (PATIENT + '[appointment]\nexternal_id = "A"\n', "names the doctor and the service"),
        (PATIENT + '[appointment]\ndoctor = "D"\nservice = "S"\nexternal_id = "A"\n', "needs starts_at, status"),
        ("patient = 3\n", "must be a table"),
    ],
)
def test_a_mapping_that_cannot_work_says_why(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BadMapping, match=reason.replace("[", r"\[")):
        load_mapping(mapping_of(tmp_path, text))


def test_a_mapping_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match="No such file"):
        load_mapping(tmp_path / "none.toml")


def test_a_mapping_that_is_no_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadMapping, match="cannot be used"):
        load_mapping(path)
