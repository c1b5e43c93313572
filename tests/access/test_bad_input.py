"""Nonsense is refused with a message, at every form and every endpoint: nothing breaks and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from app.kernel import clock
from tests.access.nonsense import (
    BODIES,
    HEADERS,
    KEYS,
    LONG,
    MEGABYTE,
    NEVER_TAKEN,
    PERHAPS_TAKEN,
    QUERIES,
    TOGETHER,
    TYPED,
    TYPED_NEVER,
    Query,
)
from tests.access.requests import Request, Route, requests_of, routes, view_of
from tests.access.table import read_table
from tests.access.walk import Walker
from tests.access.world import NOW

VIEWS = sorted({endpoint.partition(".")[0] for endpoint, _, _ in read_table()})
COUNT_FAILURES = {"/login/", "/api/v1/security/login"}  # how often somebody failed to sign in
SIGNS_OUT = {"AuthDBView.logout"}


def asked(walker: Walker, view: str, *methods: str) -> Iterator[tuple[Route, Request]]:
    """The routes of a view by these methods, each with a request that would be carried out."""
    for route in routes(walker.app):
        if route.endpoint.partition(".")[0] == view and route.method in methods and route.endpoint not in SIGNS_OUT:
            yield route, next(iter(requests_of(walker.app, route, walker.world.rows).values()))


def send(walker: Walker, request: Mapping[str, Any], what: str, *, by: str = "admin", taken: bool = True) -> Any:
    """What one who may do it is answered. Without `taken` it must be a refusal."""
    client = walker.client(by)
    with clock.freeze(NOW):
        response = client.open(**request)
    status = response.status_code
    if status < 400:
        walker.flashes(client)  # nobody looks at the pages on which they would be shown
    told = f"{request['method']} {request['path']} with {what} -> {status}"
    if status >= 500 or (not taken and status < 400):
        walker.problems.append(told)
    if status == 422 and response.mimetype == "application/problem+json" and not response.json["detail"]:
        walker.problems.append(f"{told} without a message")
    if walker.database.changed():
        if status >= 400 and request["path"] not in COUNT_FAILURES:
            walker.problems.append(f"{told} and changed the database")
        walker.restore()
    return response


def is_json(route: Route) -> bool:
    return route.rule.rule.startswith("/api/")


@pytest.mark.parametrize("view", VIEWS)
def test_keys_that_are_none_lead_nowhere(view: str, walker: Walker) -> None:
    for route, request in asked(walker, view, "GET", "POST", "PATCH", "DELETE"):
        for name in route.rule.arguments:
            for key in KEYS:
                address = route.rule.rule
                for other in route.rule.arguments:
                    value = key if other == name else route.plan.path.get(other, "1")
                    value = "1" if value.startswith("@") else value
                    address = _put(address, other, quote(value, safe="%"))
                sent = replace(request, path=address).sent()
                numbers = "<int:" in route.rule.rule or name == "pk" or name.endswith("_id")
                send(
                    walker,
                    sent,
                    f"{name}={key[:20]}",
                    by=route.plan.by,
                    taken=not numbers or key in ("+1", "1 ", "1.0"),
                )
    assert not walker.problems, "\n".join(walker.problems)


def _put(address: str, name: str, value: str) -> str:
    start = address.index(f"{name}>")
    opening = address.rindex("<", 0, start)
    return address[:opening] + value + address[start + len(name) + 1 :]


@pytest.mark.parametrize("view", VIEWS)
def test_queries_that_make_no_sense_break_nothing(view: str, walker: Walker) -> None:
    for route, request in asked(walker, view, "GET"):
        is_list = hasattr(view_of(walker.app, route.endpoint), "datamodel") or is_json(route)
        takes_any = is_list and not route.rule.arguments and not route.endpoint.endswith((".add", ".openapi"))
        generated = getattr(view_of(walker.app, route.endpoint), "search_columns", None) or []
        name = route.endpoint.partition(".")[0]
        own = [
            [(key, value)]
            for key in (f"page_{name}", f"psize_{name}", f"_oc_{name}", *(f"_flt_0_{column}" for column in generated))
            for value in ("-1", "x" * 300, str(2**63), "9999-12-31", "\u0661", "")
        ]
        for query in [*QUERIES, *own] if takes_any else QUERIES[::8]:
            asks(walker, route, request, query)
        for query in TOGETHER if takes_any else TOGETHER[::3]:
            if asks(walker, route, request, query) >= 400:  # one of them was read; it may have hidden the others
                for pair in query:
                    asks(walker, route, request, [pair])
    assert not walker.problems, "\n".join(walker.problems)


def asks(walker: Walker, route: Route, request: Request, query: Query) -> int:
    kept = [pair for pair in request.query if pair[0] not in {key for key, _ in query}]
    sent = request.sent() | {"query_string": [*kept, *query]}
    status: int = send(walker, sent, f"?{str(query)[:60]}", by=route.plan.by).status_code
    return status


@pytest.mark.any_database
@pytest.mark.parametrize("view", VIEWS)
def test_headers_that_make_no_sense_break_nothing(view: str, walker: Walker) -> None:
    seen: set[str] = set()
    for route, request in asked(walker, view, "GET", "POST", "PATCH", "DELETE"):
        if route.method in seen:
            continue
        seen.add(route.method)
        for headers in HEADERS:
            send(walker, request.sent() | {"headers": headers}, str(headers)[:60], by=route.plan.by)
    assert not walker.problems, "\n".join(walker.problems)


@pytest.mark.any_database
@pytest.mark.parametrize("view", VIEWS)
def test_bodies_that_are_no_json_object_are_refused(view: str, walker: Walker) -> None:
    for route, request in asked(walker, view, "POST", "PATCH"):
        if not is_json(route) or request.json is None:
            continue
        for what, (body, media_type, statuses) in BODIES.items():
            sent = {"path": request.path, "method": request.method, "data": body, "content_type": media_type}
            status = send(walker, sent, what, by=route.plan.by).status_code
            takes_none = request.json == {}  # an act without a body does not read one
            if status not in statuses and not (takes_none and status < 500):
                walker.problems.append(f"{request.method} {request.path} answers {what} with {status}")
    assert not walker.problems, "\n".join(walker.problems)


@pytest.mark.parametrize("view", VIEWS)
def test_fields_of_json_that_make_no_sense_are_refused(view: str, walker: Walker) -> None:
    for route, request in asked(walker, view, "POST", "PATCH"):
        if not is_json(route) or not isinstance(request.json, dict):
            continue
        for field, body, what, taken in wrong_bodies(request.json):
            send(walker, request.sent() | {"json": body}, f"{field}: {what}", by=route.plan.by, taken=taken)
    assert not walker.problems, "\n".join(walker.problems)


def wrong_bodies(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str, bool]]:
    for field in body:
        without = {name: value for name, value in body.items() if name != field}
        yield field, without, "left out", True
        for what, value in NEVER_TAKEN.items():
            yield field, body | {field: value}, what, False
        for what, value in PERHAPS_TAKEN.items():
            yield field, body | {field: value}, what, True
    if body:
        yield "zq_unknown", body | {"zq_unknown": 1}, "unknown", False
        yield "a name with a surrogate", body | {"\ud800": 1}, "unknown", False


@pytest.mark.parametrize("view", VIEWS)
def test_fields_of_forms_that_make_no_sense_are_refused(view: str, walker: Walker) -> None:
    for route, request in asked(walker, view, "POST"):
        if is_json(route):
            continue
        given = request
        if route.endpoint.endswith(".edit") and request.form is None:
            given = walker.as_the_page_gives_it(request, route, "own")
        for what, fields in wrong_forms(dict(given.form or {})):
            send(walker, form_sent(given, fields), what, by=route.plan.by)
        if given.form:
            answer = send(walker, form_sent(given, {"x": "x" * 10 * MEGABYTE}), "ten megabytes", by=route.plan.by)
            assert answer.status_code == 413, given.path
    assert not walker.problems, "\n".join(walker.problems)


def wrong_forms(form: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What no field takes in each field by itself, all else in all fields at once."""
    for field, value in form.items():
        for what, wrong in TYPED_NEVER.items():
            yield f"{field}: {what}", form | {field: wrong}
        yield f"{field} left out", {name: kept for name, kept in form.items() if name != field}
        yield f"{field} three times", form | {field: [value, "x", ""]}
    for what, wrong in TYPED.items():
        yield what, dict.fromkeys(form, wrong)
    if form:
        yield "3000 fields", form | {f"f{number}": LONG[:10] for number in range(3000)}


def form_sent(request: Request, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A form body that says any bytes: Werkzeug's own writer refuses what the test is about."""
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            raw = one if isinstance(one, bytes) else str(one).encode("utf-8", errors="surrogatepass")
            parts.append(f"{quote(name)}={quote(raw)}")
    return {
        "path": request.path,
        "method": request.method,
        "data": "&".join(parts).encode(),
        "content_type": "application/x-www-form-urlencoded",
    }


@pytest.mark.parametrize("header", ["Bearer x", "Bearer", "Basic eDp4", "Bearer " + "x" * 9000, "\xff", "Bearer a.b.c"])
def test_a_token_that_is_none_signs_nobody_in(header: str, walker: Walker) -> None:
    response = walker.client("stranger").get("/api/v1/_openapi", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.json["code"] == "unauthorized"


@pytest.mark.parametrize("cookie", ["x", "\xff", "." * 4000, "eyJfdXNlcl9pZCI6IjEifQ.x.y"])
def test_a_session_that_is_none_signs_nobody_in(cookie: str, walker: Walker) -> None:
    response = walker.app.test_client().get("/", headers={"Cookie": f"clinicdesk={cookie}"})
    assert response.status_code == 401
