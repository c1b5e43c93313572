"""A request about one's own clinic that names one row of another clinic is refused, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.access.plans import NAME, PLANS
from tests.access.requests import request_of, routes
from tests.access.walk import Walker

NOT_ROWS = {"free", "free_wall", "draft_revision", "other_clinic", "other_doctor"}  # that doctor works at both clinics


def names_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (found[1] or found[2] for found in NAME.finditer(value))
    elif isinstance(value, Mapping):
        yield from names_in(list(value.values()))
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)


def crossed_by(name: str) -> list[str]:
    """The rows in the body of a planned request, where it names more than one row altogether."""
    plan = PLANS[name]
    body = set(names_in([plan.json, plan.form])) - NOT_ROWS
    return sorted(body) if len(body) + len(set(names_in(plan.path))) > 1 and " GET" not in name else []


@pytest.mark.parametrize("role", ["admin", "reception", "doctor"])
@pytest.mark.parametrize("name", sorted(name for name in PLANS if crossed_by(name)))
def test_a_row_of_another_clinic_is_refused(name: str, role: str, walker: Walker) -> None:
    route = next(
        (route for route in routes(walker.app) if f"{route.endpoint} {route.method}{route.label}" == name), None
    )
    assert route is not None, f"a plan without a route: {name}"
    own, foreign = walker.world.rows["own"], walker.world.rows["foreign"]
    for crossed in crossed_by(name):
        request = request_of(walker.app, route, {**own, crossed: foreign[crossed]})
        status = walker.ask(role, request, kind=f"{crossed} of another clinic", leaves="never")
        # A board that says no on the page before it answers with a redirect, and must have changed nothing.
        assert 300 <= status < 500, f"{name} took a {crossed} of another clinic: {status}"
    assert not walker.problems, "\n".join(walker.problems)
