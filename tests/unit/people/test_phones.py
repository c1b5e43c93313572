"""Phone numbers in any usual writing become E.164, or are refused with a reason."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from app.kernel.errors import Invalid
from app.people.errors import (
    NotAPhone,
    PhoneHasExtension,
    PhoneNeedsAreaCode,
    PhoneNotInCountry,
    PhoneTooLong,
    PhoneTooShort,
)
from app.people.phones import format_phone, to_e164

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FULL_WIDTH = str.maketrans("0123456789+", "０１２３４５６７８９＋")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def examples(region: str) -> list[phonenumbers.PhoneNumber]:
    kinds = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    found = (phonenumbers.example_number_for_type(region, kind) for kind in kinds)
    return [number for number in found if number is not None]


@pytest.mark.parametrize("region", REGIONS)
def test_the_usual_writings_of_every_country_are_one_number(region: str) -> None:
    assert examples(region)
    for number in examples(region):
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        abroad = "FR" if region != "FR" else "DE"
        for writing in (national, international, international.replace(" ", "."), national.translate(ARABIC)):
            assert to_e164(writing, region) == e164
        for writing in (international, f"00{international[1:]}", international.translate(FULL_WIDTH)):
            assert to_e164(writing, abroad) == e164
        assert to_e164(format_phone(e164, region), region) == e164
        assert to_e164(format_phone(e164, abroad), abroad) == e164


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("+44 (0)20 7946 0958", "BR", "+442079460958"),
        ("+49(0)30-123 456", "DE", "+4930123456"),
        ("0049 30 123456", "BR", "+4930123456"),
        ("(00) 1 650 253 0000", "US", "+16502530000"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("+39 06 698 12345", "IT", "+390669812345"),
        ("tel:+1-650-253-0000", "FR", "+16502530000"),
        ("\u202a+55 11 98765‑4321\u202c", "us", "+5511987654321"),
        ("(11) 98765.4321", "br", "+5511987654321"),
        ("55 11 98765-4321", "BR", "+5511987654321"),
        ("+55 11 22222-2222", "BR", "+5511222222222"),
        ("８７６５ ４３２１", "SG", "+6587654321"),
    ],
)
def test_a_phone_in_unusual_writing_is_understood(raw: str, region: str, e164: str) -> None:
    assert to_e164(raw, region) == e164


@pytest.mark.parametrize(
    ("raw", "region", "reason"),
    [
        ("", "BR", NotAPhone),
        ("Ana Maria", "BR", NotAPhone),
        ("+999 123 456", "BR", NotAPhone),
        ("12345678", "XX", NotAPhone),
        ("+1 650 253 0000\x00", "US", NotAPhone),
        ("\ud800", "US", NotAPhone),
        ("1" * 5000, "US", NotAPhone),
        (None, "US", NotAPhone),
        (16502530000, "US", NotAPhone),
        ("+1 650", "US", PhoneTooShort),
        ("+1 650 253 0000 1234", "US", PhoneTooLong),
        ("253 0000", "US", PhoneNeedsAreaCode),
        ("98765-4321", "BR", PhoneNotInCountry),
        ("+1 650 253 0000 ext. 5", "US", PhoneHasExtension),
    ],
)
def test_a_phone_that_cannot_be_is_refused_with_its_reason(raw: object, region: str, reason: type[Invalid]) -> None:
    with pytest.raises(reason) as refused:
        to_e164(raw, region)
    assert list(refused.value.errors) == ["phone"]


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("+00123456789 ()-./x#")), max_size=30))
def test_any_text_is_a_number_that_stays_itself_or_a_refusal(raw: str) -> None:
    try:
        e164 = to_e164(raw, "BR")
    except Invalid:
        return
    assert e164.startswith("+")
    assert e164[1:].isascii()
    assert e164[1:].isdigit()
    assert len(e164) <= 18
    assert to_e164(e164, "JP") == e164


def test_a_phone_is_shown_as_its_reader_writes_it() -> None:
    assert format_phone("+5511987654321", "BR") == "(11) 98765-4321"
    assert format_phone("+5511987654321", "de") == "+55 11 98765-4321"
    assert format_phone("not a phone", "BR") == "not a phone"
