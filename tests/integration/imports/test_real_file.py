"""The import of real appointments: its figures are those that the data's README gives."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.kernel.actor import system
from app.people.patient_models import Patient
from app.people.patient_queries import search_patients
from app.scheduling.models import Appointment, DoctorTime
from app.scheduling.states import AppointmentStatus
from config import ROOT
from tests.factories import make_clinic

DATA = ROOT.parent / "shared" / "data" / "no-show-appointments.csv.gz"
MAPPING = ROOT / "app" / "imports" / "mappings" / "medical-appointment-no-shows.toml"

pytestmark = [
    pytest.mark.skipif(
        not DATA.exists(), reason="the real data is not here: ../shared/data/no-show-appointments.csv.gz"
    ),
    pytest.mark.timeout(600),
]


def rows() -> Iterator[dict[str, str]]:
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def test_the_real_file_comes_in_whole(app: Flask, session: Any, tmp_path: Path) -> None:
    make_clinic("vitoria", timezone="America/Sao_Paulo", country="BR", currency="BRL")
    report = tmp_path / "report.csv"
    command = ["import", "appointments", str(DATA), "--clinic", "vitoria", "--mapping", str(MAPPING)]
    result = app.test_cli_runner().invoke(args=[*command, "--report", str(report), "--apply"])
    assert result.exit_code == 0, result.output
    assert_figures(session)
    assert_every_dirty_row_is_reported(report)
    assert_counters_equal_the_rows(session)
    assert len(search_patients("29872499824296", actor=system())) == 1
    assert len(search_patients("patient 72499", actor=system(), limit=5)) == 5


def assert_figures(session: Any) -> None:
    def count(*criteria: Any) -> int:
        return int(session.scalar(select(func.count(Appointment.id)).where(*criteria)))

    assert count() == count(Appointment.is_historic) == 110_527
    assert count(Appointment.status == AppointmentStatus.NO_SHOW) == 22_319
    assert count(Appointment.status == AppointmentStatus.COMPLETED) == 110_527 - 22_319
    assert session.scalar(select(func.count(Patient.id))) == 62_299
    assert session.scalar(select(func.count(DoctorTime.id))) == 0
    most = select(func.count(Appointment.id)).group_by(Appointment.patient_id).order_by(func.count().desc()).limit(1)
    assert session.scalar(most) == 88
    neighbourhoods = {fields["neighbourhood"] for fields in session.scalars(select(Patient.custom_fields))}
    assert len(neighbourhoods) == 81
    assert sum(not name.isascii() for name in neighbourhoods) == 29


def assert_every_dirty_row_is_reported(report: Path) -> None:
    with report.open(encoding="utf-8", newline="") as file:
        reported = list(csv.DictReader(file))
    expected = [(row["AppointmentID"], column) for row in rows() for column in dirty_columns(row)]
    assert [(row["external_id"], row["column"]) for row in reported] == expected
    assert Counter(row["column"] for row in reported) == {"PatientId": 5, "Age": 8, "ScheduledDay": 5}
    assert {row["result"] for row in reported} == {"warning"}


def dirty_columns(row: dict[str, str]) -> Iterator[str]:
    if not row["PatientId"].isdigit():
        yield "PatientId"
    if not 0 <= int(row["Age"]) <= 100:
        yield "Age"
    if row["ScheduledDay"][:10] > row["AppointmentDay"][:10]:
        yield "ScheduledDay"


def edges(days: list[str]) -> tuple[date | None, date | None]:
    return (date.fromisoformat(min(days)), date.fromisoformat(max(days))) if days else (None, None)


def assert_counters_equal_the_rows(session: Any) -> None:
    """Against the file itself, patient by patient."""
    visits: dict[str, list[str]] = {}
    missed: Counter[str] = Counter()
    for row in rows():
        visits.setdefault(row["PatientId"], [])
        if row["No-show"] == "Yes":
            missed[row["PatientId"]] += 1
        else:
            visits[row["PatientId"]].append(row["AppointmentDay"][:10])
    columns = (Patient.external_id, Patient.name, Patient.total_visits, Patient.total_no_shows)
    stored = session.execute(select(*columns, Patient.first_visit_date, Patient.last_visit_date)).all()
    assert {tuple(row) for row in stored} == {
        (one, f"Patient {one}", len(days), missed[one], *edges(days)) for one, days in visits.items()
    }
    assert session.scalar(text("SELECT count(*) FROM doctor_patient")) == 62_299
