"""The worker's work by hand."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel import outbox
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.people.models import Specialty


def test_what_is_due_is_delivered_from_the_command_line(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(payload: dict[str, Any], _outcome: None, _now: object) -> None:
        db.session.add(Specialty(name=payload["name"]))

    monkeypatch.setattr(outbox, "_handlers", {"trial": outbox.Handler(settle=settle)})
    monkeypatch.setattr(outbox, "_wake", [])
    with app.app_context(), transaction(system()):
        outbox.post("trial", "k1", {"name": "Cardiology"})
    runner = app.test_cli_runner()
    assert runner.invoke(args=["outbox", "deliver"]).output == "1 handled.\n"
    assert runner.invoke(args=["outbox", "deliver"]).output == "0 handled.\n"
    with app.app_context():
        assert db.session.scalars(select(Specialty.name)).all() == ["Cardiology"]
