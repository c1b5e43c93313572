"""Files on their way to a browser: named, never taken for a page of ours, kept by nobody in between."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from flask import Response

# A file is shown by itself, without scripts, forms or requests of its own, and in an origin that is not ours.
ALONE = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


def file_response(content: bytes, content_type: str, name: str, *, inline: bool = False) -> Response:
    """The file under its name in any script (RFC 6266); to be saved, unless it may be shown `inline`."""
    charset = "; charset=utf-8" if content_type == "text/plain" else ""
    response = Response(content, content_type=content_type + charset)
    response.headers["Content-Disposition"] = disposition(name, inline=inline)
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def disposition(name: str, *, inline: bool = False) -> str:
    """Content-Disposition with the name in ASCII for old programs, and as it is for all others (RFC 8187)."""
    how = "inline" if inline else "attachment"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(c for c in plain if c.isprintable() and c not in '"\\%;/').strip()
    plain = f"file{plain}" if plain.startswith(".") or not plain else plain
    if plain == name:
        return f'{how}; filename="{plain}"'
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
