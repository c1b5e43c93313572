"""A doctor's page of earnings, its CSV and its statement: the same sums as the API, theirs alone."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from app.billing.states import PaymentMethod
from app.people.models import Clinic
from app.people.roles import Role
from tests.factories import make_clinic, make_doctor, make_patient, make_user
from tests.integration.frontdesk.front import NOW
from tests.integration.scheduling.desk import counted_statements
from tests.web.frontdesk.portal import MARKER, Practice

Sign = Callable[[str], FlaskClient]
PAGE, API = "/doctor/earnings", "/api/v1/doctors/earnings"
ALL = "start_date=&end_date="


@pytest.fixture
def practice(practice: Practice) -> Practice:
    pat = practice.patient("Pat Payer")
    practice.paid(pat, "100.00", "60.00", texts=["Consultation", "Vaccine"])
    practice.give_back(practice.paid(pat, "40.00", at=NOW - timedelta(days=1), method=PaymentMethod.CARD), 4000)
    practice.paid(pat, "30.00", at=NOW - timedelta(days=40), method=PaymentMethod.TRANSFER)
    practice.foreign()
    return practice


def table(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{PAGE}/export.csv?{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))


def statement(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"{PAGE}/statement.pdf?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)


def euros(amount: str) -> str:
    return f"{amount.replace('.', ',')}\xa0€"


def test_the_cards_say_what_the_api_says(
    practice: Practice, client: FlaskClient, token_for: Any, login_as: Sign
) -> None:
    for query in (
        ALL,
        "start_date=2030-05-01&end_date=2030-05-31",
        f"{ALL}&status=refunded",
        f"{ALL}&payment_method=cash",
    ):
        summary = client.get(f"{API}?{query}", headers=token_for("doctor")).json["result"]["summary"]
        page = login_as("doctor").get(f"{PAGE}?{query}").text
        cards = page[page.index("stat-cards") : page.index("chart-cards")]
        amounts = [summary[name] for name in ("total_paid", "pending", "refunded", "this_month")]
        shown = [part.split("<")[0] for part in cards.split('<span class="figure">')[1:]]
        assert shown == [euros(amount) for amount in amounts], query
    assert MARKER not in page


def test_without_days_the_page_is_about_this_month(practice: Practice, login_as: Sign) -> None:
    page = login_as("doctor").get(PAGE).text
    assert 'value="2030-05-01"' in page
    assert 'value="2030-05-31"' in page
    assert euros("60.00") in page
    assert "Bank transfer</td>" not in page
    assert "Bank transfer</td>" in login_as("doctor").get(f"{PAGE}?{ALL}").text


@pytest.mark.parametrize(
    ("query", "services"),
    [
        (ALL, ["Consultation, Vaccine", "Treatment", "Treatment"]),
        (f"{ALL}&status=refunded", ["Treatment"]),
        (f"{ALL}&payment_method=cash", ["Consultation, Vaccine"]),
        ("start_date=2030-05-06&end_date=2030-05-06", ["Consultation, Vaccine"]),
        ("start_date=2031-01-01&end_date=2031-12-31", []),
        (f"{ALL}&clinic_id=1", ["Consultation, Vaccine", "Treatment", "Treatment"]),
        (f"{ALL}&clinic_id=2", []),
    ],
)
def test_page_table_and_api_hold_the_same_rows(
    practice: Practice, client: FlaskClient, token_for: Any, login_as: Sign, query: str, services: list[str]
) -> None:
    query = query.replace("clinic_id=1", f"clinic_id={practice.cast.main_id}")
    query = query.replace("clinic_id=2", f"clinic_id={practice.cast.riverside_id}")
    doctor = login_as("doctor")
    found = client.get(f"{API}?{query}", headers=token_for("doctor")).json["result"]["payments"]
    assert [row["service"] for row in found] == services
    assert [row["Service"] for row in table(doctor, query)] == services
    assert doctor.get(f"{PAGE}?{query}").text.count('data-label="Service"') == len(services)


def test_the_charts_have_their_figures_as_tables(practice: Practice, login_as: Sign) -> None:
    page = login_as("doctor").get(PAGE).text
    assert 'data-gross="60.00"' in page
    assert 'data-share="30.00"' in page
    assert page.count("<canvas") == 2
    assert page.count("data-figures=") == 2
    assert "Own share by day" in page


def test_a_long_time_is_shown_by_months(practice: Practice, login_as: Sign) -> None:
    practice.paid(practice.patient("Old Hand"), "10.00", at=NOW - timedelta(days=200))
    page = login_as("doctor").get(f"{PAGE}?{ALL}").text
    assert "Own share by month" in page
    assert "October 2029" in page


@pytest.mark.parametrize(
    "query",
    [
        "start_date=x",
        "end_date=0001-01-01",
        "status=x&start_date=",
        "payment_method=gold&start_date=",
        "clinic_id=-1&end_date=",
    ],
)
def test_what_cannot_be_asked_is_said_beside_the_field(practice: Practice, login_as: Sign, query: str) -> None:
    doctor = login_as("doctor")
    answer = doctor.get(f"{PAGE}?{query}")
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    for file in ("export.csv", "statement.pdf"):
        assert doctor.get(f"{PAGE}/{file}?{query}").status_code == 422


def test_the_statement_has_the_rows_and_the_sums(practice: Practice, login_as: Sign) -> None:
    text = statement(login_as("doctor"), ALL)
    for word in ("Statement of earnings", "Dr. Ada Main", "Main Clinic", "Pat Payer", "Consultation, Vaccine", "Card"):
        assert word in text, word
    assert "45.00" in text.replace(",", ".")  # 30.00 of the visit today and 15.00 of the transfer; 20.00 went back
    assert MARKER not in text
    assert "No payments in this time" in statement(login_as("doctor"), "start_date=2031-01-01&end_date=2031-01-31")


def test_the_statement_is_in_the_readers_language(practice: Practice, login_as: Sign) -> None:
    doctor = login_as("doctor")
    assert doctor.post("/choose/language", data={"language": "ar"}).status_code == 302
    assert "Pat Payer" in statement(doctor, ALL)
    assert 'dir="rtl"' in doctor.get(PAGE).text


def test_several_currencies_stand_apart(practice: Practice, login_as: Sign, session: Any) -> None:
    island = make_clinic("island", name="Island Clinic", currency="USD")
    user = make_user(Role.DOCTOR, username="both")
    doctor = make_doctor(session.get_one(Clinic, practice.cast.main_id), island, user=user)
    for clinic, amount in ((practice.cast.main_clinic, "10.00"), (island, "80.00")):
        practice.paid(make_patient(clinic, treated_by=[doctor]), amount, doctor_id=doctor.id, clinic_id=clinic.id)
    page = login_as("both").get(PAGE).text
    assert page.count('class="stat-cards portal-cards"') == 2
    assert page.index('data-currency="USD"') < page.index('data-currency="EUR"')
    only = login_as("both").get(f"{PAGE}?{ALL}&clinic_id={island.id}").text
    assert 'data-currency="EUR"' not in only
    assert [row["Currency"] for row in table(login_as("both"))] == ["USD", "EUR"]


def test_earnings_are_for_doctors_with_a_record(practice: Practice, login_as: Sign) -> None:
    make_user(Role.DOCTOR, username="no_record")
    for address in (PAGE, f"{PAGE}/export.csv", f"{PAGE}/statement.pdf"):
        for name in ("admin", "reception", "accountant", "riverside"):
            assert login_as(name).get(address).status_code == 403, (name, address)
        assert login_as("no_record").get(address).status_code == (200 if address == PAGE else 404)
    assert "No doctor's record" in login_as("no_record").get(PAGE).text


def test_the_page_takes_few_statements_however_many_payments_there_are(practice: Practice, login_as: Sign) -> None:
    doctor = login_as("doctor")
    doctor.get(PAGE)
    with counted_statements() as few:
        doctor.get(PAGE)
    for number in range(30):
        practice.paid(practice.patient(f"Patient {number}"), "10.00")
    with counted_statements() as many:
        page = doctor.get(PAGE).text
    assert "1–25 of 32" in page
    assert len(many) <= len(few) + 1  # the count of a list of several pages
    assert len(many) <= 13, many
