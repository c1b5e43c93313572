"""A patient's fields are cleaned, or refused with every problem at once."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Invalid, Refusal
from app.people.errors import DuplicateExternalId, DuplicatePhone
from app.people.rules import (
    CLINICAL_FIELDS,
    LARGEST_EXACT_NUMBER,
    Gender,
    PatientDraft,
    validated_changes,
    validated_patient,
)

TODAY = date(2026, 3, 10)


def draft(**values: object) -> PatientDraft:
    return validated_patient(values, region="BR", today=TODAY)


def codes(**values: object) -> dict[str, list[str]]:
    """The codes of the problems of each field."""
    with pytest.raises(Invalid) as refused:
        validated_changes(values, region="BR", today=TODAY)
    problems = refused.value.errors
    return {name: [one.code for one in found if isinstance(one, Refusal)] for name, found in problems.items()}


def test_everything_that_is_right_is_cleaned_and_kept() -> None:
    assert draft(
        name="  José   da Silva ",
        phone="(11) 98765-4321",
        email=" Jose.Silva@EXAMPLE.com ",
        whatsapp_name="Zé 😀",
        date_of_birth="1980-02-29",
        gender="Male",
        medical_history="one\r\ntwo",
        allergies="  ",
        tags=["VIP", " vip ", "", "Recall"],
        custom_fields={"age": 45, "note": " x ", "smoker": False, "height": 1.8, "plan": None},
        preferred_doctor_id=3,
        contact_patient_id=None,
        external_id=" A-1 ",
    ) == PatientDraft(
        name="José da Silva",
        phone="+5511987654321",
        email="Jose.Silva@example.com",
        whatsapp_name="Zé 😀",
        date_of_birth=date(1980, 2, 29),
        gender=Gender.MALE,
        medical_history="one\ntwo",
        allergies=None,
        tags=["VIP", "Recall"],
        custom_fields={"age": 45, "note": "x", "smoker": False, "height": 1.8, "plan": None},
        preferred_doctor_id=3,
        external_id="A-1",
    )


def test_only_the_name_is_required() -> None:
    assert draft(name="Ana", phone="", email=None, tags=None, custom_fields=None, date_of_birth="") == PatientDraft(
        name="Ana"
    )
    for missing in ({}, {"name": None}, {"name": "  "}):
        with pytest.raises(Invalid) as refused:
            validated_patient(missing, region="BR", today=TODAY)
        assert [one.code for one in refused.value.errors["name"] if isinstance(one, Refusal)] == ["required"]


def test_a_change_touches_only_what_was_sent() -> None:
    assert validated_changes({"phone": "", "tags": []}, region="BR", today=TODAY) == {"phone": None, "tags": []}
    assert validated_changes({}, region="BR", today=TODAY) == {}
    assert codes(name="") == {"name": ["required"]}


def test_all_problems_are_told_at_once() -> None:
    assert codes(
        name="Ana\x00",
        phone="Ana",
        email="ana@",
        date_of_birth="2026-03-11",
        gender="x",
        tags="VIP",
        custom_fields=[1],
        preferred_doctor_id="3",
        total_visits=7,
        id=1,
    ) == {
        "name": ["forbidden_character"],
        "phone": ["not_a_phone"],
        "email": ["not_an_email"],
        "date_of_birth": ["born_in_the_future"],
        "gender": ["unknown_gender"],
        "tags": ["not_a_list"],
        "custom_fields": ["not_an_object"],
        "preferred_doctor_id": ["not_an_id"],
        "total_visits": ["unknown_field"],
        "id": ["unknown_field"],
    }


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("name", 5, "not_text"),
        ("name", "a" * 161, "too_long"),
        ("name", "123 😀", "name_without_letters"),
        ("name", "\u200f", "name_without_letters"),
        ("phone", 11987654321, "not_a_phone"),
        ("phone", "98765-4321", "phone_not_in_country"),
        ("email", "a..b@example.com", "not_an_email"),
        ("email", "a@b", "not_an_email"),
        ("email", "Ana <ana@example.com>", "not_an_email"),
        ("email", "a" * 300 + "@example.com", "too_long"),
        ("email", {}, "not_text"),
        ("date_of_birth", "1899-12-31", "born_too_long_ago"),
        ("date_of_birth", "0001-01-01", "born_too_long_ago"),
        ("date_of_birth", "9999-12-31", "born_in_the_future"),
        ("date_of_birth", "2025-02-29", "not_a_date"),
        ("date_of_birth", "20250201", "not_a_date"),
        ("date_of_birth", "٢٠٢٥-٠١-٠١", "not_a_date"),
        ("date_of_birth", datetime(2020, 1, 1), "not_a_date"),
        ("date_of_birth", 20200101, "not_a_date"),
        ("gender", ["male"], "unknown_gender"),
        ("gender", 1, "unknown_gender"),
        ("medical_history", "\u202eabc", "forbidden_character"),
        ("allergies", "x" * 20_001, "too_long"),
        ("tags", ["x"] * 21, "too_many_tags"),
        ("tags", [1], "not_text"),
        ("tags", ["x" * 41], "too_long"),
        ("custom_fields", {f"k{n}": n for n in range(51)}, "too_many_custom_fields"),
        ("custom_fields", {"Age": 1}, "bad_custom_field_name"),
        ("custom_fields", {"": 1}, "bad_custom_field_name"),
        ("custom_fields", {"a": [1]}, "bad_custom_field_value"),
        ("custom_fields", {"a": {"b": 1}}, "bad_custom_field_value"),
        ("custom_fields", {"a": float("nan")}, "bad_custom_field_value"),
        ("custom_fields", {"a": LARGEST_EXACT_NUMBER + 1}, "bad_custom_field_value"),
        ("custom_fields", {"a": 10**400}, "bad_custom_field_value"),
        ("custom_fields", {"a": "\x00"}, "forbidden_character"),
        ("preferred_doctor_id", True, "not_an_id"),
        ("preferred_doctor_id", 0, "not_an_id"),
        ("contact_patient_id", 2**31, "not_an_id"),
        ("contact_patient_id", 1.0, "not_an_id"),
        ("external_id", "x" * 65, "too_long"),
        ("is_active", True, "unknown_field"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_code(name: str, value: object, code: str) -> None:
    assert codes(**{name: value}) == {name: [code]}


def test_a_birth_today_and_the_earliest_day_are_taken() -> None:
    assert draft(name="Newborn", date_of_birth=TODAY).date_of_birth == TODAY
    assert draft(name="Elder", date_of_birth="1900-01-01").date_of_birth == date(1900, 1, 1)
    assert codes(date_of_birth=TODAY + timedelta(days=1)) == {"date_of_birth": ["born_in_the_future"]}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.dates() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
field_names = st.sampled_from([one.name for one in fields(PatientDraft)])


@given(st.dictionaries(field_names | st.text(max_size=4), anything, max_size=6))
def test_whatever_is_sent_it_is_a_clean_draft_or_a_refusal(values: dict[str, object]) -> None:
    problems: dict[str, list[str | Refusal]] = {}
    try:
        cleaned = asdict(validated_patient(values, region="BR", today=TODAY))
    except Invalid as refused:
        problems = refused.errors
    else:
        assert asdict(validated_patient(cleaned, region="DE", today=TODAY)) == cleaned
    assert problems.keys() <= {"name", *values}
    assert all(str(problem) for found in problems.values() for problem in found)


def test_clinical_fields_are_fields_of_a_patient() -> None:
    assert set(CLINICAL_FIELDS) <= {one.name for one in fields(PatientDraft)}


def test_a_duplicate_names_the_existing_patient() -> None:
    refused = DuplicatePhone(existing_id=7, archived=True)
    assert (refused.code, refused.status, refused.field) == ("duplicate_phone", 409, "phone")
    assert refused.params == {"existing_id": 7, "archived": True}
    assert DuplicateExternalId(existing_id=7, archived=False).field == "external_id"
