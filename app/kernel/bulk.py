"""Many rows at once, past the mapper: COPY on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.kernel.db import db


def among(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """`column` is one of `values`, texts or integers: one parameter however many they are.

    Thousands of parameters take the driver longer to read than the database to answer. They are rows, not a list: on a
    table without statistics, as in a first import, PostgreSQL compares each row with each element of a list.
    """
    listed = list(values)
    if db.session.connection().dialect.name == "postgresql":
        rows = select(func.unnest(literal(listed, ARRAY(column.type))))
    else:
        rows = select(func.json_each(json.dumps(listed)).table_valued("value").c.value)
    found: ColumnElement[bool] = column.in_(rows)
    return found


def insert_rows(table: Table, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Insert rows that have a value for each of `columns`, in the session's transaction.

    Neither Python-side defaults nor the audit log know of them: give every value that must not be NULL, and record
    the act as one.
    """
    copy_rows(db.session.connection(), table, (tuple(row[name] for name in columns) for row in rows), columns)


def copy_rows(connection: Connection, table: Table, rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> None:
    """As `insert_rows`, on a connection, from tuples in the order of `columns`."""
    bound = _binders(connection, table, columns)
    ready = (
        tuple(bind(value) if bind and value is not None else value for bind, value in zip(bound, row, strict=True))
        for row in rows
    )
    names = ", ".join(f'"{name}"' for name in columns)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in ready:
                copy.write_row(row)
        return
    places = ", ".join("?" * len(columns))
    driver.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', ready)  # noqa: S608 - our own names


def _binders(connection: Connection, table: Table, columns: Sequence[str]) -> list[Callable[[Any], Any] | None]:
    """What turns a Python value into the driver's, for each column that needs it."""
    dialect = connection.dialect
    return [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns]
