"""What a page may load and who may frame it: the Content-Security-Policy with its nonce, and its sister headers."""

from __future__ import annotations

import re
import secrets

from flask import Flask, Response, g, request

PLAIN_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


def init_app(app: Flask) -> None:
    """Give templates `csp_nonce()` and put the security headers on every answer."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(add_security_headers)


def csp_nonce() -> str:
    """A nonce for the scripts of one request, always the same within it: `<script nonce="...">`."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def add_security_headers(response: Response) -> Response:
    """Add the headers; the policy itself on pages only, because a browser's PDF viewer is not ours to restrict."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", content_security_policy(csp_nonce(), request.host))
    return response


def content_security_policy(nonce: str, host: str) -> str:
    """The policy of a page: everything from the clinic's own server, scripts by file or nonce, sockets to `host`."""
    # Older Safari does not count a WebSocket to the same host as 'self'.
    sockets = f" ws://{host} wss://{host}" if PLAIN_HOST.fullmatch(host) else ""
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src 'self'{sockets}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )
