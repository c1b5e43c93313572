"""The lists that a clinic's country, time zone and currency are chosen from, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from babel.numbers import list_currencies
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

Choices = list[SelectChoice]
PLACES = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
    "UTC",
)


def country_field() -> SelectField:
    return _select(_("Country"), lambda: _countries(_reader()))


def timezone_field() -> SelectField:
    return _select(_("Time zone"), _zones)


def currency_field() -> SelectField:
    return _select(_("Currency"), lambda: _currencies(_reader()))


def _select(label: Any, choices: Callable[[], Choices]) -> SelectField:
    """A required choice that nothing is proposed for: the first of the alphabet would be wrong and look right."""
    return SelectField(label, [InputRequired()], choices=lambda: [SelectChoice("", ""), *choices()])


def _reader() -> str:
    return str(get_locale() or "en")


@lru_cache(maxsize=32)
def _countries(language: str) -> Choices:
    names = Locale.parse(language).territories
    found = [SelectChoice(code, f"{names.get(code, code)} ({code})") for code in phonenumbers.SUPPORTED_REGIONS]
    return sorted(found, key=lambda choice: choice.label.casefold())


@lru_cache(maxsize=32)
def _currencies(language: str) -> Choices:
    names = Locale.parse(language).currencies
    return [
        (code, f"{code} · {names.get(code, code)}") for code in sorted(list_currencies(locale="en")) if code != "XXX"
    ]


@lru_cache(maxsize=1)
def _zones() -> Choices:
    return [
        SelectChoice(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if zone.startswith(PLACES)
    ]
