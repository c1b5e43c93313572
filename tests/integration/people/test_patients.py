"""Patients are registered, changed and archived as the front desk may, and found by what they are called."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel import live
from app.kernel.actor import Actor, system
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal, Stale
from app.kernel.models import AuditEntry
from app.people.errors import DuplicateExternalId, DuplicatePhone
from app.people.models import DoctorPatient
from app.people.patient_models import Patient, PatientTerm
from app.people.patients import (
    archive_patient,
    change_counters,
    register_patient,
    restore_patient,
    treat,
    update_patient,
)
from app.people.rooms import watchers_room
from app.people.search_terms import terms_of
from tests.cast import Cast
from tests.factories import make_patient

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
PHONE = "030 901820"


@pytest.fixture
def register(session: Any, cast: Cast) -> Callable[..., Patient]:
    def act(actor: Actor | None = None, clinic_id: int | None = None, **values: Any) -> Patient:
        actor = actor or cast.reception
        with transaction(actor):
            return register_patient(
                {"name": "Ada Byron"} | values, clinic_id=clinic_id or cast.main_id, actor=actor, now=NOW
            )

    return act


@pytest.fixture
def update(session: Any, cast: Cast) -> Callable[..., Patient]:
    def act(patient: Patient, actor: Actor | None = None, *, revision: int | None = None, **values: Any) -> Patient:
        with transaction(actor or cast.reception):
            return update_patient(patient.id, values, revision=revision, actor=actor or cast.reception, now=NOW)

    return act


def stored_terms(patient: Patient) -> frozenset[str]:
    return frozenset(db.session.scalars(select(PatientTerm.term).where(PatientTerm.patient_id == patient.id)))


def problems(act: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        act()
    errors = refused.value.errors
    return {name: [one.code for one in found if isinstance(one, Refusal)] for name, found in errors.items()}


def test_reception_registers_a_patient_of_its_clinic(register: Callable[..., Patient], cast: Cast) -> None:
    patient = register(phone=PHONE, date_of_birth="1980-02-29")
    assert (patient.clinic_id, patient.phone, patient.date_of_birth) == (cast.main_id, "+4930901820", date(1980, 2, 29))
    assert stored_terms(patient) == terms_of("Ada Byron", "+4930901820", None, None)


def test_a_registration_is_in_the_audit_log_with_who_did_it(register: Callable[..., Patient], cast: Cast) -> None:
    patient = register(phone=PHONE)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.entity == "patient")).one()
    assert (entry.action, entry.entity_id, entry.user_id) == ("create", str(patient.id), cast.reception.user_id)


def test_a_clinic_out_of_reach_does_not_exist(register: Callable[..., Patient], cast: Cast) -> None:
    with pytest.raises(NotFound):
        register(clinic_id=cast.riverside_id)


@pytest.mark.parametrize("who", ["doctor", "accountant"])
def test_only_reception_and_administration_register(register: Callable[..., Patient], cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        register(getattr(cast, who))


def test_all_problems_are_told_at_once_wrong_references_too(register: Callable[..., Patient], cast: Cast) -> None:
    riverside_patient = make_patient(cast.riverside_clinic)
    found = problems(
        lambda: register(
            name="", phone="no", preferred_doctor_id=10**6, contact_patient_id=riverside_patient.id, nickname="x"
        )
    )
    assert found == {
        "name": ["required"],
        "phone": ["not_a_phone"],
        "preferred_doctor_id": ["unknown_reference"],
        "contact_patient_id": ["unknown_reference"],
        "nickname": ["unknown_field"],
    }
    assert db.session.scalar(select(Patient.id).where(Patient.clinic_id == cast.main_id)) is None


def test_a_second_patient_with_the_phone_is_refused_with_the_first(register: Callable[..., Patient]) -> None:
    first = register(phone=PHONE)
    with pytest.raises(DuplicatePhone) as refused:
        register(name="Somebody Else", phone="+49 30 901820")
    assert refused.value.params == {"existing_id": first.id, "archived": False}


def test_the_phone_of_an_archived_patient_is_refused_and_said_to_be_archived(
    register: Callable[..., Patient], cast: Cast
) -> None:
    first = make_patient(cast.main_clinic, phone="+4930901820", is_active=False)
    with pytest.raises(DuplicatePhone) as refused:
        register(phone=PHONE)
    assert refused.value.params == {"existing_id": first.id, "archived": True}


def test_the_same_phone_may_be_somebody_else_at_another_clinic(register: Callable[..., Patient], cast: Cast) -> None:
    assert register(phone=PHONE).phone == register(cast.riverside, cast.riverside_id, phone=PHONE).phone


def test_several_patients_may_have_no_phone(register: Callable[..., Patient]) -> None:
    assert register(phone="").phone is register(phone=None).phone is None


def test_an_external_id_is_one_patients(register: Callable[..., Patient]) -> None:
    first = register(external_id="A-1")
    with pytest.raises(DuplicateExternalId) as refused:
        register(external_id="A-1")
    assert refused.value.params["existing_id"] == first.id


def test_two_desks_that_register_a_phone_at_once_make_one_patient(app: Flask, cast: Cast) -> None:
    outcomes: list[object] = []
    start = Barrier(6)

    def desk() -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction(cast.reception):
                    values = {"name": "Ada", "phone": PHONE}
                    outcomes.append(register_patient(values, clinic_id=cast.main_id, actor=cast.reception, now=NOW).id)
            except DuplicatePhone as refusal:
                outcomes.append(refusal.params["existing_id"])
            finally:
                db.session.remove()

    desks = [Thread(target=desk) for _ in range(6)]
    for thread in desks:
        thread.start()
    for thread in desks:
        thread.join()
    assert len(outcomes) == 6
    assert len(set(outcomes)) == 1
    with app.app_context():
        assert db.session.scalars(select(Patient.id)).all() == [outcomes[0]]


def test_a_changed_name_changes_only_the_terms_that_differ(
    register: Callable[..., Patient], update: Callable[..., Patient]
) -> None:
    patient = register(phone=PHONE)
    update(patient, name="Ada Lovelace")
    assert stored_terms(patient) == terms_of("Ada Lovelace", "+4930901820", None, None)


def test_what_is_not_sent_stays_as_it_is(register: Callable[..., Patient], update: Callable[..., Patient]) -> None:
    patient = register(phone=PHONE, email="ada@example.test", tags=["VIP"])
    changed = update(patient, gender="female")
    assert (changed.phone, changed.email, changed.tags, changed.gender) == (
        "+4930901820",
        "ada@example.test",
        ["VIP"],
        "female",
    )


def test_a_phone_that_another_patient_has_cannot_be_taken_over(
    register: Callable[..., Patient], update: Callable[..., Patient]
) -> None:
    first, second = register(phone=PHONE), register(name="Ben", phone="030 901821")
    with pytest.raises(DuplicatePhone) as refused:
        update(second, phone=PHONE)
    assert refused.value.params["existing_id"] == first.id
    assert update(first, phone=PHONE).phone == "+4930901820"


def test_a_change_of_an_old_revision_is_stale(register: Callable[..., Patient], update: Callable[..., Patient]) -> None:
    patient = register()
    seen = patient.revision
    update(patient, revision=seen, name="Ada King")
    with pytest.raises(Stale):
        update(patient, revision=seen, name="Ada Queen")


def test_a_patient_is_no_contact_of_their_own(register: Callable[..., Patient], update: Callable[..., Patient]) -> None:
    mother, child = register(phone=PHONE), register(name="Annabella")
    assert update(child, contact_patient_id=mother.id).contact_patient_id == mother.id
    assert problems(lambda: update(child, contact_patient_id=child.id)) == {
        "contact_patient_id": ["contact_is_the_patient"]
    }


def test_reception_neither_registers_nor_changes_clinical_fields(
    register: Callable[..., Patient], update: Callable[..., Patient]
) -> None:
    with pytest.raises(NotAllowed):
        register(allergies="")
    with pytest.raises(NotAllowed):
        update(register(), medical_history="x")


def test_a_doctor_changes_clinical_fields_of_their_patients_and_nothing_else(
    update: Callable[..., Patient], cast: Cast
) -> None:
    patient = make_patient(cast.main_clinic, treated_by=[cast.doctor_row])
    assert update(patient, cast.doctor, allergies="penicillin").allergies == "penicillin"
    with pytest.raises(NotAllowed):
        update(patient, cast.doctor, name="Another")
    with pytest.raises(NotFound):
        update(patient, cast.doctor2, allergies="none")


def test_a_patient_without_history_is_deleted_with_their_terms(session: Any, cast: Cast) -> None:
    patient = make_patient(cast.main_clinic)
    with transaction(cast.reception):
        archive_patient(patient.id, actor=cast.reception, now=NOW)
    assert session.get(Patient, patient.id) is None
    assert session.scalar(select(PatientTerm.term).where(PatientTerm.patient_id == patient.id)) is None


def test_a_patient_with_history_is_archived_and_can_be_restored(session: Any, cast: Cast) -> None:
    patient = make_patient(cast.main_clinic, treated_by=[cast.doctor_row])
    with transaction(cast.reception):
        archive_patient(patient.id, actor=cast.reception, now=NOW)
    assert session.get_one(Patient, patient.id).is_active is False
    assert stored_terms(patient)
    with transaction(cast.reception):
        restore_patient(patient.id, actor=cast.reception, now=NOW)
    assert session.get_one(Patient, patient.id).is_active is True


def test_whoever_watches_the_board_is_told_that_a_record_was_archived_or_restored(
    session: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[live.Announcement] = []
    monkeypatch.setattr(live, "_publish", [lambda news: announced.extend(news.announcements)])
    patient = make_patient(cast.main_clinic, treated_by=[cast.doctor_row])
    before = live.board_version(cast.main_id)
    for act in (archive_patient, restore_patient):
        with transaction(cast.reception):
            act(patient.id, actor=cast.reception, now=NOW)
    boards = [one for one in announced if one.event == "queue_updated"]
    told = [(one.rooms, one.payload["visit_id"], one.payload["version"]) for one in boards]
    room = (watchers_room(cast.main_id),)
    assert told == [(room, None, before + 1), (room, None, before + 2)]


def test_who_is_somebodys_contact_is_archived_not_deleted(session: Any, cast: Cast) -> None:
    mother = make_patient(cast.main_clinic)
    make_patient(cast.main_clinic, contact_patient_id=mother.id)
    with transaction(cast.reception):
        archive_patient(mother.id, actor=cast.reception, now=NOW)
    assert session.get_one(Patient, mother.id).is_active is False


def test_doctors_do_not_archive(session: Any, cast: Cast) -> None:
    patient = make_patient(cast.main_clinic, treated_by=[cast.doctor_row])
    with pytest.raises(NotAllowed), transaction(cast.doctor):
        archive_patient(patient.id, actor=cast.doctor, now=NOW)


def test_treating_twice_is_once(session: Any, cast: Cast) -> None:
    patient = make_patient(cast.main_clinic)
    for _ in range(2):
        with transaction(system()):
            treat(cast.doctor_id, patient.id)
    assert session.scalars(select(DoctorPatient.doctor_id)).all() == [cast.doctor_id]


def test_counters_add_up_and_keep_the_first_and_the_last_visit(session: Any, cast: Cast) -> None:
    patient = make_patient(cast.main_clinic)
    seen = patient.revision
    for day in (5, 2, 9):
        with transaction(system()):
            change_counters(patient.id, visits=1, visit_day=date(2026, 3, day))
    with transaction(system()):
        change_counters(patient.id, cancellations=2, no_shows=1)
        change_counters(patient.id, no_shows=-1)
    session.refresh(patient)
    assert (patient.total_visits, patient.total_cancellations, patient.total_no_shows) == (3, 2, 0)
    assert (patient.first_visit_date, patient.last_visit_date) == (date(2026, 3, 2), date(2026, 3, 9))
    assert patient.revision == seen
