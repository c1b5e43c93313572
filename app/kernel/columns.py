"""Column types and mixins that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ColumnElement, DateTime, Dialect, Integer, String, Table, bindparam, or_
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from app.kernel import clock


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database. A naive value is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a point in time needs a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum kept as its value; `one_of` gives the CHECK that belongs beside it."""

    impl = String(24)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.kind(value)


def one_of(column: str, kind: type[StrEnum], name: str) -> CheckConstraint:
    """The CHECK that `column` holds a value of `kind`."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=name)


def is_in(column: Any, *states: StrEnum) -> ColumnElement[bool]:
    """The column has one of the states, written into the statement: only so are the partial indexes of use."""
    return or_(*(column == bindparam(None, state, column.type, literal_execute=True) for state in states))


class Entity(Model):
    """Rows with an integer id, which no later row gets again, and the two times every resource shows."""

    __abstract__ = True
    __table_args__: Any = ()

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=clock.now, onupdate=clock.now)

    @classmethod
    def __table_cls__(cls, *args: Any, **settings: Any) -> Table:
        """SQLite would give the id of a deleted last row, with what the audit log says of it, to the next one."""
        return Table(*args, sqlite_autoincrement=True, **settings)


class Revised:
    """Rows that two people may edit at once: each save raises `revision`, a stale one is refused."""

    @declared_attr
    def revision(cls) -> Mapped[int]:  # noqa: N805 - a declared_attr is a class method
        return mapped_column(Integer, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.revision}
