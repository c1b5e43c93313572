"""Wrong counters are found, told and put right, and right ones are left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.frontdesk import commands
from app.frontdesk.counters import recount
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.kernel.models import AuditEntry
from app.people.patient_models import Patient
from app.scheduling import booking
from tests.factories import make_appointment, make_patient
from tests.integration.frontdesk.front import NOW, Front

Race = Callable[..., list[Any]]


def told(app: Flask, *arguments: str) -> tuple[int, str]:
    db.session.remove()
    result = app.test_cli_runner().invoke(args=["patients", "recount", *arguments])
    return result.exit_code, result.output


def spoil(patient_id: int, **values: Any) -> None:
    with transaction(system()):
        db.session.execute(update(Patient).where(Patient.id == patient_id).values(**values))


def counters_of(patient_id: int) -> tuple[Any, ...]:
    db.session.rollback()
    row = db.session.get_one(Patient, patient_id, populate_existing=True)
    return row.total_visits, row.total_cancellations, row.total_no_shows, str(row.first_visit_date)


@pytest.fixture
def spoilt(front: Front, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    """A patient with wrong counters, one with right ones, one of nothing at another clinic with a wrong date."""
    monkeypatch.setattr(commands, "BATCH", 1)
    seen, right = front.patient(), front.patient()
    visit = front.check_in(front.appointment(patient=seen))
    front.complete(front.start(visit))
    front.act(booking.cancel, front.appointment(NOW + timedelta(hours=3), patient=right).id, reason="ill")
    elsewhere = make_patient(front.cast.riverside_clinic)
    spoil(seen.id, total_visits=7, first_visit_date=None)
    spoil(elsewhere.id, total_no_shows=1)
    return seen.id, right.id, elsewhere.id


def test_wrong_counters_are_listed_and_nothing_is_changed(app: Flask, spoilt: tuple[int, int, int]) -> None:
    code, text = told(app)
    assert code == 0
    assert f"main: patient {spoilt[0]}: total_visits 7 -> 1, first_visit_date None -> 2030-05-06" in text
    assert f"riverside: patient {spoilt[2]}: total_no_shows 1 -> 0" in text
    assert "2 wrong." in text
    assert f"patient {spoilt[1]}:" not in text
    assert counters_of(spoilt[0])[0] == 7


def test_wrong_counters_are_put_right_and_recorded(app: Flask, spoilt: tuple[int, int, int]) -> None:
    assert "1 wrong, put right." in told(app, "--clinic", "main", "--apply")[1]
    assert counters_of(spoilt[0]) == (1, 0, 0, "2030-05-06")
    assert counters_of(spoilt[1]) == (0, 1, 0, "None")
    assert counters_of(spoilt[2])[2] == 1
    assert db.session.scalars(select(AuditEntry.entity_id).where(AuditEntry.action == "recount")).all() == [
        str(spoilt[0])
    ]
    assert "0 wrong." in told(app, "--clinic", "main")[1]


def test_an_unknown_clinic_is_told(app: Flask, front: Front) -> None:
    code, text = told(app, "--clinic", "nowhere")
    assert (code, "no such clinic" in text) == (1, True)


def test_a_recount_and_the_desk_at_the_same_moment_agree(front: Front, at_once: Race) -> None:
    patient, cast = front.patient(), front.cast
    rows = [
        make_appointment(patient, cast.doctor_row, cast.main_service, NOW + timedelta(hours=n)).id for n in range(1, 7)
    ]
    spoil(patient.id, total_cancellations=40)

    def count() -> None:
        with transaction(system()):
            recount([patient.id], "Europe/Berlin")

    def cancel(appointment_id: int) -> Callable[[], Any]:
        def call() -> None:
            with transaction(cast.reception):
                booking.cancel(appointment_id, reason="ill", actor=cast.reception, now=NOW)

        return call

    db.session.remove()
    outcomes = at_once(*(cancel(one) for one in rows[:3]), count, count, *(cancel(one) for one in rows[3:]), count)
    assert [one for one in outcomes if one is not None] == []
    assert counters_of(patient.id)[1] == len(rows)
