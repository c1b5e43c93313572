"""The record of a consultation, its amendments and a doctor's note templates for programs, under /api/v1."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response

from app.frontdesk import note_templates, records
from app.frontdesk.models import NoteTemplate, Visit
from app.frontdesk.requests import record_save
from app.frontdesk.schemas import (
    AmendmentSchema,
    NewAmendmentSchema,
    NewNoteTemplateSchema,
    NoteTemplateChangesSchema,
    NoteTemplateSchema,
    RecordChangesSchema,
    RecordSchema,
)
from app.frontdesk.shapes import amendment_fields, record_fields
from app.kernel.clock import now
from app.kernel.db import transaction
from app.web.openapi import Documented
from app.web.resources import Api, ResourceApi, documented, expose, json_object, requires
from app.web.security import current_actor
from app.web.zones import zone_of


class RecordApi(Api):
    """For the treating doctor alone: to everybody else the visit is not there."""

    resource_name = "visits"
    resource = "Consultation"

    @expose("/<int:pk>/record", methods=["GET"])
    @requires("show")
    @documented("The record of a consultation", answer=RecordSchema)
    def record(self, pk: int) -> Response:
        return self.answer(records.get_own(pk, actor=current_actor()))

    @expose("/<int:pk>/record", methods=["PATCH"])
    @requires("edit")
    @documented("Write into the record of a consultation", body=RecordChangesSchema, answer=RecordSchema)
    def save(self, pk: int) -> Response:
        revision, values = record_save(json_object())
        with transaction(current_actor()):
            visit = records.save_record(pk, values, revision=revision, actor=current_actor(), now=now())
        return self.answer(visit)

    @expose("/<int:pk>/amendments", methods=["GET"])
    @requires("show")
    @documented("What was added to a signed record", answer=AmendmentSchema, many=True, whole=True)
    def amendments(self, pk: int) -> Response:
        visit = records.get_own(pk, actor=current_actor())
        found = records.amendments_of([pk], private=True)[pk]
        return self.result([amendment_fields(each, zone_of(visit)) for each in found])

    @expose("/<int:pk>/amendments", methods=["POST"])
    @requires("edit")
    @documented("Add to a signed record", body=NewAmendmentSchema, answer=AmendmentSchema, status=201)
    def amend(self, pk: int) -> Response:
        visit = records.get_own(pk, actor=current_actor())
        zone = zone_of(visit)
        with transaction(current_actor()):
            added = records.amend(pk, json_object(), actor=current_actor(), now=now())
        return self.result(amendment_fields(added, zone), 201)

    def answer(self, visit: Visit) -> Response:
        response = self.result(record_fields(records.record_of(visit), zone_of(visit)))
        response.headers["Cache-Control"] = "private, no-store"
        return response


class NoteTemplateApi(ResourceApi):
    """A doctor's own."""

    resource_name = "note-templates"
    resource = "NoteTemplate"
    model = NoteTemplate
    schema = NoteTemplateSchema
    base_order = ("name", "asc")
    order_columns = ["name", "created_at"]

    def create(self, values: dict[str, Any]) -> NoteTemplate:
        return note_templates.add_template(values, actor=current_actor(), now=now())

    def change(self, pk: int, values: dict[str, Any], revision: int | None) -> NoteTemplate:
        return note_templates.change_template(pk, values, revision=revision, actor=current_actor(), now=now())

    def remove(self, pk: int) -> None:
        note_templates.delete_template(pk, actor=current_actor(), now=now())

    def facts(self, name: str, method: Any) -> Documented:
        found = super().facts(name, method)
        bodies = {"post": NewNoteTemplateSchema, "patch": NoteTemplateChangesSchema}
        return replace(found, body=bodies.get(name, found.body))
