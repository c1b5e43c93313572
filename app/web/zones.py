"""The wall clock and the currency that a page's times and amounts are in: the row's clinic's, else the reader's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import g
from flask_babel import get_timezone
from sqlalchemy import select

from app.kernel.db import db
from app.kernel.errors import N_, Invalid
from app.people.models import Clinic
from app.web.security import current_actor


class OutOfTime(Invalid):
    code = "out_of_time"
    template = N_("No clock shows this date.")


class SkippedTime(Invalid):
    code = "skipped_time"
    template = N_("The clocks skip this time on that day.")


def zone_of(row: object) -> str:
    """The IANA zone of the clinic that `row` belongs to; the reader's own where it belongs to none."""
    if isinstance(row, Clinic):
        return row.timezone
    clinic_id = row.get("clinic_id") if isinstance(row, Mapping) else getattr(row, "clinic_id", None)
    return clinics()[clinic_id].zone if clinic_id in clinics() else page_zone()


def page_zone() -> str:
    """The zone of the reader's clinic where there is but one, else the installation's."""
    reach = current_actor().clinic_ids
    zones = {clinic.zone for key, clinic in clinics().items() if len(reach) != 1 or key in reach}
    return zones.pop() if len(zones) == 1 else str(get_timezone())


@dataclass(frozen=True)
class ClinicFacts:
    """What pages need of a clinic all the time."""

    id: int
    name: str
    zone: str
    currency: str
    is_active: bool

    def __str__(self) -> str:
        return self.name


def clinics() -> dict[int, ClinicFacts]:
    """Every clinic by its key, read once in a request."""
    if "clinics" not in g:
        facts = select(Clinic.id, Clinic.name, Clinic.timezone, Clinic.currency, Clinic.is_active)
        g.clinics = {row.id: ClinicFacts(*row) for row in db.session.execute(facts)}
    known: dict[int, ClinicFacts] = g.clinics
    return known


def on_wall(moment: datetime, zone: str) -> datetime:
    """What the wall clock of `zone` shows at `moment` (aware), as a naive time."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def from_wall(shown: datetime, zone: str, *, field: str | None = None) -> datetime:
    """The instant (UTC) when the clock of `zone` shows `shown` (naive), the first of two.

    Refuses: SkippedTime, OutOfTime.
    """
    try:
        moment = shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        raise OutOfTime(field=field) from None
    if on_wall(moment, zone) != shown:
        raise SkippedTime(field=field)
    return moment


def clinics_in_reach() -> list[int]:
    """The keys of the reader's clinics: of all of them for who is everywhere."""
    actor = current_actor()
    return sorted(clinics() if actor.everywhere else actor.clinic_ids)


def currency_of(row: Any) -> str | None:
    """The currency of a row's amounts: its own, or that of the service, invoice or clinic it belongs to."""
    for name in ("currency", "service", "invoice"):
        found = row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
        if found is not None:
            return found if isinstance(found, str) else getattr(found, "currency", None)
    clinic = clinics().get(getattr(row, "clinic_id", None) or 0)
    return clinic.currency if clinic else None
