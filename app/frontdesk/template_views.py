"""The screen of a doctor's own note templates."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.frontdesk import note_templates
from app.frontdesk.models import NoteTemplate
from app.kernel.clock import now
from app.web.crud import CommandView, ScopedInterface
from app.web.own_pages import of_own_record
from app.web.security import current_actor


class NoteTemplateView(CommandView):
    datamodel = ScopedInterface(NoteTemplate)
    resource = "NoteTemplate"
    route_base = "/doctor/templates"
    list_title, show_title = _("Note templates"), _("Note template")
    add_title, edit_title = _("New template"), _("Change template")
    list_columns = ["name", "updated_at"]
    show_columns = ["name", "body", "updated_at"]
    add_columns = ["name", "body"]
    edit_columns = ["name", "body"]
    base_order = ("name", "asc")
    exclude_route_methods = {"export"}
    label_columns = {"body": _("Text"), "updated_at": _("Changed")}
    description_columns = {"body": _("It is put into the notes where the cursor stands. It names no patient.")}
    empty_hint = _("Texts that you begin your notes with: write one here, or save notes as a template.")

    @expose("/")
    @has_access
    @permission_name("list")
    def index(self) -> Any:
        return redirect(url_for("NoteTemplateView.list"))

    @expose("/list/")
    @has_access
    @of_own_record()
    def list(self) -> Any:
        return super().list()

    def add_command(self, values: dict[str, Any]) -> NoteTemplate:
        values.pop("revision", None)
        return note_templates.add_template(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> NoteTemplate:
        revision = values.pop("revision")
        return note_templates.change_template(pk, values, revision=revision, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        note_templates.delete_template(pk, actor=current_actor(), now=now())
