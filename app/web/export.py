"""A generated list as CSV: the rows of the current filter, streamed, safe for spreadsheets, and on record."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from enum import Enum
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, stream_with_context
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import Select

from app.kernel import audit
from app.kernel.db import db, transaction
from app.kernel.money import Money
from app.kernel.text import csv_safe
from app.web.asked import Asked
from app.web.listing import Listing
from app.web.presentation import value_of
from app.web.security import current_actor
from app.web.zones import clinics, currency_of, zone_of

ROWS_AT_ONCE = 500
BYTE_ORDER_MARK = "\ufeff"


class CsvExport(Listing):
    """Adds `export.csv` to a list, for whoever holds the act `export`."""

    export_columns: Sequence[str] | None = None
    """The columns of the file; those of the list where there are none."""

    @expose("/export.csv", methods=["GET"])
    @has_access
    def export(self) -> Response:
        columns = self.columns_for("export", self.export_columns or self.list_columns)
        statement = self._exported(columns)
        table = self.datamodel.obj.__tablename__
        with transaction(current_actor()):
            audit.record("export", table, "*", after={"filter": request.args.to_dict(flat=False), "columns": columns})
        clinics()
        headings = [str(self.label_columns.get(column, column)) for column in columns]
        lines = csv_lines(statement, columns, headings)
        response = Response(stream_with_context(lines), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="{table}.csv"'
        response.headers["Cache-Control"] = "no-store"
        return response

    def _exported(self, columns: list[str]) -> Select[tuple[Any]]:
        asked = Asked.of(type(self).__name__, self.order_columns)
        order = (asked.order_column, asked.order_direction) if asked.order_column else self.base_order or ("", "")
        filters = self.filters_in_force(self.asked_filters())
        statement = self.datamodel.ordered(self.datamodel.statement(filters), *order)
        return statement.options(*self.datamodel.loading([*columns, *self.load_columns]))


def csv_lines(statement: Select[tuple[Any]], columns: Sequence[str], headings: Sequence[str]) -> Iterator[str]:
    """The file in pieces of ROWS_AT_ONCE rows; no more than that is in memory."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([csv_safe(heading) for heading in headings])
    with closing(db.session.scalars(statement.execution_options(yield_per=ROWS_AT_ONCE))) as found:
        for rows in found.partitions():
            writer.writerows([cell(row, column) for column in columns] for row in rows)
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def cell(row: Any, column: str) -> str:
    """One value as text: times with the clinic's offset, amounts in major units, states by their names."""
    value = value_of(row, column)
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone_of(row))).isoformat(timespec="seconds")
    elif isinstance(value, Enum):
        value = value.value
    elif isinstance(value, list):
        value = ", ".join(str(item) for item in value)
    elif column.endswith("_minor") and value is not None and (currency := currency_of(row)):
        value = Money(value, currency)
    elif column.endswith("_bp") and value is not None:
        value = Decimal(value) / 100
    return csv_safe(value)
