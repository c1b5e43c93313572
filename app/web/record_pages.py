"""The page of one record: what it holds, the lists that belong to it, and how one record leads to another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask import current_app, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from markupsafe import Markup

from app.web import permissions
from app.web.formatters import show_value
from app.web.listing import Listing
from app.web.presentation import value_of
from app.web.row_acts import RowActs
from app.web.security import current_actor


def record_views() -> dict[type[Any], Any]:
    """The views that show one record, by its model."""
    views = current_app.appbuilder.baseviews  # type: ignore[attr-defined]
    known = current_app.view_functions
    return {
        view.datamodel.obj: view
        for view in views
        if hasattr(view, "show_template") and f"{type(view).__name__}.show" in known
    }


def page_of(record: Any) -> str | None:
    """The address of the record's own page; None where there is none or this reader may not open it."""
    view = record_views().get(type(record))
    if view is None or not permissions.allows(current_actor(), view.class_permission_name, "show"):
        return None
    return url_for(f"{type(view).__name__}.show", pk=record.id)


def linked(record: Any) -> Markup | str:
    """The record by its name, as a link to its page where this reader has one."""
    address = page_of(record)
    return Markup('<a href="{}">{}</a>').format(address, record) if address else str(record)


class RecordPages(RowActs):
    """Adds the page of one record to a list."""

    fleeting_columns: Collection[str] = ()
    """Columns that a record's page shows only where they are filled."""

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        row = self.row(pk, [*self.show_columns, *self.load_columns])
        columns = self.columns_for("show", self.show_columns)
        values = self._facts(row, columns)
        columns = list(values)
        related = self.visible_related_views()
        self.update_redirect()
        show = self.show_widget(
            pk=row.id,
            label_columns=self.label_columns,
            include_columns=columns,
            value_columns=[values[column] for column in columns],
            formatters_columns=self.formatters_columns,
            actions=self.actions,
            fieldsets=self.show_fieldsets,
            modelview_name=type(self).__name__,
        )
        widgets = {"show": show, "related_views": [view.list_within(row) for view in related]}
        return self.render_template(
            self.show_template,
            pk=row.id,
            row=row,
            title=self.show_title,
            heading=self.heading(row),
            delete_label=self.delete_label,
            delete_warning=self.delete_warning,
            locked=not self.may_change(row),
            widgets=widgets,
            related_views=related,
        )

    def heading(self, row: Any) -> Any:
        """What a record's page is called."""
        return str(row)

    def _facts(self, row: Any, columns: Sequence[str]) -> dict[str, Any]:
        """What a record's page shows, by column: references lead to their own pages."""
        values = self._shown_row(row, columns)
        for name in columns:
            if name in self.fleeting_columns and value_of(row, name) in (None, "", [], {}):
                del values[name]
            elif self.datamodel.is_relation(name) and name not in self.formatters_columns:
                values[name] = show_value(getattr(row, name) and linked(getattr(row, name)))
        return values

    def visible_related_views(self) -> list[Listing]:
        """The related views whose rows this reader may list."""
        actor = current_actor()
        return [view for view in self._related_views if permissions.allows(actor, view.class_permission_name, "list")]
