"""The audit log is read by administrators, and by accountants where it concerns money."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.kernel import audit
from app.kernel.db import transaction
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")
Sign = Callable[[str], FlaskClient]


@pytest.fixture
def entries(session: object, cast: Cast) -> None:
    with transaction(cast.admin):
        audit.record("update", "patient", 1, clinic_id=cast.main_id, after={"name": "PatientMark"})
        audit.record("update", "invoice", 2, clinic_id=cast.main_id, after={"number": "MainInvoiceMark"})
        audit.record("update", "invoice", 3, clinic_id=cast.riverside_id, after={"number": "RiverInvoiceMark"})


@pytest.mark.usefixtures("entries")
def test_an_administrator_reads_everything(login_as: Sign) -> None:
    page = login_as("admin").get("/audit/list/?psize_AuditView=100").text
    assert page.count(">Patient</td>") >= 1
    assert page.count(">Invoice</td>") == 2


@pytest.mark.usefixtures("entries")
def test_an_accountant_reads_what_concerns_money_at_the_own_clinic(login_as: Sign) -> None:
    page = login_as("accountant").get("/audit/list/").text
    assert page.count(">Invoice</td>") == 1
    assert ">Patient</td>" not in page


@pytest.mark.parametrize("who", ["reception", "doctor", "riverside"])
def test_nobody_else_reads_it(cast: Cast, login_as: Sign, who: str) -> None:
    assert login_as(who).get("/audit/list/").status_code == 403


@pytest.mark.usefixtures("entries")
def test_a_change_is_shown_line_by_line(login_as: Sign) -> None:
    admin = login_as("admin")
    listing = admin.get("/audit/list/").text
    newest = listing.split("/audit/show/")[1].split('"')[0]
    page = admin.get(f"/audit/show/{newest}").text
    assert "Number: RiverInvoiceMark" in page
    assert "Changed: Invoice 3" in page


def test_amounts_and_rates_of_a_change_are_read_in_their_units(cast: Cast, login_as: Sign) -> None:
    with transaction(cast.admin):
        facts = {"price_minor": 8500, "currency": "EUR", "tax_rate_bp": 1950, "paid_minor": 0}
        audit.record("update", "service", 1, clinic_id=cast.main_id, after=facts)
    admin = login_as("admin")
    newest = admin.get("/audit/list/").text.split("/audit/show/")[1].split('"')[0]
    page = admin.get(f"/audit/show/{newest}").text
    assert [text in page for text in ("85,00\N{NO-BREAK SPACE}€", "Tax in percent: 19.5 %")] == [True, True]


def test_nobody_changes_it_through_the_screen(cast: Cast, login_as: Sign) -> None:
    admin = login_as("admin")
    for path in ("/audit/add", "/audit/edit/1", "/audit/delete/1"):
        assert admin.post(path).status_code in (404, 405)
