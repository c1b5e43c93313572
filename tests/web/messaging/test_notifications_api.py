"""Notifications over REST, to the letter of the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel.db import db
from app.kernel.models import OutboxMessage
from app.messaging.models import Notification
from app.messaging.states import Channel, NotificationStatus
from tests.cast import Cast
from tests.factories import make, make_patient

pytestmark = pytest.mark.usefixtures("session")
Headers = Callable[[str], dict[str, str]]


@pytest.fixture
def failed(session: object, cast: Cast) -> Notification:
    patient = make_patient(cast.main_clinic)
    return make(
        Notification(
            clinic_id=cast.main_id,
            patient_id=patient.id,
            kind="appointment_confirmed",
            channel=Channel.EMAIL,
            status=NotificationStatus.FAILED,
            dedupe_key="k1",
            recipient="zoe@patient.test",
            subject="Your appointment",
            body="Dear Zoë",
            attempts=1,
        )
    )


def test_the_desk_lists_its_notifications(
    failed: Notification, client: FlaskClient, token_for: Headers, cast: Cast
) -> None:
    answer = client.get("/api/v1/notifications?status=failed", headers=token_for("reception"))
    assert answer.status_code == 200
    assert (answer.json["count"], answer.json["page"], answer.json["page_size"]) == (1, 0, 25)
    [row] = answer.json["result"]
    assert (row["id"], row["status"], row["channel"], row["clinic_id"]) == (failed.id, "failed", "email", cast.main_id)
    assert "body" not in row
    foreign = client.get("/api/v1/notifications", headers=token_for("riverside"))
    assert foreign.json["result"] == []


def test_a_failed_one_is_sent_again_once(failed: Notification, client: FlaskClient, token_for: Headers) -> None:
    path, headers = f"/api/v1/notifications/{failed.id}/retry", token_for("reception")
    again = client.post(path, headers=headers)
    assert (again.status_code, again.json["result"]["status"]) == (200, "pending")
    twice = client.post(path, headers=headers)
    assert (twice.status_code, twice.json["code"]) == (409, "notification_not_failed")
    db.session.rollback()
    assert len(db.session.scalars(select(OutboxMessage)).all()) == 1


@pytest.mark.parametrize(("who", "status"), [("riverside", 404), ("accountant", 403), ("doctor", 403)])
def test_nobody_else_sends_it(
    failed: Notification, client: FlaskClient, token_for: Headers, who: str, status: int
) -> None:
    assert client.post(f"/api/v1/notifications/{failed.id}/retry", headers=token_for(who)).status_code == status
