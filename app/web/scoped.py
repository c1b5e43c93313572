"""The generated screens' way to rows: every query carries the actor's scope, and none counts without end."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NoReturn, Self

from babel.numbers import format_decimal
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import get_locale
from sqlalchemy import JSON, Select, Text, func, inspect, literal, select
from sqlalchemy.orm import defaultload, defer, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from app.kernel import scope
from app.kernel.crypto import EncryptedText
from app.kernel.db import db
from app.web.filters import Reference, ScopedFilterConverter
from app.web.security import current_actor

MOST_COUNTED = 1_000  # who looks for a row beyond these searches or filters
LONG = (Text, JSON, EncryptedText)
LARGEST_KEY = 2**31 - 1


class Count(int):
    """How many rows there are; with `more`, that there are more than these."""

    more: bool

    def __new__(cls, number: int, *, more: bool = False) -> Self:
        count = super().__new__(cls, number)
        count.more = more
        return count

    def __str__(self) -> str:
        return format_decimal(int(self), locale=get_locale() or "en") + ("+" if self.more else "")


class ScopedInterface(SQLAInterface):
    """What a generated view asks for rows of a model: only those in the actor's reach, related ones likewise.

    It reads and never writes: changes are made by services.
    """

    filter_converter_class = ScopedFilterConverter
    FilterRelationOneToManyEqual = Reference

    # -- what a view calls -------------------------------------------------------------------------------------------

    def query(
        self,
        filters: Filters | None = None,
        order_column: str = "",
        order_direction: str = "",
        page: int | None = None,
        page_size: int | None = None,
        select_columns: Sequence[str] | None = None,
        outer_default_load: bool = False,  # noqa: FBT001, FBT002 - see above
    ) -> tuple[Count, list[Any]]:
        """One page of rows and their count, within limits; `select_columns` are loaded in the same statement."""
        statement = self.statement(filters)
        page, size = page or 0, min(page_size or MOST_COUNTED, MOST_COUNTED)
        rows = self.rows(
            statement, order=(order_column, order_direction), load=select_columns or (), offset=page * size, limit=size
        )
        whole = page == 0 and len(rows) < size
        return (Count(len(rows)) if whole else self.count(statement)), rows

    def get(
        self,
        id: Any,  # noqa: A002 - the name is Flask-AppBuilder's
        filters: Filters | None = None,
        select_columns: Sequence[str] | None = None,
        outer_default_load: bool = False,  # noqa: FBT001, FBT002 - see above
    ) -> Any | None:
        """The row in reach with this key, which may be any text from an address; None for every other."""
        key = key_of(id)
        if key is None:
            return None
        statement = self.statement(filters).where(self.get_pk() == key)
        return db.session.scalars(statement.options(*self.loading(select_columns or ()))).one_or_none()

    def get_related_obj(self, col_name: str, value: Any) -> Any | None:
        return self.get_related_interface(col_name).get(value)

    def query_count(
        self,
        query: object,
        filters: Filters | None = None,
        select_columns: object = None,
    ) -> Count:
        return self.count(self.statement(filters))

    # -- what they are made of ---------------------------------------------------------------------------------------

    def statement(self, filters: Filters | None = None) -> Select[tuple[Any]]:
        """A SELECT of the rows in reach that pass the filters."""
        statement = scope.rows(self.obj, current_actor())
        return filters.apply_all(statement) if filters else statement

    def rows(
        self,
        statement: Select[tuple[Any]],
        *,
        order: tuple[str, str] = ("", ""),
        load: Sequence[str] = (),
        offset: int = 0,
        limit: int,
        lean: bool = False,
    ) -> list[Any]:
        """Rows of a statement in an order that ends in the key, with what the columns in `load` need.

        `lean` leaves long texts that `load` does not name in the database: nobody decrypts what a list does not show.
        """
        options = [*self.loading(load), *(long_texts_left(self.obj, tuple(load)) if lean else ())]
        ordered = self.ordered(statement, *order).options(*options)
        return list(db.session.scalars(ordered.offset(offset).limit(limit)))

    def ordered(self, statement: Select[tuple[Any]], column: str = "", direction: str = "") -> Select[tuple[Any]]:
        """The statement in order of a column of the model and of the key, so that no two pages share a row."""
        down = direction == "desc"
        keys = [self.list_columns[column]] if column in self.list_columns else []
        keys += [] if self.get_pk_name() == column else [self.get_pk()]
        return statement.order_by(*(key.desc() if down else key.asc() for key in keys))

    @staticmethod
    def count(statement: Select[tuple[Any]], most: int | None = MOST_COUNTED) -> Count:
        """How many rows a statement finds, without looking at more than `most` of them (None: at all)."""
        found = statement.with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
        found = found if most is None else found.limit(most + 1)
        number = db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
        return Count(number) if most is None else Count(min(number, most), more=number > most)

    def loading(self, columns: Sequence[str]) -> list[ORMOption]:
        """The options that load the references named by `columns` ("patient", "doctor.specialty") in one statement."""
        options: list[ORMOption] = []
        for column in columns:
            option, model = None, self.obj
            for part in column.split("."):
                relation = inspect(model).relationships.get(part)
                if relation is None or relation.uselist:
                    break
                attribute = getattr(model, part)
                option = option.joinedload(attribute) if option else joinedload(attribute)
                model = relation.mapper.class_
            options += [option] if option else []
        return options

    # -- what services do --------------------------------------------------------------------------------------------

    def _by_service(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise NotImplementedError("rows are changed by services, and grouped by reporting")

    add = edit = delete = delete_all = _by_service
    query_simple_group = query_month_group = query_year_group = _by_service


@cache
def long_texts_left(model: type[Any], columns: tuple[str, ...]) -> list[ORMOption]:
    """The options that leave long texts of a model, and of what it refers to, in the database but for `columns`."""
    mapper = inspect(model)
    options: list[ORMOption] = [defer(text) for text in _long_texts(model, columns)]
    for name in sorted({column.partition(".")[0] for column in columns} & set(mapper.relationships.keys())):
        named = [column.removeprefix(f"{name}.") for column in columns if column.startswith(f"{name}.")]
        related = mapper.relationships[name].mapper.class_
        options += [defaultload(getattr(model, name)).defer(text) for text in _long_texts(related, named)]
    return options


def _long_texts(model: type[Any], named: Sequence[str]) -> list[Any]:
    columns = inspect(model).column_attrs
    return [
        getattr(model, column.key)
        for column in columns
        if isinstance(column.columns[0].type, LONG) and column.key not in named
    ]


def key_of(text: object) -> int | None:
    """The row key that an address or a form names; None where it cannot be one."""
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        return None
    return int(digits) if int(digits) <= LARGEST_KEY else None
