"""Which rows an address asks a generated list for, read without trust."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.views import ModelView
from sqlalchemy import ColumnElement

from app.web.filters import AtClinic, Equal, FreeText
from app.web.scoped import ScopedInterface, key_of
from app.web.zones import chosen_clinic, clinics_in_reach

LARGEST_PAGE = 100
MOST_FILTERS = 20
LONGEST_SEARCH = 100
FILTER = re.compile(r"_flt_(\d)_(\w+)")


@dataclass(frozen=True)
class Asked:
    """Which page of a list, how large (None: as the view has it), in which order."""

    page: int = 0
    page_size: int | None = None
    order_column: str = ""
    order_direction: str = ""

    @classmethod
    def of(cls, view: str, columns: Collection[str]) -> Asked:
        """What the address asks of the view with this name; what makes no sense is left out."""
        size = key_of(request.args.get(f"psize_{view}", ""))
        column, direction = request.args.get(f"_oc_{view}", ""), request.args.get(f"_od_{view}", "")
        ordered = column in columns and direction in ("asc", "desc")
        return cls(
            page=key_of(request.args.get(f"page_{view}", "")) or 0,
            page_size=min(size, LARGEST_PAGE) if size else None,
            order_column=column if ordered else "",
            order_direction=direction if ordered else "",
        )


class AskedRows(ModelView):
    """A list's filters: the search box, what was chosen, the clinic that the reader works at."""

    datamodel: ScopedInterface
    names_clinic = False
    """Whether the clinic is shown even to who has but one: where rows are about clinics."""

    def search_text(self, text: str) -> ColumnElement[bool]:
        """The criterion for what was typed into the search box; a view that overrides this has the box."""
        raise NotImplementedError

    @property
    def searchable(self) -> bool:
        return type(self).search_text is not AskedRows.search_text

    def asked_filters(self) -> Filters:
        """The filters of one request, its own: the view's are one object for all requests at once."""
        filters = copy.copy(self._filters)
        filters.clear_filters()
        for name, value in list(request.args.items(multi=True))[: 5 * MOST_FILTERS]:
            match = FILTER.fullmatch(name)
            offered = filters.get_search_filters().get(match[2], []) if match else []
            if match and int(match[1]) < len(offered) and len(filters.filters) < MOST_FILTERS:
                _put_in_force(filters, offered[int(match[1])], value)
        text = request.args.get("q", "").strip()[:LONGEST_SEARCH]
        if text and self.searchable:
            filters._add_filter(FreeText(self.datamodel, self.search_text), text)  # noqa: SLF001
        return filters

    def filters_in_force(self, asked: Filters) -> Filters:
        """The asked filters, the view's own and, unless the address names a clinic, the one the reader works at now."""
        joined = asked.get_joined_filters(self._base_filters)
        if self._keeps_to_chosen_clinic(asked):
            joined.add_filter("clinic_id", AtClinic, chosen_clinic())
        return joined

    def _keeps_to_chosen_clinic(self, asked: Filters) -> bool:
        of_clinics = "clinic_id" in self.datamodel.list_columns and not self.names_clinic
        elsewhere = any(one.column_name == "clinic" for one in asked.filters)
        return of_clinics and not elsewhere and chosen_clinic() is not None and len(clinics_in_reach()) > 1


def _put_in_force(filters: Filters, one: Any, value: str) -> None:
    """Add a filter with its value; of several values that a column may equal, each will do.

    They are a tuple: of a list Flask-AppBuilder would ask for all at once.
    """
    if isinstance(one, Equal) and one in filters.filters:
        filters.values[filters.filters.index(one)] += (value,)
    else:
        filters._add_filter(one, (value,) if isinstance(one, Equal) else value)  # noqa: SLF001 - no public way
