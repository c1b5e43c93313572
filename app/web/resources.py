"""REST resources under /api/v1: pages of rows in scope, one row with its version, and changes made by services.

A domain's resource is a `ResourceApi`:

    class PatientApi(ResourceApi):
        resource_name = "patients"                  # /api/v1/patients
        resource = "Patient"                        # its acts in app/web/permissions.py: list, show, add, edit, delete
        model = Patient
        schema = PatientSchema                      # what is answered, by marshmallow; see app/web/api_fields.py
        new_schema = NewPatientSchema               # what POST takes; unknown fields are refused
        change_schema = ChangePatientSchema         # what PATCH takes, every field optional
        base_order = ("name", "asc")
        order_columns = ["name", "created_at"]      # by which `q` may sort
        filter_columns = ["clinic", "is_active"]    # by which `q` may filter
        arguments = {"clinic_id": by(Patient.clinic_id), "tag": tagged}     # ?clinic_id=&tag=: text -> criterion
        load = ["clinic"]                           # references that the schema reads

        def create(self, values): return register_patient(values, actor=current_actor(), now=now())
        def change(self, pk, values, revision): return update_patient(pk, values, revision=revision, ...)
        def remove(self, pk): archive_patient(pk, ...)

        @expose("/<int:pk>/archive", methods=["POST"])       # an act of its own
        @requires("edit")
        @documented("Archive a patient", answer=PatientSchema)
        def archive(self, pk): ...

`create`, `change` and `remove` run inside `transaction(current_actor())`; one that is left out has no route. Refusals
and errors need nothing: app/web/replies.py answers problem+json. POST takes an `Idempotency-Key`. `self.answer(row)`
and `self.page_of(statement)` make the answers of further methods; `withheld()` names fields that this actor does not
get. A resource without rows of its own derives from `Api`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from typing import Any

from apispec import APISpec
from flask import Response, jsonify, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.api import BaseApi
from marshmallow import Schema
from sqlalchemy import ColumnElement, Integer, Select

from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound
from app.web import permissions
from app.web.bodies import Page, etag_of, json_object, loaded, revision_expected, whole_number
from app.web.filters import LARGEST_INTEGER, read
from app.web.idempotency import idempotent
from app.web.openapi import Documented, documented, operation
from app.web.scoped import ScopedInterface
from app.web.security import current_actor

__all__ = ["Api", "ResourceApi", "by", "documented", "expose", "json_object", "loaded", "requires"]

Criterion = Callable[[str], ColumnElement[bool]]


def requires(act: str) -> Callable[[Any], Any]:
    """For a method of an Api: only for roles that may do `act` on its resource. Refuses: NotAllowed."""

    def guard(method: Any) -> Any:
        @wraps(method)
        def guarded(self: Api, *args: Any, **kwargs: Any) -> Any:
            if not permissions.allows(current_actor(), self.resource, act):
                raise NotAllowed
            return method(self, *args, **kwargs)

        guarded._permission_name = act  # type: ignore[attr-defined]  # noqa: SLF001 - Flask-AppBuilder's mark
        return guarded

    return guard


def by(column: Any) -> Criterion:
    """The criterion of an argument that one column must equal. A value that the column cannot hold is refused (422)."""

    def criterion(text: str) -> ColumnElement[bool]:
        if isinstance(column.type, Integer):
            return column == whole_number(text, column.key, 0, LARGEST_INTEGER)
        try:
            return column == read(column.type, text)
        except ValueError:
            raise Invalid(field=column.key) from None

    return criterion


class Api(BaseApi):
    """The base of everything under /api/v1."""

    resource: str
    describes_itself = True

    def __init__(self) -> None:
        self.class_permission_name = self.resource
        super().__init__()

    def add_api_spec(self, api_spec: APISpec) -> None:
        for name in dir(self):
            method = getattr(self, name)
            if name in self.exclude_route_methods or not hasattr(method, "_urls"):
                continue
            for number, (url, methods) in enumerate(method._urls):  # noqa: SLF001 - Flask-AppBuilder's mark
                facts = self.facts(name, method)
                tag = self.openapi_spec_tag or self.resource_name
                identifier = f"{type(self).__name__}.{name}" + (f".alias{number}" if number else "")
                found = {verb.lower(): operation(url, verb.lower(), facts, tag, identifier) for verb in methods}
                api_spec.path(path=self.path_helper(url), operations=found)

    def facts(self, name: str, method: Any) -> Documented:
        found: Documented = getattr(method, "documented", Documented())
        return found

    @staticmethod
    def result(value: Any, status: int = 200) -> Response:
        """`{"result": value}`."""
        response = jsonify({"result": value})
        response.status_code = status
        return response


class ResourceApi(Api):
    """See the module."""

    exclude_route_methods: set[str] = set()
    model: type[Any]
    schema: type[Schema]
    new_schema: type[Schema] | None = None
    change_schema: type[Schema] | None = None
    base_order: tuple[str, str] = ("id", "asc")
    order_columns: Sequence[str] = ()
    filter_columns: Sequence[str] = ()
    arguments: Mapping[str, Criterion] = {}
    load: Sequence[str] = ()

    create: Callable[..., Any] | None = None
    change: Callable[..., Any] | None = None
    remove: Callable[..., Any] | None = None

    def __init__(self) -> None:
        routes = {"post": self.create, "patch": self.change, "delete": self.remove}
        self.exclude_route_methods = {
            *self.exclude_route_methods,
            *(name for name, command in routes.items() if command is None),
        }
        self.datamodel = ScopedInterface(self.model)
        super().__init__()

    # -- what a resource may say otherwise ---------------------------------------------------------------------------

    def withheld(self) -> Collection[str]:
        """The fields that this actor does not get."""
        return ()

    def statement(self) -> Select[tuple[Any]]:
        """The rows that the list is made of, before its arguments."""
        return self.datamodel.statement()

    # -- the routes --------------------------------------------------------------------------------------------------

    @expose("", methods=["GET"])
    @requires("list")
    def get_list(self) -> Response:
        statement = self.statement()
        for name, criterion in self.arguments.items():
            if request.args.get(name):
                statement = statement.where(criterion(request.args[name]))
        return self.page_of(statement)

    @expose("/<int:pk>", methods=["GET"])
    @requires("show")
    def get(self, pk: int) -> Response:
        return self.answer(self.row(pk))

    @expose("", methods=["POST"])
    @requires("add")
    @idempotent
    def post(self) -> Response:
        values = loaded(self.new_schema) if self.new_schema else json_object()
        with transaction(current_actor()):
            row = self.create(values)  # type: ignore[misc]
            db.session.flush()
            response = self.answer(row, 201)  # before the commit: what it reads would begin another transaction
        response.headers["Location"] = url_for(f"{self.endpoint}.get", pk=row.id)
        return response

    @expose("/<int:pk>", methods=["PATCH"])
    @requires("edit")
    def patch(self, pk: int) -> Response:
        self.row(pk)
        values = loaded(self.change_schema, partial=True) if self.change_schema else json_object()
        with transaction(current_actor()):
            row = self.change(pk, values, revision_expected(pk))  # type: ignore[misc]
        return self.answer(row or self.row(pk))

    @expose("/<int:pk>", methods=["DELETE"])
    @requires("delete")
    def delete(self, pk: int) -> tuple[str, int]:
        self.row(pk)
        with transaction(current_actor()):
            self.remove(pk)  # type: ignore[misc]
        return "", 204

    # -- answers -----------------------------------------------------------------------------------------------------

    def row(self, pk: int) -> Any:
        """The row in reach with this key. Refuses: NotFound."""
        row = self.datamodel.get(pk, select_columns=self.load)
        if row is None:
            raise NotFound
        return row

    def answer(self, row: Any, status: int = 200, schema: type[Schema] | None = None) -> Response:
        """One row with its version; 304 where the caller has it already."""
        response = self.result((schema or self.schema)(exclude=self._excluded()).dump(row), status)
        response.set_etag(etag_of(row))
        response.headers["Cache-Control"] = "private, no-cache"
        if request.method == "GET":
            response.make_conditional(request)
        return response

    def page_of(self, statement: Select[tuple[Any]], schema: type[Schema] | None = None) -> Response:
        """The asked page of a statement over the model, in `{"count", "page", "page_size", "result"}`."""
        page = Page.asked()
        for condition in page.conditions:
            statement = self._condition(*condition)(statement)
        count = int(self.datamodel.count(statement, most=None))
        order = (page.order_column, page.order_direction) if self._may_sort(page.order_column) else self.base_order
        rows = self.datamodel.rows(
            statement, order=order, load=self.load, offset=page.page * page.page_size, limit=page.page_size
        )
        result = (schema or self.schema)(exclude=self._excluded(), many=True).dump(rows)
        return jsonify({"count": count, "page": page.page, "page_size": page.page_size, "result": result})

    def _excluded(self) -> tuple[str, ...]:
        return tuple(name for name in self.withheld() if name in self.schema._declared_fields)  # noqa: SLF001

    def _may_sort(self, column: str) -> bool:
        if column and column not in self.order_columns:
            raise Invalid({"order_column": ["Unknown field."]})
        return bool(column)

    def _condition(self, column: str, operator: str, value: Any) -> Callable[[Select[Any]], Select[Any]]:
        kinds = self.datamodel.filter_converter_class(self.datamodel).convert(column)
        kind = next((kind for kind in kinds if kind.arg_name == operator), None)
        if column not in self.filter_columns or kind is None:
            raise Invalid({"q": ["Unknown field."]})
        return lambda statement: kind.apply(statement, value)

    # -- the document ------------------------------------------------------------------------------------------------

    def facts(self, name: str, method: Any) -> Documented:
        thing = self.resource_name.replace("_", " ")
        own = {
            "get_list": Documented(
                f"List {thing}", answer=self.schema, many=True, query=dict.fromkeys(self.arguments, "")
            ),
            "get": Documented(f"One of {thing}", answer=self.schema),
            "post": Documented(f"Add to {thing}", body=self.new_schema, answer=self.schema, status=201),
            "patch": Documented(f"Change one of {thing}", body=self.change_schema, answer=self.schema),
            "delete": Documented(f"Delete one of {thing}", status=204),
        }
        return getattr(method, "documented", None) or own.get(name) or super().facts(name, method)
