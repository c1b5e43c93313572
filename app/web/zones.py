"""The wall clock that a page's times are read and written on: the row's clinic's, else the reader's own clinic's."""

from __future__ import annotations

from collections.abc import Mapping
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


class SkippedTime(Invalid):
    code = "skipped_time"
    template = N_("The clocks skip this time on that day.")


def zone_of(row: object) -> str:
    """The IANA zone of the clinic that `row` belongs to; the reader's own where it belongs to none."""
    if isinstance(row, Clinic):
        return row.timezone
    clinic_id = row.get("clinic_id") if isinstance(row, Mapping) else getattr(row, "clinic_id", None)
    return clinic_zones().get(clinic_id) or page_zone() if clinic_id else page_zone()


def page_zone() -> str:
    """The zone of the reader's clinic where there is but one, else the installation's."""
    actor = current_actor()
    if len(actor.clinic_ids) == 1:
        return clinic_zones().get(next(iter(actor.clinic_ids)), str(get_timezone()))
    zones = set(clinic_zones().values())
    return zones.pop() if len(zones) == 1 else str(get_timezone())


def clinic_zones() -> dict[int, str]:
    """Every clinic's zone, read once in a request."""
    if "clinic_zones" not in g:
        g.clinic_zones = {row.id: row.timezone for row in db.session.execute(select(Clinic.id, Clinic.timezone))}
    zones: dict[int, str] = g.clinic_zones
    return zones


def on_wall(moment: datetime, zone: str) -> datetime:
    """What the wall clock of `zone` shows at `moment` (aware), as a naive time."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def from_wall(shown: datetime, zone: str, *, field: str | None = None) -> datetime:
    """The instant (UTC) when the clock of `zone` shows `shown` (naive), the first of two. Refuses: SkippedTime."""
    moment = shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if on_wall(moment, zone) != shown:
        raise SkippedTime(field=field)
    return moment


def currency_of(row: Any) -> str | None:
    """The currency of a row's amounts: its own, or that of the service, invoice or clinic it belongs to."""
    for name in ("currency", "service", "invoice", "clinic"):
        found = row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
        if found is not None:
            return found if isinstance(found, str) else getattr(found, "currency", None)
    return None
