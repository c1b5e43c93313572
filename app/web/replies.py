"""Words every refusal and error for whoever asked: problem+json for programs, a page for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from app.kernel import db
from app.kernel.errors import Invalid, Refusal

log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    503: "busy",
}
# What a refusal knows that a program can go on with, beside the members of RFC 9457.
EXTRAS = ("existing_id", "archived", "next_free", "occurrences")
TEXTS = {
    400: _("The request could not be understood."),
    401: _("Please sign in."),
    403: _("You may not do this."),
    404: _("There is no such record."),
    405: _("This address does not take that kind of request."),
    409: _("This conflicts with what is stored."),
    413: _("This is too large."),
    415: _("This kind of content is not taken here."),
    422: _("Please correct the marked fields."),
    429: _("Too many requests; wait a moment."),
    500: _("Something went wrong on our side. Nothing was changed."),
    503: _("The system is busy; please try again."),
}


def init_app(app: Flask) -> None:
    app.before_request(_refuse_unprintable_input)
    app.register_error_handler(Refusal, reply_to_refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(IntegrityError, _broken_constraint)
    app.register_error_handler(OperationalError, _busy_database)
    app.register_error_handler(NoConnection, _busy_database)
    app.register_error_handler(Exception, _unexpected)


def _refuse_unprintable_input() -> Response | None:
    """A NUL fits no database, and bytes that are no UTF-8 are no address; neither comes from a person."""
    asked = request.query_string
    if "\x00" in request.path or b"%00" in asked or b"\x00" in asked or not _is_utf8(asked):
        request.query_string = b""  # the page that says so would stumble over it as well
        return reply(400)
    return None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def message_of(refusal: Refusal) -> str:
    """The refusal's text in the language of this request."""
    return str(gettext(refusal.template) % refusal.params)


def field_messages(refusal: Invalid) -> dict[str, list[str]]:
    """What is wrong with each field, in the language of this request."""
    return {
        name: [message_of(item) if isinstance(item, Refusal) else str(gettext(item)) for item in items]
        for name, items in refusal.errors.items()
    }


def reply_to_refusal(refusal: Refusal) -> Response:
    errors = field_messages(refusal) if isinstance(refusal, Invalid) else {}
    if refusal.field and not errors:
        errors = {refusal.field: [message_of(refusal)]}
    extra = {name: refusal.params[name] for name in EXTRAS if name in refusal.params}
    return reply(refusal.status, code=refusal.code, detail=message_of(refusal), errors=errors, **extra)


def reply(
    status: int,
    *,
    code: str | None = None,
    detail: str | None = None,
    errors: dict[str, list[str]] | None = None,
    **extra: Any,
) -> Response:
    """An error as problem+json (RFC 9457) under /api and for whoever accepts JSON only, else as a page."""
    code = code or CODES.get(status, "error")
    detail = detail or str(TEXTS.get(status) or HTTPStatus(status).phrase)
    if wants_problem():
        title = HTTPStatus(status).phrase
        response = jsonify(
            {
                "type": "about:blank",
                "title": title,
                "status": status,
                "code": code,
                "detail": detail,
                "errors": errors or {},
            }
            | extra
        )
        response.mimetype = PROBLEM
    else:
        response = Response(
            render_template("errors/error.html", status=status, detail=detail, errors=errors or {}),
            mimetype="text/html",
        )
    response.status_code = status
    return response


def wants_problem() -> bool:
    if request.path.startswith(("/api/", "/webhooks/")):
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def _http_error(error: HTTPException) -> Any:
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    response = reply(error.code)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _broken_constraint(error: IntegrityError) -> Response:
    """A constraint that no domain has named: still a refusal, but one that a developer should look at."""
    log.error("a constraint was violated that has no refusal", exc_info=error)
    return reply(409)


def _busy_database(error: OperationalError | NoConnection) -> Response:
    log.error("the database did not answer", exc_info=error)
    return reply(503)


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error in request %s", g.get("request_id"), exc_info=error)
    db.discard()
    return reply(500)
