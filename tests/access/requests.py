"""What the access test asks of each route: an address that names a row of each kind, and a plausible body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from tests.access.markers import KINDS
from tests.access.plans import NAME, Plan, plans_of

LEFT_OUT = {"static", "appbuilder.static"}  # files, no rows
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
NO_ROW = "-"


@dataclass(frozen=True)
class Route:
    """One method of one rule, asked in one of the planned ways."""

    endpoint: str
    method: str
    rule: Rule
    label: str
    plan: Plan

    @property
    def name(self) -> str:
        """As the table has it."""
        return f"{self.endpoint}{self.label}"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    json: Any = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def sent(self) -> dict[str, Any]:
        """The arguments of `FlaskClient.open`."""
        body = {"json": self.json} if self.json is not None else {"data": self.form} if self.form is not None else {}
        if self.files:
            sent = {name: (BytesIO(text.encode()), filename) for name, (filename, text) in self.files.items()}
            body = {"data": {**(self.form or {}), **sent}}
        return {
            "path": self.path,
            "method": self.method,
            "query_string": list(self.query),
            "headers": dict(self.headers),
        } | body


def routes(app: Flask) -> list[Route]:
    """Every route of the application, a method and a plan at a time; aliases of one address once."""
    found: dict[tuple[str, str, int, str], Route] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, len(rule.rule), rule.rule)):
        for method in METHODS:
            if method not in (rule.methods or ()) or rule.endpoint in LEFT_OUT:
                continue
            for label, plan in plans_of(f"{rule.endpoint} {method}").items():
                key = (rule.endpoint, method, len(rule.arguments), label)
                found.setdefault(key, Route(rule.endpoint, method, rule, label, plan))
    return list(found.values())


class Unplanned(LookupError):
    """Nobody has said what a route is to be asked."""


def requests_of(app: Flask, route: Route, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Request]:
    """The requests of a route by kind of row; a kind that asks the same as one before is left out."""
    names = {name: route.plan.path.get(name) or row_name(app, route, name) for name in route.rule.arguments}
    if not route.plan.names_rows() and not any(name.startswith("@") for name in names.values()):
        return {NO_ROW: request_of(app, route, {})}
    found: dict[str, Request] = {}
    for kind in (*KINDS, "missing"):
        request = request_of(app, route, rows[kind])
        if request not in found.values():
            found[kind] = request
    return found


def request_of(app: Flask, route: Route, row: Mapping[str, Any]) -> Request:
    """The request of a route about one row."""
    plan = route.plan
    names = {name: plan.path.get(name) or row_name(app, route, name) for name in route.rule.arguments}
    values = {name: filled(value, row) for name, value in names.items()}
    adapter = app.url_map.bind("localhost")
    path = adapter.build(route.endpoint, values, method=route.method, append_unknown=False)
    return Request(
        route.method,
        path,
        tuple((name, str(filled(value, row))) for name, value in plan.query.items()),
        filled(plan.json, row),
        filled(plan.form, row),
        plan.files,
        filled(plan.headers, row),
    )


def filled(value: Any, row: Mapping[str, Any]) -> Any:
    """A value in which each "@name" is the row's."""
    if isinstance(value, str):
        whole = NAME.fullmatch(value)
        return row[whole[1]] if whole and whole[1] else NAME.sub(lambda found: str(row[found[2]]), value)
    if isinstance(value, Mapping):
        return {name: filled(inner, row) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, row) for inner in value]
    return value


def view_of(app: Flask, endpoint: str) -> Any:
    """The generated view or API behind an endpoint, where it is one."""
    name = endpoint.partition(".")[0]
    views = app.extensions["appbuilder"].baseviews
    return next((view for view in views if getattr(view, "endpoint", type(view).__name__) == name), None)


TABLE_NAMES = {"ab_user": "user"}
PLACES = {
    "displays": "@display",
    "patients": "@patient",
    "appointments": "@appointment",
    "visits": "@visit",
    "invoices": "@invoice",
    "payments": "@payment",
    "doctors": "@doctor",
    "clinics": "@clinic",
    "services": "@service",
    "notifications": "@notification",
    "prescriptions": "@prescription",
    "attachments": "@attachment",
}


def row_name(app: Flask, route: Route, parameter: str) -> str:
    """The row that a parameter of an address names: by its own name, what stands before it, or the view's model."""
    if parameter.endswith("_id"):
        return f"@{parameter.removesuffix('_id')}"
    before = re.search(r"([\w-]+)/<[^>]*" + parameter + ">", route.rule.rule)
    if before and before[1] in PLACES:
        return PLACES[before[1]]
    model = getattr(getattr(view_of(app, route.endpoint), "datamodel", None), "obj", None)
    if parameter == "pk" and model is not None:
        return f"@{TABLE_NAMES.get(model.__tablename__, model.__tablename__)}"
    raise Unplanned(f"{route.name}: what is <{parameter}>? Say so in tests/access/plans.py.")
