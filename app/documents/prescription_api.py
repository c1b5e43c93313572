"""Prescriptions as files for programs, under /api/v1."""

from __future__ import annotations

from flask import Response

from app.documents.prescription_views import prescription_file
from app.web.resources import Api, documented, expose, requires


class PrescriptionFileApi(Api):
    resource_name = "prescriptions"
    resource = "Clinical"

    @expose("/<int:pk>/pdf", methods=["GET"])
    @requires("show")
    @documented("The prescription as a PDF", media_type="application/pdf", bare=True)
    def pdf(self, pk: int) -> Response:
        return prescription_file(pk)
