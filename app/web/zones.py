"""The clinic that a page is about: the one that the reader chose, and its clock, currency and country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, session
from flask_babel import get_timezone
from sqlalchemy import select

from app.kernel.db import db
from app.kernel.errors import N_, Invalid
from app.people.models import Clinic
from app.web.security import current_actor, signed_in_user

CHOSEN = "clinic"


class OutOfTime(Invalid):
    code = "out_of_time"
    template = N_("This date is out of range.")


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
    """The zone of the clinics that the reader's lists are of where they share one, else the installation's."""
    zones = {clinic.zone for clinic in _listed_clinics()}
    return zones.pop() if len(zones) == 1 else str(get_timezone())


def page_country() -> str:
    """The country of the clinics that the reader's lists are of where they share one, else ""."""
    countries = {clinic.country for clinic in _listed_clinics()} if signed_in_user() else set()
    return countries.pop() if len(countries) == 1 else ""


def _listed_clinics() -> list[ClinicFacts]:
    chosen, reach = chosen_clinic(), clinics_in_reach()
    return [clinic for key, clinic in clinics().items() if (key in reach if chosen is None else key == chosen)]


@dataclass(frozen=True)
class ClinicFacts:
    """What pages need of a clinic all the time."""

    id: int
    name: str
    zone: str
    currency: str
    country: str
    is_active: bool

    def __str__(self) -> str:
        return self.name


def clinics() -> dict[int, ClinicFacts]:
    """Every clinic by its key, read once in a request."""
    if "clinics" not in g:
        facts = select(Clinic.id, Clinic.name, Clinic.timezone, Clinic.currency, Clinic.country, Clinic.is_active)
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


def chosen_clinic() -> int | None:
    """The clinic that the reader works at now: the only one in reach, or the chosen one; None for all of them."""
    reach, chosen = clinics_in_reach(), session.get(CHOSEN)
    if len(reach) == 1:
        return reach[0]
    return chosen if chosen in reach else None


def clinics_as(*roles: str) -> list[int]:
    """The keys of the clinics where the reader has one of the roles; all of them for who is everywhere."""
    actor = current_actor()
    return sorted(clinics() if actor.everywhere else actor.clinics_as(*roles))


def currency_of(row: Any) -> str | None:
    """The currency of a row's amounts: its own, or that of the service, invoice or clinic it belongs to."""
    for name in ("currency", "service", "invoice"):
        found = row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
        if found is not None:
            return found if isinstance(found, str) else getattr(found, "currency", None)
    clinic = clinics().get(getattr(row, "clinic_id", None) or 0)
    return clinic.currency if clinic else None
