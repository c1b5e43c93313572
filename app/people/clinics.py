"""Clinics: opened, changed, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.kernel import live, scope
from app.kernel.actor import Actor
from app.kernel.db import db, refuses
from app.kernel.models import BoardVersion
from app.kernel.money import Money
from app.people.boards import change_board
from app.people.errors import CurrencyFixed, DuplicateCode
from app.people.fields import checked
from app.people.models import Clinic, DoctorService, Service
from app.people.record_rules import clinic_checks
from app.people.records import delete_or_archive, ensure_current, store
from app.people.roles import Role
from app.people.rooms import display_room, tickets_room

refuses("uq_clinic_code", lambda: DuplicateCode(field="code"))
refuses(
    "ck_clinic_currency_fixed", lambda: CurrencyFixed(field="currency")
)  # a trigger: invoices are above this domain

NEEDED = ("code", "name", "country", "timezone", "currency")
DEFAULTED = frozenset({"language", "is_active"})


def create_clinic(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Clinic:  # noqa: ARG001 - as all commands
    """Open a clinic with its board. Refuses: NotAllowed, Invalid with all problems, DuplicateCode."""
    actor.require_role(Role.ADMIN)
    given = checked(values, clinic_checks(_region(values, "ZZ")), required=NEEDED)
    clinic = store(
        Clinic(), {name: value for name, value in given.items() if not (value is None and name in DEFAULTED)}
    )
    store(BoardVersion(), {"clinic_id": clinic.id, "version": 0})
    return clinic


def update_clinic(
    clinic_id: int,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Clinic:
    """Change what is sent; another currency, before the first invoice only, keeps the figures of all prices.

    Refuses: NotFound, NotAllowed, Stale, Invalid with all problems, DuplicateCode, CurrencyFixed.
    """
    clinic = scope.get(Clinic, clinic_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    ensure_current(clinic, revision)
    needed = {*NEEDED, *DEFAULTED} & values.keys()
    changes = checked(values, clinic_checks(_region(values, clinic.country)), required=needed)
    before = clinic.currency
    change_board(clinic.id)  # whose times are in the clinic's zone
    store(clinic, changes)
    if not clinic.is_active:
        _let_guests_go(clinic_id)
    if clinic.currency != before:
        _reprice(clinic, before)
    return clinic


def remove_clinic(clinic_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Delete a clinic that nothing belongs to; close any other. Refuses: NotFound, NotAllowed."""
    clinic = scope.get(Clinic, clinic_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    _let_guests_go(clinic_id)
    delete_or_archive(clinic)


def _let_guests_go(clinic_id: int) -> None:
    """The waiting-room screens and the patients' tickets of a closed clinic end; staff may still look at what was."""
    for room in (display_room(clinic_id), tickets_room(clinic_id)):
        live.dismiss(room)


def _region(values: Mapping[str, Any], present: str) -> str:
    """The country that phone numbers are read in: the one that is sent with them."""
    sent = values.get("country")
    return sent.strip().upper() if isinstance(sent, str) and sent.strip() else present


def _reprice(clinic: Clinic, before: str) -> None:
    """Keep the figures of the prices in the new currency. Refuses: NotAnAmount where it has fewer digits."""
    services = db.session.scalars(select(Service).where(Service.clinic_id == clinic.id)).all()
    own = db.session.scalars(select(DoctorService).where(DoctorService.service_id.in_([one.id for one in services])))
    for priced in (*services, *own):
        if priced.price_minor is not None:
            figure = str(Money(priced.price_minor, before))
            priced.price_minor = Money.parse(figure, clinic.currency, field="currency").minor
    for service in services:
        service.currency = clinic.currency
    db.session.flush()
