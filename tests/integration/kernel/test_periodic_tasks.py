"""What the beat asks for is there, and does its work inside the application."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.kernel.models import IdempotencyKey


def test_every_task_of_the_beat_exists(app: Flask) -> None:
    celery = app.extensions["celery"]
    wanted = {entry["task"] for entry in celery.conf.beat_schedule.values()}
    assert wanted == {"outbox.sweep", "idempotency.sweep", "holds.sweep", "appointments.sweep", "waitlist.sweep"}
    assert wanted <= set(celery.tasks)


def test_answers_older_than_a_day_are_forgotten_by_the_worker(app: Flask) -> None:
    now = clock.now()
    with app.app_context(), transaction(system()):
        for hours in (1, 25):
            answer = IdempotencyKey(
                user_id=1, route="r", key=f"{hours}h", body_hash="", status_code=200, response_body=""
            )
            answer.created_at = now - timedelta(hours=hours)
            db.session.add(answer)
    app.extensions["celery"].tasks["idempotency.sweep"]()
    with app.app_context():
        assert db.session.scalars(select(IdempotencyKey.key)).all() == ["1h"]
