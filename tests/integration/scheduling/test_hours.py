"""Working hours: who may set them, what is refused, and what a week looks like before they are saved."""

from __future__ import annotations

from datetime import date, time
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal
from app.people.models import Holiday
from app.scheduling import hours
from app.scheduling.availability import DatedRule, WeeklyRule
from app.scheduling.errors import DoctorNotAtClinic, HalfASpan, RuleNeverValid, RuleWithoutLength
from app.scheduling.models import Availability, AvailabilityDate, DoctorLeave
from app.scheduling.states import DatedKind
from app.scheduling.weeks import preview_week
from tests.factories import make, make_doctor
from tests.integration.scheduling.desk import Desk, act, at

MONDAY = date(2025, 3, 3)


def weekly(desk: Desk, **values: Any) -> dict[str, Any]:
    """Saturday morning of `doctor` at the main clinic."""
    mine = {"doctor_id": desk.cast.doctor_id, "clinic_id": desk.cast.main_id}
    return mine | {"weekday": 5, "start_time": "09:00", "end_time": "12:00"} | values


def dated(desk: Desk, **values: Any) -> dict[str, Any]:
    mine = {"doctor_id": desk.cast.doctor_id, "clinic_id": desk.cast.main_id}
    return mine | {"kind": "closed", "day": "2025-03-04"} | values


def test_hours_are_added_changed_and_removed(desk: Desk) -> None:
    added = act(hours.add_hours, weekly(desk), actor=desk.cast.doctor)
    act(hours.change_hours, added.id, {"end_time": time(13), "valid_to": "2025-12-31"}, actor=desk.cast.admin)
    row = db.session.get_one(Availability, added.id)
    assert (row.start_time, row.end_time, row.valid_to) == (time(9), time(13), date(2025, 12, 31))
    act(hours.remove_hours, added.id, actor=desk.cast.doctor)
    assert db.session.get(Availability, added.id) is None


def test_dates_are_added_changed_and_removed(desk: Desk) -> None:
    added = act(hours.add_date, dated(desk, clinic_id=None, reason="congress"), actor=desk.cast.doctor)
    act(hours.change_date, added.id, {"start_time": "09:00", "end_time": "10:00"}, actor=desk.cast.doctor)
    row = db.session.get_one(AvailabilityDate, added.id)
    assert (row.clinic_id, row.kind, row.start_time, row.reason) == (None, DatedKind.CLOSED, time(9), "congress")
    act(hours.remove_date, added.id, actor=desk.cast.admin)
    assert db.session.get(AvailabilityDate, added.id) is None


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"end_time": "09:00"}, RuleWithoutLength),
        ({"start_time": "13:00"}, RuleWithoutLength),
        ({"valid_from": "2025-02-01", "valid_to": "2025-01-31"}, RuleNeverValid),
        ({"weekday": 7}, Invalid),
        ({"weekday": "Monday"}, Invalid),
        ({"start_time": "9"}, Invalid),
        ({"start_time": None}, Invalid),
        ({"start_time": "25:00"}, Invalid),
        ({"valid_from": "yesterday"}, Invalid),
        ({"clinic_id": 999_999}, NotFound),
        ({"doctor_id": 999_999}, DoctorNotAtClinic),
        ({"colour": "red"}, Invalid),
    ],
)
def test_hours_that_cannot_be_are_refused(desk: Desk, values: dict[str, Any], refusal: type[Refusal]) -> None:
    before = db.session.scalar(select(func.count()).select_from(Availability))
    with pytest.raises(refusal):
        act(hours.add_hours, weekly(desk, **values), actor=desk.cast.admin)
    assert db.session.scalar(select(func.count()).select_from(Availability)) == before


@pytest.mark.parametrize(
    ("values", "overlap"),
    [
        ({"weekday": 0, "start_time": "17:00", "end_time": "18:00"}, False),  # touches the day's own
        ({"weekday": 0, "start_time": "22:00", "end_time": "00:00"}, False),  # until midnight
        ({"weekday": 0, "start_time": "16:59", "end_time": "18:00"}, True),
        ({"weekday": 0, "start_time": "08:00", "end_time": "00:00"}, True),
        ({}, False),
    ],
)
def test_hours_that_overlap_others_are_one_stretch_with_them(
    desk: Desk, values: dict[str, Any], *, overlap: bool
) -> None:
    added = act(hours.add_hours, weekly(desk, **values), actor=desk.cast.admin)
    assert hours.overlaps_others(added) == overlap
    week = preview_week(desk.cast.main_id, desk.cast.doctor_id, MONDAY, actor=desk.cast.admin)
    work = week[MONDAY].work
    assert all(one[1] < other[0] for one, other in pairwise(work))
    assert (at(3, 9), at(3, 17)) in work or overlap or values["start_time"] == "17:00"


def test_hours_of_other_months_do_not_overlap(desk: Desk) -> None:
    act(hours.add_hours, weekly(desk, valid_to="2025-03-31"), actor=desk.cast.admin)
    later = act(hours.add_hours, weekly(desk, valid_from="2025-04-01"), actor=desk.cast.admin)
    assert not hours.overlaps_others(later)
    both = weekly(desk, valid_from="2025-03-31", valid_to="2025-03-31")
    assert hours.overlaps_others(act(hours.add_hours, both, actor=desk.cast.admin))


