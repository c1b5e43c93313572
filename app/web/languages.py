"""The language of a page, of a reader and of a letter, and the texts in it.

A page is in the language that its reader chose, else in one that the browser asks for; dates, numbers and amounts are
written as in the country of the reader's clinic. What is written to somebody is in theirs (`translation_into`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from babel import localedata, negotiate_locale
from babel.support import NullTranslations
from flask import Flask, current_app, g, has_app_context, has_request_context, request, session
from flask_babel import Domain, force_locale, gettext
from sqlalchemy.exc import SQLAlchemyError

from app.web.security import signed_in_user
from app.web.zones import page_country

CHOSEN = "language"


class PageDomain(Domain):
    """Flask-Babel's catalogue, looked up once for a page (and a forced language), not for each of its many texts.

    Flask-Babel forgets `babel_translations` itself where the language changes.
    """

    def get_translations(self) -> NullTranslations:
        kept = g.get("_flask_babel") if has_app_context() else None
        found: NullTranslations | None = getattr(kept, "babel_translations", None)
        if found is None:
            found = super().get_translations()
            if has_app_context():
                g._flask_babel.babel_translations = found  # noqa: SLF001 - Flask-Babel's own place for it
        return found


def init_app(app: Flask) -> None:
    """Have texts translated through PageDomain into the reader's language; call it when Flask-Babel is there."""
    babel = app.extensions["babel"]
    babel.instance.domain_instance = PageDomain(domain=babel.default_domain)
    babel.locale_selector = reader_locale


def reader_locale() -> str | None:
    """The locale of this request's texts, dates and numbers ("es", "en_GB"); None outside of one."""
    if not has_request_context():
        return None
    if request.path.startswith("/api/"):
        return reader_language()
    try:
        return in_country(reader_language(), page_country())
    except SQLAlchemyError:  # the page that says so needs a language too
        return _language_of_browser()


def reader_language() -> str:
    """The language that the reader chose, here or earlier, else the best of those that the browser asks for."""
    user = signed_in_user()
    kept = g.get("language_of", {}).get(user.id) if user else None
    chosen = kept or session.get(CHOSEN)
    return chosen if chosen in offered_languages() else _language_of_browser()


def asked_language() -> str | None:
    """The best of the languages that the browser asks for; None where pages can be in none of them."""
    asked = [language.replace("-", "_") for language, quality in request.accept_languages if quality > 0]
    return negotiate_locale(asked, offered_languages())


def _language_of_browser() -> str:
    return asked_language() or current_app.config["BABEL_DEFAULT_LOCALE"]


def offered_languages() -> dict[str, str]:
    """The languages that pages can be in, each with its own name."""
    return {code: facts["name"] for code, facts in current_app.config["LANGUAGES"].items()}


@lru_cache(maxsize=500)
def in_country(language: str, country: str) -> str:
    """The locale of a language as it is written in a country (ISO 3166, or ""), where Unicode's CLDR knows that."""
    local = f"{language}_{country}"
    return local if country and "_" not in language and localedata.exists(local) else language


def translation_into(language: str) -> Callable[[str], str]:
    """The translation of marked texts into a language."""

    def translate(text: str) -> str:
        with force_locale(language):
            return str(gettext(text))

    return translate
