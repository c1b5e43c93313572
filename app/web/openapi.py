"""The OpenAPI document of the API and the page that shows it: made from what is registered, with its schemas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Response, abort, current_app, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.api import BaseApi
from flask_appbuilder.api.manager import resolver
from marshmallow import Schema, fields

VERSION = "v1"
CONVERTER = re.compile(r"<(?:(?P<kind>[^:<>]+):)?(?P<name>[^<>]+)>")
PROBLEMS = {
    "400": "The body cannot be parsed",
    "401": "Not signed in",
    "403": "This role may not do that",
    "404": "Does not exist, or not for this user",
    "409": "Conflicts with the present state",
    "413": "Too large",
    "422": "One or more fields are not acceptable",
}


class ProblemSchema(Schema):
    """RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


@dataclass(frozen=True)
class Documented:
    """What the document says of one method of an API: `answer` is one thing's schema, `many` a page of them."""

    summary: str = ""
    body: type[Schema] | None = None
    body_type: str = "application/json"
    answer: type[Schema] | None = None
    many: bool = False
    whole: bool = False  # with `many`: all of the list in one answer
    status: int = 200
    query: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    bare: bool = False  # the answer is not wrapped in "result"
    public: bool = False  # no sign-in is needed

    @property
    def paged(self) -> bool:
        return self.many and not self.whole


def documented(summary: str, **facts: Any) -> Callable[[Any], Any]:
    """Say what a method takes and answers: the fields of Documented."""

    def mark(method: Any) -> Any:
        method.documented = Documented(summary, **facts)
        return method

    return mark


def operation(url: str, method: str, facts: Documented, tag: str, name: str) -> dict[str, Any]:
    """One operation of the document."""
    described: dict[str, Any] = {
        "tags": [tag],
        "operationId": name,
        "summary": facts.summary,
        "security": [] if facts.public else [{"jwt": []}, {"session": []}],
        "parameters": [*_path_parameters(url), *_query_parameters(facts)],
        "responses": {str(facts.status): _answer(facts), **{code: {"$ref": _problem(code)} for code in PROBLEMS}},
    }
    if facts.body is not None and method in ("post", "put", "patch"):
        schema = facts.body(partial=True) if method == "patch" else facts.body
        described["requestBody"] = {"required": True, "content": {facts.body_type: {"schema": schema}}}
    return described


def _problem(code: str) -> str:
    return f"#/components/responses/Problem{code}"


def _path_parameters(url: str) -> list[dict[str, Any]]:
    return [
        {
            "name": match["name"],
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if match["kind"] == "int" else "string"},
        }
        for match in CONVERTER.finditer(url)
    ]


def _query_parameters(facts: Documented) -> list[dict[str, Any]]:
    paging = {"page": "from 0", "page_size": "1 to 100", "q": "filters, order and page in Rison"} if facts.paged else {}
    whole = {"page", "page_size"}
    return [
        {
            "name": name,
            "in": "query",
            "description": text,
            "schema": {"type": "integer" if name in whole or name.endswith("_id") else "string"},
        }
        for name, text in {**facts.query, **paging}.items()
    ]


def _answer(facts: Documented) -> dict[str, Any]:
    if facts.status == 204:
        return {"description": "Done"}
    one: Any = facts.answer or {"type": "object"}
    if facts.media_type != "application/json":
        return {
            "description": "The file",
            "content": {facts.media_type: {"schema": {"type": "string", "format": "binary"}}},
        }
    if facts.bare:
        return {"description": "Done", "content": {"application/json": {"schema": one}}}
    properties: dict[str, Any] = {"result": {"type": "array", "items": one} if facts.many else one}
    if facts.paged:
        properties |= {name: {"type": "integer"} for name in ("count", "page", "page_size")}
    schema = {"type": "object", "required": sorted(properties), "properties": properties}
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def document(apis: list[BaseApi]) -> dict[str, Any]:
    """The OpenAPI 3.0 document of these APIs."""
    spec = APISpec(
        title=current_app.config["APP_NAME"],
        version=VERSION,
        openapi_version="3.0.3",
        plugins=[MarshmallowPlugin(schema_name_resolver=resolver)],
        servers=[{"url": request.host_url.rstrip("/")}],
    )
    spec.components.schema("Problem", schema=ProblemSchema)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for code, text in PROBLEMS.items():
        spec.components.response(f"Problem{code}", {"description": text, "content": content})
    spec.components.security_scheme("jwt", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    cookie = current_app.config["SESSION_COOKIE_NAME"]
    spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": cookie})
    for api in apis:
        api.add_api_spec(spec)
    described: dict[str, Any] = spec.to_dict()
    return described


class OpenApiView(BaseView):
    """`/api/v1/_openapi` and the page that draws it, for everybody who is signed in."""

    route_base = ""

    @expose(f"/api/{VERSION}/_openapi")
    def openapi(self) -> Response:
        return jsonify(document([view for view in self.appbuilder.baseviews if hasattr(view, "describes_itself")]))

    @expose("/swagger/<version>")
    def swagger(self, version: str) -> Any:
        if version != VERSION:
            abort(404)
        return self.render_template("appbuilder/swagger/swagger.html", openapi_uri=f"/api/{VERSION}/_openapi")