def test_a_change_without_length_is_refused(desk: Desk) -> None:
    added = act(hours.add_hours, weekly(desk), actor=desk.cast.admin)
    with pytest.raises(RuleWithoutLength):
        act(hours.change_hours, added.id, {"end_time": "08:00"}, actor=desk.cast.admin)
    db.session.rollback()
    assert db.session.get_one(Availability, added.id, populate_existing=True).end_time == time(12)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"start_time": "09:00"}, HalfASpan),
        ({"start_time": "10:00", "end_time": "09:00"}, RuleWithoutLength),
        ({"kind": "holiday"}, Invalid),
        ({"day": "2025-02-30"}, Invalid),
        ({"day": None}, Invalid),
        ({"clinic_id": 999_999}, NotFound),
        ({"doctor_id": 999_999}, DoctorNotAtClinic),
        ({"doctor_id": 999_999, "clinic_id": None}, NotFound),
    ],
)
def test_dates_that_cannot_be_are_refused(desk: Desk, values: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        act(hours.add_date, dated(desk, **values), actor=desk.cast.admin)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("admin", None),
        ("doctor", None),
        ("doctor2", NotAllowed),
        ("reception", NotAllowed),
        ("accountant", NotAllowed),
        ("riverside", NotFound),
    ],
)
def test_hours_are_set_by_administrators_and_by_the_doctor(desk: Desk, who: str, refusal: type[Refusal] | None) -> None:
    actor: Actor = getattr(desk.cast, who)
    rule = act(hours.add_hours, weekly(desk), actor=desk.cast.admin)
    day = act(hours.add_date, dated(desk), actor=desk.cast.admin)
    for command, arguments in [
        (hours.add_hours, [weekly(desk, weekday=6)]),
        (hours.change_hours, [rule.id, {"weekday": 5}]),
        (hours.add_date, [dated(desk)]),
        (hours.change_date, [day.id, {"reason": "x"}]),
        (hours.remove_hours, [rule.id]),
        (hours.remove_date, [day.id]),
    ]:
        if refusal is None:
            act(command, *arguments, actor=actor)
        else:
            with pytest.raises(refusal):
                act(command, *arguments, actor=actor)


def test_a_doctor_gives_no_hours_away(desk: Desk) -> None:
    rule = act(hours.add_hours, weekly(desk), actor=desk.cast.doctor)
    with pytest.raises(NotAllowed):
        act(hours.change_hours, rule.id, {"doctor_id": desk.cast.doctor2_id}, actor=desk.cast.doctor)
    with pytest.raises(NotFound):
        act(hours.change_hours, rule.id, {"clinic_id": desk.cast.riverside_id}, actor=desk.cast.doctor)


def test_everybody_of_a_clinic_sees_its_hours_and_nobody_others(desk: Desk) -> None:
    cast = desk.cast
    stranger = make_doctor(cast.riverside_clinic)
    act(hours.add_hours, weekly(desk, doctor_id=stranger.id, clinic_id=cast.riverside_id), actor=cast.admin)
    everywhere = act(hours.add_date, dated(desk, doctor_id=stranger.id, clinic_id=None), actor=cast.admin)
    for actor, clinics, sees_date in [
        (cast.admin, {cast.main_id, cast.riverside_id}, True),
        (cast.reception, {cast.main_id}, False),
        (cast.accountant, {cast.main_id}, False),
        (cast.doctor, {cast.main_id}, False),
        (cast.doctor2, {cast.main_id, cast.riverside_id}, True),
        (cast.riverside, {cast.riverside_id}, True),
    ]:
        assert {row.clinic_id for row in db.session.scalars(scope.rows(Availability, actor))} == clinics
        assert (scope.find(AvailabilityDate, everywhere.id, actor=actor) is not None) == sees_date


def test_a_week_is_shown_with_rules_that_are_not_saved_yet(desk: Desk) -> None:
    saturday = WeeklyRule(5, time(9), time(12))
    closed = DatedRule(DatedKind.CLOSED, date(2025, 3, 4), time(9), time(11))
    who = (desk.cast.main_id, desk.cast.doctor_id)
    week = preview_week(*who, MONDAY, weekly=[saturday], dated=[closed], actor=desk.cast.doctor)
    assert list(week) == [date(2025, 3, day) for day in range(3, 10)]
    assert week[MONDAY].work == [(at(3, 9), at(3, 17))]
    assert (week[date(2025, 3, 4)].work, week[date(2025, 3, 4)].closed) == ([(at(4, 11), at(4, 17))], True)
    assert (week[date(2025, 3, 8)].work, week[date(2025, 3, 9)].work) == ([(at(8, 9), at(8, 12))], [])
    assert preview_week(*who, MONDAY, actor=desk.cast.doctor)[date(2025, 3, 8)].work == []


def test_a_week_shows_a_changed_rule_in_place_of_its_row_and_what_takes_time_away(desk: Desk) -> None:
    who = (desk.cast.main_id, desk.cast.doctor_id)
    row = act(hours.add_hours, weekly(desk), actor=desk.cast.admin)
    make(Holiday(clinic_id=desk.cast.main_id, day=date(2025, 3, 5), name="Ash Wednesday"))
    make(DoctorLeave(doctor_id=desk.cast.doctor_id, first_day=MONDAY, last_day=MONDAY, entered_by="x"))
    moved = WeeklyRule(6, time(10), time(11), id=row.id)
    week = preview_week(*who, MONDAY, weekly=[moved], actor=desk.cast.doctor)
    assert (week[date(2025, 3, 8)].work, week[date(2025, 3, 9)].work) == ([], [(at(9, 10), at(9, 11))])
    assert (week[MONDAY].work, week[MONDAY].on_leave) == ([], True)
    assert week[date(2025, 3, 5)].holiday == "Ash Wednesday"


def test_a_change_that_fits_no_day_names_its_field(desk: Desk) -> None:
    added = act(hours.add_hours, weekly(desk), actor=desk.cast.doctor)
    with pytest.raises(RuleNeverValid) as refused:
        act(hours.change_hours, added.id, {"valid_from": "2025-12-31", "valid_to": "2025-01-01"}, actor=desk.cast.admin)
    assert refused.value.field == "valid_to"
