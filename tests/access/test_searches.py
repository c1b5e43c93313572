"""Searches, filters and paging find nothing that the list would not show, whatever they name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import prison
import pytest

from tests.access.markers import OF_A_ROW, digits, word
from tests.access.requests import Request, Route, requests_of, routes, view_of
from tests.access.walk import Walker

# The table asks both databases who reaches which row, and each domain what a search finds.
pytestmark = pytest.mark.any_database

# Beginnings that all kinds of rows share: a page repeats what was asked for, and may not tell the rest.
SEARCHED = [*(word(sort, "") for sort in OF_A_ROW), digits("contact", "own")[3:-2]]
WHO = ["reception", "doctor", "doctor2", "accountant", "riverside"]
NAMES = {"clinic", "doctor", "patient", "service", "invoice", "visit", "appointment", "specialty", "user"}


def lists(walker: Walker) -> Iterator[tuple[Route, Any]]:
    """The lists of screens and of the API, with the view that each belongs to."""
    for route in routes(walker.app):
        view = view_of(walker.app, route.endpoint)
        of_screen = hasattr(view, "datamodel") and "pk" not in route.rule.arguments
        of_program = route.rule.rule.startswith("/api/") and not route.rule.arguments
        if route.method == "GET" and (of_screen or of_program):
            yield route, view


def questions(walker: Walker, view: Any) -> Iterator[tuple[str, str]]:
    """Query parameters that name rows and words of every kind."""
    screen = set(getattr(view, "search_columns", None) or ())
    program = set(getattr(view, "filter_columns", None) or ())
    for kind in ("colleague", "elsewhere", "foreign"):
        rows = walker.world.rows[kind]
        for name in sorted(screen & NAMES):
            yield f"_flt_0_{name}", str(rows[name])
        for name in sorted(program & NAMES):
            yield "q", prison.dumps({"filters": [{"col": name, "opr": "rel_o_m", "value": rows[name]}]})
        for name in sorted(set(getattr(view, "arguments", ())) & {f"{name}_id" for name in NAMES}):
            yield name, str(rows[name.removesuffix("_id")])
    for text in SEARCHED:
        yield ("q" if screen else "search"), text


@pytest.mark.parametrize("role", WHO)
def test_no_search_or_filter_finds_what_is_out_of_reach(role: str, walker: Walker) -> None:
    for route, view in lists(walker):
        request = next(iter(requests_of(walker.app, route, walker.world.rows).values()))
        leaves = "success" if route.endpoint.endswith(".export") else "never"
        if walker.ask(role, request, leaves=leaves) != 200:
            continue
        for question in questions(walker, view):
            asked = Request("GET", request.path, (*request.query, question))
            walker.ask(role, asked, kind=f"?{question[0]}={question[1]}", leaves=leaves)
    assert not walker.problems, "\n".join(walker.problems)


@pytest.mark.parametrize("role", WHO)
def test_no_list_counts_what_it_does_not_show(role: str, walker: Walker) -> None:
    """There are fewer rows than a page holds, so the count is that of the page."""
    counted = 0
    for route, _ in lists(walker):
        if not route.rule.rule.startswith("/api/"):
            continue
        response = walker.client(role).get(route.rule.rule, query_string={"page_size": 100})
        if (
            response.status_code == 200
            and isinstance((response.json or {}).get("result"), list)
            and "count" in response.json
        ):
            assert response.json["count"] == len(response.json["result"]), route.endpoint
            counted += 1
    assert counted


@pytest.mark.parametrize("name", ["patients", "doctors", "clinics", "services", "specialties"])
@pytest.mark.parametrize("role", WHO)
def test_no_type_ahead_names_what_is_out_of_reach(name: str, role: str, walker: Walker) -> None:
    clinics = [walker.world.rows[kind]["clinic"] for kind in ("own", "foreign", "missing")]
    for text, clinic_id in itertools.product(["", *SEARCHED], ["", *clinics]):
        query = (("q", text), *((("clinic_id", str(clinic_id)),) if clinic_id else ()))
        walker.ask(role, Request("GET", f"/lookup/{name}", query))
    assert not walker.problems, "\n".join(walker.problems)
