"""Lists on hand-made pages: which page and which order an address asks for, and the addresses of the others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select

from app.kernel.db import db
from app.web.scoped import Count, ScopedInterface, key_of

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class PageOfRows:
    """Some rows of a list; `page` counts from 0, `argument` is what the address calls it."""

    rows: list[Any]
    page: int
    size: int
    count: Count
    argument: str = "page"

    @property
    def last(self) -> int:
        return max(math.ceil(self.count / self.size) - 1, 0)

    def address(self, page: int) -> str:
        """The address of this list's `page`."""
        return address_with(**{self.argument: page or None})


def page_of_rows(statement: Select[Any], *, size: int = PAGE_SIZE, argument: str = "page") -> PageOfRows:
    """The asked page of a statement that is in order, or its last one; what makes no sense is the first."""
    page = key_of(request.args.get(argument, "")) or 0
    count = ScopedInterface.count(statement) if page else None
    last = 0 if count is None else max(math.ceil(count / size) - 1, 0)
    page = min(page, last)
    rows = list(db.session.scalars(statement.offset(page * size).limit(size)))
    if count is None:
        count = Count(len(rows)) if len(rows) < size else ScopedInterface.count(statement)
    return PageOfRows(rows, page, size, count, argument)


def asked_order(columns: Mapping[str, bool]) -> tuple[str, bool]:
    """The asked column and whether it goes down; `columns` say which way each goes first, and the first is the default.

    What makes no sense is the default.
    """
    column = request.args.get("sort", "")
    column = column if column in columns else next(iter(columns))
    direction = {"asc": False, "desc": True}.get(request.args.get("direction", ""), columns[column])
    return column, direction


def address_with(**changes: object) -> str:
    """The address of this page with some of its arguments changed; None takes one out."""
    kept = {name: value for name, value in {**request.args.to_dict(), **changes}.items() if value is not None}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path
