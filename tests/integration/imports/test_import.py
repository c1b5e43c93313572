"""The command takes what is good in a file, says what is not, and takes nothing twice."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import transaction
from app.kernel.models import AuditEntry
from app.people.models import Clinic, Doctor, DoctorPatient, Service
from app.people.patient_models import Patient
from app.people.patient_queries import search_patients
from app.scheduling.models import Appointment, DoctorTime
from app.scheduling.states import AppointmentStatus
from tests.factories import make, make_clinic, make_doctor, make_patient, make_service

PATIENTS = """
[file]
delimiter = ";"
[patient]
external_id = "Id"
name = "Name"
phone = { column = "Phone", on_problem = "leave_out" }
email = "Mail"
"""
APPOINTMENTS = """
[file]
repeats = true
[patient]
external_id = "Patient"
name = { template = "Patient {Patient}" }
[patient.custom_fields]
age = { column = "Age", whole_number = true }
[appointment]
doctor = "Former doctors"
service = "Former visit"
external_id = "Visit"
starts_at = { column = "Day", format = "%Y-%m-%d" }
status = { column = "Seen", values = { yes = "completed", no = "no_show", off = "cancelled" } }
"""
ROWS = """Patient,Visit,Day,Age,Seen
p1,v1,2026-01-05,40,yes
p1,v2,2026-02-05,41,yes
p1,v3,2025-12-05,39,no
p2,v4,2026-01-06,50,off
"""

Run = Callable[..., Result]


@pytest.fixture
def clinic(session: Any) -> Clinic:
    return make_clinic("main", timezone="America/Sao_Paulo", country="BR")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "report.csv"


@pytest.fixture
def run(app: Flask, tmp_path: Path, report: Path) -> Run:
    """Runs the import of this text, for good unless told otherwise."""

    def run(kind: str, mapping: str, text: str, *more: str, clinic: str = "main", apply: bool = True) -> Result:
        (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
        (tmp_path / "rows.csv").write_text(text, encoding="utf-8")
        command = ["import", kind, str(tmp_path / "rows.csv"), "--clinic", clinic]
        command += ["--mapping", str(tmp_path / "mapping.toml"), "--report", str(report), *more]
        return app.test_cli_runner().invoke(args=[*command, "--apply"] if apply else command)

    return run


def reported(report: Path) -> list[tuple[str, ...]]:
    with report.open(encoding="utf-8", newline="") as file:
        return [tuple(row[:4]) for row in list(csv.reader(file))[1:]]


def counted(result: Result) -> dict[str, int]:
    """The numbers that the terminal shows, by what they count."""
    found = re.findall(r"^ +([\d,]+)  ([a-z ]+)$", result.output, re.MULTILINE)
    return {name: int(number.replace(",", "")) for number, name in found}


def patient(session: Any, external_id: str) -> Patient:
    session.expire_all()
    found: Patient = session.scalars(select(Patient).where(Patient.external_id == external_id)).one()
    return found


def counters(one: Patient) -> tuple[object, ...]:
    days = (one.first_visit_date, one.last_visit_date)
    return one.total_visits, one.total_no_shows, one.total_cancellations, *(day and day.isoformat() for day in days)


DIRT = "\n".join(
    [
        "Id;Name;Phone;Mail",
        "a;José da Silva;(11) 98765-4321;jose@clinic.test",
        "b;Same Phone;11 98765-4321;",
        "c;Phone Of Another;+55 11 3234-5678;",
        "d;No Phone At All;12;",
        "e;=2+5;;",
        "f;Bad Mail;;nobody",
        "a;José Again;;",
        "g;Too;Many;Cells;Here",
        ";No Id;;",
        "h;Nul\0Byte;;",
        "i;زينب محمد;;",
        "j;" + "x" * 150_000 + ";;",
        "=HYPERLINK(1);Formula In The Id;12;",
    ]
)


def test_patients_come_in_with_every_kind_of_dirt_named(session: Any, clinic: Clinic, run: Run, report: Path) -> None:
    make_patient(clinic, phone="+551132345678", name="Here Before")
    result = run("patients", PATIENTS, DIRT)
    assert result.exit_code == 0
    assert sorted(reported(report), key=lambda row: int(row[0])) == [
        ("3", "b", "warning", "Phone"),
        ("4", "c", "warning", "Phone"),
        ("5", "d", "warning", "Phone"),
        ("6", "e", "refused", "Name"),  # no letter in it
        ("7", "f", "refused", "Mail"),
        ("8", "a", "refused", "Id"),
        ("9", "g", "refused", ""),
        ("10", "", "refused", "Id"),
        ("11", "h", "refused", "Name"),
        ("13", "", "refused", ""),
        ("14", "'=HYPERLINK(1)", "warning", "Phone"),
    ]
    assert counted(result)["patients added"] == 6
    imported = select(Patient.external_id, Patient.phone).where(Patient.external_id.is_not(None))
    phones = dict(session.execute(imported).all())
    assert phones.pop("a") == "+5511987654321"
    assert phones == dict.fromkeys(["b", "c", "d", "i", "=HYPERLINK(1)"])


def test_imported_patients_are_found_by_what_is_known_of_them(session: Any, clinic: Clinic, run: Run) -> None:
    run("patients", PATIENTS, DIRT)
    for q in ("jose silv", "8765", "jose@clinic", "محمد"):
        assert len(search_patients(q, actor=system())) == 1, q


def test_a_changed_row_changes_its_patient_and_how_it_is_found(session: Any, clinic: Clinic, run: Run) -> None:
    run("patients", PATIENTS, "Id;Name;Phone;Mail\na;Old Name;(11) 98765-4321;\n")
    result = run("patients", PATIENTS, "Id;Name;Phone;Mail\na;New Name;(11) 3232-3232;\n")
    assert (counted(result)["patients added"], counted(result)["patients changed"]) == (0, 1)
    assert (patient(session, "a").name, patient(session, "a").phone, patient(session, "a").revision) == (
        "New Name",
        "+551132323232",
        2,
    )
    assert search_patients("old", actor=system()) == []
    assert [one.name for one in search_patients("new", actor=system())] == ["New Name"]


def test_a_trial_stores_nothing_and_counts_what_a_run_would(session: Any, clinic: Clinic, run: Run) -> None:
    trial = run("appointments", APPOINTMENTS, ROWS, apply=False)
    assert "Nothing was stored" in trial.output
    assert [session.scalar(select(func.count(table.id))) for table in (Patient, Appointment, Doctor, Service)] == [
        0
    ] * 4
    assert session.scalars(select(AuditEntry).where(AuditEntry.action.like("import%"))).all() == []
    assert counted(trial) == counted(run("appointments", APPOINTMENTS, ROWS))


def test_appointments_come_in_as_history_with_their_patients(session: Any, clinic: Clinic, run: Run) -> None:
    run("appointments", APPOINTMENTS, ROWS)
    assert counters(patient(session, "p1")) == (2, 1, 0, "2026-01-05", "2026-02-05")
    assert counters(patient(session, "p2")) == (0, 0, 1, None, None)
    assert patient(session, "p1").custom_fields == {"age": 41}  # as the newest appointment has it
    doctor, service = session.scalars(select(Doctor)).one(), session.scalars(select(Service)).one()
    assert (doctor.name, doctor.is_active, service.name, service.is_active) == (
        *("Former doctors", False),
        *("Former visit", False),
    )
    rows = session.scalars(select(Appointment)).all()
    assert all(row.is_historic and row.doctor_id == doctor.id and row.service_id == service.id for row in rows)
    assert session.scalar(select(func.count(DoctorTime.id))) == 0
    assert session.scalar(select(func.count(DoctorPatient.patient_id))) == 2


def test_a_second_run_changes_nothing(session: Any, clinic: Clinic, run: Run) -> None:
    run("appointments", APPOINTMENTS, ROWS)
    before = session.execute(select(Appointment.__table__)).all(), session.execute(select(Patient.__table__)).all()
    again = counted(run("appointments", APPOINTMENTS, ROWS))
    assert again["appointments unchanged"] == 4
    assert [again[f"{what} {how}"] for what in ("patients", "appointments") for how in ("added", "changed")] == [0] * 4
    session.expire_all()
    assert before == (
        session.execute(select(Appointment.__table__)).all(),
        session.execute(select(Patient.__table__)).all(),
    )


def test_a_changed_row_changes_its_appointment_and_the_counters(session: Any, clinic: Clinic, run: Run) -> None:
    run("appointments", APPOINTMENTS, ROWS)
    changed = ROWS.replace("v2,2026-02-05,41,yes", "v2,2026-02-05,42,no").replace("p1,v1", "p2,v1")
    result = counted(run("appointments", APPOINTMENTS, changed))
    assert (result["appointments changed"], result["patients changed"]) == (2, 1)
    assert counters(patient(session, "p1")) == (0, 2, 0, None, None)
    assert counters(patient(session, "p2")) == (1, 0, 1, "2026-01-05", "2026-01-05")
    assert patient(session, "p1").custom_fields == {"age": 42}


def test_what_people_corrected_meanwhile_stays(session: Any, clinic: Clinic, run: Run) -> None:
    run("appointments", APPOINTMENTS, ROWS)
    with transaction():
        one = patient(session, "p1")
        one.name, one.custom_fields = "Maria Souza", {"age": 41, "school": "north"}
    run("appointments", APPOINTMENTS, ROWS.replace("05,41", "05,43"))
    assert patient(session, "p1").name == "Maria Souza"
    assert patient(session, "p1").custom_fields == {"age": 43, "school": "north"}


def test_an_appointment_of_the_clinic_itself_is_never_changed(
    session: Any, clinic: Clinic, run: Run, report: Path
) -> None:
    doctor, one = make_doctor(clinic), make_patient(clinic)
    live = make(
        Appointment(
            clinic_id=clinic.id,
            doctor_id=doctor.id,
            service_id=make_service(clinic).id,
            patient_id=one.id,
            starts_at=clock.now(),
            ends_at=clock.now() + timedelta(minutes=30),
            external_id="v4",
        )
    )
    run("appointments", APPOINTMENTS, ROWS)
    assert reported(report) == [("5", "v4", "refused", "Visit")]
    session.refresh(live)
    assert (live.status, live.patient_id) == (AppointmentStatus.REQUESTED, one.id)
    assert session.scalar(select(func.count(Patient.id)).where(Patient.external_id == "p2")) == 0


def test_the_audit_log_says_that_an_import_ran(session: Any, clinic: Clinic, run: Run) -> None:
    run("appointments", APPOINTMENTS, ROWS)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action.like("import%")).order_by(AuditEntry.id)).all()
    assert [(one.action, one.actor_name, one.clinic_id) for one in entries] == [
        ("import_begun", "import", clinic.id),
        ("import_ended", "import", clinic.id),
    ]
    assert (entries[1].after["complete"], entries[1].after["appointments added"]) == (True, 4)


@pytest.mark.parametrize(
    ("kind", "mapping", "text", "clinic_code", "message"),
    [
        ("patients", PATIENTS, "Id;Name;Phone;Mail\n", "nowhere", "no clinic with the code nowhere; there are: main"),
        ("patients", PATIENTS, "Id,Name,Phone,Mail\n", "main", "it has no column Id, Mail, Name, Phone"),
        ("patients", PATIENTS, "", "main", "it is empty"),
        ("patients", "[patient", "", "main", "The mapping"),
        ("appointments", PATIENTS, "Id;Name;Phone;Mail\n", "main", "it has no [appointment]"),
    ],
)
def test_what_cannot_work_at_all_ends_with_a_message(
    clinic: Clinic, run: Run, kind: str, mapping: str, text: str, clinic_code: str, message: str
) -> None:
    result = run(kind, mapping, text, clinic=clinic_code)
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert message in result.output


def test_a_damaged_file_is_taken_up_to_its_damage_and_goes_on_once_it_is_whole(
    session: Any, app: Flask, clinic: Clinic, run: Run, tmp_path: Path
) -> None:
    rows = "Patient,Visit,Day,Age,Seen\n" + "".join(f"p{n},v{n},2026-01-05,{n % 90},yes\n" for n in range(9000))
    whole = gzip.compress(rows.encode())
    run("appointments", APPOINTMENTS, ROWS, apply=False)  # leaves the mapping
    path = tmp_path / "rows.csv.gz"
    command = ["import", "appointments", str(path), "--clinic", "main", "--mapping", str(tmp_path / "mapping.toml")]
    path.write_bytes(whole[: len(whole) // 2])
    stopped = app.test_cli_runner().invoke(args=[*command, "--apply"])
    taken = session.scalar(select(func.count(Appointment.id)))
    assert stopped.exit_code == 1
    assert "its compression is damaged" in stopped.output
    assert "run it again to go on" in stopped.output
    assert 0 < taken < 9000
    path.write_bytes(whole)
    assert app.test_cli_runner().invoke(args=[*command, "--apply"]).exit_code == 0
    session.expire_all()
    assert session.scalar(select(func.count(Appointment.id))) == 9000
    assert session.scalar(select(func.sum(Patient.total_visits))) == 9000
