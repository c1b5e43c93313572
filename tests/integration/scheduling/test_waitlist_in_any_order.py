"""Whatever is done with the waiting list in whatever order: each open offer keeps its time, for one person alone."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from app.kernel import clock, outbox
from app.kernel.db import db, transaction
from app.kernel.errors import Refusal
from app.scheduling import booking, holds, waitlist, waitlist_answers, waitlist_offers
from app.scheduling.models import Appointment, DoctorTime, SlotHold
from app.scheduling.states import AppointmentStatus, OfferStatus, Urgency, WaitStatus
from app.scheduling.tasks import settle_waiting
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from tests.integration.scheduling.desk import NOW, Desk, act, at
from tests.integration.scheduling.waiting import patient_called

ANSWERS = [waitlist_answers.accept, waitlist_answers.decline, waitlist_answers.withdraw]
CONFIRMED = AppointmentStatus.CONFIRMED
PATIENTS = 4
NUMBERS = st.integers(0, 30)
HALF_HOURS = st.integers(0, 5)


class WaitingList(RuleBasedStateMachine):
    """A doctor's morning that is booked, freed and offered around while time passes."""

    desk: Desk

    @initialize()
    def start(self) -> None:
        with transaction():
            count = db.session.scalar(select(func.count(WaitlistEntry.id)))
        self.patients = [patient_called(self.desk, f"P{count}x{number}").id for number in range(PATIENTS)]
        self.now = NOW
        self.wait(patient=0, urgency=Urgency.ROUTINE)
        self.offer_by_hand(which=0, half_hour=0)

    def at(self, half_hour: int) -> Any:
        return at(4, 9) + timedelta(minutes=30 * half_hour)

    def attempt(self, command: Any, *args: Any, **values: Any) -> Any:
        try:
            with clock.freeze(self.now):
                return act(command, *args, actor=self.desk.cast.admin, now=self.now, **values)
        except Refusal:
            db.session.rollback()
            return None

    def one_of(self, model: Any, which: int, *conditions: Any) -> int | None:
        db.session.rollback()
        keys = db.session.scalars(select(model.id).where(*conditions).order_by(model.id)).all()
        return keys[which % len(keys)] if keys else None

    @rule(minutes=st.sampled_from([5, 30, 61]))
    def time_passes(self, minutes: int) -> None:
        self.now = min(self.now + timedelta(minutes=minutes), at(4, 8))

    @rule(half_hour=HALF_HOURS, patient=st.integers(0, PATIENTS - 1))
    def book(self, half_hour: int, patient: int) -> None:
        request = self.desk.request(self.at(half_hour), patient_id=self.patients[patient], status=CONFIRMED)
        self.attempt(booking.book, request)

    @rule(which=NUMBERS)
    def cancel(self, which: int) -> None:
        if key := self.one_of(Appointment, which, Appointment.status == CONFIRMED):
            self.attempt(booking.cancel, key, reason="ill")

    @rule(patient=st.integers(0, PATIENTS - 1), urgency=st.sampled_from(list(Urgency)))
    def wait(self, patient: int, urgency: Urgency) -> None:
        place = {"clinic_id": self.desk.cast.main_id, "service_id": self.desk.cast.service_id}
        self.attempt(waitlist.add_entry, place | {"patient_id": self.patients[patient], "urgency": urgency})

    @rule(which=NUMBERS)
    def wait_for_an_earlier_time(self, which: int) -> None:
        if key := self.one_of(Appointment, which, Appointment.status == CONFIRMED):
            self.attempt(waitlist.add_entry, {"appointment_id": key})

    @rule(which=NUMBERS)
    def stop_waiting(self, which: int) -> None:
        if key := self.one_of(WaitlistEntry, which, WaitlistEntry.status == WaitStatus.WAITING):
            self.attempt(waitlist.remove_entry, key)

    @rule(which=NUMBERS, half_hour=HALF_HOURS)
    def offer_by_hand(self, which: int, half_hour: int) -> None:
        if key := self.one_of(WaitlistEntry, which, WaitlistEntry.status == WaitStatus.WAITING):
            self.attempt(waitlist_offers.offer_time, key, self.desk.cast.doctor_id, self.at(half_hour))

    @rule(which=NUMBERS, command=st.sampled_from(ANSWERS))
    def answer(self, which: int, command: Any) -> None:
        if key := self.one_of(WaitlistOffer, which):
            self.attempt(command, key)

    @rule()
    def the_worker_is_at_work(self) -> None:
        with clock.freeze(self.now):
            while outbox.deliver_due():
                pass
            settle_waiting()
        with transaction():
            holds.forget_expired(now=self.now)

    @invariant()
    def an_open_offer_keeps_its_time_and_no_other_does(self) -> None:
        db.session.rollback()
        live = select(WaitlistOffer.id, WaitlistOffer.doctor_id, WaitlistOffer.starts_at).where(
            WaitlistOffer.status == OfferStatus.OPEN, WaitlistOffer.expires_at > getattr(self, "now", NOW)
        )
        kept = {
            tuple(row) for row in db.session.execute(select(SlotHold.offer_id, SlotHold.doctor_id, SlotHold.starts_at))
        }
        assert {tuple(row) for row in db.session.execute(live)} <= kept
        opened = db.session.scalars(select(WaitlistOffer.id).where(WaitlistOffer.status == OfferStatus.OPEN))
        assert {offer_id for offer_id, *_ in kept} <= set(opened)

    @invariant()
    def who_is_offered_a_time_waits_and_who_took_one_does_not(self) -> None:
        rows = select(WaitlistOffer.status, WaitlistEntry.status, Appointment.id).join(WaitlistOffer.entry)
        for offer, entry, appointment in db.session.execute(rows.outerjoin(WaitlistOffer.appointment)):
            assert offer is not OfferStatus.OPEN or entry is WaitStatus.WAITING
            assert offer is not OfferStatus.ACCEPTED or (entry is WaitStatus.BOOKED and appointment is not None)

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        times = select(DoctorTime.busy_from, DoctorTime.busy_to).where(DoctorTime.doctor_id == self.desk.cast.doctor_id)
        busy = db.session.execute(times.order_by(DoctorTime.busy_from)).all()
        assert all(one.busy_to <= other.busy_from for one, other in pairwise(busy))

    def teardown(self) -> None:
        """Leave the doctor free and nobody waiting for the next run."""
        with transaction():
            entries = db.session.scalars(
                select(WaitlistEntry.id).where(WaitlistEntry.status == WaitStatus.WAITING)
            ).all()
            booked = db.session.scalars(select(Appointment.id).where(Appointment.status == CONFIRMED)).all()
        for key in entries:
            self.attempt(waitlist.remove_entry, key)
        for key in booked:
            self.attempt(booking.cancel, key, reason="over")
        with clock.freeze(self.now):
            while outbox.deliver_due():
                pass


@pytest.mark.timeout(300)
def test_every_offer_keeps_its_time_for_one_who_waits_in_any_order(desk: Desk) -> None:
    machine = type("WaitingListOfThisDesk", (WaitingList,), {"desk": desk})
    quick = settings(
        max_examples=12,
        stateful_step_count=30,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=quick)
    answered = select(func.count()).select_from(WaitlistOffer).where(WaitlistOffer.status != OfferStatus.OPEN)
    assert (db.session.scalar(answered) or 0) > 0
