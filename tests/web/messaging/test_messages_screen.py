"""The desk sees what was not sent, and sends it again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel.db import db
from app.messaging.models import Notification
from app.messaging.states import Channel, NotificationStatus
from tests.cast import Cast
from tests.factories import make, make_patient

pytestmark = pytest.mark.usefixtures("session")
Sign = Callable[[str], FlaskClient]


def make_notice(cast: Cast, status: NotificationStatus) -> Notification:
    patient = make_patient(cast.main_clinic, name="Zoë Müller")
    return make(
        Notification(
            clinic_id=cast.main_id,
            patient_id=patient.id,
            kind="appointment_confirmed",
            channel=Channel.EMAIL,
            status=status,
            dedupe_key="k1",
            recipient="zoe@patient.test",
            subject="Your appointment",
            body="Dear Zoë",
            last_error="550 no such user",
        )
    )


def test_the_desk_sees_messages_of_its_clinic_only(cast: Cast, login_as: Sign) -> None:
    make_notice(cast, NotificationStatus.FAILED)
    assert "zoe@patient.test" in login_as("reception").get("/notifications/list/").text
    foreign = login_as("riverside").get("/notifications/list/")
    assert foreign.status_code == 200
    assert "zoe@patient.test" not in foreign.text


def test_a_failed_message_is_sent_again_from_its_page(cast: Cast, login_as: Sign) -> None:
    notice = make_notice(cast, NotificationStatus.FAILED)
    desk = login_as("reception")
    assert "550 no such user" in desk.get(f"/notifications/show/{notice.id}").text
    assert desk.post(f"/notifications/action/retry/{notice.id}").status_code == 302
    db.session.expire_all()
    assert db.session.scalars(select(Notification.status)).one() is NotificationStatus.PENDING


def test_a_message_that_was_sent_stays_as_it_is(cast: Cast, login_as: Sign) -> None:
    notice = make_notice(cast, NotificationStatus.SENT)
    desk = login_as("reception")
    answer = desk.post(f"/notifications/action/retry/{notice.id}", follow_redirects=True)
    assert "Only a message that could not be sent is sent again." in answer.text
    db.session.expire_all()
    assert db.session.scalars(select(Notification.status)).one() is NotificationStatus.SENT


@pytest.mark.parametrize(("who", "status"), [("riverside", 404), ("accountant", 403), ("doctor", 403)])
def test_nobody_else_sends_it(cast: Cast, login_as: Sign, who: str, status: int) -> None:
    notice = make_notice(cast, NotificationStatus.FAILED)
    assert login_as(who).post(f"/notifications/action/retry/{notice.id}").status_code == status
    db.session.expire_all()
    assert db.session.scalars(select(Notification.status)).one() is NotificationStatus.FAILED
