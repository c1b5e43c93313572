"""The filters that a generated list offers: those which an index answers, read from the address without trust."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar

from flask_appbuilder.models.filters import BaseFilter, BaseFilterConverter, FilterRelation
from flask_babel import lazy_gettext
from sqlalchemy import Boolean, ColumnElement, Date, Integer, Select, String, and_, bindparam, false, or_, select

from app.kernel import clock, scope
from app.kernel.columns import EnumText, UtcDateTime
from app.kernel.errors import Invalid
from app.web.security import current_actor
from app.web.zones import from_wall, page_zone

LONGEST_VALUE = 200
LARGEST_INTEGER = 2**31 - 1
TODAY = "today"
TRUE_WORDS = {"y", "true", "1"}

Rows = Select[tuple[Any]]


class ColumnFilter(BaseFilter):
    """Compares one column with a value, or with several of which one must fit; what cannot be read finds nothing."""

    def apply(self, query: Rows, value: Any) -> Rows:
        column = getattr(self.model, self.column_name)
        values = value if isinstance(value, tuple) else (value,)
        try:
            return query.where(or_(*(self.criterion(column, column.type, one) for one in values)))
        except (ValueError, ArithmeticError, Invalid):
            return query.where(false())

    def criterion(self, column: Any, kind: Any, value: Any) -> ColumnElement[bool]:
        raise NotImplementedError


class Equal(ColumnFilter):
    name = lazy_gettext("Equal to")
    arg_name = "eq"

    def criterion(self, column: Any, kind: Any, value: Any) -> ColumnElement[bool]:
        if isinstance(kind, UtcDateTime):
            start, end = _day(value)
            return and_(column >= start, column < end)
        if isinstance(kind, EnumText):  # a state stands in the statement itself: the indexes of single states need that
            return column == bindparam(None, read(kind, value), kind, literal_execute=True)
        return column == read(kind, value)


class NotEqual(ColumnFilter):
    name = lazy_gettext("Not Equal to")
    arg_name = "neq"

    def criterion(self, column: Any, kind: Any, value: Any) -> ColumnElement[bool]:
        return column != read(kind, value)


class Greater(ColumnFilter):
    name = lazy_gettext("Greater than")
    arg_name = "gt"

    def criterion(self, column: Any, kind: Any, value: Any) -> ColumnElement[bool]:
        if isinstance(kind, UtcDateTime):
            return column >= (from_wall(datetime.fromisoformat(value), page_zone()) if "T" in value else _day(value)[1])
        return column > read(kind, value)


class Smaller(ColumnFilter):
    name = lazy_gettext("Smaller than")
    arg_name = "lt"

    def criterion(self, column: Any, kind: Any, value: Any) -> ColumnElement[bool]:
        if isinstance(kind, UtcDateTime):
            return column < (from_wall(datetime.fromisoformat(value), page_zone()) if "T" in value else _day(value)[0])
        return column < read(kind, value)


class Reference(FilterRelation):
    """Rows that point at one other row, which must itself be in the actor's reach."""

    name = lazy_gettext("Relation")
    arg_name = "rel_o_m"

    def apply(self, query: Rows, value: Any) -> Rows:
        key = self.datamodel.get_relation_fk(self.column_name)
        related = self.datamodel.get_related_model(self.column_name)
        try:
            number = read(Integer(), value)
        except ValueError:
            return query.where(false())
        in_reach = select(related.id).where(related.id == number, scope.visible(related, current_actor()))
        return query.where(key == number, in_reach.exists())


class AtClinic(BaseFilter):
    """Rows of one clinic, and those that belong to none."""

    def apply(self, query: Rows, value: int) -> Rows:
        column = getattr(self.model, self.column_name)
        here = column == value
        return query.where(or_(here, column.is_(None)) if self.datamodel.is_nullable(self.column_name) else here)


class FreeText(BaseFilter):
    """What was typed into the search box, by the criterion of the view's domain."""

    def __init__(self, datamodel: Any, criterion: Callable[[str], ColumnElement[bool]]) -> None:
        super().__init__("", datamodel)
        self.criterion = criterion

    def apply(self, query: Rows, value: str) -> Rows:
        return query.where(self.criterion(value))


class ScopedFilterConverter(BaseFilterConverter):
    """Which filters a column has."""

    by_type: ClassVar[tuple[tuple[type[Any], list[type[ColumnFilter]]], ...]] = (
        (EnumText, [Equal, NotEqual]),
        (UtcDateTime, [Equal, Greater, Smaller]),
        (Date, [Equal, Greater, Smaller]),
        (Boolean, [Equal, NotEqual]),
        (Integer, [Equal, Greater, Smaller]),
        (String, [Equal]),
    )

    def convert(self, col_name: str) -> list[BaseFilter]:
        if self.datamodel.is_relation_many_to_one(col_name):
            return [Reference(col_name, self.datamodel)]
        column = self.datamodel.list_columns.get(col_name)
        kinds = next(
            (kinds for kind, kinds in self.by_type if column is not None and isinstance(column.type, kind)), []
        )
        return [kind(col_name, self.datamodel) for kind in kinds]


def read(kind: Any, text: Any) -> Any:
    """A value from an address as a column of type `kind` holds it. Raises ValueError."""
    text = str(text)
    if len(text) > LONGEST_VALUE:
        raise ValueError("too long")
    if isinstance(kind, EnumText):
        return kind.kind(text)
    if isinstance(kind, Boolean):
        return text.lower() in TRUE_WORDS
    if isinstance(kind, Integer):
        number = int(text)
        if abs(number) > LARGEST_INTEGER:
            raise ValueError("too large")
        return number
    if isinstance(kind, Date):
        return calendar_day(text)
    return text


def calendar_day(text: str) -> date:
    """A day as addresses name it: ISO, or TODAY for that of the reader's clinic. Raises ValueError."""
    return clock.clinic_day(clock.now(), page_zone()) if text == TODAY else date.fromisoformat(text[:10])


def _day(text: str) -> tuple[datetime, datetime]:
    day = calendar_day(str(text))
    if not date(1900, 1, 1) <= day <= date(9000, 1, 1):
        raise ValueError("not a day of a clinic")
    return clock.day_bounds(day, page_zone())
