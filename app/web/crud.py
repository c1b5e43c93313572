"""Generated screens whose rows are in the actor's scope and whose changes are made by services.

A domain's screen is a `CommandView`:

    class PatientView(CommandView):
        datamodel = ScopedInterface(Patient)
        resource = "Patient"                            # the row of app/web/permissions.py
        route_base = "/patients"
        list_title, show_title = _("Patients"), _("Patient")     # _ = flask_babel.lazy_gettext
        add_title, edit_title = _("New patient"), _("Change patient")
        list_columns = ["name", "phone", "clinic"]      # dotted paths and methods of the row too
        show_columns, add_columns, edit_columns = [...], [...], [...]     # or show_fieldsets, ...
        search_columns = ["clinic", "is_active"]            # filters: indexed columns and references only
        order_columns = ["name"]                            # default: those of list_columns that an index leads
        base_order = ("name", "asc")
        related_views = [AppointmentView, VisitView]        # on the show page, where this actor may list them

        def add_command(self, values):                      # the new row
            return register_patient(values, clinic_id=values.pop("clinic_id"), actor=current_actor(), now=now())

        def edit_command(self, pk, values):
            update_patient(pk, values, revision=values.pop("revision"), actor=current_actor(), now=now())

        def delete_command(self, pk):
            archive_patient(pk, actor=current_actor(), now=now())

        def search_text(self, text):                        # gives the list its search box (?q=)
            return matching(text, None)

Each command runs inside `transaction(current_actor())`, which the base class opens, and calls one service. A command
that a view leaves out has no route and no button. Refusals appear beside the field they name (by the form's or the
service's name of it), else above the form, with what was typed kept: status 422, 409 for a Conflict.

`values` are plain, by the names that services and REST use:
    relation `patient`        values["patient_id"]     the key of a row in the actor's reach, or None
    column `price_minor`      values["price"]          the amount as typed ("12.50"), for Money.parse
    column `share_bp`         values["share_bp"]       basis points (typed in percent)
    EnumText column           values["status"]         the member
    UtcDateTime column        values["starts_at"]      aware UTC (typed on the wall clock of the row's clinic)
    date, time, int, bool     values["day"]            date, time (naive wall clock), int, bool; None where left empty
    JSON list                 values["tags"]           list of str (typed with commas)
    text                      values["name"]           str as typed, or None: services clean it
    `revision`                values["revision"]       int on edit forms of Revised tables (None on add forms)

References to small tables (clinic, doctor, service, specialty) are selects, all others type-aheads: the table's
`lookups.offer(Lookup(...))` (app/web/lookups.py), or `lookups = {"patient": "/lookup/patients"}` on the view.
`?patient=5` on the add page proposes a value, `?_flt_0_patient=5` fixes it (inline add from a related list).

`withheld(act)` names columns that this actor gets neither to see nor to set in "list", "show", "add", "edit", "export".
`export_columns` (default: list_columns) are those of `export.csv`, for whoever holds the act `export`.
`formatters_columns`, `validators_columns`, `description_columns`, `label_columns`, `add_form_extra_fields`,
`edit_form_extra_fields` and `@action` work as in Flask-AppBuilder; an action gets rows in scope and needs the act of
its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, abort, flash, make_response, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from app.kernel.db import transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.web.asked import FILTER
from app.web.form_builder import FormBuilder, RecordForm, prefill, row_data, show_refusal, values_of
from app.web.form_fields import ChoiceField
from app.web.record_pages import RecordPages
from app.web.replies import message_of
from app.web.scoped import ScopedInterface
from app.web.security import current_actor
from app.web.zones import chosen_clinic, clinics_in_reach, page_zone, zone_of

__all__ = ["CommandView", "ScopedInterface"]

Command = Callable[..., Any] | None


class CommandView(RecordPages):
    """See the module."""

    resource: str
    exclude_route_methods: set[str] = set()
    search_columns: list[str] | None = None
    order_columns: list[str] | None = None
    search_form: Any = None
    add_form: Any = None
    edit_form: Any = None
    lookups: Mapping[str, str] = {}

    add_command: Command = None
    edit_command: Command = None
    delete_command: Command = None

    add_row_message = lazy_gettext("Saved.")
    edit_row_message = lazy_gettext("Saved.")
    delete_row_message = lazy_gettext("Deleted.")

    def __init__(self, **kwargs: Any) -> None:
        self.class_permission_name = self.resource
        absent = {act for act in ("add", "edit", "delete") if getattr(self, f"{act}_command") is None}
        self.exclude_route_methods = {*self.exclude_route_methods, *absent, "download"}
        self.search_columns = self.search_columns or []
        super().__init__(**kwargs)
        kinds = {"action": "single", "action_post": "multiple"}
        acts = self.actions.values()
        self.exclude_route_methods |= {name for name, kind in kinds.items() if not any(getattr(a, kind) for a in acts)}

    def _init_properties(self) -> None:
        asked = list(self.search_columns or [])
        self.order_columns = self.order_columns or self._indexed(self.list_columns or [])
        super()._init_properties()
        self.search_columns = asked
        self._filters = self.datamodel.get_filters(asked)

    def _indexed(self, columns: Sequence[str]) -> list[str]:
        """Those columns by which an index can sort, alone or within a clinic; all of a table without a clinic."""
        table = self.datamodel.obj.__table__
        if "clinic_id" not in table.columns:
            return [name for name in columns if name in table.columns]
        keys = [[column.name for column in index.columns] for index in (*table.indexes, table.primary_key)]
        leading = {key[1] if key[0] == "clinic_id" and len(key) > 1 else key[0] for key in keys}
        return [name for name in columns if name in leading] or ["id"]

    def _init_forms(self) -> None:
        builder = FormBuilder(
            self.datamodel,
            labels=self.label_columns,
            hints=self.description_columns,
            validators=self.validators_columns,
            lookups=self.lookups,
        )
        self.search_form = self.search_form or builder.search_form(
            self.search_columns or [], self.search_form_extra_fields or {}
        )
        if self.add_command:
            self.add_form = self.add_form or builder.entry_form(self.add_columns, self.add_form_extra_fields)
        if self.edit_command:
            self.edit_form = self.edit_form or builder.entry_form(self.edit_columns, self.edit_form_extra_fields)

    # -- add ---------------------------------------------------------------------------------------------------------

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        form, settled, inline = self._new_form()
        if request.method == "GET":
            self.update_redirect()
            prefill(form, request.args)
            return self._add_page(form, settled, 200)
        saved, status = self._attempt(form, None, self.add_command)
        if status is not None:
            return self._add_page(form, settled, status)
        flash(self.add_row_message, "success")
        return self._after_add(saved, inline=inline)

    def _new_form(self) -> tuple[RecordForm, list[str], bool]:
        """The form, the fields of it that need no asking, and whether it belongs to another record's page."""
        form = self._without_withheld("add", self.add_form())
        parents = self._fix_parents(form)
        return form, [*parents, *self._settle_clinic(form)], bool(parents)

    @staticmethod
    def _settle_clinic(form: RecordForm) -> list[str]:
        """Nobody is asked for the clinic who has but one; who works at one of several finds it proposed."""
        field, chosen = form._fields.get("clinic"), chosen_clinic()
        if chosen is None or not isinstance(field, ChoiceField) or not field.flags.required:
            return []
        if not field.raw_data:
            field.raw_data = [str(chosen)]
            field.process_formdata(field.raw_data)
        return ["clinic"] if len(clinics_in_reach()) == 1 and not field.unknown else []

    def _fix_parents(self, form: RecordForm) -> list[str]:
        """Set the references that the address fixes, and name them. A row out of reach is none."""
        fixed = []
        for name, value in request.args.items():
            match = FILTER.fullmatch(name)
            if match and match[2] in form and self.datamodel.is_relation(match[2]):
                field = form[match[2]]
                field.process_formdata([value])
                field.raw_data = [value]
                fixed.append(match[2] if field.data is not None else abort(404))
        return fixed

    def _add_page(self, form: RecordForm, hidden: list[str], status: int) -> Response:
        columns = [name for name in self.add_columns if name in form]
        gone = [*hidden, *(name for name in self.add_columns if name not in form)]
        widget = self.add_widget(form=form, include_cols=columns, exclude_cols=gone, fieldsets=self.add_fieldsets)
        page = self.render_template(self.add_template, title=self.add_title, widgets={"add": widget}, form=form)
        return make_response(page, status)

    def _after_add(self, saved: Any, *, inline: bool) -> BaseResponse:
        key = getattr(saved, "id", saved if isinstance(saved, int) else None)
        if inline or key is None or "show" in self.exclude_route_methods:
            return redirect(self.get_redirect())
        return redirect(url_for(f"{type(self).__name__}.show", pk=key))

    # -- edit --------------------------------------------------------------------------------------------------------

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        row = self.row(pk, self.edit_columns)
        if not self.may_change(row):
            raise NotAllowed
        key, data, heading = row.id, row_data(row, [*self.edit_columns, "revision"], zone_of(row)), self.heading(row)
        form = self._without_withheld("edit", self.edit_form(data=data))
        if request.method == "GET":
            self.update_redirect()
            return self._edit_page(form, key, heading, 200)
        _saved, status = self._attempt(form, row, lambda values: self.edit_command(key, values))  # type: ignore[misc]
        if status is not None:
            return self._edit_page(form, key, heading, status)
        flash(self.edit_row_message, "success")
        return self._after_edit(key)

    def _after_edit(self, _key: int) -> BaseResponse:
        return redirect(self.get_redirect())

    def _edit_page(self, form: RecordForm, key: int, heading: Any, status: int) -> Response:
        columns = [name for name in self.edit_columns if name in form]
        gone = [name for name in self.edit_columns if name not in form]
        widget = self.edit_widget(form=form, include_cols=columns, exclude_cols=gone, fieldsets=self.edit_fieldsets)
        page = self.render_template(
            self.edit_template,
            title=self.edit_title,
            heading=heading,
            widgets={"edit": widget},
            form=form,
            pk=key,
            related_views=[],
        )
        return make_response(page, status)

    # -- delete ------------------------------------------------------------------------------------------------------

    @expose("/delete/<pk>", methods=["POST"])
    @has_access
    def delete(self, pk: str) -> BaseResponse:
        key = self.row(pk).id
        try:
            with transaction(current_actor()):
                self.delete_command(key)  # type: ignore[misc]
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            flash(message_of(refusal), "danger")
            return redirect(self._page_before())
        flash(self.delete_row_message, "success")
        page = self._page_before()
        gone = page.partition("?")[0].endswith((f"/show/{key}", f"/edit/{key}"))
        return redirect(url_for(f"{type(self).__name__}.list") if gone else page)

    def _page_before(self) -> str:
        history = session.get("page_history") or []
        return history[-1] if history else url_for(f"{type(self).__name__}.list")

    # -- forms and commands ------------------------------------------------------------------------------------------

    def _without_withheld(self, act: str, form: RecordForm) -> RecordForm:
        for name in self.withheld(act):
            if name in form:
                del form[name]
        return form

    def _attempt(self, form: RecordForm, row: Any, command: Any) -> tuple[Any, int | None]:
        """What the command returned and None, or None and the status of the form that now tells what is wrong."""
        if not form.validate():
            return None, 422
        try:
            values = values_of(form, self._zone(form, row))
            with transaction(current_actor()):
                return command(values), None
        except Refusal as refusal:
            if isinstance(refusal, NotFound | NotAllowed) and refusal.field is None:
                raise
            show_refusal(form, refusal, existing=self._existing(refusal))
            return None, refusal.status

    def _existing(self, refusal: Refusal) -> str | None:
        """The page of the row that stands in the way of a new one, where the refusal names it."""
        key = refusal.params.get("existing_id")
        return url_for(f"{type(self).__name__}.show", pk=key) if key else None

    @staticmethod
    def _zone(form: RecordForm, row: Any) -> str:
        """The zone of the clinic that the form names, else of the row's, else the reader's own."""
        clinic = form["clinic"].data if "clinic" in form else None
        return clinic.timezone if clinic is not None else zone_of(row) if row is not None else page_zone()
