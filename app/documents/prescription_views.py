"""A prescription as a file, from the consultation."""

from __future__ import annotations

from flask import Response, current_app
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app.documents.prescriptions import prescription_document
from app.documents.views import sent
from app.web.languages import translation_into
from app.web.security import current_actor


def prescription_file(prescription_id: int) -> Response:
    """The prescription as a PDF that the browser shows."""
    demo = current_app.config["DEMO"]
    return sent(prescription_document(prescription_id, actor=current_actor(), translator=translation_into, demo=demo))


class PrescriptionFileView(BaseView):
    route_base = "/doctor/prescriptions"
    resource = class_permission_name = "Clinical"
    default_view = "pdf"

    @expose("/<int:prescription_id>/pdf")
    @has_access
    @permission_name("show")
    def pdf(self, prescription_id: int) -> Response:
        return prescription_file(prescription_id)
