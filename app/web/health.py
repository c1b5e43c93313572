"""Says whether the process lives (`/healthz`) and can work (`/readyz`), and counts for Prometheus (`/metrics`)."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, request
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.kernel.db import db
from app.kernel.models import OutboxMessage, OutboxStatus

health = Blueprint("health", __name__)

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OUTBOX_SECONDS = 5.0  # how long a count of the outbox is good for: anybody may ask
answered: Counter[tuple[str, int]] = Counter()


@health.after_app_request
def count_answer(response: Response) -> Response:
    """Count every answer of this process by method and status."""
    answered[request.method if request.method in KNOWN_METHODS else "other", response.status_code] += 1
    return response


@health.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@health.get("/readyz")
def readyz() -> tuple[dict[str, str], int]:
    """503 while the database does not answer or lacks a migration."""
    try:
        present = set(MigrationContext.configure(db.session.connection()).get_current_heads())
    except SQLAlchemyError:
        return {"status": "the database does not answer"}, 503
    if present != expected_heads():
        return {"status": "the database is not migrated"}, 503
    return {"status": "ok"}, 200


def expected_heads() -> set[str]:
    """The newest migration that this version of the program knows; read from the files once."""
    if "migration_heads" not in current_app.extensions:
        folder = Path(current_app.extensions["migrate"].directory)
        current_app.extensions["migration_heads"] = set(ScriptDirectory(str(folder)).get_heads())
    heads: set[str] = current_app.extensions["migration_heads"]
    return heads


@health.get("/metrics")
def metrics() -> Response:
    """Prometheus' text format: answers of this process, and what the outbox still holds."""
    lines = ["# TYPE clinicdesk_http_responses_total counter"]
    lines += [
        f'clinicdesk_http_responses_total{{method="{method}",status="{status}"}} {number}'
        for (method, status), number in sorted(answered.items())
    ]
    lines.append("# TYPE clinicdesk_outbox_messages gauge")
    lines += [f'clinicdesk_outbox_messages{{status="{status}"}} {number}' for status, number in _outbox().items()]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _outbox() -> dict[str, int]:
    counted: tuple[float, dict[str, int]] | None = current_app.extensions.get("outbox_counted")
    if counted is None or counted[0] < time.monotonic() - OUTBOX_SECONDS:
        current_app.extensions["outbox_counted"] = counted = (time.monotonic(), _count_outbox())
    return counted[1]


def _count_outbox() -> dict[str, int]:
    open_ones = (OutboxStatus.PENDING, OutboxStatus.CLAIMED, OutboxStatus.FAILED)
    query = select(OutboxMessage.status, func.count()).where(OutboxMessage.status.in_(open_ones))
    found = {status.value: number for status, number in db.session.execute(query.group_by(OutboxMessage.status))}
    return {status.value: found.get(status.value, 0) for status in open_ones}
