"""The API's OpenAPI document is valid, names every route, and tells the truth about what is sent and answered."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator
from openapi_spec_validator import OpenAPIV30SpecValidator

from app.kernel import clock
from tests.access.requests import Route, requests_of, routes
from tests.access.walk import Walker
from tests.access.world import NOW

API = "/api/v1"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
PROMISED = {
    "/patients": "get post",
    "/patients/{pk}": "get patch delete",
    "/patients/by-phone/{phone}": "get",
    "/patients/{pk}/appointments": "get",
    "/patients/{pk}/payments": "get",
    "/patients/{pk}/visits": "get",
    "/patients/{pk}/history/{doctor_id}": "get",
    "/appointments": "get post",
    "/appointments/{pk}": "get patch",
    **{f"/appointments/{{pk}}/{act}": "post" for act in ("confirm", "cancel", "no-show", "reschedule", "check-in")},
    "/appointments/{pk}/ics": "get",
    "/availability/slots": "get",
    "/clinics": "get",
    "/services": "get",
    "/specialties": "get",
    "/doctors": "get",
    "/doctors/me": "get",
    "/doctors/earnings": "get",
    "/queue/{clinic_id}": "get",
    **{
        f"/queue/{act}": "post"
        for act in ("phase/move", "call-next", "call", "call-again", "complete-consultation", "complete")
    },
    "/visits": "get post",
    "/visits/{pk}": "get patch",
    "/visits/{pk}/prescriptions": "get post",
    "/invoices": "get post",
    "/invoices/{pk}": "get patch",
    **{f"/invoices/{{pk}}/{act}": "post" for act in ("issue", "payments", "payment-intents")},
    "/invoices/{pk}/pdf": "get",
    "/invoices/export": "get",
    "/notifications": "get",
    "/notifications/{pk}/retry": "post",
    "/security/login": "post",
}
COMMON = "id clinic_id created_at updated_at"
FIELDS = {
    "Patient": f"{COMMON} name phone email whatsapp_name date_of_birth gender medical_history allergies tags"
    " custom_fields preferred_doctor_id total_visits total_cancellations total_no_shows first_visit_date"
    " last_visit_date is_active external_id contact_patient_id",
    "Appointment": f"{COMMON} doctor_id service_id patient_id patient_name patient_phone starts_at ends_at status type"
    " source notes cancelled_by cancel_reason external_id visit_id series_id",
    "Visit": f"{COMMON} doctor_id service_id patient_id appointment_id queue_number priority status phase business_date"
    " check_in_time called_time start_time end_time estimated_start patient_name service_name doctor_name room",
    "Invoice": f"{COMMON} number status patient_id doctor_id visit_id appointment_id currency lines subtotal discount"
    " tax total paid balance issued_at due_date",
    "Line": "description quantity unit_price discount tax_rate total",
    "Payment": f"{COMMON} invoice_id visit_id amount currency method status doctor_share center_share paid_at"
    " card_brand card_last4 receipt_url",
    "Doctor": "id name specialty user_id is_active created_at updated_at",
    "Service": f"{COMMON} duration_minutes price currency",
    "Clinic": "id",
    "Specialty": "id",
}


@pytest.fixture
def document(walker: Walker) -> dict[str, Any]:
    found: dict[str, Any] = walker.client("reception").get(f"{API}/_openapi").json
    return found


def described(route: Route) -> tuple[str, str]:
    """The path and method by which the document knows a route."""
    parts = [
        f"{{{part.strip('<>').partition(':')[2] or part.strip('<>')}}}" if part.startswith("<") else part
        for part in route.rule.rule.split("/")
    ]
    return "/".join(parts).rstrip("/"), route.method.lower()


def api_routes(walker: Walker) -> list[Route]:
    return [
        route for route in routes(walker.app) if route.rule.rule.startswith(API) and "_openapi" not in route.rule.rule
    ]


def problems(validator: Any, schema: Any, document: dict[str, Any], value: Any) -> list[str]:
    checked = validator({**schema, "components": document["components"]})
    found = {
        f"{'/'.join('*' if isinstance(part, int) else part for part in error.path)}: {error.message[:200]}"
        for error in checked.iter_errors(value)
    }
    return sorted(found)


def test_it_is_a_valid_document(document: dict[str, Any]) -> None:
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []


def test_it_names_what_was_promised(document: dict[str, Any]) -> None:
    missing = {
        path: method
        for path, methods in PROMISED.items()
        for method in methods.split()
        if method not in document["paths"].get(f"{API}{path}", {})
    }
    assert not missing


def test_it_names_every_route_and_no_other(document: dict[str, Any], walker: Walker) -> None:
    named = {(path, method) for path, operations in document["paths"].items() for method in operations}
    aliases = {(f"{API}/queue/complete-consultation", "post")}
    assert named == {described(route) for route in api_routes(walker)} | aliases


@pytest.mark.parametrize("name", FIELDS)
def test_a_schema_has_the_fields_that_were_promised(name: str, document: dict[str, Any]) -> None:
    assert set(FIELDS[name].split()) <= set(document["components"]["schemas"][name]["properties"])


def test_answers_and_bodies_are_as_described(document: dict[str, Any], walker: Walker) -> None:
    wrong = []
    for route in api_routes(walker):
        path, method = described(route)
        facts = document["paths"][path][method]
        request = next(iter(requests_of(walker.app, route, walker.world.rows).values()))
        if request.json and "requestBody" in facts:
            schema = facts["requestBody"]["content"]["application/json"]["schema"]
            wrong += [
                f"{method} {path} body {one}" for one in problems(OAS30WriteValidator, schema, document, request.json)
            ]
        role = "doctor" if route.endpoint in ("DoctorApi.me", "EarningsApi.earnings") else route.plan.by
        with clock.freeze(NOW):
            response = walker.client(role).open(**request.sent())
        wrong += [f"{method} {path} {one}" for one in answer_problems(facts, document, response)]
        walker.restore()
    assert not wrong, "\n".join(wrong)


def answer_problems(facts: dict[str, Any], document: dict[str, Any], response: Any) -> list[str]:
    status = str(response.status_code)
    if response.mimetype == "application/problem+json":
        found = problems(OAS30ReadValidator, PROBLEM, document, response.json)
        return [*found, *([] if status in facts["responses"] else [f"{status} is not described"])]
    if status not in facts["responses"]:
        return [f"{status} is not described"]
    content = facts["responses"][status].get("content", {})
    if response.mimetype == "application/json":
        return problems(OAS30ReadValidator, content["application/json"]["schema"], document, response.json)
    return [] if not response.data or content else [f"{response.mimetype} is not described"]
