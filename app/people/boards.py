"""What clinics, doctors, services and patients mean to the boards that show them."""

from __future__ import annotations

from app.kernel import live
from app.kernel.db import current_unit
from app.people.rooms import watchers_room


def change_board(clinic_id: int) -> None:
    """Have the clinic's board be another from now on, and its watchers told so: once per transaction.

    They are told of no one visit: what changed may be shown anywhere on the page.
    """
    changed: set[int] = current_unit().notes.setdefault("boards_of_records", set())
    if clinic_id in changed:
        return
    changed.add(clinic_id)
    live.change_board(clinic_id)
    rooms = [watchers_room(clinic_id)]
    live.announce("queue_updated", clinic_id=clinic_id, rooms=rooms, payload=lambda: {"visit_id": None})
