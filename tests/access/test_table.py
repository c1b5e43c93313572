"""Every route x every role x every kind of row answers as the table says, gives nothing away and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.web.permissions import PUBLIC_ENDPOINTS
from tests.access.markers import CLINICS, CLINICS_OF_ROLE, KINDS, ROLES
from tests.access.requests import NO_ROW, routes
from tests.access.table import Key, read_table
from tests.access.walk import Walker, differences
from tests.access.world import World

TABLE = read_table()
VIEWS = sorted({endpoint.partition(".")[0] for endpoint, _, _ in TABLE})


@pytest.mark.parametrize("view", VIEWS)
def test_every_role_is_answered_as_the_table_says(view: str, walker: Walker) -> None:
    found = {}
    for route in routes(walker.app):
        if route.endpoint.partition(".")[0] == view:
            found |= walker.walk(route)
    wrong = differences(TABLE, found) + walker.problems
    assert not wrong, "\n".join(wrong)


def test_every_route_has_its_lines_and_every_line_its_route(app: Flask, world: World) -> None:
    from tests.access.requests import requests_of

    asked = {(route.name, route.method, kind) for route in routes(app) for kind in requests_of(app, route, world.rows)}
    unknown, gone = sorted(asked - TABLE.keys()), sorted(TABLE.keys() - asked)
    assert not unknown, f"nobody has said who may do this (python -m tests.access writes the lines): {unknown}"
    assert not gone, f"these lines have no route: {gone}"


# -- what holds whatever the table says --------------------------------------------------------------------------------


def refused(status: int) -> bool:
    return status in (401, 403, 404)


def lines() -> Iterator[tuple[Key, str, int]]:
    for key, answers in TABLE.items():
        yield from ((key, role, answers[role]) for role in ROLES)


def test_strangers_are_told_to_sign_in_and_nothing_else() -> None:
    wrong = [
        (key, status)
        for key, role, status in lines()
        if role == "stranger" and key[0] not in PUBLIC_ENDPOINTS and status != 401
    ]
    assert not wrong


def test_nobody_who_is_signed_in_is_told_to_sign_in() -> None:
    wrong = [
        (key, role)
        for key, role, status in lines()
        if status == 401 and role != "stranger" and key[0] not in PUBLIC_ENDPOINTS and key[0] != "SecurityApi.refresh"
    ]
    assert not wrong


# What several clinics share: words, and the doctor who works at both.
SHARED = {("SpecialtyApi", kind) for kind in KINDS} | {("SpecialtyView", kind) for kind in KINDS}
SHARED |= {("DoctorApi", "colleague"), ("DoctorView", "colleague")}
SHARED |= {(view, kind) for view in ("LeaveView", "LeaveImpactView") for kind in ("colleague", "elsewhere")}


def is_foreign(key: Key, role: str) -> bool:
    """Whether the line is about a row of a clinic that is not this role's."""
    endpoint, _, kind = key
    shared = (endpoint.partition(".")[0], kind) in SHARED
    return kind in KINDS and CLINICS[kind] not in CLINICS_OF_ROLE[role] and not shared


def test_the_rows_of_another_clinic_are_never_reached() -> None:
    wrong = [
        (key, role, status)
        for key, role, status in lines()
        if is_foreign(key, role) and not refused(status) and status != 422
    ]
    assert not wrong


def test_a_row_out_of_reach_is_answered_like_one_that_does_not_exist() -> None:
    """A difference would tell that it exists."""
    wrong = []
    for key, role, status in lines():
        missing = TABLE.get((key[0], key[1], "missing"))
        if is_foreign(key, role) and missing is not None and missing[role] != status:
            wrong.append((key, role, status, missing[role]))
    assert not wrong


def test_no_line_says_that_something_breaks() -> None:
    assert not [(key, role, status) for key, role, status in lines() if status >= 500]


def test_whoever_has_no_clinic_reaches_no_row() -> None:
    wrong = [
        (key, role, status)
        for key, role, status in lines()
        if role in ("no_clinic", "no_record") and key[2] != NO_ROW and not refused(status) and status != 422
    ]
    assert not wrong


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_a_stranger_learns_nothing_by(method: str, walker: Walker) -> None:
    wrong = []
    for route in routes(walker.app):
        if route.endpoint in PUBLIC_ENDPOINTS or (method == "HEAD" and route.method != "GET"):
            continue
        values = dict.fromkeys(route.rule.arguments, 1)
        path = walker.app.url_map.bind("localhost").build(route.endpoint, values, method=route.method)
        status = walker.client("stranger").open(path, method=method).status_code
        wrong += [(path, status)] if status != 401 else []
    assert not wrong
