"""Coded diagnoses of a consultation: one main one, in the doctor's order, until it is completed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from app.frontdesk import diagnoses, queue
from app.frontdesk.clinical_errors import (
    DiagnosisGone,
    DiagnosisTwice,
    TooManyDiagnoses,
    UnknownDiagnosis,
)
from app.frontdesk.clinical_models import VisitDiagnosis
from app.frontdesk.clinical_requests import DiagnosisAct
from app.frontdesk.clinical_rules import MOST_DIAGNOSES
from app.frontdesk.errors import NotTheTreatingDoctor, NotWithDoctor, Signed, VisitOver
from app.kernel.db import db
from app.kernel.errors import NotFound, Refusal
from app.people.patients import archive_patient
from app.scheduling.errors import PatientArchived
from tests.factories import make_code
from tests.integration.frontdesk.clinical import change, count, diagnose, listed, on_record, refused_by
from tests.integration.frontdesk.front import Front
from tests.plugins.races import Race

CODES = {"J06.9": "Acute infection of the upper airways", "I10": "High blood pressure", "E11.9": "Type 2 diabetes"}


@pytest.fixture
def visit(front: Front) -> Any:
    """A patient who is with the doctor."""
    for code, title in CODES.items():
        make_code(code, title)
    return front.start(front.walk_in())


def test_the_first_diagnosis_is_the_main_one_and_the_others_follow(front: Front, visit: Any) -> None:
    for code in CODES:
        diagnose(front, visit, code)
    assert listed(front, visit) == [("J06.9", "main"), ("I10", "secondary"), ("E11.9", "secondary")]


def test_a_diagnosis_keeps_the_title_it_had(front: Front, visit: Any) -> None:
    diagnose(front, visit, "j069")
    db.session.execute(text("UPDATE diagnosis_code SET title = 'Something else'"))
    db.session.execute(text("COMMIT"))
    db.session.rollback()
    assert db.session.query(VisitDiagnosis).one().title == CODES["J06.9"]


def test_another_becomes_the_main_one_and_the_former_does_not_vanish(front: Front, visit: Any) -> None:
    diagnose(front, visit, "J06.9")
    second = diagnose(front, visit, "I10")
    change(front, visit, second, "main")
    assert listed(front, visit) == [("I10", "main"), ("J06.9", "secondary")]
    diagnose(front, visit, "E11.9", kind="main")
    assert listed(front, visit) == [("E11.9", "main"), ("J06.9", "secondary"), ("I10", "secondary")]


def test_the_others_are_moved_up_and_down_among_themselves(front: Front, visit: Any) -> None:
    rows = [diagnose(front, visit, code) for code in CODES]
    change(front, visit, rows[2], "up")
    assert [code for code, _ in listed(front, visit)] == ["J06.9", "E11.9", "I10"]
    change(front, visit, rows[2], "up")
    assert [code for code, _ in listed(front, visit)] == ["J06.9", "E11.9", "I10"]
    change(front, visit, rows[2], "down")
    assert [code for code, _ in listed(front, visit)] == ["J06.9", "I10", "E11.9"]


def test_a_diagnosis_is_removed_and_then_it_is_gone(front: Front, visit: Any) -> None:
    row = diagnose(front, visit)
    change(front, visit, row, "remove")
    assert listed(front, visit) == []
    with pytest.raises(DiagnosisGone):
        change(front, visit, row, "main")


def test_what_is_no_code_in_use_is_refused(front: Front, visit: Any) -> None:
    off = make_code("R05", "Cough", is_active=False)
    for values in ({"code": "X99"}, {"code": "R05"}, {"code_id": off.id}, {"code_id": 999_999}):
        with pytest.raises(UnknownDiagnosis):
            front.act(diagnoses.add_diagnosis, visit.id, values, actor=front.cast.doctor)
    assert count(VisitDiagnosis) == 0


def test_no_code_is_listed_twice_and_not_too_many(front: Front, visit: Any) -> None:
    diagnose(front, visit)
    with pytest.raises(DiagnosisTwice):
        diagnose(front, visit)
    for number in range(MOST_DIAGNOSES - 1):
        make_code(f"Z{number:02d}", f"Reason {number}")
        diagnose(front, visit, f"Z{number:02d}")
    with pytest.raises(TooManyDiagnoses):
        diagnose(front, visit, "I10")


def test_a_completed_consultation_keeps_its_diagnoses_as_they_are(front: Front, visit: Any) -> None:
    row = diagnose(front, visit)
    front.complete(visit)
    with pytest.raises(Signed):
        diagnose(front, visit, "I10")
    for act in DiagnosisAct:
        with pytest.raises(Signed):
            change(front, visit, row, act)
    assert listed(front, visit) == [("J06.9", "main")]


def test_the_database_itself_keeps_them_too(front: Front, visit: Any) -> None:
    diagnose(front, visit)
    adds = """INSERT INTO visit_diagnosis (visit_id, clinic_id, doctor_id, code, title, position, kind, created_at,
        updated_at) SELECT visit_id, clinic_id, doctor_id, code, title, 2, :kind, created_at, updated_at
        FROM visit_diagnosis"""
    assert refused_by(adds, kind="secondary") is None
    assert refused_by(adds, kind="main") == "uq_visit_diagnosis_main"
    front.complete(visit)
    assert refused_by(adds, kind="secondary") == "ck_visit_diagnosis_locked"
    assert refused_by("UPDATE visit_diagnosis SET kind = 'secondary'") == "ck_visit_diagnosis_locked"
    assert refused_by("DELETE FROM visit_diagnosis") == "ck_visit_diagnosis_locked"


def test_nobody_is_diagnosed_before_the_consultation_or_after_leaving(front: Front, visit: Any) -> None:
    waiting = front.walk_in()
    with pytest.raises(NotWithDoctor):
        diagnose(front, waiting)
    front.act(queue.leave, waiting.id)
    with pytest.raises(VisitOver):
        diagnose(front, waiting)


def test_nothing_is_added_to_an_archived_patient(front: Front, visit: Any) -> None:
    front.act(archive_patient, visit.patient_id)
    with pytest.raises(PatientArchived):
        diagnose(front, visit)


def test_only_the_treating_doctor_diagnoses(front: Front, visit: Any) -> None:
    refusals = {
        "doctor2": NotFound,
        "riverside": NotFound,
        "reception": NotTheTreatingDoctor,
        "admin": NotTheTreatingDoctor,
    }
    for name, refusal in refusals.items():
        with pytest.raises(refusal):
            front.act(diagnoses.add_diagnosis, visit.id, {"code": "I10"}, actor=getattr(front.cast, name))


def test_two_tabs_that_add_a_main_diagnosis_at_once_leave_one(front: Front, visit: Any, at_once: Race) -> None:
    codes = [*CODES, "I10"]
    outcomes = at_once(*[lambda code=code: diagnose(front, visit, code, kind="main") for code in codes])
    assert {type(one) for one in outcomes} == {VisitDiagnosis, DiagnosisTwice}
    kinds = [kind for _, kind in listed(front, visit)]
    assert sorted(kinds) == ["main", "secondary", "secondary"]


def test_two_tabs_that_change_the_list_at_once_leave_it_whole(front: Front, visit: Any, at_once: Race) -> None:
    rows = [diagnose(front, visit, code) for code in CODES]
    outcomes = at_once(
        lambda: change(front, visit, rows[1], "main"),
        lambda: change(front, visit, rows[2], "main"),
        lambda: change(front, visit, rows[0], "remove"),
        lambda: change(front, visit, rows[2], "up"),
    )
    assert all(one is None or isinstance(one, Refusal) for one in outcomes), outcomes
    kinds = [kind for _, kind in listed(front, visit)]
    assert kinds.count("main") == 1
    assert len(kinds) == 2


def test_completing_at_the_same_moment_leaves_no_late_diagnosis(front: Front, visit: Any, at_once: Race) -> None:
    _, added = at_once(lambda: front.complete(visit), lambda: diagnose(front, visit))
    assert isinstance(added, VisitDiagnosis | Signed)
    assert len(listed(front, visit)) == isinstance(added, VisitDiagnosis)


def test_diagnoses_rest_encrypted_and_are_hidden_in_the_audit_log(front: Front, visit: Any) -> None:
    change(front, visit, diagnose(front, visit), "remove")
    diagnose(front, visit, "I10")
    kept = db.session.execute(text("SELECT code, title FROM visit_diagnosis")).one()
    for word in ("J06", "I10", "blood", "infection"):
        assert word not in str(kept)
        assert word not in on_record()
    assert "visit_diagnosis" in on_record()
