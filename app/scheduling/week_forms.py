"""The week that comes of what a form of hours or of a single date says, before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from app.kernel.clock import clinic_day, now
from app.kernel.errors import Refusal
from app.people.models import Clinic
from app.scheduling.availability import DatedRule, WeeklyRule
from app.scheduling.states import DatedKind
from app.scheduling.weeks import PlannedDay, find_clinic_of, preview_week
from app.web.security import current_actor

LAST_YEAR = 9000  # of a clinic's calendar; further on there are no zones


@dataclass(frozen=True)
class Week:
    clinic: Clinic
    days: dict[date, PlannedDay]


def week_of(form: Any, row: Any = None) -> Week | None:
    """The week in which the form's rule first counts; None until the form says whose and when. `row` is changed."""
    doctor, clinic = _said(form, row, "doctor"), _said(form, row, "clinic")
    if doctor is None:
        return None
    clinic = clinic or find_clinic_of(doctor.id, actor=current_actor())
    if clinic is None:
        return None
    today = clinic_day(now(), clinic.timezone)
    try:
        rules, day = _rules(form, row.id if row is not None else None, today)
        if not 1 < day.year < LAST_YEAR:
            return None
        monday = day - timedelta(days=day.weekday())
        days = preview_week(clinic.id, doctor.id, monday, **rules, actor=current_actor())
    except Refusal:
        return None
    return Week(clinic, days)


def _rules(form: Any, number: int | None, today: date) -> tuple[dict[str, Any], date]:
    """The form's rule, as far as it says one, and a day in the week to be shown."""
    start, end = form["start_time"].data, form["end_time"].data
    if "weekday" in form:
        valid_from, valid_to = form["valid_from"].data, form["valid_to"].data
        day = max(today, valid_from or today)
        if not isinstance(form["weekday"].data, int) or not isinstance(start, time) or not isinstance(end, time):
            return {}, day
        return {"weekly": [WeeklyRule(form["weekday"].data, start, end, valid_from, valid_to, number)]}, day
    day, kind = form["day"].data, form["kind"].data
    if day is None or kind not in set(DatedKind) or (start is None) != (end is None):
        return {}, day or today
    return {"dated": [DatedRule(DatedKind(kind), day, start, end, id=number)]}, day


def _said(form: Any, row: Any, name: str) -> Any:
    """The form's choice, else the row's own, which its form does not ask for."""
    return form[name].data if name in form else getattr(row, name, None)
