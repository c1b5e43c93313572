"""Who is offered a time is told by mail, with a private address that is written down nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.kernel import clock, outbox
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.messaging.models import Notification
from app.messaging.states import NotificationStatus
from app.messaging.texts import LINK
from app.scheduling import waitlist_answers, waitlist_effects
from app.scheduling.waitlist_models import WaitlistOffer
from app.web.links import OFFER, private_address
from tests.cast import Cast
from tests.factories import make_appointment, make_offer, make_patient, make_waiting

pytestmark = pytest.mark.usefixtures("session")
NOW = datetime(2030, 7, 1, 6, tzinfo=UTC)
STARTS = datetime(2030, 7, 2, 7, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_now() -> Iterator[None]:
    with clock.freeze(NOW):
        yield


def offered(cast: Cast, email: str | None = "zoe@patient.test", *, instead: bool = False, **who: Any) -> WaitlistOffer:
    patient = make_patient(cast.main_clinic, name="Zoë Müller", email=email, **who)
    later = STARTS + timedelta(days=3)
    own = make_appointment(patient, cast.doctor_row, cast.main_service, later) if instead else None
    values = {"appointment_id": own.id} if own else {}
    entry = make_waiting(patient, cast.main_service, date(2030, 6, 1), **values)
    offer = make_offer(entry, cast.doctor_row, cast.main_service, STARTS, NOW + timedelta(hours=1))
    with transaction(system()):
        waitlist_effects.time_offered(offer)
    return offer


def notices() -> list[Notification]:
    db.session.rollback()
    return list(db.session.scalars(select(Notification).execution_options(populate_existing=True)))


def test_the_mail_says_what_is_offered_and_where_to_answer(cast: Cast, local_gateways: Any, smtp_server: Any) -> None:
    offer = offered(cast)
    outbox.deliver_due()
    [mail] = smtp_server.inbox.mails
    assert (mail["To"], mail["Subject"]) == ("zoe@patient.test", "A time has become free at Main Clinic")
    text = mail.get_body().get_content()
    for words in ("Tuesday, July 2, 2030", "Dr. Ada Main", "Consultation", "July 1, 2030, 9:00"):
        assert words in text.replace("\u202f", " ")
    assert private_address(OFFER, offer.id) in text
    assert "Instead of" not in text


def test_the_private_address_is_not_kept(cast: Cast, local_gateways: Any, smtp_server: Any) -> None:
    offer = offered(cast)
    outbox.deliver_due()
    [notice] = notices()
    assert (notice.status, notice.offer_id, notice.appointment_id) == (NotificationStatus.SENT, offer.id, None)
    assert LINK in notice.body
    assert "/offer/" not in notice.body


def test_the_mail_names_the_appointment_that_would_be_given_up(
    cast: Cast, local_gateways: Any, smtp_server: Any
) -> None:
    offered(cast, instead=True)
    outbox.deliver_due()
    text = smtp_server.inbox.mails[0].get_body().get_content()
    assert "Instead of: Friday, July 5, 2030" in text


def test_it_is_told_once(cast: Cast, local_gateways: Any, smtp_server: Any) -> None:
    offer = offered(cast)
    outbox.deliver_due()
    with transaction(system()):
        outbox.post(waitlist_effects.OFFERED, "again", {"offer_id": offer.id})
    outbox.deliver_due()
    assert len(smtp_server.inbox.mails) == len(notices()) == 1


def test_an_offer_that_is_over_before_the_mail_leaves_is_not_told(
    cast: Cast, local_gateways: Any, smtp_server: Any
) -> None:
    offer = offered(cast)
    with transaction(system()):
        waitlist_answers.withdraw(offer.id, actor=system(), now=NOW)
    outbox.deliver_due()
    assert (smtp_server.inbox.mails, notices()) == ([], [])


def test_without_an_address_the_desk_sees_who_was_not_told(cast: Cast, local_gateways: Any, smtp_server: Any) -> None:
    offered(cast, email=None)
    outbox.deliver_due()
    assert [notice.status for notice in notices()] == [NotificationStatus.SUPPRESSED]
    assert smtp_server.inbox.mails == []
