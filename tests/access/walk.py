"""Asks a route as somebody, and looks at everything that comes back and at what it left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from flask import Flask
from flask.testing import FlaskClient

from app.kernel import clock
from app.kernel.db import db
from tests.access.forms import fields_of
from tests.access.markers import ROLES, leaks, readable
from tests.access.requests import Request, Route, requests_of
from tests.access.table import Key
from tests.access.world import NOW, World
from tests.plugins.databases import Database


@dataclass
class Walker:
    """The application with its world, and a browser for each role."""

    app: Flask
    world: World
    database: Database
    sign_in: Callable[[str], FlaskClient]
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def client(self, role: str) -> FlaskClient:
        if role not in self.clients:
            self.clients[role] = self.app.test_client() if role == "stranger" else self.sign_in(role)
        return self.clients[role]

    def walk(self, route: Route) -> dict[Key, dict[str, int]]:
        """What each role is answered for each kind of row; what else is wrong is added to `problems`."""
        plan = route.plan
        leaves = plan.leaves or ("never" if route.method == "GET" else "success")
        found: dict[Key, dict[str, int]] = {}
        for kind, request in self._planned(route):
            answers = {}
            for role in ROLES:
                if plan.fresh:
                    self.clients.pop(role, None)
                answers[role] = self.ask(role, request, kind=kind, leaves=leaves)
                if plan.fresh:
                    self.clients.pop(role, None)
            found[route.name, route.method, kind] = answers
        return found

    def _planned(self, route: Route) -> Iterator[tuple[str, Request]]:
        edits = route.method == "POST" and route.endpoint.endswith(".edit") and not route.plan.form
        for kind, request in requests_of(self.app, route, self.world.rows).items():
            yield kind, self.as_the_page_gives_it(request, route, kind) if edits else request

    def as_the_page_gives_it(self, request: Request, route: Route, kind: str) -> Request:
        same = replace(request, method="GET")
        if kind == "missing":
            same = replace(requests_of(self.app, route, self.world.rows)["own"], method="GET")
        with clock.freeze(NOW):
            page = self.client("admin").open(**same.sent())
        assert page.status_code == 200, f"{same.path} answered the administrator {page.status_code}"
        return replace(request, form=fields_of(page.text))

    def ask(self, role: str, request: Request, *, kind: str = "", leaves: str = "never") -> int:
        """The status of one answer."""
        client = self.client(role)
        with clock.freeze(NOW):
            response = client.open(**request.sent())
        status, what = response.status_code, f"{request.method} {request.path} ({kind}) as {role}"
        seen = [readable(response.data), *(f"{name}: {value}" for name, value in response.headers)]
        if 300 <= status < 400 and role != "stranger":
            seen.append(str(self.flashes(client)))
        response.close()
        if leaked := leaks(role, "\n".join(seen)):
            self.problems.append(f"{what} -> {status} gives away {leaked}")
        if status >= 500:
            self.problems.append(f"{what} -> {status}: {seen[0][:300]}")
        if self.database.changed():
            if leaves == "never" or (leaves == "success" and status >= 400):
                self.problems.append(f"{what} -> {status} changed the database")
            self.restore()
        return status

    @staticmethod
    def flashes(client: FlaskClient) -> object:
        """The messages that wait for the next page, taken away."""
        with client.session_transaction() as kept:
            return kept.pop("_flashes", None)

    def restore(self) -> None:
        """Bring back the world; the payments that a request began are unknown to Stripe as well."""
        self.app.extensions["stripe_server"].forget_requests()
        with self.app.app_context():
            self.database.restore(db.engine.dispose)


def differences(expected: Mapping[Key, Mapping[str, int]], found: Mapping[Key, Mapping[str, int]]) -> list[str]:
    """What was answered otherwise than the table says, a line each; a line that is missing is told elsewhere."""
    return [
        f"{' '.join(key)} as {role}: {status}, not {expected[key][role]}"
        for key, answers in found.items()
        if key in expected
        for role, status in answers.items()
        if status != expected[key][role]
    ]
