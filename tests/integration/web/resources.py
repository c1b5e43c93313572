"""Resources for the tests of the REST base classes."""

from __future__ import annotations

from typing import Any


def register(builder: Any) -> None:
    """Nothing yet."""
