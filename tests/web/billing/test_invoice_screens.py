"""From a draft by hand to a paid invoice, on the screens of the desk and of accounting."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.factories import make_patient, make_service


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def revision_in(page: Any) -> str:
    found = re.search(r'name="revision"[^>]*value="(\d+)"', page.text)
    assert found
    return found[1]


def test_reception_drafts_issues_and_takes_a_payment(app: Any, books: Any, login_as: Any) -> None:
    desk, cast = login_as("reception"), books.cast
    with app.app_context():
        service = make_service(cast.main_clinic, name="Cleaning", price_minor=8000, tax_rate_bp=1900)
    made = desk.post(
        "/invoices/add",
        data={"clinic": cast.main_id, "patient": books.patient_id, "doctor": cast.doctor_id, "due_date": ""},
    )
    assert made.status_code == 302
    show = made.headers["Location"]
    invoice_id = int(show.rsplit("/", 1)[1])
    assert "No lines yet" in desk.get(show).text
    lines = f"/invoices/edit/{invoice_id}"
    typed = {
        "revision": revision_in(desk.get(lines)),
        "lines-0-service_id": service.id,
        "lines-1-description": "Floss",
        "lines-1-unit_price": "4.00",
        "lines-1-quantity": "2",
        "lines-2-quantity": "1",
    }
    assert desk.post(lines, data=typed).headers["Location"] == show
    page = desk.get(show)
    assert "Cleaning" in page.text
    assert "103,20\N{NO-BREAK SPACE}€" in page.text
    issued = desk.post(f"/invoices/{invoice_id}/issue", data={"revision": revision_in(page)}, follow_redirects=True)
    assert "MAIN-" in issued.text
    assert 'value="103,20"' in issued.text
    payment = {"amount": "103.20", "method": "card", "reference": "Slip 7"}
    paid = desk.post(f"/invoices/{invoice_id}/payments", data=payment, follow_redirects=True)
    assert "The payment was taken." in paid.text
    assert "Slip 7" in paid.text
    assert "Take a payment" not in paid.text
    assert desk.get(f"/invoices/{invoice_id}/pdf").data.startswith(b"%PDF-")


def test_what_was_typed_wrongly_stays_and_is_told(books: Any, login_as: Any) -> None:
    desk, draft = login_as("reception"), books.make_draft()
    lines = f"/invoices/edit/{draft}"
    revision = revision_in(desk.get(lines))
    typed = {"revision": revision, "lines-0-description": "Plaster & tape", "lines-0-unit_price": "a lot"}
    refused = desk.post(lines, data=typed)
    assert refused.status_code == 422
    assert 'value="a lot"' in refused.text
    assert "Plaster &amp; tape" in refused.text
    assert "not an amount of money" in refused.text


def test_the_second_of_two_people_is_told_and_nothing_is_lost(books: Any, login_as: Any) -> None:
    desk, draft = login_as("reception"), books.make_draft()
    lines = f"/invoices/edit/{draft}"
    typed = {"revision": revision_in(desk.get(lines)), "lines-0-description": "Mine", "lines-0-unit_price": "1.00"}
    assert desk.post(lines, data=typed | {"lines-0-description": "First"}).status_code == 302
    second = desk.post(lines, data=typed)
    assert second.status_code == 409
    assert 'value="Mine"' in second.text
    shown = desk.get(f"/invoices/show/{draft}").text
    assert "First" in shown
    assert "Mine" not in shown


@pytest.mark.parametrize(
    ("amount", "method", "status", "message"),
    [
        ("100.01", "cash", 409, "more than is still to be paid: 100.00 EUR"),
        ("x", "cash", 422, "not an amount of money"),
        ("", "cash", 422, "This is required."),
        ("1.00", "stripe", 422, "Online payments are reported by the provider"),
        ("1.00", "gold", 422, "This must be one of"),
    ],
)
def test_a_refused_payment_is_told_beside_its_field(
    books: Any, login_as: Any, amount: str, method: str, status: int, message: str
) -> None:
    desk, issued = login_as("reception"), books.make_issued()
    response = desk.post(f"/invoices/{issued}/payments", data={"amount": amount, "method": method, "reference": "R1"})
    assert response.status_code == status
    assert message in text_of(response)
    assert 'value="R1"' in response.text


def test_a_payment_that_came_too_late_is_told(books: Any, login_as: Any) -> None:
    desk, issued = login_as("reception"), books.make_issued()
    payment = {"amount": "100.00", "method": "cash"}
    assert desk.post(f"/invoices/{issued}/payments", data=payment).status_code == 302
    late = desk.post(f"/invoices/{issued}/payments", data=payment)
    assert late.status_code == 409
    assert "already paid" in late.text


def test_a_draft_is_discarded(books: Any, login_as: Any) -> None:
    desk, draft = login_as("reception"), books.make_draft()
    page = desk.post(f"/invoices/{draft}/discard", follow_redirects=True)
    assert "The draft was discarded." in page.text
    assert "only a draft" in text_of(desk.post(f"/invoices/{draft}/discard", follow_redirects=True)).lower()


def test_lists_show_numbers_patients_states_and_sums(books: Any, login_as: Any) -> None:
    issued = books.make_issued("119.00")
    books.make_draft()
    desk = login_as("reception")
    desk.post(f"/invoices/{issued}/payments", data={"amount": "19.00", "method": "cash"})
    page = desk.get("/invoices/list/")
    for expected in ("Pat Payer", "119,00\N{NO-BREAK SPACE}€", "100,00\N{NO-BREAK SPACE}€", "Partially paid", "Draft"):
        assert expected in page.text
    number = re.search(r"MAIN-[0-9]{4}-000001", page.text)
    assert number
    assert "Draft" not in desk.get(f"/invoices/list/?q={number[0]}").text.split("<tbody>")[1]
    payments = desk.get("/payments/list/")
    assert "19,00\N{NO-BREAK SPACE}€" in payments.text
    assert "Cash" in payments.text
    assert f'href="/invoices/show/{issued}"' in payments.text


def test_a_pending_online_payment_is_shown_with_its_state(
    books: Any, client: Any, login_as: Any, token_for: Any, local_gateways: Any
) -> None:
    issued = books.make_issued()
    begun = client.post(f"/api/v1/invoices/{issued}/payment-intents", headers=token_for("reception"))
    assert begun.status_code == 201
    page = login_as("reception").get(f"/invoices/show/{issued}")
    assert "Online" in page.text
    assert "Pending" in page.text
    secret = begun.json["result"]["client_secret"]
    assert secret not in page.text


def test_each_role_has_its_own_buttons(books: Any, login_as: Any) -> None:
    draft, issued = books.make_draft(), books.make_issued()
    seen = {}
    for name in ("admin", "reception", "accountant"):
        browser = login_as(name)
        pages = browser.get(f"/invoices/show/{draft}").text + browser.get(f"/invoices/show/{issued}").text
        seen[name] = {word for word in ("/invoices/edit/", "Discard", "Take a payment") if word in pages}
        seen[name] |= {"Export"} if "Export a period" in browser.get("/invoices/list/").text else set()
    assert seen == {
        "admin": {"/invoices/edit/", "Discard", "Take a payment", "Export"},
        "reception": {"/invoices/edit/", "Discard", "Take a payment"},
        "accountant": {"Export"},
    }


def test_who_gets_which_page(books: Any, login_as: Any) -> None:
    draft, issued = books.make_draft(), books.make_issued()
    expected = {
        "admin": (200, 200, 302, 200), "reception": (200, 200, 302, 403), "accountant": (200, 403, 403, 200),
        "doctor": (403, 403, 403, 403), "riverside": (404, 404, 404, 403),
    }  # fmt: skip
    for name, (show, lines, issue, export) in expected.items():
        browser = login_as(name)
        assert browser.get(f"/invoices/show/{issued}").status_code == show, name
        assert browser.get(f"/invoices/{issued}/pdf").status_code == show, name
        assert browser.get(f"/invoices/edit/{draft}").status_code == lines, name
        assert browser.post(f"/invoices/{issued}/issue").status_code == issue, name
        assert browser.get("/invoices/export").status_code == export, name


def test_nothing_of_another_clinic_is_in_the_lists(app: Any, books: Any, login_as: Any) -> None:
    books.make_issued()
    for path in ("/invoices/list/", "/payments/list/", "/invoices/list/?q=payer"):
        assert "Pat Payer" not in login_as("riverside").get(path).text


def test_the_export_page_gives_the_file_or_says_what_is_wrong(books: Any, login_as: Any) -> None:
    accountant = login_as("accountant")
    period = "begins=2020-01-01"
    assert 'name="from"' in accountant.get("/invoices/export").text
    empty = accountant.get("/invoices/export?clinic_id=&from=2020-01-01&to=2090-12-31&format=pdf")
    assert (empty.status_code, "There are no invoices to print." in empty.text) == (404, True)
    books.make_issued()
    for kind, start in [("pdf", b"%PDF-"), ("zip", b"PK\x03\x04")]:
        file = accountant.get(f"/invoices/export?clinic_id=&from=2020-01-01&to=2090-12-31&format={kind}")
        assert file.data.startswith(start)
    wrong = accountant.get("/invoices/export?from=2030-02-01&to=2030-01-01&format=csv")
    assert wrong.status_code == 422
    assert "ends before it begins" in wrong.text
    assert accountant.get(f"/invoices/export?{period}").status_code == 422


def test_a_patients_name_is_text_and_not_markup(app: Any, books: Any, login_as: Any) -> None:
    with app.app_context():
        patient = make_patient(books.cast.main_clinic, name="<script>alert(1)</script>")
    issued = books.make_issued(patient_id=patient.id)
    for path in (f"/invoices/show/{issued}", "/invoices/list/"):
        page = login_as("reception").get(path)
        assert "<script>alert(1)" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text
