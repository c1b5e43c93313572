"""Texts in another language than the request's: what is written to somebody is in theirs."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import force_locale, gettext


def translation_into(language: str) -> Callable[[str], str]:
    """The translation of marked texts into a language."""

    def translate(text: str) -> str:
        with force_locale(language):
            return str(gettext(text))

    return translate
