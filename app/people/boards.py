"""What clinics, doctors, services and patients mean to the boards that show them, and to waiting rooms and tickets."""

from __future__ import annotations

from app.kernel import live
from app.kernel.db import current_unit
from app.people.rooms import display_room, tickets_room, watchers_room


def change_board(clinic_id: int) -> None:
    """Have the clinic's board be another from now on, and whoever looks at it told so: once per transaction.

    They are told of no one visit: what changed may be shown anywhere on the page.
    """
    if not _is_first("boards_of_records", clinic_id):
        return
    live.change_board(clinic_id)
    rooms = [watchers_room(clinic_id)]
    live.announce("queue_updated", clinic_id=clinic_id, rooms=rooms, payload=lambda: {"visit_id": None})
    tell_waiting_room(clinic_id)


def tell_waiting_room(clinic_id: int) -> None:
    """Screens and tickets look for themselves what has changed for them: one hint for each transaction will do."""
    if _is_first("waiting_rooms", clinic_id):
        live.announce("display_updated", clinic_id=clinic_id, rooms=[display_room(clinic_id)], payload=dict)
        live.announce("ticket_updated", clinic_id=clinic_id, rooms=[tickets_room(clinic_id)], payload=dict)


def _is_first(what: str, clinic_id: int) -> bool:
    """Whether this transaction has not told `what` of the clinic yet; from now on it has."""
    told: set[int] = current_unit().notes.setdefault(what, set())
    if clinic_id in told:
        return False
    told.add(clinic_id)
    return True
