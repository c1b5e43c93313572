"""Writes the table of answers anew; run by `python -m tests.access`, never with the other tests."""

from __future__ import annotations

from tests.access.requests import routes
from tests.access.table import write_table
from tests.access.walk import Walker


def test_write_the_table(walker: Walker) -> None:
    found = {}
    for route in routes(walker.app):
        found |= walker.walk(route)
    write_table(found)
    for (endpoint, method, kind), answers in found.items():
        if kind in ("-", "own") and answers["admin"] in (400, 404, 409, 415, 422):
            print(f"not plausible? {endpoint} {method}: the administrator is answered {answers['admin']}")  # noqa: T201
    assert not walker.problems, "\n".join(walker.problems)
