"""Pages for people without a login: in their language, kept by nobody, and telling no other site their address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel import negotiate_locale
from flask import Response, current_app, make_response, render_template, request
from flask_babel import force_locale

from app.people.models import Clinic
from app.web.languages import asked_language, in_country, offered_languages


def clinic_language(clinic: Clinic) -> str:
    """The clinic's language where pages can be in it, else the installation's."""
    return negotiate_locale([clinic.language], offered_languages()) or current_app.config["BABEL_DEFAULT_LOCALE"]


def patient_language(language: str | None, clinic: Clinic) -> str:
    """The patient's own language, else the browser's, else the clinic's."""
    return language if language in offered_languages() else asked_language() or clinic_language(clinic)


def guest_page(
    template: str, values: Mapping[str, Any], *, language: str, country: str = "", status: int = 200
) -> Response:
    """A page as it is written in a country; a part of one (`..._now.html`) is 304 for whoever has this very part."""
    with force_locale(in_country(language, country)):
        response = make_response(render_template(template, **values), status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    if template.endswith("_now.html"):
        response.add_etag()
        response.make_conditional(request)
    return response


def no_page() -> Response:
    """For every address that is none: it says nothing, not even whether it ever was one."""
    return guest_page("frontdesk/guest_none.html", {}, language=asked_language() or "en", status=404)
