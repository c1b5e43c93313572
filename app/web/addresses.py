"""What an address may say: trailing slashes mean nothing, keys are in plain digits, ways back stay on this server."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.routing import IntegerConverter

from app.web.scoped import LARGEST_KEY

LONGEST_ADDRESS = 2000


class RowKey(IntegerConverter):
    """`<int:pk>`: what no key can be (other scripts' digits, more than the column holds) is no address."""

    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Any, **options: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_KEY} | options)


def init_app(app: Flask) -> None:
    app.url_map.strict_slashes = False  # "/api/v1/patients" and "/api/v1/patients/" are one address
    app.url_map.converters["int"] = RowKey


def local_path(address: str) -> str:
    """The path and query of an address on this server; the home page for every other address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    inside = not parts.netloc or parts.netloc == request.host
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    plain = address.isprintable() and "\\" not in path and len(path) <= LONGEST_ADDRESS
    return path if inside and plain and path.startswith("/") and not path.startswith("//") else "/"
