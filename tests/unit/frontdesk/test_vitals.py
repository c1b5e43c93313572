"""Vital signs: what is plausible, what is kept of it, and what is worked out from it."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.frontdesk.errors import NotBelowSystolic, OutsideRange
from app.frontdesk.requests import record_changes
from app.frontdesk.vitals import MEASURES, body_mass_index, reading, readings_after
from app.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("name", "raw", "kept"),
    [
        ("systolic", "120", "120"),
        ("systolic", 120, "120"),
        ("temperature", "36,8", "36.8"),
        ("temperature", 36.84, "36.8"),
        ("weight", " 72.25 ", "72.3"),
        ("oxygen_saturation", 100, "100"),
    ],
)
def test_a_reading_is_kept_in_the_exactness_of_its_sign(name: str, raw: object, kept: str) -> None:
    assert str(reading(name, raw)) == kept


@pytest.mark.parametrize(("name", "measure"), MEASURES.items())
def test_both_bounds_are_plausible_and_what_lies_beyond_is_not(name: str, measure: object) -> None:
    sign = MEASURES[name]
    assert reading(name, sign.low) == sign.low
    assert reading(name, sign.high) == sign.high
    for beyond in (sign.low - sign.step, sign.high + sign.step):
        with pytest.raises(OutsideRange) as refused:
            reading(name, beyond)
        assert refused.value.params == {"low": sign.low, "high": sign.high, "unit": sign.unit}


@pytest.mark.parametrize("raw", ["x", "1e9999999", "NaN", "-Infinity", True, [1], {}, "1" * 400, "12 0", "1.2.3"])
def test_what_is_no_number_is_refused(raw: object) -> None:
    with pytest.raises(OutsideRange):
        reading("pulse", raw)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans()))
def test_no_input_is_anything_but_a_reading_or_a_refusal(raw: object) -> None:
    with suppress(OutsideRange):
        assert 20 <= reading("pulse", raw) <= 300


def test_a_change_leaves_what_it_does_not_name_and_blank_takes_away() -> None:
    before = {"pulse": Decimal(70), "weight": Decimal("80.0")}
    after = readings_after(before, {"pulse": " ", "temperature": "37"})
    assert after == {"temperature": Decimal("37.0"), "weight": Decimal("80.0")}
    assert readings_after(before, {"weight": None}) == {"pulse": Decimal(70)}


def test_every_problem_is_told_beside_its_sign() -> None:
    with pytest.raises(Invalid) as refused:
        readings_after({}, {"pulse": 7, "temperature": "hot", "height": 170})
    assert set(refused.value.errors) == {"vitals.pulse", "vitals.temperature"}


@pytest.mark.parametrize(
    ("before", "changes"), [({}, {"systolic": 80, "diastolic": 80}), ({"systolic": 80}, {"diastolic": 90})]
)
def test_the_lower_pressure_is_below_the_upper_one(before: dict[str, int], changes: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        readings_after({name: Decimal(value) for name, value in before.items()}, changes)
    ((problem,),) = refused.value.errors.values()
    assert isinstance(problem, NotBelowSystolic)
    assert list(refused.value.errors) == ["vitals.diastolic"]


def test_the_body_mass_index_takes_weight_and_height() -> None:
    assert body_mass_index({"weight": Decimal("72.5"), "height": Decimal(180)}) == Decimal("22.4")
    assert body_mass_index({"weight": Decimal("72.5")}) is None
    assert body_mass_index({}) is None


def test_problems_of_texts_and_vital_signs_are_told_together() -> None:
    values = {"notes": 7, "private_notes": "x" * 20_001, "vitals": {"pulse": 1}, "status": "completed"}
    with pytest.raises(Invalid) as refused:
        record_changes(values, readings={})
    assert set(refused.value.errors) == {"notes", "private_notes", "vitals.pulse", "status"}


@pytest.mark.parametrize(("vitals", "field"), [("high", "vitals"), ([1], "vitals"), ({"iq": 100}, "vitals.iq")])
def test_vital_signs_that_nobody_keeps_are_refused(vitals: object, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        record_changes({"vitals": vitals}, readings={})
    assert list(refused.value.errors) == [field]
