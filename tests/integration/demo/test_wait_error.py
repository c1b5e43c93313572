"""`queue wait-error` on the demo's days, on made-up ones, and where there is nothing to look at."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.demo.load import load_demo_if_empty
from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.frontdesk.wait_commands import real_report
from app.frontdesk.wait_error import WAYS
from app.kernel import clock
from app.kernel.db import db
from app.people.models import Clinic
from tests.factories import make_clinic

MOMENT = datetime(2026, 3, 3, 10, 35, tzinfo=UTC)


def told(app: Flask, *arguments: str) -> tuple[int, str]:
    db.session.remove()
    result = app.test_cli_runner().invoke(args=["queue", "wait-error", *arguments])
    return result.exit_code, result.output


def test_the_demos_days_are_replayed_and_the_estimate_is_the_best_of_the_three(
    app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "DEMO", True)
    with clock.freeze(MOMENT):
        load_demo_if_empty(app, days=42)
        clinic = session.scalars(select(Clinic).where(Clinic.code == "main")).one()
        report = real_report(clinic.id, clinic.timezone, days=21)
        seen = select(func.count(Visit.id)).where(
            Visit.clinic_id == clinic.id,
            Visit.status == VisitStatus.COMPLETED,
            Visit.business_date < MOMENT.date(),
            Visit.business_date >= datetime(2026, 2, 10, tzinfo=UTC).date(),
        )
        best, *others = (report.tally(at_check_in=True, way=way) for way in WAYS)
        assert best.count == session.scalar(seen) > 300
        assert best.mean < 0.8 * min(other.mean for other in others)
        code, text = told(app, "--clinic", "main", "--days", "21")
    assert code == 0
    assert re.search(rf"\| all days +\| estimate +\| +{best.count} \| +{best.mean:.1f} \|", text)
    assert "riverside" not in text


def test_days_nobody_was_seen_on_and_unknown_clinics_are_told(app: Flask, session: Any) -> None:
    assert told(app)[0] == 1
    make_clinic("ours")
    make_clinic("theirs")
    code, text = told(app)
    assert (code, text.count("Nobody was seen on those days.")) == (0, 2)
    code, text = told(app, "--clinic", "nowhere")
    assert (code, "no such clinic" in text) == (1, True)
    assert told(app, "--simulated", "--clinic", "ours")[0] == 2
    assert told(app, "--days", "0")[0] == 2


def test_made_up_days_need_no_clinic(app: Flask, session: Any) -> None:
    code, text = told(app, "--simulated", "--seed", "7", "--days", "2", "--warm-up", "3")
    assert (code, "2 simulated days of 4 doctors each" in text) == (0, True)
