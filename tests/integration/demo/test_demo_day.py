"""The day that plays by itself: it goes through the real services, reaches the browsers, and ends."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.billing.models import Invoice
from app.billing.states import InvoiceStatus
from app.demo.commands import _play_one_act
from app.demo.day import Day, demo_clinics
from app.demo.load import load_demo_if_empty
from app.frontdesk.models import Visit
from app.frontdesk.states import ACTIVE
from app.kernel import clock
from app.kernel.live import Announcement, board_version
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from app.web.relays import relay_path, unpacked

NOON = datetime(2026, 3, 3, 12, 5, tzinfo=UTC)


pytestmark = pytest.mark.any_database  # its acts are the services, whose tests ask both


@pytest.fixture
def demo(app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setitem(app.config, "DEMO", True)
    with clock.freeze(NOON):
        load_demo_if_empty(app, days=1)
        yield app


def test_a_day_ends_when_everybody_has_been_seen_and_has_paid(demo: Flask, session: Any) -> None:
    rng = Random(1)
    for clinic_id in demo_clinics():
        day = Day(clinic_id, rng)
        acts = 0
        while _play_one_act(day, rng):
            acts += 1
            assert acts < 2000
        assert acts > 50
    session.expire_all()
    assert session.scalar(select(func.count(Visit.id)).where(Visit.status.in_(ACTIVE))) == 0
    assert session.scalar(select(func.count(Invoice.id)).where(Invoice.status == InvoiceStatus.DRAFT)) == 0
    _, end = clock.day_bounds(NOON.date(), "Europe/London")
    still_due = select(func.count(Appointment.id)).where(
        Appointment.status == AppointmentStatus.CONFIRMED, Appointment.starts_at.between(NOON, end)
    )
    assert session.scalar(still_due) == 0


def test_the_browsers_of_the_running_demo_are_told(demo: Flask, session: Any) -> None:
    rng, path, before = Random(2), relay_path(demo), board_version(demo_clinics()[0])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as web_process:
        web_process.bind(str(path))
        web_process.settimeout(5)
        try:
            assert _play_one_act(Day(demo_clinics()[0], rng), rng)
            told: list[Announcement] = []
            while "queue_updated" not in [one.event for one in told]:
                told += unpacked(web_process.recv(200_000)).announcements
        finally:
            path.unlink()
    assert {one.payload["version"] for one in told} == {before + 1}
    updated = next(one for one in told if one.event == "queue_updated")
    assert f"clinic_{updated.payload['clinic_id']}" in updated.rooms


def test_ctrl_c_ends_the_day_with_a_word(demo: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.demo.commands.time.sleep", interrupted)
    result = demo.test_cli_runner().invoke(args=["demo", "day"])
    assert result.exit_code == 0
    assert re.search(r"^12:05:00  .+$", result.output, re.MULTILINE)
    assert "The day was interrupted" in result.output
