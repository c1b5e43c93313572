"""Administrators read what each role may do and who has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.people.role_views import ACTS
from app.web.permissions import GRANTS
from tests.cast import Cast

Sign = Callable[[str], FlaskClient]


def address_of(admin: FlaskClient, role: str) -> str:
    """The page of a role, found in the list as people find it."""
    rows = admin.get("/roles/list/").text.split("<tr ")
    (row,) = [row for row in rows if f">{role}<" in row]
    return row.partition('data-href="')[2].partition('"')[0]


def test_the_four_roles_are_listed_and_no_other(cast: Cast, login_as: Sign) -> None:
    page = login_as("admin").get("/roles/list/").text
    assert page.count("<tr data-href") == 4
    assert "Public" not in page


def test_a_role_says_what_it_may_do_and_who_has_it(cast: Cast, login_as: Sign) -> None:
    admin = login_as("admin")
    page = admin.get(address_of(admin, "Receptionist")).text
    for words in ("Check in", "Take payment", "Riverside Test", "Reception Test"):
        assert words in page
    assert "Accountant Test" not in page
    rights = page.partition('id="rights"')[2].partition("</table>")[0]
    assert "Audit log" not in rights
    assert "Users" not in rights


@pytest.mark.parametrize("who", ["reception", "doctor", "accountant"])
def test_nobody_else_reads_them(cast: Cast, login_as: Sign, who: str) -> None:
    assert login_as(who).get("/roles/list/").status_code == 403


def test_every_act_that_can_be_granted_has_its_words(app: Flask, cast: Cast) -> None:
    unspoken: dict[str, Any] = {"Account": ..., "Home": ..., "Setup": ...}
    granted = {act for resource, acts in GRANTS.items() if resource not in unspoken for act in acts}
    assert granted - ACTS.keys() - {"show"} == set()
