"""All that the page of a consultation shows: the visit, its patient, its record, and the doctor's earlier visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.frontdesk.models import Visit, VisitAmendment
from app.frontdesk.queries import get_entry, list_visits_with
from app.frontdesk.records import Record, amendments_of, get_own, record_of
from app.frontdesk.shapes import visit_fields
from app.frontdesk.sheets import Payload, list_own_boards, patient_card, with_doctor
from app.frontdesk.states import VisitStatus
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day

SHOWN_AT_ONCE: Final = 10
MOST_SHOWN: Final = 50


@dataclass(frozen=True)
class Earlier:
    """A visit of this patient with this doctor that has been signed."""

    visit: Visit
    record: Record
    amendments: list[VisitAmendment]


@dataclass(frozen=True)
class Consultation:
    """`shown` is the visit as the board has it; `earlier` are as many as were asked for.

    `versions` are those of the doctor's boards, than which nothing here is older; `present` are the visits that are
    with the doctor.
    """

    visit: Visit
    shown: Payload
    patient: Payload
    record: Record
    amendments: list[VisitAmendment]
    earlier: list[Earlier]
    more_earlier: bool
    versions: dict[int, int]
    present: list[int]
    since_yesterday: bool

    @property
    def is_open(self) -> bool:
        """The patient is with the doctor, and the record can be written."""
        return self.visit.status is VisitStatus.IN_PROGRESS


def get_consultation(visit_id: int, *, earlier: int = SHOWN_AT_ONCE, actor: Actor, now: datetime) -> Consultation:
    """For the treating doctor. Refuses: NotFound (everybody else)."""
    boards = list_own_boards(actor=actor, now=now) if actor.doctor_id else []  # before the rows: those may be newer
    visit = get_own(visit_id, actor=actor)
    others = list_visits_with(visit.doctor_id, visit.patient_id, limit=earlier + 1, whole=True, until=visit)
    amendments = amendments_of([visit.id, *(each.id for each in others)], private=True)
    return Consultation(
        visit=visit,
        shown=visit_fields(get_entry(visit.id)),
        patient=patient_card(visit),
        record=record_of(visit),
        amendments=amendments[visit.id],
        earlier=[Earlier(each, record_of(each), amendments[each.id]) for each in others[:earlier]],
        more_earlier=len(others) > earlier,
        versions={board["clinic_id"]: board["version"] for board in boards},
        present=[each["id"] for each in with_doctor(boards)],
        since_yesterday=visit.business_date < clinic_day(now, visit.clinic.timezone),
    )
