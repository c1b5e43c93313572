"""What an act of the board needs to be told first: why, and to whom. The page of it, and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.frontdesk.handover import DESK, HandedOver
from app.frontdesk.models import Visit
from app.frontdesk.queries import get_doctor_of_queue, list_entries
from app.frontdesk.requests import LONGEST_REASON
from app.frontdesk.states import Priority, VisitStatus
from app.kernel import scope
from app.kernel.errors import NotFound
from app.kernel.text import clean_line
from app.people.queries import get_clinic, list_doctors_of
from app.web.replies import message_of
from app.web.scoped import key_of
from app.web.security import current_actor

Text = Any  # a text that is translated when it is shown


@dataclass(frozen=True)
class Question:
    """`text` tells the consequence; a suggestion is a reason at one press; `to_doctor` asks which doctor as well."""

    title: Text
    text: Text
    suggestions: tuple[Text, ...]
    kind: str = "btn-primary"
    needs_reason: bool = True
    at_desk: bool = True
    to_doctor: bool = False


QUESTIONS: dict[str, Question] = {
    "back": Question(
        _("Back to waiting"),
        _("The patient waits again at the same place in the queue."),
        (_("Called by mistake"), _("Not in the waiting room"), _("The doctor is not ready yet")),
        at_desk=False,
    ),
    "left": Question(
        _("Left without being seen"),
        _("The visit ends, and so does the appointment."),
        (_("Could not wait any longer"), _("Did not come when called")),
        kind="btn-danger",
        needs_reason=False,
        at_desk=False,
    ),
    "undo": Question(
        _("Undo check-in"),
        _("The number is gone; an appointment is confirmed again."),
        (_("Checked in by mistake"), _("Wrong patient"), _("Wrong appointment")),
    ),
    "urgent": Question(
        _("Urgent"),
        _("The patient is seen before those who are not urgent."),
        (_("In pain"), _("Getting worse"), _("Small child"), _("Cannot wait for long")),
    ),
    "normal": Question(
        _("No longer urgent"),
        _("The patient is seen in turn."),
        (_("Marked by mistake"), _("Feels better")),
    ),
    "hand-over": Question(
        _("Hand over"),
        _("The patient waits for the other doctor, with the same number; whoever was called waits again."),
        (_("The doctor has to leave"), _("Shorter wait"), _("The patient asked for it")),
        needs_reason=False,
        to_doctor=True,
    ),
    "hand-over-all": Question(
        _("Hand over all who wait"),
        _("They wait for the other doctor, with the same numbers. Who is with the doctor stays."),
        (_("The doctor has to leave"), _("The doctor is ill")),
        to_doctor=True,
    ),
}


MORE = Question(_("More"), "", ())  # no question: which of the others


def question_page(name: str, key: int, *, clinic_id: int | None) -> dict[str, Any]:
    """What the page shows that asks for `name` about a visit, or about a doctor's queue at a clinic.

    Refuses: NotFound, NotAllowed.
    """
    question = MORE if name == "more" else QUESTIONS.get(name)
    if question is None:
        raise NotFound
    about = _queue_of(key, clinic_id) if name == "hand-over-all" else _visit(key, question)
    return {"name": name, "key": key, "question": question, "longest_reason": LONGEST_REASON, **about}


def _visit(visit_id: int, question: Question) -> dict[str, Any]:
    actor = current_actor()
    visit = scope.get(Visit, visit_id, actor=actor)
    if question.at_desk:
        actor.require_role(*DESK, at=visit.clinic_id)
    seen = request.values.get("seen", "")
    doctors = list_doctors_of(visit.clinic_id, service_id=visit.service_id) if question.to_doctor else []
    return {
        "subject": f"{visit.queue_number} · {visit.patient.name}",
        "urgent": visit.priority is Priority.URGENT,
        "seen": seen if seen in set(VisitStatus) else visit.status.value,
        "called": _call_of(visit),
        "clinic_id": visit.clinic_id,
        "from_doctor": visit.doctor,
        "doctors": [doctor for doctor in doctors if doctor.id != visit.doctor_id],
    }


def _call_of(visit: Visit) -> int | str | None:
    """When whoever is called was called, in seconds since 1970, "" where that is not known; None of all others."""
    if visit.status is not VisitStatus.CALLED:
        return None
    return int(visit.called_time.timestamp()) if visit.called_time else ""


def _queue_of(doctor_id: int, clinic_id: int | None) -> dict[str, Any]:
    actor = current_actor()
    clinic = get_clinic(clinic_id or 0, actor=actor)
    actor.require_role(*DESK, at=clinic.id)
    doctor = get_doctor_of_queue(doctor_id, clinic.id, actor=actor)
    others = [other for other in list_doctors_of(clinic.id) if other.id != doctor.id]
    return {"subject": doctor.name, "seen": "", "clinic_id": clinic.id, "from_doctor": doctor, "doctors": others}


def given_reason() -> str:
    """Why, as the form says: what was written, else the suggestion that was pressed. Refuses: Invalid."""
    raw = request.form.get("reason") or request.form.get("suggested") or ""
    return clean_line(raw, LONGEST_REASON, field="reason")


def given_doctor(name: str) -> int:
    """The doctor that the form names; 0, whom nobody finds, where it names none."""
    return key_of(request.form.get(name, "")) or 0


def told_of(outcome: object) -> str | None:
    """What the person is told who has handed over several; nothing else needs words."""
    if not isinstance(outcome, HandedOver):
        return None
    words = [ngettext("%(num)d patient was handed over.", "%(num)d patients were handed over.", len(outcome.given))]
    names = {entry.id: entry.patient_name for entry in _entries_of(outcome)}
    for visit, why in outcome.kept:
        words.append(gettext("%(name)s stays: %(reason)s", name=names[visit.id], reason=message_of(why)))
    return " ".join(words)


def _entries_of(outcome: HandedOver) -> list[Any]:
    return list_entries(Visit.id.in_([visit.id for visit, _why in outcome.kept])) if outcome.kept else []
