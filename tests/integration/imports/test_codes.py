"""Diagnosis codes come from a file: what is good is taken, what is not is told, and nothing comes twice."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.frontdesk.clinical_models import DiagnosisCode, DiagnosisTerm
from app.frontdesk.diagnosis_codes import matching_codes
from app.kernel.db import db
from app.kernel.models import AuditEntry

Run = Callable[..., Result]
FEW = "code,title\nj06.9,Acute upper respiratory infection\nI10,Hypertension\n"


@pytest.fixture
def run(app: Flask, session: Any, tmp_path: Path) -> Run:
    """Writes the file and imports it; the report is beside it."""

    def call(content: str | bytes, *options: str) -> Result:
        file = tmp_path / "codes.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        arguments = ["import", "codes", str(file), "--report", str(tmp_path / "report.csv"), *options]
        return app.test_cli_runner().invoke(args=arguments)

    return call


def codes() -> dict[str, tuple[str, bool]]:
    db.session.rollback()
    rows = db.session.execute(select(DiagnosisCode.code, DiagnosisCode.title, DiagnosisCode.is_active))
    return {code: (title, active) for code, title, active in rows}


def found(typed: str) -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(DiagnosisCode.code).where(matching_codes(typed))))


def report(tmp_path: Path) -> list[list[str]]:
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def counted(result: Result, what: str) -> int:
    lines = [line.split() for line in result.output.splitlines() if line.strip().endswith(what)]
    return int(lines[0][0].replace(",", "")) if lines else 0


def test_a_trial_counts_and_stores_nothing(run: Run) -> None:
    result = run(FEW)
    assert result.exit_code == 0, result.output
    assert counted(result, "codes added") == 2
    assert "Nothing was stored" in result.output
    assert codes() == {}


def test_codes_are_stored_and_found_at_once(run: Run) -> None:
    assert run(FEW, "--apply").exit_code == 0
    assert codes() == {"J06.9": ("Acute upper respiratory infection", True), "I10": ("Hypertension", True)}
    assert found("j06") == found("resp upper") == {"J06.9"}


def test_a_second_run_changes_nothing_and_a_changed_title_is_changed(run: Run) -> None:
    run(FEW, "--apply")
    again = run(FEW, "--apply")
    assert [counted(again, f"codes {what}") for what in ("unchanged", "added", "changed")] == [2, 0, 0]
    changed = run("code,title\nI10,Raised blood pressure\n", "--apply")
    assert counted(changed, "codes changed") == 1
    assert codes()["I10"] == ("Raised blood pressure", True)
    assert found("hypertension") == set()
    assert found("raised") == {"I10"}
    assert "J06.9" in codes(), "what the file does not name stays"


def test_codes_that_the_file_has_not_are_put_out_of_use_where_that_is_wished(run: Run) -> None:
    run(FEW, "--apply")
    run("code,title\nX1,Something else\n", "--apply", "--system", "OWN")
    only_one = "code,title\nI10,Hypertension\n"
    assert counted(run(only_one, "--deactivate-missing"), "codes deactivated") == 1
    assert codes()["J06.9"][1] is True
    run(only_one, "--apply", "--deactivate-missing")
    assert codes()["J06.9"] == ("Acute upper respiratory infection", False)
    assert codes()["X1"] == ("Something else", True), "another classification"
    assert found("respiratory") == set()
    run(FEW, "--apply")
    assert codes()["J06.9"][1] is True
    assert found("respiratory") == {"J06.9"}


BAD = """code,title
J06.9,Acute upper respiratory infection
,No code
J07,
J08,...
J 09,A blank in its code
J06.9,The same again
J10,Too many,cells
J11
TOOLONGACODE12345,Too long
=1+1,A formula
J12,Sound
"""


def test_bad_rows_are_told_with_line_and_reason_and_the_rest_is_taken(run: Run, tmp_path: Path) -> None:
    result = run(BAD, "--apply")
    assert result.exit_code == 0, result.output
    assert set(codes()) == {"J06.9", "J12"}
    assert counted(result, "refused") == 9
    told = [(int(line), column) for line, _, _, column, _ in report(tmp_path)]
    assert told == [
        (3, "code"), (4, "title"), (5, "title"), (6, "code"), (7, "code"), (8, ""), (9, ""), (10, "code"), (11, "code"),
    ]  # fmt: skip
    assert all(reason for *_, reason in report(tmp_path))


def test_a_row_in_another_encoding_is_refused_and_a_mark_at_the_beginning_is_none(run: Run, tmp_path: Path) -> None:
    result = run(b"\xef\xbb\xbfcode,title\nR50.9,Fi\xe8vre\nR05,Toux\n", "--apply")
    assert result.exit_code == 0, result.output
    assert set(codes()) == {"R05"}
    assert report(tmp_path)[0][0] == "2"


@pytest.mark.parametrize("content", ["", "code;title\nJ;x\n", "title\nx\n", "code,title,code\n"])
def test_a_file_without_the_heading_is_refused_as_a_whole(run: Run, content: str) -> None:
    result = run(content, "--apply")
    assert result.exit_code == 1
    assert "cannot be read" in result.output
    assert codes() == {}


def test_a_bad_row_does_not_put_its_code_out_of_use(run: Run) -> None:
    run(FEW, "--apply")
    run("code,title\nI10,Hypertension\nJ06.9,\n", "--apply", "--deactivate-missing")
    assert codes()["J06.9"][1] is True


def test_two_thousand_codes_and_more_are_taken_in_batches(run: Run) -> None:
    rows = [f"A{number // 10:03d}.{number % 10},Condition number {number} of the list" for number in range(2_500)]
    result = run("code,title\n" + "\n".join(rows), "--apply")
    assert counted(result, "codes added") == 2_500
    assert len(codes()) == 2_500
    assert found("a017.3") == {"A017.3"}
    assert counted(run("code,title\n" + "\n".join(rows), "--apply"), "codes unchanged") == 2_500


def test_begin_and_end_of_a_run_are_on_record(run: Run) -> None:
    run(FEW)
    db.session.rollback()
    assert db.session.query(AuditEntry).filter_by(entity="diagnosis_code").count() == 0
    run(FEW, "--apply")
    db.session.rollback()
    entries = db.session.query(AuditEntry).filter_by(entity="diagnosis_code").order_by(AuditEntry.id).all()
    assert [entry.action for entry in entries] == ["import_begun", "import_ended"]
    assert entries[1].after["codes added"] == 2


def test_codes_have_terms_while_they_are_in_use(run: Run) -> None:
    run(FEW, "--apply")
    db.session.rollback()
    assert set(db.session.scalars(select(DiagnosisTerm.term))) == {
        "j069", "acute", "upper", "respiratory", "infection", "i10", "hypertension",
    }  # fmt: skip
