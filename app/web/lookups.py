"""Type-ahead: `GET /lookup/<name>?q=&clinic_id=` answers the first 20 rows in reach that match.

A domain offers a look-up of a table that grows when it is imported: `offer(Lookup("patients", Patient, ...))`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, jsonify, request
from flask_appbuilder import BaseView, expose
from sqlalchemy import ColumnElement

from app.kernel import scope
from app.kernel.db import db
from app.kernel.errors import NotAllowed
from app.web import permissions
from app.web.scoped import key_of
from app.web.security import current_actor

MOST_RESULTS = 20
LONGEST_QUERY = 100


@dataclass(frozen=True)
class Lookup:
    """How rows of `model` are found. `matching(q, clinic_ids)` is the criterion for what was typed (never empty);
    `resource` is whose `list` permission it takes; `text` is what a row is called; `order` the columns it is sorted by;
    `reference`: generated forms use it for every reference to the model.
    """

    name: str
    model: type[Any]
    resource: str
    matching: Callable[[str, frozenset[int] | None], ColumnElement[bool]]
    order: tuple[Any, ...] = ()
    text: Callable[[Any], str] = str
    options: tuple[Any, ...] = ()
    reference: bool = True


_lookups: dict[str, Lookup] = {}


def offer(lookup: Lookup) -> None:
    _lookups[lookup.name] = lookup


def address_for(model: type[Any]) -> str | None:
    """The address of the look-up of a model, where one is offered."""
    return next(
        (f"/lookup/{lookup.name}" for lookup in _lookups.values() if lookup.model is model and lookup.reference), None
    )


class LookupView(BaseView):
    """Answers `{"results": [{"id", "text"}]}`; 403 without the right to list, 404 for a name that nobody offers."""

    route_base = "/lookup"

    @expose("/<name>")
    def find(self, name: str) -> Response:
        lookup, actor = _lookups.get(name) or abort(404), current_actor()
        if not permissions.allows(actor, lookup.resource, "list"):
            raise NotAllowed
        return jsonify({"results": [{"id": row.id, "text": lookup.text(row)} for row in _rows(lookup)]})


def _rows(lookup: Lookup) -> list[Any]:
    typed = request.args.get("q", "").strip()[:LONGEST_QUERY]
    clinic_id = key_of(request.args.get("clinic_id", ""))
    actor = current_actor()
    statement = scope.rows(lookup.model, actor)
    if clinic_id is not None and hasattr(lookup.model, "clinic_id"):
        statement = statement.where(lookup.model.clinic_id == clinic_id)
    if hasattr(lookup.model, "is_active"):
        statement = statement.where(lookup.model.is_active)
    if typed:
        clinics = frozenset({clinic_id}) if clinic_id is not None else None if actor.everywhere else actor.clinic_ids
        statement = statement.where(lookup.matching(typed, clinics))
    order = (*lookup.order, lookup.model.id)
    return list(db.session.scalars(statement.options(*lookup.options).order_by(*order).limit(MOST_RESULTS)))
