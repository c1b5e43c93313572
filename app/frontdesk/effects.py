"""What the screens are told when somebody arrives, moves, is seen or leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from app.frontdesk.display_rules import shown_name
from app.frontdesk.models import Visit
from app.frontdesk.queries import Entry, get_entry, list_entries
from app.frontdesk.shapes import visit_fields
from app.frontdesk.sheets import patient_card, visit_history
from app.frontdesk.states import ACTIVE, VisitStatus
from app.kernel import live
from app.people.boards import tell_waiting_room
from app.people.rooms import clinic_room, display_room, doctor_room, ticket_room
from app.people.settings import get_settings

Payload = dict[str, Any]


def patient_arrived(visit: Visit) -> None:
    """Somebody new waits: appointment or walk-in."""
    _board_changed(visit, "new_checkin", _visit_payload(visit))


def visit_moved(visit: Visit, previous: VisitStatus) -> None:
    """The visit's state is another; with the doctor alone, who the patient is when they meet."""
    payload = _visit_payload(visit)
    _board_changed(visit, "visit_status_changed", lambda: payload() | {"previous_status": previous.value})
    if visit.status is VisitStatus.IN_PROGRESS:
        _patient_with_doctor(visit, payload)
    if visit.status is VisitStatus.CALLED:
        _ticket_called(visit, payload)
    if visit.status is VisitStatus.COMPLETED:
        live.announce("consultation_completed", clinic_id=visit.clinic_id, rooms=_rooms(visit), payload=payload)
    if visit.status not in ACTIVE:
        live.dismiss(ticket_room(visit.id))


def called_again(visit: Visit) -> None:
    """A call is made once more: announced as the first was, while the state and the place in the queue stay."""
    live.change_board(visit.clinic_id)
    _queue_updated(visit, _rooms(visit))
    _ticket_called(visit, _visit_payload(visit))


def queue_reordered(visit: Visit) -> None:
    """Somebody's place in the queue is another; no state is."""
    live.change_board(visit.clinic_id)
    _queue_updated(visit, _rooms(visit))


def visits_handed_over(visits: Sequence[tuple[Visit, VisitStatus]], from_doctor_id: int) -> None:
    """Visits, each with the state before, wait for another doctor, for whom they are new arrivals.

    The doctor who had them is told that the queue has changed and nothing more: the rest is no longer theirs to read.
    """
    entries = cache(lambda: {each.id: each for each in list_entries(Visit.id.in_([visit.id for visit, _ in visits]))})
    for visit, previous in visits:
        shown = partial(_entry_payload, entries, visit.id)
        moved = partial(_entry_payload, entries, visit.id, previous_status=previous.value)
        rooms, own = _rooms(visit), doctor_room(visit.doctor_id)
        live.change_board(visit.clinic_id)
        live.announce("new_checkin", clinic_id=visit.clinic_id, rooms=[own], payload=shown)
        live.announce("visit_status_changed", clinic_id=visit.clinic_id, rooms=rooms, payload=moved)
        _queue_updated(visit, [*rooms, doctor_room(from_doctor_id)])


def _entry_payload(entries: Callable[[], dict[int, Entry]], visit_id: int, **more: str) -> Payload:
    return {"visit": visit_fields(entries()[visit_id]), **more}


def _board_changed(visit: Visit, event: str, payload: Callable[[], Payload]) -> None:
    live.change_board(visit.clinic_id)
    rooms = _rooms(visit)
    live.announce(event, clinic_id=visit.clinic_id, rooms=rooms, payload=payload)
    _queue_updated(visit, rooms)


def _queue_updated(visit: Visit, rooms: list[str]) -> None:
    visit_id = visit.id
    live.announce("queue_updated", clinic_id=visit.clinic_id, rooms=rooms, payload=lambda: {"visit_id": visit_id})
    tell_waiting_room(visit.clinic_id)


def _ticket_called(visit: Visit, payload: Callable[[], Payload]) -> None:
    """To the waiting room and the patient's own page: no more of a name than the clinic shows there."""

    def called() -> Payload:
        shown = payload()["visit"]
        name = shown_name(shown["patient_name"], get_settings(visit.clinic_id).display_names)
        return {"number": shown["queue_number"], "room": shown["room"]} | ({"name": name} if name else {})

    rooms = [display_room(visit.clinic_id), ticket_room(visit.id)]
    live.announce("ticket_called", clinic_id=visit.clinic_id, rooms=rooms, payload=called)


def _rooms(visit: Visit) -> list[str]:
    return [clinic_room(visit.clinic_id), doctor_room(visit.doctor_id)]


def _visit_payload(visit: Visit) -> Callable[[], Payload]:
    """Read once, just before the commit, for all events about this visit."""
    entry = cache(lambda: get_entry(visit.id))
    return lambda: {"visit": visit_fields(entry())}


def _patient_with_doctor(visit: Visit, payload: Callable[[], Payload]) -> None:
    """Clinical fields go to the treating doctor's room and nowhere else."""

    def complete() -> Payload:
        return payload() | {"patient": patient_card(visit), "visit_history": visit_history(visit)}

    live.announce(
        "patient_with_doctor", clinic_id=visit.clinic_id, rooms=[doctor_room(visit.doctor_id)], payload=complete
    )
