"""What may be asked of diagnoses and prescriptions."""

from __future__ import annotations

from typing import Any

import pytest

from app.frontdesk.clinical_models import MOST_ITEMS
from app.frontdesk.clinical_requests import DiagnosisAct, cancel_reason, diagnosis_act, new_diagnosis, prescribed_items
from app.frontdesk.clinical_rules import ensure_can_add, kind_of_new
from app.frontdesk.clinical_states import DiagnosisKind
from app.frontdesk.errors import NotWithDoctor, VisitOver
from app.frontdesk.states import VisitStatus
from app.kernel.errors import Invalid, Refusal

MEDICINE = {"medicine": " Ibuprofen ", "dose": "1 tablet", "instructions": "after\n\n\n\nmeals"}


def wrong_fields(items: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        prescribed_items({"items": items})
    return {
        name: [each.code if isinstance(each, Refusal) else each for each in texts]
        for name, texts in refused.value.errors.items()
    }


def test_medicines_are_cleaned() -> None:
    assert prescribed_items({"items": [MEDICINE, {"medicine": "Tea", "strength": " "}]}) == [
        {"medicine": "Ibuprofen", "dose": "1 tablet", "instructions": "after\n\nmeals"},
        {"medicine": "Tea", "strength": None},
    ]


@pytest.mark.parametrize(
    ("items", "problems"),
    [
        ([], {"items": ["nothing_prescribed"]}),
        (None, {"items": ["required"]}),
        ("x", {"items": ["not_a_list"]}),
        ([MEDICINE] * (MOST_ITEMS + 1), {"items": ["too_many_items"]}),
        ([MEDICINE, {"dose": "1"}], {"items.1.medicine": ["required"]}),
        ([MEDICINE, "x"], {"items.1": ["not_an_object"]}),
        (
            [{"medicine": "x" * 161, "colour": "red"}],
            {"items.0.medicine": ["too_long"], "items.0.colour": ["unknown_field"]},
        ),
        ([{"medicine": 7}], {"items.0.medicine": ["not_text"]}),
    ],
)
def test_every_problem_of_every_medicine_is_told(items: Any, problems: dict[str, list[str]]) -> None:
    assert wrong_fields(items) == problems


def test_a_diagnosis_is_named_by_its_code_or_the_id_of_it() -> None:
    assert new_diagnosis({"code": " J06.9 "}).code == "J06.9"
    assert new_diagnosis({"code_id": 7, "kind": "main"}).kind is DiagnosisKind.MAIN
    for values in (
        {},
        {"code": ""},
        {"code_id": "7"},
        {"code": "J", "kind": "other"},
        {"code": "x" * 17},
        {"title": "x"},
    ):
        with pytest.raises(Invalid):
            new_diagnosis(values)


def test_acts_and_reasons_that_make_no_sense_are_refused() -> None:
    assert diagnosis_act("up") is DiagnosisAct.UP
    assert cancel_reason({"reason": " wrong dose "}) == "wrong dose"
    for text in (None, "", "delete", 7):
        with pytest.raises(Invalid):
            diagnosis_act(text)
    for reason in (None, " ", "x" * 201):
        with pytest.raises(Invalid):
            cancel_reason({"reason": reason})


def test_the_first_diagnosis_is_the_main_one() -> None:
    assert kind_of_new(None, []) is DiagnosisKind.MAIN
    assert kind_of_new(None, [DiagnosisKind.SECONDARY]) is DiagnosisKind.MAIN
    assert kind_of_new(None, [DiagnosisKind.MAIN]) is DiagnosisKind.SECONDARY
    assert kind_of_new(DiagnosisKind.SECONDARY, []) is DiagnosisKind.SECONDARY


@pytest.mark.parametrize(
    ("status", "refusal"),
    [(VisitStatus.WAITING, NotWithDoctor), (VisitStatus.CALLED, NotWithDoctor), (VisitStatus.LEFT, VisitOver)],
)
def test_nothing_is_added_to_a_visit_without_a_consultation(status: VisitStatus, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        ensure_can_add(status)
