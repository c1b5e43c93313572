"""The waiting list and its offers over REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.scheduling.states import OfferStatus, WaitStatus
from tests.factories import make_appointment, make_offer, make_waiting
from tests.integration.scheduling.desk import NOW, Desk, at, busy_of
from tests.integration.scheduling.waiting import entry_of, offers

Sign = Callable[[str], FlaskClient]
LIST, OFFERS = "/api/v1/waitlist", "/api/v1/waitlist-offers"
NINE = "2025-03-04T09:00:00+01:00"


def body(desk: Desk, **values: Any) -> dict[str, Any]:
    here = {"clinic_id": desk.cast.main_id, "patient_id": desk.patient.id, "service_id": desk.cast.service_id}
    return here | values


def waiting(desk: Desk) -> int:
    return int(make_waiting(desk.patient, desk.cast.main_service, date(2025, 3, 3)).id)


def offered(desk: Desk) -> int:
    entry = make_waiting(desk.patient, desk.cast.main_service, date(2025, 3, 3))
    ends = NOW + timedelta(hours=1)
    return int(make_offer(entry, desk.cast.doctor_row, desk.cast.main_service, at(4, 9), ends).id)


def test_an_entry_is_made_read_changed_and_removed(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    wishes = {"urgency": "urgent", "weekdays": [0, 4], "from_time": "08:00", "to_day": "2025-03-14"}
    made = reception.post(LIST, json=body(desk, **wishes))
    assert made.status_code == 201
    entry = made.json["result"]
    assert entry == body(desk, **wishes) | {
        "id": entry["id"],
        "doctor_id": None,
        "appointment_id": None,
        "waiting_since": "2025-03-03",
        "from_day": None,
        "to_time": None,
        "notes": None,
        "status": "waiting",
        "created_at": entry["created_at"],
        "updated_at": entry["updated_at"],
    }
    address = f"{LIST}/{entry['id']}"
    assert made.headers["Location"] == address
    etag = reception.get(address).headers["ETag"]
    changed = reception.patch(address, json={"urgency": "soon"}, headers={"If-Match": etag})
    assert changed.json["result"]["urgency"] == "soon"
    stale = reception.patch(address, json={"urgency": "routine"}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json["code"]) == (409, "stale")
    assert reception.get(f"{LIST}?status=waiting&urgency=soon").json["count"] == 1
    assert reception.delete(address).status_code == 204
    assert reception.get(address).json["result"]["status"] == "removed"
    assert reception.delete(address).status_code == 409


def test_an_appointment_is_enough_to_wait_for_an_earlier_one(desk: Desk, login_as: Sign) -> None:
    booked = make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, at(20, 10))
    made = login_as("reception").post(LIST, json={"appointment_id": booked.id})
    assert made.status_code == 201
    assert made.json["result"] == made.json["result"] | body(desk, appointment_id=booked.id)


@pytest.mark.parametrize(
    ("values", "status", "fields"),
    [
        ({"clinic_id": None, "patient_id": None}, 422, {"clinic_id", "patient_id"}),
        ({"weekdays": [7], "from_time": "late", "colour": 1}, 422, {"weekdays", "from_time", "colour"}),
        ({"from_day": "2025-03-05", "to_day": "2025-03-04"}, 422, {"to_day"}),
        ({"service_id": 999_999}, 422, {"service_id"}),
        ({"status": "booked"}, 422, {"status"}),
    ],
)
def test_what_cannot_be_is_told_by_field(
    desk: Desk, login_as: Sign, values: dict[str, Any], status: int, fields: set[str]
) -> None:
    refused = login_as("reception").post(LIST, json=body(desk, **values))
    assert (refused.status_code, set(refused.json["errors"])) == (status, fields)


def test_a_second_entry_names_the_first(desk: Desk, login_as: Sign) -> None:
    entry_id = waiting(desk)
    refused = login_as("reception").post(LIST, json=body(desk))
    assert (refused.status_code, refused.json["code"], refused.json["existing_id"]) == (
        409,
        "already_waiting",
        entry_id,
    )


def test_the_times_that_would_suit_are_told_and_one_is_offered_once(desk: Desk, login_as: Sign) -> None:
    reception, entry_id = login_as("reception"), waiting(desk)
    found = reception.get(f"{LIST}/{entry_id}/times").json["result"]
    assert len(found) == 20
    assert found[0] == {
        "doctor_id": desk.cast.doctor_id,
        "start": "2025-03-03T09:00:00+01:00",
        "end": "2025-03-03T09:30:00+01:00",
    }
    asked, key = {"doctor_id": desk.cast.doctor_id, "starts_at": NINE}, {"Idempotency-Key": "one"}
    first, again = (reception.post(f"{LIST}/{entry_id}/offer", json=asked, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert first.json["result"]["starts_at"] == NINE
    other = reception.post(f"{LIST}/{entry_id}/offer", json=asked | {"starts_at": "2025-03-04T10:00:00+01:00"})
    assert (other.status_code, other.json["code"]) == (409, "has_an_offer")
    wrong = reception.post(f"{LIST}/{entry_id}/offer", json={"starts_at": "2025-03-04T10:00"})
    assert (wrong.status_code, set(wrong.json["errors"])) == (422, {"doctor_id", "starts_at"})


@pytest.mark.parametrize("act", ["accept", "decline", "withdraw"])
def test_an_offer_is_answered_once(desk: Desk, login_as: Sign, act: str) -> None:
    reception, offer_id = login_as("reception"), offered(desk)
    assert reception.get(f"{OFFERS}?status=open").json["count"] == 1
    answer = reception.post(f"{OFFERS}/{offer_id}/{act}", json={})
    ended = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}[act]
    result = answer.json["result"]
    assert (answer.status_code, result["status"], result["appointment_id"] is not None) == (
        200,
        ended,
        act == "accept",
    )
    late = reception.post(f"{OFFERS}/{offer_id}/{act}", json={})
    assert (late.status_code, late.json["code"]) == (409, "offer_over")
    assert busy_of(desk.cast.doctor_id) == ([(at(4, 9), at(4, 9, 30))] if act == "accept" else [])


def test_a_day_that_no_clinic_books_has_no_times(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    made = reception.post(LIST, json=body(desk, from_day="9999-12-31")).json["result"]
    assert reception.get(f"{LIST}/{made['id']}/times").json["result"] == []
    assert reception.get(f"/waitlist/offer/{made['id']}").status_code == 200


def test_who_is_not_of_the_desk_reaches_nothing_of_it(desk: Desk, login_as: Sign) -> None:
    offer_id = offered(desk)
    entry_id = offers()[0].entry_id
    for who, status in (("doctor", 403), ("accountant", 403), ("riverside", 404)):
        client = login_as(who)
        assert client.get(f"{LIST}/{entry_id}").status_code == status
        assert client.post(f"{OFFERS}/{offer_id}/accept", json={}).status_code == status
    assert login_as("riverside").get(LIST).json["count"] == 0
    assert (entry_of(entry_id).status, offers()[0].status) == (WaitStatus.WAITING, OfferStatus.OPEN)
