"""Texts in the language of a page, and in another than the request's: what is written to somebody is in theirs."""

from __future__ import annotations

from collections.abc import Callable

from babel.support import NullTranslations
from flask import Flask, g, has_app_context
from flask_babel import Domain, force_locale, gettext


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
    """Have texts translated through PageDomain; call it when Flask-Babel is there."""
    babel = app.extensions["babel"]
    babel.instance.domain_instance = PageDomain(domain=babel.default_domain)


def translation_into(language: str) -> Callable[[str], str]:
    """The translation of marked texts into a language."""

    def translate(text: str) -> str:
        with force_locale(language):
            return str(gettext(text))

    return translate
