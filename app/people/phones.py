"""Phone numbers: any usual writing of any country in, E.164 kept, the reader's usual writing out."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import CountryCodeSource, NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from app.kernel.errors import Invalid
from app.people.errors import (
    NotAPhone,
    PhoneHasExtension,
    PhoneNeedsAreaCode,
    PhoneNotInCountry,
    PhoneTooLong,
    PhoneTooShort,
)

LONGEST_WRITING: Final = 64
_INTERNATIONAL_ZEROS = re.compile(r"\W*0\W*0\W*(?=\d)")
_REASONS: Final[dict[int, type[Invalid]]] = {
    ValidationResult.TOO_SHORT: PhoneTooShort,
    ValidationResult.TOO_LONG: PhoneTooLong,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: PhoneNeedsAreaCode,
}


def to_e164(raw: object, default_region: str, *, field: str | None = "phone") -> str:
    """`raw` as E.164 ("+5511987654321"); without a country code it is one of `default_region` (ISO 3166, two letters).

    With its country code a number is taken that is possible but not (yet) in the metadata: numbering plans change
    faster. Without, that is more often a forgotten area code.
    Refuses: NotAPhone, PhoneTooShort, PhoneTooLong, PhoneNeedsAreaCode, PhoneHasExtension, PhoneNotInCountry.
    """
    readings = _readings(_visible(raw, field), default_region.upper())
    if not readings:
        raise NotAPhone(field=field)
    number = next(filter(phonenumbers.is_valid_number, readings), None) or next(
        filter(_complete, readings), readings[0]
    )
    if number.extension:
        raise PhoneHasExtension(field=field)
    if not _complete(number):
        raise _REASONS.get(phonenumbers.is_possible_number_with_reason(number), NotAPhone)(field=field)
    if number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY and not phonenumbers.is_valid_number(
        number
    ):
        raise PhoneNotInCountry(field=field)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@lru_cache(maxsize=10_000)
def format_phone(e164: str, region: str) -> str:
    """As people in `region` write it: national within their country, international otherwise."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return e164
    at_home = number.country_code == phonenumbers.country_code_for_region(region.upper())
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    )


def _visible(raw: object, field: str | None) -> str:
    """Plain digits and signs; the invisible marks that address books put around copied numbers are taken away."""
    if not isinstance(raw, str) or len(raw) > LONGEST_WRITING:
        raise NotAPhone(field=field)
    text = "".join(
        character for character in unicodedata.normalize("NFKC", raw.strip()) if unicodedata.category(character) != "Cf"
    )
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character != "\t" for character in text):
        raise NotAPhone(field=field)
    return text


def _readings(text: str, region: str) -> list[PhoneNumber]:
    """The ways to read `text`: as the region dials it, and with 00 as the international prefix."""
    writings = [text]
    if zeros := _INTERNATIONAL_ZEROS.match(text):
        writings.append("+" + text[zeros.end() :])
    readings = []
    for writing in writings:
        try:
            readings.append(phonenumbers.parse(writing, region, keep_raw_input=True))
        except NumberParseException:
            continue
    return readings


def _complete(number: PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
