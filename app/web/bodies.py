"""What a request to the API says: its JSON body, its page of a list, its precondition. Each is read without trust."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import prison
from flask import abort, request
from marshmallow import Schema, ValidationError

from app.kernel.errors import N_, Invalid, Stale
from app.kernel.text import clean_text
from app.web.scoped import key_of

PAGE_SIZE = 25
LARGEST_PAGE = 100
DEEPEST = 20


class NotANumber(Invalid):
    code = "not_a_number"
    template = N_("This must be a whole number from %(low)s to %(high)s.")


MARSHMALLOW_TEXTS = (
    N_("Missing data for required field."),
    N_("Field may not be null."),
    N_("Unknown field."),
    N_("Not a valid string."),
    N_("Not a valid integer."),
    N_("Not a valid boolean."),
    N_("Not a valid date."),
    N_("Not a valid time."),
    N_("Not a valid list."),
    N_("Not a valid mapping type."),
    N_("Invalid input type."),
)


# -- JSON ------------------------------------------------------------------------------------------------------------


def json_object() -> dict[str, Any]:
    """The body. Answers 415 for another content type, 400 for what is no JSON object. Refuses: Invalid."""
    raw = request.get_data()
    if not request.is_json:
        abort(415)
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        abort(400)
    if not isinstance(body, dict):
        abort(400)
    _refuse_unkeepable(body)
    return body


def loaded(schema: type[Schema], *, partial: bool = False, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body as the schema reads it. Refuses: Invalid with every problem of every field, unknown ones included."""
    try:
        values: dict[str, Any] = schema().load(json_object() if body is None else body, partial=partial)
    except ValidationError as error:
        raise Invalid(dict(_flat(error.messages))) from None
    return values


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    else:
        yield path or "body", [str(message) for message in messages]


def _refuse_unkeepable(body: dict[str, Any]) -> None:
    """Text that no database and no page may hold (lone surrogates, control characters), wherever it stands."""
    problems: dict[str, list[Invalid]] = {}
    for path, text in _texts(body, ""):
        try:
            clean_text(text, max(len(text), 1))
        except Invalid as problem:
            problems[clean_name(path)] = [problem]
    if problems:
        raise Invalid(problems)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text in the body, names too, with the path it stands at."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, list):
            waiting += [(f"{path}.{index}", item) for index, item in enumerate(value)]
        elif isinstance(value, dict):
            yield from ((path or name, name) for name in value)
            waiting += [(f"{path}.{name}" if path else name, item) for name, item in value.items()]


def clean_name(path: str) -> str:
    """A name from outside, fit to be sent back."""
    return path.encode("ascii", "backslashreplace").decode()[:200]


# -- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """Which page of a list: `page` counts from 0. `conditions` are (column, operator, value) of FAB's `q`."""

    page: int = 0
    page_size: int = PAGE_SIZE
    order_column: str = ""
    order_direction: str = "asc"
    conditions: tuple[tuple[str, str, Any], ...] = ()

    @classmethod
    def asked(cls) -> Page:
        """From `page` and `page_size`, or `q` in Rison. Refuses: Invalid. Answers 400 for a `q` that is not Rison."""
        given = {**_rison(), **{name: request.args[name] for name in ("page", "page_size") if name in request.args}}
        return cls(
            page=whole_number(given.get("page", 0), "page", 0, 1_000_000),
            page_size=whole_number(given.get("page_size", PAGE_SIZE), "page_size", 1, LARGEST_PAGE),
            order_column=str(given.get("order_column", "")),
            order_direction="desc" if given.get("order_direction") == "desc" else "asc",
            conditions=_conditions(given.get("filters", [])),
        )


def whole_number(value: object, field: str, low: int, high: int) -> int:
    """Refuses: NotANumber."""
    text = str(value)
    if isinstance(value, bool) or not (
        text.isascii() and text.isdigit() and len(text) < 11 and low <= int(text) <= high
    ):
        raise NotANumber(field=field, low=low, high=high)
    return int(text)


def _rison() -> dict[str, Any]:
    text = request.args.get("q")
    if not text:
        return {}
    try:
        asked = prison.loads(text)
    except Exception:  # noqa: BLE001 - the parser raises whatever it stumbles over
        abort(400)
    return asked if isinstance(asked, dict) else abort(400)


def _conditions(filters: Any) -> tuple[tuple[str, str, Any], ...]:
    try:
        return tuple((str(one["col"]), str(one["opr"]), one["value"]) for one in filters)
    except (TypeError, KeyError):
        abort(400)


# -- preconditions ---------------------------------------------------------------------------------------------------


def etag_of(row: Any) -> str:
    """The version of a row for caches and preconditions: key, revision, and the time of what changed beside it."""
    changed = getattr(row, "updated_at", None)
    stamp = int(changed.timestamp() * 1_000_000) if changed else 0
    return f"{row.id}.{getattr(row, 'revision', 0)}.{stamp:x}"


def revision_expected(pk: int) -> int | None:
    """The revision that `If-Match` names; None where it names none. Refuses: Stale for what was never this row's."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    for tag in request.headers["If-Match"].split(","):
        parts = tag.strip().removeprefix("W/").strip('"').split(".")
        if parts[0] == str(pk) and len(parts) > 1 and (revision := key_of(parts[1])) is not None:
            return revision
    raise Stale
