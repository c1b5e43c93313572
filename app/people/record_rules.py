"""What may be said of clinics, doctors, services, specialties and holidays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale, UnknownLocaleError

from app.kernel.money import BASIS_POINTS, Money, currency_digits
from app.kernel.text import clean_line
from app.people.errors import (
    BadCode,
    NameWithoutLetters,
    NegativePrice,
    UnknownCountry,
    UnknownLanguage,
    UnknownTimezone,
)
from app.people.fields import Check, calendar_day, email, line, paragraph, row_id, whole_number, yes_or_no
from app.people.phones import to_e164

_CODE: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?")


def name_of(longest: int) -> Check:
    """A line with at least one letter or digit."""

    def check(raw: object) -> str:
        name = clean_line(raw, longest)
        if not any(map(str.isalnum, name)):
            raise NameWithoutLetters
        return name

    return check


def phone_in(region: str) -> Check:
    """E.164; without a country code a number of `region`."""
    return lambda raw: to_e164(raw, region, field=None)


def price_in(currency: str) -> Check:
    """Minor units of a price in major units."""

    def check(raw: object) -> int:
        price = Money.parse(raw if isinstance(raw, str | int) else str(raw), currency, field="price")
        if price.minor < 0:
            raise NegativePrice
        return price.minor

    return check


def code(raw: object) -> str:
    text = clean_line(raw, 24).lower()
    if not _CODE.fullmatch(text):
        raise BadCode
    return text


def country(raw: object) -> str:
    text = clean_line(raw, 2).upper()
    if text not in phonenumbers.SUPPORTED_REGIONS:
        raise UnknownCountry
    return text


def timezone(raw: object) -> str:
    text = clean_line(raw, 64)
    if text not in _zones():
        raise UnknownTimezone
    return text


def currency(raw: object) -> str:
    text = clean_line(raw, 3).upper()
    currency_digits(text)
    return text


def language(raw: object) -> str:
    try:
        return str(Locale.parse(clean_line(raw, 12).replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        raise UnknownLanguage from None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def clinic_checks(region: str) -> Mapping[str, Check]:
    """`region` is the clinic's country as it will be."""
    return {
        "code": code,
        "name": name_of(120),
        "country": country,
        "timezone": timezone,
        "currency": currency,
        "language": language,
        "address": paragraph(400),
        "phone": phone_in(region),
        "email": email,
        "tax_id": line(40),
        "is_active": yes_or_no,
    }


def service_checks(money: str) -> Mapping[str, Check]:
    """`money` is the clinic's currency."""
    return {
        "clinic_id": row_id,
        "name": name_of(120),
        "duration_minutes": whole_number(1, 1440),
        "buffer_before_minutes": whole_number(0, 240),
        "buffer_after_minutes": whole_number(0, 240),
        "price": price_in(money),
        "tax_rate_bp": whole_number(0, BASIS_POINTS),
        "share_bp": whole_number(0, BASIS_POINTS),
        "is_active": yes_or_no,
    }


def doctor_checks(region: str) -> Mapping[str, Check]:
    return {
        "name": name_of(120),
        "specialty_id": row_id,
        "user_id": row_id,
        "email": email,
        "phone": phone_in(region),
        "share_bp": whole_number(0, BASIS_POINTS),
        "is_active": yes_or_no,
    }


WORKPLACE_CHECKS: Final[Mapping[str, Check]] = {
    "doctor_id": row_id,
    "clinic_id": row_id,
    "room": line(40),
    "daily_maximum": whole_number(1, 200),
    "share_bp": whole_number(0, BASIS_POINTS),
}
SPECIALTY_CHECKS: Final[Mapping[str, Check]] = {"name": name_of(80)}
HOLIDAY_CHECKS: Final[Mapping[str, Check]] = {"clinic_id": row_id, "day": calendar_day, "name": name_of(80)}


def offer_checks(money: str) -> Mapping[str, Check]:
    """What a doctor may have of their own for a service."""
    return {
        "doctor_id": row_id,
        "service_id": row_id,
        "duration_minutes": whole_number(1, 1440),
        "price": price_in(money),
    }
