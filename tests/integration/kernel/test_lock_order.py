"""Two transactions never wait for each other in a circle: rows are locked in one order, the board's the last."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from app.billing import online
from app.billing.drafting import DraftRequest, compose_invoice, draft_invoice
from app.billing.issuing import issue
from app.billing.models import Invoice, Payment
from app.frontdesk.models import Visit
from app.kernel import live, scope
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.people.patient_models import Patient
from app.people.patients import archive_patient, change_counters, hold_active
from tests.cast import Cast
from tests.factories import make_appointment, make_patient
from tests.integration.frontdesk.front import NOW, Front
from tests.plugins.races import Race

SECONDS = 60  # nothing is expected to take that long


@pytest.fixture(autouse=True)
def several_writers(session: Any) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer at a time")


def holding(first: Callable[[], Any], meanwhile: Event, done: Event) -> Callable[[], None]:
    """A transaction that, having done `first`, stays open until `done`."""

    def run() -> None:
        with transaction(system()):
            first()
            meanwhile.set()
            assert done.wait(SECONDS), "the other transaction waits for this one"

    return run


def beside(act: Callable[[], Any], meanwhile: Event, done: Event) -> Callable[[], Any]:
    """`act` in a transaction of its own while the other is open."""

    def run() -> Any:
        assert meanwhile.wait(SECONDS)
        try:
            with transaction(system()):
                db.session.execute(text("SET LOCAL lock_timeout = '2s'"))
                return act()
        finally:
            done.set()

    return run


def run_beside(at_once: Race, first: Callable[[], Any], act: Callable[[], Any]) -> list[Any]:
    events = Event(), Event()
    return at_once(holding(first, *events), beside(act, *events))


def test_a_board_is_locked_no_sooner_than_at_the_commit(cast: Cast, at_once: Race) -> None:
    def change() -> None:
        live.change_board(cast.main_id)

    before = live.board_version(cast.main_id)
    assert run_beside(at_once, change, change) == [None, None]
    db.session.rollback()
    assert live.board_version(cast.main_id) == before + 2


def test_a_held_row_may_be_referred_to(cast: Cast, at_once: Race) -> None:
    patient = make_patient(cast.main_clinic)

    def hold() -> None:
        scope.get(Patient, patient.id, actor=system(), lock=True)

    def refer() -> None:
        db.session.add(Patient(clinic_id=cast.main_id, name="Child", contact_patient_id=patient.id))

    assert run_beside(at_once, hold, refer) == [None, None]


def test_a_record_that_somebody_is_let_in_for_may_be_counted_and_changed(cast: Cast, at_once: Race) -> None:
    patient = make_patient(cast.main_clinic)

    def change() -> None:
        scope.get(Patient, patient.id, actor=system(), lock=True).name = "Somebody Else"
        change_counters(patient.id, visits=1)

    assert run_beside(at_once, lambda: hold_active(patient.id), change) == [None, None]


def test_a_record_that_somebody_is_let_in_for_is_not_archived_meanwhile(cast: Cast, at_once: Race) -> None:
    patient = make_patient(cast.main_clinic)

    def archive() -> None:
        archive_patient(patient.id, actor=system(), now=NOW)

    held, waited = run_beside(at_once, lambda: hold_active(patient.id), archive)
    assert held is None
    assert isinstance(waited, OperationalError)


def test_a_payment_is_never_held_while_its_invoice_is_waited_for(cast: Cast, at_once: Race) -> None:
    asked = {
        "clinic_id": cast.main_id,
        "patient_id": make_patient(cast.main_clinic).id,
        "doctor_id": cast.doctor_id,
        "lines": [{"description": "Treatment", "unit_price": "10.00"}],
    }
    with transaction(cast.reception):
        invoice = compose_invoice(asked, actor=cast.reception, now=NOW)
        issue(invoice.id, actor=cast.reception, now=NOW)
        request = online.open_payment(invoice.id, actor=cast.reception, now=NOW)
    invoice_held, asking = Event(), Event()

    def webhook() -> None:
        with transaction(system()):
            db.session.get_one(Invoice, invoice.id, with_for_update=True)
            invoice_held.set()
            asking.wait(SECONDS)
            waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            deadline = monotonic() + SECONDS
            while not db.session.scalar(waiting) and monotonic() < deadline:
                sleep(0.01)
            db.session.get_one(Payment, request.payment_id, with_for_update={"nowait": True})

    def page() -> None:
        invoice_held.wait(SECONDS)
        with transaction(system()):
            asking.set()
            online.keep_intent(request.payment_id, "pi_1")

    assert at_once(webhook, page) == [None, None]


@pytest.mark.parametrize("of_appointment", [True, False])
def test_a_visit_is_billed_once_by_whoever_comes_first(cast: Cast, at_once: Race, of_appointment: bool) -> None:
    front = Front(cast)
    visit = front.check_in() if of_appointment else front.walk_in()
    facts = {name: getattr(visit, name) for name in ("clinic_id", "patient_id", "doctor_id", "service_id")}
    request = DraftRequest(**facts, visit_id=visit.id, appointment_id=visit.appointment_id)

    def complete() -> Any:
        with transaction(cast.doctor):
            scope.get(Visit, request.visit_id or 0, actor=cast.doctor, lock=True)
            return draft_invoice(request, actor=cast.doctor, now=NOW)

    def compose() -> Any:
        with transaction(cast.reception):
            return compose_invoice({"visit_id": request.visit_id}, actor=cast.reception, now=NOW)

    for _attempt in range(5):
        outcomes = at_once(complete, compose)
        assert not [one for one in outcomes if isinstance(one, OperationalError)]
        assert not isinstance(outcomes[0], Exception), "a consultation ends whoever bills it"
        db.session.rollback()
        assert len(db.session.scalars(select(Invoice)).all()) == 1
        with transaction():
            db.session.delete(db.session.scalars(select(Invoice)).one())


def test_a_consultation_ends_while_its_prepaid_draft_is_issued(cast: Cast, at_once: Race) -> None:
    patient = make_patient(cast.main_clinic, treated_by=[cast.doctor_row])
    appointment = make_appointment(patient, cast.doctor_row, cast.main_service, NOW)
    visit = Front(cast).check_in(appointment)
    with transaction(cast.reception):
        invoice = compose_invoice({"appointment_id": appointment.id}, actor=cast.reception, now=NOW)
    facts = {name: getattr(visit, name) for name in ("clinic_id", "patient_id", "doctor_id", "service_id")}
    request = DraftRequest(**facts, visit_id=visit.id, appointment_id=visit.appointment_id)
    issued, go_on = Event(), Event()

    def reception() -> None:
        with transaction(cast.reception):
            issue(invoice.id, actor=cast.reception, now=NOW)
            issued.set()
            go_on.wait(1)

    def doctor() -> Any:
        issued.wait(SECONDS)
        with transaction(cast.doctor):
            return draft_invoice(request, actor=cast.doctor, now=NOW)

    assert at_once(reception, doctor) == [None, None]
