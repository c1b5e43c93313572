"""What watches over the process may ask without signing in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as NoConnection

from app.kernel.db import db, transaction
from app.kernel.models import OutboxMessage, OutboxStatus


def test_a_process_lives_and_is_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


def test_a_database_without_the_newest_migration_is_not_ready(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        before = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert client.get("/readyz").status_code == 503
    with app.app_context(), transaction():
        db.session.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})
    assert client.get("/readyz").status_code == 200


def test_metrics_count_answers_and_what_the_outbox_holds(
    app: Flask, client: FlaskClient, make: Callable[..., Any]
) -> None:
    with app.app_context(), transaction():
        message = {"kind": "x", "payload": {}, "due_at": db.func.now(), "status": OutboxStatus.FAILED}
        db.session.execute(db.insert(OutboxMessage).values(key="1", created_at=db.func.now(), attempts=1, **message))
    app.extensions.pop("outbox_counted", None)
    client.get("/healthz")
    page = client.get("/metrics").get_data(as_text=True)
    assert 'clinicdesk_outbox_messages{status="failed"} 1' in page
    assert 'clinicdesk_outbox_messages{status="pending"} 0' in page
    assert 'clinicdesk_http_responses_total{method="GET",status="200"}' in page


def test_a_request_that_gets_no_connection_in_time_is_told_that_the_system_is_busy(app: Flask) -> None:
    with app.test_request_context("/api/v1/patients"):
        answer = app.make_response(app.handle_user_exception(NoConnection("no connection within 10 s")))
    assert (answer.status_code, answer.json["code"]) == (503, "busy")
