"""What the screens are told: which event, to whom, with what; clinical facts to the treating doctor alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.frontdesk import arrivals, queue
from app.frontdesk.models import Visit
from app.frontdesk.states import Phase
from app.kernel.live import Announcement
from tests.factories import make_doctor

QUEUE_EVENTS = {
    "queue_updated",
    "new_checkin",
    "visit_status_changed",
    "consultation_completed",
    "patient_with_doctor",
}


def told(sent: list[Announcement]) -> list[str]:
    return [one.event for one in sent if one.event in QUEUE_EVENTS]


def one(sent: list[Announcement], event: str) -> Announcement:
    (found,) = [announcement for announcement in sent if announcement.event == event]
    return found


@pytest.fixture
def rooms(front: Any) -> tuple[str, str]:
    return f"clinic_{front.cast.main_id}", f"doctor_{front.cast.doctor_id}"


def test_a_check_in_is_told_to_the_clinic_and_the_doctor(front: Any, sent: Any, rooms: Any) -> None:
    visit = front.check_in(front.appointment(front.now + timedelta(hours=1)))
    assert told(sent) == ["new_checkin", "queue_updated"]
    arrival = one(sent, "new_checkin")
    assert arrival.rooms == rooms
    assert arrival.payload["visit"] == front.board()["phases"]["waiting"][0] | {"estimated_start": None}
    assert set(arrival.payload) == {"visit", "clinic_id", "version", "at"}
    assert (arrival.payload["clinic_id"], arrival.payload["version"]) == (front.cast.main_id, front.version())
    assert set(one(sent, "queue_updated").payload) == {"visit_id", "clinic_id", "version", "at"}
    assert one(sent, "queue_updated").payload["visit_id"] == visit.id


def test_a_change_of_state_is_told_with_the_state_before(front: Any, sent: Any, rooms: Any) -> None:
    visit = front.walk_in()
    sent.clear()
    front.act(queue.call, visit.id)
    assert told(sent) == ["visit_status_changed", "queue_updated"]
    change = one(sent, "visit_status_changed")
    assert change.rooms == rooms
    assert (change.payload["previous_status"], change.payload["visit"]["status"]) == ("waiting", "called")


def test_leaving_and_undoing_are_told(front: Any, sent: Any) -> None:
    gone, mistake = front.walk_in(), front.walk_in()
    sent.clear()
    front.act(queue.leave, gone.id)
    assert told(sent) == ["visit_status_changed", "queue_updated"]
    assert one(sent, "visit_status_changed").payload["visit"]["phase"] is None
    sent.clear()
    front.act(arrivals.undo_check_in, mistake.id, "mistake")
    assert told(sent) == ["visit_status_changed", "queue_updated"]
    assert one(sent, "queue_updated").payload["visit_id"] == mistake.id


def test_the_doctor_alone_is_told_who_came_in(front: Any, sent: Any, rooms: Any) -> None:
    patient = front.patient(name="Eva Example", allergies="Penicillin", medical_history="Asthma since 2011")
    earlier = front.complete(front.start(front.walk_in(patient_id=patient.id)), notes="Inhaler twice a day")
    visit = front.walk_in(patient_id=patient.id)
    sent.clear()
    front.act(queue.move, visit.id, Phase.WITH_DOCTOR)
    met = one(sent, "patient_with_doctor")
    assert met.rooms == (rooms[1],)
    assert set(met.payload) == {"visit", "patient", "visit_history", "clinic_id", "version", "at"}
    assert met.payload["visit"]["id"] == visit.id
    assert met.payload["patient"] | {"name": "Eva Example", "allergies": "Penicillin"} == met.payload["patient"]
    assert met.payload["patient"]["medical_history"] == "Asthma since 2011"
    assert met.payload["visit_history"] == [
        {
            "id": earlier.id,
            "business_date": "2030-05-06",
            "service_name": "Consultation",
            "notes": "Inhaler twice a day",
            "amendments": [],
        }
    ]


def test_nothing_clinical_goes_to_the_clinics_room(front: Any, sent: Any, rooms: Any) -> None:
    patient = front.patient(allergies="Penicillin", medical_history="Asthma")
    front.complete(front.start(front.walk_in(patient_id=patient.id)), notes="Inhaler")
    front.call_next() if front.board()["phases"]["waiting"] else None
    heard = str([one.payload for one in sent if rooms[0] in one.rooms])
    assert "Consultation" in heard
    for secret in ("Penicillin", "Asthma", "Inhaler"):
        assert secret not in heard


def test_the_history_is_the_doctors_own_last_ten_newest_first(front: Any, sent: Any) -> None:
    patient = front.patient()
    other = make_doctor(front.cast.main_clinic)
    theirs = front.walk_in(patient_id=patient.id, doctor_id=other.id)
    seen = [front.complete(front.start(front.walk_in(patient_id=patient.id))).id for _ in range(12)]
    sent.clear()
    front.start(front.walk_in(patient_id=patient.id))
    history = [visit["id"] for visit in one(sent, "patient_with_doctor").payload["visit_history"]]
    assert history == seen[:1:-1]
    assert theirs.id not in history


def test_a_completion_is_told(front: Any, sent: Any, rooms: Any) -> None:
    visit = front.start(front.check_in())
    sent.clear()
    front.complete(visit)
    assert told(sent) == ["visit_status_changed", "queue_updated", "consultation_completed"]
    done = one(sent, "consultation_completed")
    assert done.rooms == rooms
    assert (done.payload["visit"]["status"], done.payload["visit"]["id"]) == ("completed", visit.id)
    assert {announcement.payload["version"] for announcement in sent} == {front.version()}


def test_a_refused_change_is_told_to_nobody(front: Any, sent: Any) -> None:
    visit = front.complete(front.start(front.walk_in()))
    sent.clear()
    with pytest.raises(Exception, match="ended"):
        front.act(queue.call, visit.id)
    assert sent == []


def test_what_is_told_is_what_is_stored(front: Any, sent: Any) -> None:
    visit: Visit = front.walk_in()
    front.act(queue.call, visit.id)
    (row,) = front.visits()
    shown = one(sent, "visit_status_changed").payload["visit"]
    assert (shown["called_time"], shown["queue_number"]) == ("2030-05-06T10:02:00+02:00", row.queue_number)
