"""Numbers as people type them, in their locale's way or plainly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from hypothesis import given
from hypothesis import strategies as st

from app.web.numbers import for_typing, plain_number

LOCALES = ("en", "en_GB", "en_DE", "es", "es_MX", "ar", "ar_EG", "fr_CH")
APP = Flask(__name__)
Babel(APP)


def in_locale(name: str, text: str) -> str:
    with APP.app_context(), force_locale(name):
        return plain_number(text)


@pytest.mark.parametrize(
    ("locale", "typed", "plain"),
    [
        ("en", "1,234.50", "1234.50"),
        ("en", "1234.5", "1234.5"),
        ("es", "1.234,50", "1234.50"),
        ("es", "99,90", "99.90"),
        ("es", "99.90", "99.90"),
        ("es", "1.500", "1500"),
        ("ar", "12.5", "12.5"),
        ("en_DE", " 7 ", "7"),
    ],
)
def test_a_number_is_read_as_the_locale_writes_it_or_plainly(locale: str, typed: str, plain: str) -> None:
    assert in_locale(locale, typed) == plain


@pytest.mark.parametrize("typed", ["", "abc", "1,2,3", "NaN", "9" * 50, "12.5.1", "\N{NO-BREAK SPACE}"])
def test_what_is_no_number_is_left_for_the_service_to_refuse(typed: str) -> None:
    assert in_locale("es", typed) == typed


@given(st.sampled_from(LOCALES), st.decimals(min_value=0, max_value=10**9, places=2))
def test_what_is_shown_for_typing_is_read_back_the_same(locale: str, number: Decimal) -> None:
    with APP.app_context(), force_locale(locale):
        assert Decimal(plain_number(for_typing(number))) == number
