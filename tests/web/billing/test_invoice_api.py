"""Invoices and payments over REST, to the letter of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.stripe_server import StripeServer

INVOICES = "/api/v1/invoices"
INVOICE_FIELDS = {
    "id", "clinic_id", "number", "status", "patient_id", "doctor_id", "visit_id", "appointment_id", "currency", "lines",
    "subtotal", "discount", "tax", "total", "paid", "balance", "issued_at", "due_date", "created_at", "updated_at",
}  # fmt: skip
PAYMENT_FIELDS = {
    "id", "clinic_id", "invoice_id", "visit_id", "amount", "currency", "method", "status", "doctor_share",
    "center_share", "paid_at", "card_brand", "card_last4", "receipt_url", "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture
def reception(client: Any, books: Any, token_for: Any) -> Any:
    """`reception("post", "/7/issue", json=...)` as the receptionist of the main clinic."""
    headers = token_for("reception")

    def call(method: str, path: str, *, key: str | None = None, **kwargs: Any) -> Any:
        extra = {"Idempotency-Key": key} if key else {}
        return client.open(
            f"{INVOICES}{path}", method=method, headers=headers | extra | kwargs.pop("headers", {}), **kwargs
        )

    return call


def new_invoice(books: Any, **values: Any) -> dict[str, Any]:
    cast = books.cast
    asked = {"clinic_id": cast.main_id, "patient_id": books.patient_id, "doctor_id": cast.doctor_id}
    lines = [{"description": "Plaster", "quantity": 2, "unit_price": "3.50", "discount": "1.00", "tax_rate": "19"}]
    return asked | {"lines": lines} | values


def test_an_invoice_is_drafted_with_the_fields_of_the_contract(books: Any, reception: Any) -> None:
    response = reception("POST", "", json=new_invoice(books, due_date=None))
    assert response.status_code == 201
    result = response.json["result"]
    assert set(result) == INVOICE_FIELDS
    assert result["lines"] == [
        {
            "service_id": None, "description": "Plaster", "quantity": 2, "unit_price": "3.50", "discount": "1.00",
            "tax_rate": "19.00", "total": "6.00",
        }
    ]  # fmt: skip
    sums = {name: result[name] for name in ("subtotal", "discount", "tax", "total", "paid", "balance", "currency")}
    assert sums == {
        "subtotal": "7.00", "discount": "1.00", "tax": "1.14", "total": "7.14", "paid": "0.00", "balance": "7.14",
        "currency": "EUR",
    }  # fmt: skip
    assert (result["status"], result["number"], result["issued_at"]) == ("draft", None, None)
    assert reception("GET", f"/{result['id']}").json["result"] == result


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"colour": "red"}, {"colour"}),
        ({"patient_id": 999_999}, {"patient_id"}),
        ({"patient_id": "x", "clinic_id": True}, {"patient_id", "clinic_id"}),
        ({"patient_id": None}, {"patient_id"}),
        ({"lines": "all"}, {"lines"}),
        ({"lines": [{"description": "x", "unit_price": 9.5}]}, {"lines.0.unit_price"}),
        ({"lines": [{"description": "x", "unit_price": "-1"}]}, {"lines.0.unit_price"}),
        ({"lines": [{"description": "x", "unit_price": "1", "quantity": 0}]}, {"lines.0.quantity"}),
        ({"lines": [{"description": "x", "unit_price": "1", "discount": "2"}]}, {"lines.0.discount"}),
        ({"lines": [{"description": "x", "unit_price": "1", "tax_rate": "101"}]}, {"lines.0.tax_rate"}),
        ({"lines": [{"service_id": 2**40}]}, {"lines.0.service_id"}),
        ({"due_date": "0001-01-01"}, {"due_date"}),
        ({"due_date": "tomorrow"}, {"due_date"}),
        ({"visit_id": 999_999}, {"visit_id"}),
        ({"appointment_id": 999_999}, {"appointment_id"}),
    ],
)
def test_what_cannot_be_drafted_is_told_field_by_field(
    books: Any, reception: Any, change: dict[str, Any], fields: set[str]
) -> None:
    response = reception("POST", "", json=new_invoice(books) | change)
    assert response.status_code == 422
    assert set(response.json["errors"]) == fields


def test_a_draft_is_changed_under_its_version(books: Any, reception: Any) -> None:
    path = f"/{books.make_draft()}"
    etag = reception("GET", path).headers["ETag"]
    change = {"lines": [{"description": "Other", "unit_price": "1.00"}]}
    changed = reception("PATCH", path, json=change, headers={"If-Match": etag})
    assert (changed.status_code, changed.json["result"]["total"]) == (200, "1.00")
    stale = reception("PATCH", path, json=change, headers={"If-Match": etag})
    assert (stale.status_code, stale.json["code"]) == (409, "stale")
    assert reception("PATCH", path, json={"status": "paid", "patient_id": 1}).status_code == 422


def test_issue_gives_a_number_once(books: Any, reception: Any) -> None:
    path = f"/{books.make_draft()}/issue"
    first = reception("POST", path, key="a")
    assert first.status_code == 200
    assert str(first.json["result"]["number"]).endswith("-000001")
    again = reception("POST", path, key="a")
    assert (again.status_code, again.json) == (200, first.json)
    other = reception("POST", path, key="b")
    assert (other.status_code, other.json["code"]) == (409, "invoice_not_draft")


def test_a_payment_is_taken_once_for_a_key(books: Any, reception: Any) -> None:
    invoice_id = books.make_issued()
    path, body = f"/{invoice_id}/payments", {"amount": "40.00", "method": "cash"}
    first, again = reception("POST", path, key="k", json=body), reception("POST", path, key="k", json=body)
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    payment = first.json["result"]
    assert set(payment) == PAYMENT_FIELDS
    assert (payment["amount"], payment["status"], payment["doctor_share"]) == ("40.00", "paid", "20.00")
    assert reception("POST", path, key="k", json=body | {"amount": "41.00"}).status_code == 422
    invoice = reception("GET", f"/{invoice_id}").json["result"]
    assert (invoice["paid"], invoice["balance"], invoice["status"]) == ("40.00", "60.00", "partially_paid")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"amount": "100.01", "method": "cash"}, 409, "overpaid"),
        ({"amount": "0", "method": "cash"}, 422, "amount_not_positive"),
        ({"amount": 12.5, "method": "cash"}, 422, "invalid"),
        ({"amount": "1e99999999", "method": "cash"}, 422, "invalid"),
        ({"amount": "1", "method": "stripe"}, 422, "invalid"),
        ({"amount": "1", "method": "gold"}, 422, "invalid"),
        ({"method": "cash"}, 422, "invalid"),
        ({"amount": "1", "method": "cash", "status": "paid"}, 422, "invalid"),
        ({"amount": "1", "method": "cash", "reference": "x" * 121}, 422, "invalid"),
    ],
)
def test_payments_that_are_refused(books: Any, reception: Any, body: dict[str, Any], status: int, code: str) -> None:
    response = reception("POST", f"/{books.make_issued()}/payments", json=body)
    assert (response.status_code, response.json["code"]) == (status, code)
    assert response.mimetype == "application/problem+json"


def test_bodies_that_are_no_objects_are_400(books: Any, reception: Any) -> None:
    path = f"/{books.make_issued()}/payments"
    for body in (b"", b"[]", b"{", b'"x"', b"NaN"):
        assert reception("POST", path, data=body, content_type="application/json").status_code == 400


def test_an_online_payment_is_begun_and_replayed(
    books: Any, reception: Any, local_gateways: Any, stripe_server: StripeServer
) -> None:
    path = f"/{books.make_issued()}/payment-intents"
    first = reception("POST", path, key="k")
    assert first.status_code == 201
    result = first.json["result"]
    assert set(result) == {"payment", "client_secret", "publishable_key"}
    assert (result["payment"]["status"], result["payment"]["amount"]) == ("pending", "100.00")
    assert (result["payment"]["method"], result["publishable_key"]) == ("stripe", "pk_test_local")
    assert "_secret_" in result["client_secret"]
    assert reception("POST", path, key="k").json == first.json
    assert reception("POST", path).json == first.json
    assert stripe_server.count("POST", "/v1/payment_intents") == 1


def test_stripe_being_away_is_503_and_the_key_can_be_used_again(
    books: Any, reception: Any, local_gateways: Any, stripe_server: StripeServer
) -> None:
    path = f"/{books.make_issued()}/payment-intents"
    stripe_server.fail_next("drop", after_work=True)
    away = reception("POST", path, key="k", json={"amount": "30.00"})
    assert (away.status_code, away.json["code"]) == (503, "provider_unreachable")
    back = reception("POST", path, key="k", json={"amount": "30.00"})
    assert (back.status_code, back.json["result"]["payment"]["amount"]) == (201, "30.00")
    assert len(stripe_server.objects.intents) == 1


def test_lists_are_filtered_searched_and_paged(books: Any, reception: Any) -> None:
    drafts = [books.make_draft() for _ in range(3)]
    issued = books.make_issued()
    by_status = reception("GET", "?status=issued").json
    assert (by_status["count"], [row["id"] for row in by_status["result"]]) == (1, [issued])
    page = reception("GET", "?page_size=2&page=1").json
    assert (page["count"], page["page"], [row["id"] for row in page["result"]]) == (4, 1, drafts[1::-1])
    assert reception("GET", f"?patient_id={books.patient_id}").json["count"] == 4
    assert reception("GET", "?search=payer").json["count"] == 4
    number = str(reception("GET", f"/{issued}").json["result"]["number"])
    for typed in (number, number.lower(), f" {number[:10]}1 "):
        assert reception("GET", f"?search={typed}").json["count"] == 1, typed
    assert reception("GET", "?search=nobody").json["count"] == 0
    today = str(reception("GET", f"/{issued}").json["result"]["issued_at"])[:10]
    assert reception("GET", f"?from={today}&to={today}").json["count"] == 1
    assert reception("GET", "?from=2020-01-01&to=2090-12-31").json["count"] == 1
    for nonsense in (
        "?status=x",
        "?from=x",
        "?to=9999-12-31",
        "?visit_id=x",
        "?patient_id=99999999999999",
        "?page_size=101",
    ):
        assert reception("GET", nonsense).status_code == 422, nonsense


def test_who_gets_what(books: Any, client: Any, token_for: Any) -> None:
    invoice_id = books.make_issued()
    expected = {
        "admin": (200, 409), "reception": (200, 409), "accountant": (200, 403), "doctor": (403, 403),
        "doctor2": (403, 403), "riverside": (404, 404),
    }  # fmt: skip
    for name, (read, issue) in expected.items():
        headers = token_for(name)
        for path in ("", "/pdf"):
            assert client.get(f"{INVOICES}/{invoice_id}{path}", headers=headers).status_code == read, (name, path)
        assert client.post(f"{INVOICES}/{invoice_id}/issue", headers=headers).status_code == issue, name
    assert client.get(f"{INVOICES}/{invoice_id}").status_code == 401
    assert client.get(f"{INVOICES}/", headers=token_for("riverside")).json["count"] == 0


def test_void_and_refunds_are_not_there_yet(books: Any, reception: Any) -> None:
    invoice_id = books.make_issued()
    for act in ("void", "refunds"):
        assert reception("POST", f"/{invoice_id}/{act}", json={}).status_code == 404


def test_a_patients_payments_newest_first(books: Any, client: Any, reception: Any, token_for: Any) -> None:
    for amount in ("10.00", "20.00"):
        reception("POST", f"/{books.make_issued()}/payments", json={"amount": amount, "method": "card"})
    path = f"/api/v1/patients/{books.patient_id}/payments"
    for name in ("reception", "accountant", "admin"):
        found = client.get(path, headers=token_for(name)).json
        assert ([row["amount"] for row in found["result"]], found["count"]) == (["20.00", "10.00"], 2), name
    assert client.get(path, headers=token_for("riverside")).status_code == 404
    assert client.get(path, headers=token_for("doctor")).status_code == 403
    assert client.get("/api/v1/patients/999999/payments", headers=token_for("admin")).status_code == 404


# -- files -----------------------------------------------------------------------------------------------------------


def test_the_pdf_is_the_same_file_twice(books: Any, reception: Any) -> None:
    path = f"/{books.make_issued()}/pdf"
    first, second = reception("GET", path), reception("GET", path)
    assert (first.mimetype, first.data[:5]) == ("application/pdf", b"%PDF-")
    assert first.data == second.data
    assert first.headers["Content-Disposition"].startswith('inline; filename="MAIN-')


def test_the_accountant_exports_a_period(books: Any, client: Any, token_for: Any) -> None:
    books.make_issued()
    period, headers = "from=2000-01-01&to=2999-12-31", token_for("accountant")
    for kind, mimetype, start in [
        ("pdf", "application/pdf", b"%PDF-"),
        ("zip", "application/zip", b"PK\x03\x04"),
        ("csv", "text/csv", "\ufeffclinic,number".encode()),
    ]:
        response = client.get(f"{INVOICES}/export?{period}&format={kind}", headers=headers)
        assert (response.status_code, response.mimetype) == (200, mimetype)
        assert response.data.startswith(start)
        assert f'.{kind}"' in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("query", "status", "fields"),
    [
        ("", 422, {"from", "to", "format"}),
        ("from=2030-01-01&to=2030-02-01&format=xlsx", 422, {"format"}),
        ("from=x&to=2030-02-01&format=csv", 422, {"from"}),
        ("from=2030-02-01&to=2030-01-01&format=csv", 422, {"to"}),
        ("from=2030-01-01&to=2030-02-01&format=csv&clinic_id=x", 422, {"clinic_id"}),
        ("from=2030-01-01&to=2030-02-01&format=csv&colour=red", 422, {"colour"}),
        ("from=2030-01-01&to=2030-02-01&format=pdf", 404, set()),
        ("from=2030-01-01&to=2030-02-01&format=csv&clinic_id=999999", 404, set()),
    ],
)
def test_exports_that_are_refused(
    books: Any, client: Any, token_for: Any, query: str, status: int, fields: set[str]
) -> None:
    response = client.get(f"{INVOICES}/export?{query}", headers=token_for("accountant"))
    assert (response.status_code, set(response.json["errors"])) == (status, fields)
    assert client.get(f"{INVOICES}/export?{query}", headers=token_for("reception")).status_code == 403
