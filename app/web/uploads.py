"""Which routes take files, and how much may be sent to them; every other one takes what fits a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, current_app, request

MULTIPART: Final = "multipart/form-data"

R = TypeVar("R", bound=Callable[..., Any])


def takes_files(largest: int) -> Callable[[R], R]:
    """For a route: a form with files sent to it may have `largest` bytes. Goes directly above the function."""

    def mark(route: R) -> R:
        route.largest_form = largest  # type: ignore[attr-defined]
        return route

    return mark


def init_app(app: Flask) -> None:
    """Before anything reads the form: the check of its CSRF token does."""
    app.before_request(_admit_files)


def _admit_files() -> None:
    largest: int | None = getattr(current_app.view_functions.get(request.endpoint or ""), "largest_form", None)
    if largest is not None and request.mimetype == MULTIPART:
        request.max_content_length = largest
