"""REST resources: envelopes, versions, refusals, and what comes from outside."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.cast import Cast
from tests.factories import make_patient, make_service

Make = Callable[..., Any]
Headers = Callable[[str], dict[str, str]]
URL = "/api/v1/test_patients"


@pytest.fixture
def desk(cast: Cast, client: FlaskClient, token_for: Headers) -> FlaskClient:
    """A program that calls as the reception."""
    client.environ_base["HTTP_AUTHORIZATION"] = token_for("reception")["Authorization"]
    return client


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem: dict[str, Any] = answer.get_json()
    assert {"type", "title", "status", "code", "detail", "errors"} <= problem.keys()
    assert (problem["status"], problem["code"]) == (status, code)
    return problem


def test_a_list_is_a_page_of_rows_in_reach(cast: Cast, desk: FlaskClient, make: Make) -> None:
    for number in range(3):
        make(make_patient, cast.main_clinic, name=f"P{number}")
    make(make_patient, cast.riverside_clinic, name="Foreign")
    body = desk.get(f"{URL}?page_size=2&page=1").get_json()
    assert {name: body[name] for name in ("count", "page", "page_size")} == {"count": 3, "page": 1, "page_size": 2}
    assert [row["name"] for row in body["result"]] == ["P2"]
    assert "medical_history" not in body["result"][0]


@pytest.mark.parametrize(
    "arguments", ["page_size=101", "page_size=0", "page=-1", "page=x", "page_size=1.5", "page_size="]
)
def test_a_page_that_makes_no_sense_is_refused(desk: FlaskClient, arguments: str) -> None:
    problem = assert_problem(desk.get(f"{URL}?{arguments}"), 422, "not_a_number")
    assert list(problem["errors"]) == [arguments.partition("=")[0]]


def test_arguments_and_q_narrow_and_sort_a_list(cast: Cast, desk: FlaskClient, make: Make) -> None:
    for name in ("Ann", "Anton", "Berta"):
        make(make_patient, cast.main_clinic, name=name, is_active=name != "Ann")
    assert [row["name"] for row in desk.get(f"{URL}?search=an").get_json()["result"]] == ["Ann", "Anton"]
    q = "(filters:!((col:is_active,opr:eq,value:!t)),order_column:name,order_direction:desc,page_size:1)"
    body = desk.get(f"{URL}?q={q}").get_json()
    assert (body["count"], [row["name"] for row in body["result"]]) == (2, ["Berta"])
    assert_problem(desk.get(f"{URL}?q=(((("), 400, "bad_request")
    assert_problem(desk.get(f"{URL}?q=(order_column:medical_history)"), 422, "invalid")
    assert_problem(desk.get(f"{URL}?q=(filters:!((col:phone,opr:eq,value:x)))"), 422, "invalid")
    assert desk.get(f"{URL}?clinic_id={cast.riverside_id}").get_json()["count"] == 0


def test_a_trailing_slash_makes_no_difference(cast: Cast, desk: FlaskClient, make: Make) -> None:
    row = make(make_patient, cast.main_clinic)
    assert [desk.get(path).status_code for path in (URL, f"{URL}/", f"{URL}/{row.id}", f"{URL}/{row.id}/")] == [200] * 4
    assert desk.post(f"{URL}/", json={"clinic_id": cast.main_id, "name": "A"}).status_code == 201


def test_a_new_row_is_answered_with_its_address_and_version(cast: Cast, desk: FlaskClient) -> None:
    answer = desk.post(URL, json={"clinic_id": cast.main_id, "name": "Ann"})
    result = answer.get_json()["result"]
    assert (answer.status_code, result["name"]) == (201, "Ann")
    assert answer.headers["Location"] == f"{URL}/{result['id']}"
    assert desk.get(answer.headers["Location"]).headers["ETag"] == answer.headers["ETag"]


def test_a_version_that_the_caller_has_is_not_sent_again(cast: Cast, desk: FlaskClient, make: Make) -> None:
    row = make(make_patient, cast.main_clinic)
    etag = desk.get(f"{URL}/{row.id}").headers["ETag"]
    assert desk.get(f"{URL}/{row.id}", headers={"If-None-Match": etag}).status_code == 304
    assert desk.get(f"{URL}/{row.id}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_change_of_a_stale_version_is_refused(cast: Cast, desk: FlaskClient, make: Make) -> None:
    row = make(make_patient, cast.main_clinic)
    etag = desk.get(f"{URL}/{row.id}").headers["ETag"]
    changed = desk.patch(f"{URL}/{row.id}", json={"name": "One"}, headers={"If-Match": etag})
    assert (changed.status_code, changed.get_json()["result"]["name"]) == (200, "One")
    for stale in (etag, '"nonsense"', f'"{row.id + 1}.1.0"'):
        answer = desk.patch(f"{URL}/{row.id}", json={"name": "Two"}, headers={"If-Match": stale})
        assert_problem(answer, 409, "stale")
    fresh = changed.headers["ETag"]
    assert desk.patch(f"{URL}/{row.id}", json={"name": "Two"}, headers={"If-Match": fresh}).status_code == 200


def test_a_deleted_row_is_gone(cast: Cast, desk: FlaskClient, make: Make) -> None:
    row = make(make_patient, cast.main_clinic)
    gone = desk.delete(f"{URL}/{row.id}")
    assert (gone.status_code, gone.data) == (204, b"")
    assert_problem(desk.get(f"{URL}/{row.id}"), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("patch", ""), ("delete", ""), ("post", "/greet")])
def test_a_foreign_row_does_not_exist(cast: Cast, desk: FlaskClient, make: Make, method: str, path: str) -> None:
    row = make(make_patient, cast.riverside_clinic, name="Foreign")
    body = {"json": {}} if method != "get" else {}
    answer = getattr(desk, method)(f"{URL}/{row.id}{path}", **body)
    assert_problem(answer, 404, "not_found")
    assert b"Foreign" not in answer.data


def test_an_act_that_the_role_may_not_do_is_refused(
    cast: Cast, client: FlaskClient, token_for: Headers, make: Make
) -> None:
    row = make(make_patient, cast.main_clinic, treated_by=[cast.doctor_row])
    assert_problem(client.delete(f"{URL}/{row.id}", headers=token_for("doctor")), 403, "not_allowed")
    assert_problem(client.get(URL, headers=token_for("accountant")), 403, "not_allowed")


def test_a_stranger_is_told_to_sign_in(client: FlaskClient) -> None:
    assert_problem(client.get(URL), 401, "unauthorized")
    assert_problem(client.get(URL, headers={"Authorization": "Bearer nonsense"}), 401, "unauthorized")
    assert_problem(client.get(URL, headers={"Authorization": "Basic YTpi"}), 401, "unauthorized")


def test_every_problem_of_a_body_is_told(desk: FlaskClient) -> None:
    body = {"clinic_id": "x", "tags": ["a", 1], "surplus": 1, "born_at": "2030-01-01T10:00"}
    problem = assert_problem(desk.post(URL, json=body), 422, "invalid")
    assert set(problem["errors"]) == {"clinic_id", "name", "tags.1", "surplus", "born_at"}


def test_a_refusal_names_its_field_and_what_is_there(cast: Cast, desk: FlaskClient) -> None:
    answer = desk.post(URL, json={"clinic_id": cast.main_id, "name": "taken"})
    problem = assert_problem(answer, 409, "taken_name")
    assert (list(problem["errors"]), problem["existing_id"]) == (["name"], 7)


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '"text"', '{"a": NaN}', "[" * 100_000, b'{"name": "\xff"}'])
def test_what_is_no_json_object_is_refused(desk: FlaskClient, raw: str | bytes) -> None:
    assert_problem(desk.post(URL, data=raw, content_type="application/json"), 400, "bad_request")


def test_another_content_type_is_refused(desk: FlaskClient) -> None:
    assert_problem(desk.post(URL, data="name=x", content_type="text/plain"), 415, "unsupported_media_type")


def test_a_body_of_ten_megabytes_is_too_large(desk: FlaskClient) -> None:
    raw = json.dumps({"name": "x" * 10_000_000})
    assert_problem(desk.post(URL, data=raw, content_type="application/json"), 413, "too_large")


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "\\u0007", "\\u202e"])
def test_text_that_cannot_be_kept_is_refused_wherever_it_stands(cast: Cast, desk: FlaskClient, text: str) -> None:
    raw = f'{{"clinic_id": {cast.main_id}, "name": "Ann", "tags": ["fine", "bad {text}"]}}'
    problem = assert_problem(desk.post(URL, data=raw, content_type="application/json"), 422, "invalid")
    assert list(problem["errors"]) == ["tags.1"]
    raw = f'{{"clinic_id": {cast.main_id}, "name": "Ann", "odd{text}": 1}}'
    assert_problem(desk.post(URL, data=raw, content_type="application/json"), 422, "invalid")


def test_a_wrong_method_is_a_problem_too(desk: FlaskClient) -> None:
    answer = desk.put(URL, json={})
    assert_problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
    assert_problem(desk.post("/api/v1/test_services", json={}), 405, "method_not_allowed")
    assert_problem(desk.get("/api/v1/nothing"), 404, "not_found")


def test_times_carry_the_clinics_offset_and_amounts_are_text(cast: Cast, desk: FlaskClient, make: Make) -> None:
    row = make(make_patient, cast.main_clinic)
    assert desk.get(f"{URL}/{row.id}").get_json()["result"]["created_at"][-6:] in ("+01:00", "+02:00")
    make(make_service, cast.main_clinic, name="Dear", price_minor=123456)
    prices = [service["price"] for service in desk.get("/api/v1/test_services").get_json()["result"]]
    assert "1234.56" in prices


def test_a_session_that_changes_something_needs_the_token_of_its_page(
    cast: Cast, login_as: Callable[[str], FlaskClient]
) -> None:
    browser = login_as("reception")
    body = {"clinic_id": cast.main_id, "name": "Ann"}
    assert browser.post(URL, json=body).status_code == 201
    browser.environ_base.pop("HTTP_X_CSRFTOKEN")
    assert_problem(browser.post(URL, json=body), 400, "bad_request")
    assert browser.get(URL).get_json()["count"] == 1


def test_a_request_sent_again_with_its_key_is_carried_out_once(cast: Cast, desk: FlaskClient) -> None:
    body, headers = {"clinic_id": cast.main_id, "name": "Ann"}, {"Idempotency-Key": "one"}
    first, second = (desk.post(URL, json=body, headers=headers) for _ in range(2))
    assert first.get_json() == second.get_json()
    assert desk.get(URL).get_json()["count"] == 1


def test_the_document_is_valid_and_complete(cast: Cast, desk: FlaskClient) -> None:
    from openapi_spec_validator import validate

    document = desk.get("/api/v1/_openapi").get_json()
    validate(document)
    assert set(document["paths"][URL]) == {"get", "post"}
    assert set(document["paths"][f"{URL}/{{pk}}"]) == {"get", "patch", "delete"}
    assert "get" in document["paths"]["/api/v1/test_services"]
    assert "post" not in document["paths"]["/api/v1/test_services"]
    body = document["paths"][URL]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert document["components"]["schemas"][body["$ref"].split("/")[-1]]["required"] == ["clinic_id", "name"]
    assert desk.get("/swagger/v1").status_code == 200


def test_tokens_are_given_for_the_right_password_alone(cast: Cast, client: FlaskClient, make: Make) -> None:
    from tests.factories import PASSWORD

    url = "/api/v1/security/login"
    tokens = client.post(url, json={"username": "reception", "password": PASSWORD, "refresh": True}).get_json()
    assert client.get(URL, headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code == 200
    refresh = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    assert_problem(client.get(URL, headers=refresh), 401, "unauthorized")
    assert "access_token" in client.post("/api/v1/security/refresh", headers=refresh).get_json()
    for username in ("reception", "nobody"):
        assert_problem(client.post(url, json={"username": username, "password": "wrong"}), 401, "unauthorized")
    assert_problem(client.post(url, json={"username": "reception"}), 422, "invalid")
    assert_problem(client.post(url, data="{", content_type="application/json"), 400, "bad_request")


def test_only_rows_of_the_named_clinic_are_listed(cast: Cast, desk: FlaskClient, make: Make) -> None:
    make(make_patient, cast.main_clinic)
    assert desk.get(f"{URL}?clinic_id={cast.main_id}").get_json()["count"] == 1
    assert_problem(desk.get(f"{URL}?clinic_id=x"), 422, "not_a_number")
