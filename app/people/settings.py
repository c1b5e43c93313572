"""What a clinic may set for itself: names, types, bounds, defaults."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import bindparam, select

from app.kernel import live, scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.errors import TooShortToAnswer
from app.people.fields import Check, checked, one_of, whole_number, yes_or_no
from app.people.models import Clinic, Setting
from app.people.roles import Role
from app.people.rooms import display_room

LONGEST_WAY_MINUTES: Final = 240


class DisplayNames(StrEnum):
    """How a patient is called where everybody can read it: on the screens of the waiting room, on a printed ticket."""

    NUMBER = "number"
    INITIALS = "initials"
    FIRST_NAME = "first_name"


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """Slots begin every `slot_grid_minutes`; who books does so `notice_minutes` before, within `horizon_days`.

    With `feed_shows_names` a doctor's calendar feed names the patients.
    A doctor needs `travel_minutes` from another clinic to this one and back. A time is held for `hold_minutes`.
    A confirmed appointment is a no-show `no_show_grace_minutes` after its end, unless the patient was checked in.
    An appointment within `followup_days` after the doctor last saw the patient may be a follow-up (0: there are none),
    which costs `followup_price_percent` of the service's price.
    Freed times are offered to the waiting list for `waitlist_offer_minutes` (0: only by the desk), and no later than
    `waitlist_lead_minutes` before they begin.
    Screens that everybody can read show of a patient's name what `display_names` says, beside the number.
    """

    slot_grid_minutes: int = 15
    notice_minutes: int = 0
    horizon_days: int = 180
    feed_shows_names: bool = False
    travel_minutes: int = 0
    hold_minutes: int = 5
    no_show_grace_minutes: int = 60
    followup_days: int = 0
    followup_price_percent: int = 100
    waitlist_offer_minutes: int = 60
    waitlist_lead_minutes: int = 120
    display_names: DisplayNames = DisplayNames.NUMBER


SHORTEST_TO_ANSWER: Final = 10


def _minutes_to_answer(raw: object) -> object:
    """How long an offer stands: long enough to read a mail, or 0 for no offers."""
    minutes = whole_number(0, 24 * 60)(raw)
    if minutes in range(1, SHORTEST_TO_ANSWER):
        raise TooShortToAnswer(least=SHORTEST_TO_ANSWER)
    return minutes


CHECKS: Final[Mapping[str, Check]] = {
    "slot_grid_minutes": whole_number(5, 120),
    "notice_minutes": whole_number(0, 30 * 24 * 60),
    "horizon_days": whole_number(1, 730),
    "feed_shows_names": yes_or_no,
    "travel_minutes": whole_number(0, LONGEST_WAY_MINUTES),
    "hold_minutes": whole_number(1, 60),
    "no_show_grace_minutes": whole_number(0, 24 * 60),
    "followup_days": whole_number(0, 365),
    "followup_price_percent": whole_number(0, 100),
    "waitlist_offer_minutes": _minutes_to_answer,
    "waitlist_lead_minutes": whole_number(0, 24 * 60),
    "display_names": one_of(list(DisplayNames)),
}


def get_settings(clinic_id: int) -> ClinicSettings:
    """The clinic's settings; what it has not set is as `ClinicSettings` has it."""
    return settings_of([clinic_id])[clinic_id]


def settings_of(clinic_ids: Collection[int]) -> dict[int, ClinicSettings]:
    """The settings of several clinics, by one statement."""
    known = {field.name for field in fields(ClinicSettings)}
    found: dict[int, dict[str, Any]] = {clinic_id: {} for clinic_id in clinic_ids}
    for clinic_id, name, value in db.session.execute(_SETTINGS, {"clinic_ids": list(clinic_ids)}):
        if name in known:
            found[clinic_id][name] = value
    return {clinic_id: _settings(values) for clinic_id, values in found.items()}


def _settings(values: dict[str, Any]) -> ClinicSettings:
    if "display_names" in values:
        values["display_names"] = DisplayNames(values["display_names"])
    return ClinicSettings(**values)


_SETTINGS = select(Setting.clinic_id, Setting.name, Setting.value).where(  # built once
    Setting.clinic_id.in_(bindparam("clinic_ids", expanding=True))
)


def change_settings(
    clinic_id: int,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> ClinicSettings:
    """Set what is sent; a blank value goes back to the default. Refuses: NotFound, NotAllowed, Invalid."""
    scope.get(Clinic, clinic_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    changes = checked(values, CHECKS)
    rows = {row.name: row for row in db.session.scalars(select(Setting).where(Setting.clinic_id == clinic_id))}
    for name, value in changes.items():
        if value is None and name in rows:
            db.session.delete(rows[name])
        elif value is not None and name in rows:
            rows[name].value = value
        elif value is not None:
            db.session.add(Setting(clinic_id=clinic_id, name=name, value=value))
    db.session.flush()
    if "display_names" in changes:
        live.announce("display_updated", clinic_id=clinic_id, rooms=[display_room(clinic_id)], payload=dict)
    return get_settings(clinic_id)
