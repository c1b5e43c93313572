"""The desk's waiting list: put somebody on it, offer a time, answer for them, take them off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel.db import db
from app.scheduling.models import Appointment, SlotHold
from app.scheduling.states import OfferStatus, WaitStatus
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from tests.factories import make_appointment, make_offer, make_patient, make_waiting
from tests.integration.scheduling.desk import NOW, Desk, at, counted_statements
from tests.integration.scheduling.waiting import entry_of, offers

Sign = Callable[[str], FlaskClient]
TODAY = date(2025, 3, 3)
WAITING = "/waitlist/list/?_flt_0_status=waiting"


def typed(desk: Desk, **values: Any) -> dict[str, Any]:
    return {"patient": desk.patient.id, "service": desk.cast.service_id, "urgency": "soon"} | values


def entries() -> list[WaitlistEntry]:
    db.session.rollback()
    query = select(WaitlistEntry).order_by(WaitlistEntry.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def waiting(desk: Desk, **values: Any) -> WaitlistEntry:
    return make_waiting(desk.patient, desk.cast.main_service, TODAY, **values)


def offered(desk: Desk, entry: WaitlistEntry | None = None) -> WaitlistOffer:
    """Tuesday at nine is offered for an hour."""
    entry = entry or waiting(desk)
    return make_offer(entry, desk.cast.doctor_row, desk.cast.main_service, at(4, 9), NOW + timedelta(hours=1))


def test_the_desk_puts_a_patient_on_the_list(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    wishes = {"weekdays": ["0", "2"], "from_time": "08:00", "to_time": "12:00", "from_day": "2025-03-04"}
    assert reception.post("/waitlist/add", data=typed(desk, **wishes)).status_code == 302
    [entry] = entries()
    assert (entry.urgency, entry.waiting_since, entry.weekdays) == ("soon", TODAY, [0, 2])
    page = reception.get(WAITING).text
    for words in ("Zoë Main", "Soon", "Monday, Wednesday", "from 4 Mar 2025"):
        assert words in page
    assert "Zoë Main" in reception.get(f"/waitlist/show/{entry.id}").text
    assert "Waiting list" in reception.get(f"/patients/show/{desk.patient.id}").text


def test_what_cannot_be_is_told_beside_the_field(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    backwards = reception.post("/waitlist/add", data=typed(desk, from_day="2025-03-05", to_day="2025-03-04"))
    assert (backwards.status_code, "must not be before" in backwards.text) == (422, True)
    reception.post("/waitlist/add", data=typed(desk))
    [entry] = entries()
    twice = reception.post("/waitlist/add", data=typed(desk))
    assert (twice.status_code, f"/waitlist/show/{entry.id}" in twice.text) == (409, True)


def test_an_appointment_leads_to_the_list_and_waits_with_it(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    booked = make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, at(20, 10))
    page = reception.get(f"/appointments/show/{booked.id}").text
    address = page.partition('href="/waitlist/add?')[2].partition('"')[0].replace("&amp;", "&")
    form = reception.get(f"/waitlist/add?{address}").text
    assert "keeps the present appointment" in form
    assert 'name="service"' in form
    assert 'type="hidden" name="patient"' in form
    fixed = {"patient": desk.patient.id, "service": desk.cast.service_id, "clinic": desk.cast.main_id}
    sent = reception.post(f"/waitlist/add?{address}", data=fixed | {"urgency": "urgent"})
    assert sent.status_code == 302
    assert [entry.appointment_id for entry in entries()] == [booked.id]
    assert "20 Mar 2025" in reception.get(f"/waitlist/show/{entries()[0].id}").text


def test_the_list_is_in_the_order_in_which_people_are_asked(desk: Desk, login_as: Sign) -> None:
    for name, urgency, days in (("Rou", "routine", 9), ("Urg", "urgent", 1), ("Soo", "soon", 1), ("Old", "soon", 5)):
        patient = make_patient(desk.cast.main_clinic, name=name)
        make_waiting(patient, desk.cast.main_service, TODAY - timedelta(days=days), urgency=urgency)
    page = login_as("reception").get(WAITING).text
    places = [page.index(f">{name}</a>") for name in ("Urg", "Old", "Soo", "Rou")]
    assert places == sorted(places)


def test_wishes_are_changed_and_an_entry_is_taken_off(desk: Desk, login_as: Sign) -> None:
    reception, entry = login_as("reception"), waiting(desk)
    form = reception.get(f"/waitlist/edit/{entry.id}").text
    assert 'name="weekdays"' in form
    changed = {"urgency": "urgent", "waiting_since": "2025-03-01", "revision": "1", "weekdays": ["4"]}
    assert reception.post(f"/waitlist/edit/{entry.id}", data=changed).status_code == 302
    assert (entries()[0].urgency, entries()[0].weekdays) == ("urgent", [4])
    assert reception.post(f"/waitlist/edit/{entry.id}", data=changed).status_code == 409
    assert reception.post(f"/waitlist/delete/{entry.id}").status_code == 302
    assert entries()[0].status is WaitStatus.REMOVED
    assert reception.get(f"/waitlist/edit/{entry.id}").status_code == 403


def test_free_times_that_would_suit_are_offered_by_hand(desk: Desk, login_as: Sign) -> None:
    reception, entry = login_as("reception"), waiting(desk, from_day=date(2025, 3, 4), doctor_id=desk.cast.doctor_id)
    page = reception.get(f"/waitlist/offer/{entry.id}").text
    first = f"2025-03-04T08:00:00+00:00/{desk.cast.doctor_id}"
    assert f'value="{first}"' in page
    assert reception.post(f"/waitlist/offer/{entry.id}", data={}).status_code == 422
    assert reception.post(f"/waitlist/offer/{entry.id}", data={"chosen": "soon/1"}).status_code == 422
    assert reception.post(f"/waitlist/offer/{entry.id}", data={"chosen": first}).status_code == 302
    [offer] = offers()
    assert (offer.starts_at, offer.status) == (at(4, 9), OfferStatus.OPEN)
    again = reception.post(f"/waitlist/offer/{entry.id}", data={"chosen": first})
    assert (again.status_code, "is being offered" in again.text) == (409, True)


def test_a_time_is_booked_at_once_for_who_is_on_the_telephone(desk: Desk, login_as: Sign) -> None:
    reception, entry = login_as("reception"), waiting(desk)
    chosen = f"2025-03-04T08:00:00+00:00/{desk.cast.doctor_id}"
    sent = reception.post(f"/waitlist/offer/{entry.id}", data={"chosen": chosen, "book": "1"})
    assert sent.status_code == 302
    assert entry_of(entry.id).status is WaitStatus.BOOKED
    assert [row.starts_at for row in db.session.scalars(select(Appointment))] == [at(4, 9)]


def test_when_nothing_would_suit_the_page_says_so(desk: Desk, login_as: Sign) -> None:
    entry = waiting(desk, weekdays=[6])
    assert "No free time would suit" in login_as("reception").get(f"/waitlist/offer/{entry.id}").text


@pytest.mark.parametrize(
    ("act", "status"),
    [("accept", OfferStatus.ACCEPTED), ("decline", OfferStatus.DECLINED), ("withdraw", OfferStatus.WITHDRAWN)],
)
def test_the_desk_answers_for_the_patient_or_takes_the_offer_back(
    desk: Desk, login_as: Sign, act: str, status: OfferStatus
) -> None:
    reception, offer = login_as("reception"), offered(desk)
    page = reception.get(WAITING).text
    assert f"/waitlist/answer/{offer.id}/{act}" in page
    assert "+49 30 123456" in page
    assert reception.post(f"/waitlist/answer/{offer.id}/{act}").status_code == 302
    assert [row.status for row in offers()] == [status]
    assert db.session.scalars(select(SlotHold)).all() == []
    late = reception.post(f"/waitlist/answer/{offer.id}/{act}", follow_redirects=True)
    assert "This offer is over." in late.text
    assert reception.post(f"/waitlist/answer/{offer.id}/burn").status_code == 404
    assert reception.get(f"/waitlist/answer/{offer.id}/{act}").status_code == 405


def test_the_part_with_the_offers_is_drawn_by_itself(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    empty = reception.get("/waitlist/offers").text
    assert empty.lstrip().startswith("<section")
    assert "hidden" in empty.partition(">")[0]
    offered(desk)
    assert "Zoë Main" in reception.get("/waitlist/offers").text
    assert "Zoë Main" not in login_as("riverside").get("/waitlist/offers").text
    for who in ("doctor", "accountant"):
        assert login_as(who).get("/waitlist/offers").status_code == 403


def test_the_list_takes_as_many_statements_for_many_as_for_few(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")

    def asked() -> int:
        reception.get(WAITING)
        with counted_statements() as sent:
            reception.get(WAITING)
        return len(sent)

    offered(desk)
    few = asked()
    for number in range(12):
        patient = make_patient(desk.cast.main_clinic)
        entry = make_waiting(patient, desk.cast.main_service, TODAY)
        starts_at = at(5, 9) + timedelta(minutes=30 * number)
        make_offer(entry, desk.cast.doctor_row, desk.cast.main_service, starts_at, NOW + timedelta(hours=1))
    assert asked() == few
