"""Prescriptions and attachments for programs, under /api/v1: for the treating doctor alone."""

from __future__ import annotations

from flask import Response, abort, request

from app.frontdesk import attachments, prescriptions
from app.frontdesk.clinical_queries import list_attachments, list_prescriptions
from app.frontdesk.clinical_schemas import (
    AttachmentSchema,
    CancelPrescriptionSchema,
    NewAttachmentSchema,
    NewPrescriptionSchema,
    PrescriptionSchema,
)
from app.frontdesk.treating import find_own_visit
from app.frontdesk.upload_forms import LARGEST_FORM, sent_files
from app.kernel.clock import now
from app.kernel.db import transaction
from app.web.downloads import file_response
from app.web.idempotency import idempotent
from app.web.resources import Api, documented, expose, json_object, requires
from app.web.security import current_actor
from app.web.uploads import MULTIPART, takes_files


class VisitPrescriptionsApi(Api):
    resource_name = "visits"
    resource = "Clinical"

    @expose("/<int:pk>/prescriptions", methods=["GET"])
    @requires("list")
    @documented("A visit's prescriptions, the newest first", answer=PrescriptionSchema, many=True, whole=True)
    def prescriptions(self, pk: int) -> Response:
        visit = find_own_visit(pk, actor=current_actor())
        return self.result(PrescriptionSchema(many=True).dump(list_prescriptions(visit, actor=current_actor())))

    @expose("/<int:pk>/prescriptions", methods=["POST"])
    @requires("edit")
    @documented("Issue a prescription", body=NewPrescriptionSchema, answer=PrescriptionSchema, status=201)
    @idempotent
    def prescribe(self, pk: int) -> Response:
        with transaction(current_actor()):
            issued = prescriptions.prescribe(pk, json_object(), actor=current_actor(), now=now())
            return self.result(PrescriptionSchema().dump(issued), 201)


class PrescriptionApi(Api):
    resource_name = "prescriptions"
    resource = "Clinical"

    @expose("/<int:pk>/cancel", methods=["POST"])
    @requires("edit")
    @documented("Say that a prescription no longer holds", body=CancelPrescriptionSchema, answer=PrescriptionSchema)
    @idempotent
    def cancel(self, pk: int) -> Response:
        with transaction(current_actor()):
            cancelled = prescriptions.cancel_prescription(pk, json_object(), actor=current_actor(), now=now())
            return self.result(PrescriptionSchema().dump(cancelled))


class VisitAttachmentsApi(Api):
    resource_name = "visits"
    resource = "Clinical"

    @expose("/<int:pk>/attachments", methods=["GET"])
    @requires("list")
    @documented("A visit's attachments", answer=AttachmentSchema, many=True, whole=True)
    def attachments(self, pk: int) -> Response:
        visit = find_own_visit(pk, actor=current_actor())
        return self.result(AttachmentSchema(many=True).dump(list_attachments(visit.id, actor=current_actor())))

    @expose("/<int:pk>/attachments", methods=["POST"])
    @requires("edit")
    @documented(
        "Add files to a visit",
        body=NewAttachmentSchema,
        body_type=MULTIPART,
        answer=AttachmentSchema,
        many=True,
        whole=True,
        status=201,
    )
    @takes_files(LARGEST_FORM)
    def attach(self, pk: int) -> Response:
        if request.mimetype != MULTIPART:
            abort(415)
        find_own_visit(pk, actor=current_actor())
        files = [attachments.sound(file) for file in sent_files()]
        with transaction(current_actor()):
            added = [attachments.attach(pk, file, actor=current_actor(), now=now()) for file in files]
            return self.result(AttachmentSchema(many=True).dump(added), 201)


class AttachmentApi(Api):
    resource_name = "attachments"
    resource = "Clinical"

    @expose("/<int:pk>/content", methods=["GET"])
    @requires("show")
    @documented("The file", media_type="application/octet-stream", bare=True)
    def content(self, pk: int) -> Response:
        attachment, content = attachments.read_attachment(pk, actor=current_actor())
        return file_response(content, attachment.content_type, attachment.name)
