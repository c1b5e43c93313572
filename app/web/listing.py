"""Generated lists: what an address asks for, read without trust, and the page of rows that answers it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import flash, request, url_for
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup, escape

from app.people.roles import Role
from app.web.asked import LONGEST_SEARCH, Asked, AskedRows
from app.web.filters import Reference
from app.web.presentation import label_for, shown, value_of
from app.web.scoped import Count
from app.web.security import current_actor
from app.web.zones import clinics_in_reach

RELATED_ROWS = 10
AMOUNTS = ("_minor", "_bp")
LONGEST_ADDRESS = 500  # five are kept, and a browser drops a cookie of more than 4 KB


class SearchBar(RenderTemplateWidget):
    """A list's search box and filters; Flask-AppBuilder's own would draw every field twice."""

    template = "appbuilder/general/widgets/search.html"


class Listing(AskedRows):
    """The reading half of a generated screen."""

    search_widget = SearchBar
    class_permission_name: str
    search_hint: Any = lazy_gettext("Search")
    """What the search box finds rows by."""
    empty_hint: Any = ""
    """What an empty list says about how rows come into it."""
    number_columns: Collection[str] = ()
    """Columns to align at the end of their numbers, besides amounts and rates."""
    own_of_doctors = False
    """Whether a doctor reaches own rows only, so that their doctor goes without saying."""
    titles_within: Mapping[str, Any] = {}
    """What the list is called on the page of another record, by the reference to it, where that is not `list_title`."""
    delete_label: Any = lazy_gettext("Delete")
    delete_warning: Any = lazy_gettext("Delete this entry? It cannot be brought back.")

    def withheld(self, act: str) -> Collection[str]:
        """The columns that this reader neither sees nor sets in `act`: "list", "show", "add", "edit" or "export"."""
        return ()

    def update_redirect(self) -> None:
        """Remember this page as one to come back to, unless its address would crowd the session out of its cookie."""
        if len(request.url) <= LONGEST_ADDRESS:
            super().update_redirect()

    def columns_for(self, act: str, columns: Sequence[str]) -> list[str]:
        """Those of the columns that this reader sees; the clinic only where there are several."""
        withheld = set(self.withheld(act))
        if act in ("list", "show") and not self.names_clinic and len(clinics_in_reach()) == 1:
            withheld.add("clinic")
        if act == "list" and self.own_of_doctors and current_actor().roles == {Role.DOCTOR}:
            withheld.add("doctor")
        return [column for column in columns if column not in withheld]

    def may_change(self, row: Any) -> bool:
        """Whether this reader may change the row, of those whom the screen lets change rows at all."""
        return True

    def new_row_of(self, text: str) -> dict[str, str]:
        """The values that a new row begins with where a search for `text` found none."""
        return {}

    def _widget_words(self, columns: Sequence[str]) -> dict[str, Any]:
        """What a list widget says, and how it aligns its columns."""
        return {
            "add_title": self.add_title,
            "delete_label": self.delete_label,
            "delete_warning": self.delete_warning,
            "empty_hint": self.empty_hint,
            "headings": [str(self.label_columns.get(column, column)) for column in columns],
            "kinds": ["col-number" if c.endswith(AMOUNTS) or c in self.number_columns else "" for c in columns],
        }

    def _prettify_column(self, name: str) -> Any:
        return label_for(name)

    # -- the page of rows --------------------------------------------------------------------------------------------

    def _list(self, **kwargs: Any) -> dict[str, Any]:
        filters = self.asked_filters()
        asked = Asked.of(type(self).__name__, self.order_columns)
        widgets = self._get_list_widget(
            filters=filters,
            order_column=asked.order_column,
            order_direction=asked.order_direction,
            page=asked.page,
            page_size=asked.page_size,
            **kwargs,
        )
        widgets["search"] = self.search_widget(
            route_base=self.route_base,
            form=self.search_form(meta={"csrf": False}),
            include_cols=self.columns_for("list", self.search_columns),
            exclude_cols=[],
            label_columns=self.label_columns,
            filters=filters,
            searchable=self.searchable,
            search_hint=self.search_hint,
        )
        return widgets

    def _get_list_widget(
        self,
        filters: Filters,
        actions: Any = None,
        order_column: str = "",
        order_direction: str = "",
        page: int | None = None,
        page_size: int | None = None,
        widgets: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        columns = self.columns_for("list", self.list_columns)
        if self._keeps_to_chosen_clinic(filters):
            columns = [column for column in columns if column != "clinic"]
        if not order_column and self.base_order:
            order_column, order_direction = self.base_order
        page, count, rows = self._page_of(
            self.filters_in_force(filters), (order_column, order_direction), page or 0, page_size
        )
        return {
            **(widgets or {}),
            "list": self.list_widget(
                label_columns=self.label_columns,
                include_columns=columns,
                value_columns=self._cells(rows, columns),
                order_columns=self.order_columns,
                page=page,
                page_size=page_size or self.page_size,
                count=count,
                pks=[row.id for row in rows],
                locked={row.id for row in rows if not self.may_change(row)},
                actions=actions or self.actions,
                filters=filters,
                modelview_name=type(self).__name__,
                new_row=self._new_row(),
                **self._widget_words(columns),
                **kwargs,
            ),
        }

    def _new_row(self) -> dict[str, str]:
        text = request.args.get("q", "").strip()[:LONGEST_SEARCH]
        return self.new_row_of(text) if text and self.searchable else {}

    def _page_of(
        self, filters: Filters, order: tuple[str, str], page: int, page_size: int | None
    ) -> tuple[int, Count, list[Any]]:
        """The asked page, or the last one where the asked one is beyond what a list shows."""
        size = page_size or self.page_size
        statement, load = self.datamodel.statement(filters), [*self.list_columns, *self.load_columns]
        count = self.datamodel.count(statement) if page else None
        last = 0 if count is None else max(math.ceil(count / size) - 1, 0)
        if page > last:
            flash(gettext("The list ends here; a search or a filter finds the rest."), "warning")
            page = last
        rows = self.datamodel.rows(statement, order=order, load=load, offset=page * size, limit=size, lean=True)
        if count is None:
            count = Count(len(rows)) if len(rows) < size else self.datamodel.count(statement)
        return page, count, rows

    load_columns: Sequence[str] = ()
    """References that formatters or methods of a row need beyond those in `list_columns`, as dotted paths."""

    def _shown_row(self, row: Any, columns: Sequence[str]) -> dict[str, Any]:
        own = self.formatters_columns
        return {column: value_of(row, column) if column in own else shown(row, column) for column in columns}

    def _cells(self, rows: Sequence[Any], columns: Sequence[str]) -> list[list[Markup]]:
        """What each row reads, column by column, ready for the page."""
        own = self.formatters_columns
        ways = [(column, own.get(column)) for column in columns]
        return [
            [escape(form(value_of(row, column)) if form else shown(row, column)) for column, form in ways]
            for row in rows
        ]

    def list_within(self, parent: Any) -> Any:
        """The first rows that point at `parent`, with the address of all of them where there are more."""
        column = self.datamodel.get_related_fk(type(parent))
        filters = self.datamodel.get_filters().add_filter_related_view(column, Reference, parent.id)
        statement = self.datamodel.statement(filters.get_joined_filters(self._base_filters))
        load, order = [*self.list_columns, *self.load_columns], self.base_order or ("", "")
        rows = self.datamodel.rows(statement, order=order, load=load, limit=RELATED_ROWS + 1, lean=True)
        columns = [name for name in self.columns_for("list", self.list_columns) if name != column]
        more = len(rows) > RELATED_ROWS
        rows = rows[:RELATED_ROWS]
        return self.list_widget(
            label_columns=self.label_columns,
            include_columns=columns,
            value_columns=self._cells(rows, columns),
            order_columns=[],
            page=0,
            page_size=RELATED_ROWS,
            count=Count(len(rows), more=more),
            pks=[found.id for found in rows],
            locked={found.id for found in rows if not self.may_change(found)},
            actions={},
            filters=filters,
            modelview_name=type(self).__name__,
            may_add=column in (self.add_columns or ()),
            title=self.titles_within.get(column, self.list_title),
            more_url=self.filtered_url(column, parent.id) if more else None,
            **self._widget_words(columns),
        )

    def filtered_url(self, column: str, value: object) -> str | None:
        """The address of this list, limited to one value of a column, where it may be filtered by it."""
        if column not in self.search_columns:
            return None
        return url_for(f"{type(self).__name__}.list", **{f"_flt_0_{column}": str(value)})  # type: ignore[arg-type]
