"""What an address is taken to say: a trailing slash means nothing, and a row's key is written in plain digits."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

from app.web.scoped import LARGEST_KEY


class RowKey(IntegerConverter):
    """`<int:pk>`: what no key can be (other scripts' digits, more than the column holds) is no address."""

    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Any, **options: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_KEY} | options)


def init_app(app: Flask) -> None:
    app.url_map.strict_slashes = False  # "/api/v1/patients" and "/api/v1/patients/" are one address
    app.url_map.converters["int"] = RowKey
