"""Invoices as files: one for the desk, a period for accounting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, request, stream_with_context
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.documents import service
from app.documents.errors import NothingToPrint, UnknownFormat
from app.documents.gathering import Wording
from app.documents.service import Document, ExportFormat, Period
from app.kernel import clock, scope
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid
from app.people.fields import Check, calendar_day, checked, whole_number
from app.people.models import Clinic
from app.web.form_builder import show_refusal
from app.web.languages import translation_into
from app.web.security import current_actor
from app.web.zones import page_zone

CONTENT_TYPES = {
    ExportFormat.PDF: "application/pdf",
    ExportFormat.ZIP: "application/zip",
    ExportFormat.CSV: "text/csv; charset=utf-8",
}


def invoice_file(invoice_id: int) -> Response:
    """The invoice as a PDF that the browser shows."""
    return sent(service.invoice_document(invoice_id, actor=current_actor(), wording=_wording()))


def period_file(asked: Mapping[str, Any]) -> Response:
    """The invoices of `from` to `to` in a `format`, of `clinic_id` or of all clinics in reach. Refuses: Invalid."""
    checks: dict[str, Check] = {
        "from": calendar_day,
        "to": calendar_day,
        "format": _format,
        "clinic_id": whole_number(1, 2**31 - 1),
    }
    values = checked(asked, checks, required=("from", "to", "format"))
    export, clinic_id = values["format"], values.get("clinic_id")
    with transaction(current_actor()):
        period = service.export_period(
            export, values["from"], values["to"], clinic_id=clinic_id, actor=current_actor(), now=clock.now()
        )
    response = Response(_written(period, export), content_type=CONTENT_TYPES[export])
    return _as_download(response, f"{period.name}.{export.value}")


def _written(period: Period, export: ExportFormat) -> Any:
    if export is ExportFormat.PDF:
        return service.period_pdf(period, wording=_wording())
    if export is ExportFormat.ZIP:
        return stream_with_context(service.period_zip(period, wording=_wording()))
    return stream_with_context(service.period_csv(period))


def _format(raw: object) -> ExportFormat:
    try:
        return ExportFormat(str(raw))
    except ValueError:
        raise UnknownFormat(known=", ".join(ExportFormat)) from None


def _wording() -> Wording:
    return Wording(translation_into, demo=current_app.config["DEMO"])


def sent(document: Document) -> Response:
    response = Response(document.bytes, content_type=document.content_type)
    response.headers["Content-Disposition"] = f'inline; filename="{document.filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _as_download(response: Response, filename: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


# -- screens ---------------------------------------------------------------------------------------------------------


class ExportForm(FlaskForm):
    """A GET form: what it asks for is the address of the file."""

    class Meta:
        csrf = False

    clinic_id = SelectField(_("Clinic"), coerce=str)
    begins = DateField(_("From"), name="from", validators=[InputRequired()])
    ends = DateField(_("To"), name="to", validators=[InputRequired()])
    format = SelectField(
        _("Format"),
        choices=[
            SelectChoice("pdf", _("One PDF")),
            SelectChoice("zip", _("A ZIP with a PDF for each invoice")),
            SelectChoice("csv", _("A table (CSV)")),
        ],
    )


class InvoiceFilesView(BaseView):
    """`/invoices/<id>/pdf`, and the page from which accounting exports a period."""

    route_base = "/invoices"
    resource = class_permission_name = "Invoice"
    list_title = _("Invoice export")

    @expose("/<int:pk>/pdf", methods=["GET"])
    @has_access
    @permission_name("show")
    def pdf(self, pk: int) -> Response:
        return invoice_file(pk)

    @expose("/export", methods=["GET"])
    @has_access
    @permission_name("export")
    def export(self) -> Any:
        """The form; the file where the form was sent."""
        form = ExportForm(request.args)
        today = clock.clinic_day(clock.now(), page_zone())
        form.clinic_id.choices = _clinic_choices()
        if not request.args:
            form.begins.data, form.ends.data = today.replace(day=1), today
            return self.render_template("documents/export.html", form=form, title=self.list_title)
        try:
            return period_file({name: text for name, text in request.args.items() if text})
        except (Invalid, NothingToPrint) as refusal:
            show_refusal(form, refusal)
            return self.render_template("documents/export.html", form=form, title=self.list_title), refusal.status


def _clinic_choices() -> list[SelectChoice]:
    clinics = db.session.scalars(scope.rows(Clinic, current_actor()).order_by(Clinic.name))
    choices = [SelectChoice(str(clinic.id), clinic.name) for clinic in clinics]
    return choices if len(choices) == 1 else [SelectChoice("", _("All clinics")), *choices]
