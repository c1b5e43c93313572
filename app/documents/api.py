"""Invoices as files for programs, under /api/v1."""

from __future__ import annotations

from flask import Response, request

from app.documents.views import invoice_file, period_file
from app.web.resources import Api, documented, expose, requires


class InvoiceFilesApi(Api):
    resource_name = "invoices"
    resource = "Invoice"

    @expose("/<int:pk>/pdf", methods=["GET"])
    @requires("show")
    @documented("The invoice as a PDF", media_type="application/pdf", bare=True)
    def pdf(self, pk: int) -> Response:
        return invoice_file(pk)

    @expose("/export", methods=["GET"])
    @requires("export")
    @documented(
        "The invoices issued in a period as one PDF, a ZIP of PDFs or a CSV table",
        media_type="application/octet-stream",
        bare=True,
        query={"from": "first day", "to": "last day", "format": "pdf, zip or csv", "clinic_id": "else all in reach"},
    )
    def export(self) -> Response:
        return period_file(request.args.to_dict())
