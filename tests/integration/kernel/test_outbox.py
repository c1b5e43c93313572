"""Effects are carried out at least once, settled with their outcome, and given up on in the open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.kernel import clock, outbox
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.kernel.models import OutboxMessage, OutboxStatus
from app.kernel.outbox import Handler, Permanent, Temporary
from app.people.models import Specialty

pytestmark = pytest.mark.usefixtures("session")
NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_handlers", {})
    monkeypatch.setattr(outbox, "_wake", [])


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.freeze(NOON):
        yield


def settle_by_name(payload: dict[str, Any], outcome: Any, _now: datetime) -> None:
    db.session.add(Specialty(name=f"{payload['name']}:{outcome}"))


def post(key: str = "k1", **payload: Any) -> bool:
    with transaction(system()):
        return outbox.post("trial", key, payload or {"name": "a"})


def message() -> OutboxMessage:
    db.session.rollback()
    return db.session.scalars(select(OutboxMessage)).one()


def names() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Specialty.name).order_by(Specialty.name)))


def test_a_message_is_acted_on_and_settled_once() -> None:
    outbox.register("trial", Handler(settle=settle_by_name, act=lambda _payload, key: f"sent {key}"))
    post()
    assert outbox.deliver_due() == 1
    assert outbox.deliver_due() == 0
    assert names() == ["a:sent k1"]
    assert message().status is OutboxStatus.DONE


def test_the_same_key_is_taken_once() -> None:
    outbox.register("trial", Handler(settle=settle_by_name))
    assert post("same") is True
    assert post("same") is False
    outbox.deliver_due()
    assert names() == ["a:None"]


def test_a_rolled_back_change_leaves_no_effect() -> None:
    outbox.register("trial", Handler(settle=settle_by_name))
    with pytest.raises(ValueError, match="broken"), transaction(system()):
        outbox.post("trial", "k1", {"name": "a"})
        raise ValueError("broken")
    assert outbox.deliver_due() == 0


def test_the_worker_is_woken_after_the_commit_and_a_dead_broker_does_no_harm() -> None:
    outbox.register("trial", Handler(settle=settle_by_name))
    calls: list[int] = []

    def wake() -> None:
        calls.append(db.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0)
        raise ConnectionError("no broker")

    outbox.wake_by(wake)
    post()
    assert calls == [1]
    assert outbox.deliver_due() == 1


def test_a_temporary_failure_is_tried_again_later_and_later() -> None:
    def refuse(_payload: dict[str, Any], _key: str) -> None:
        raise Temporary("busy")

    outbox.register("trial", Handler(settle=settle_by_name, act=refuse))
    post()
    outbox.deliver_due()
    row = message()
    assert (row.status, row.attempts, row.due_at, row.last_error) == (
        OutboxStatus.PENDING,
        1,
        NOON + timedelta(seconds=10),
        "busy",
    )
    with clock.freeze(NOON + timedelta(seconds=11)):
        outbox.deliver_due()
    assert message().due_at == NOON + timedelta(seconds=31)


def test_a_permanent_failure_is_given_up_on_at_once() -> None:
    def refuse(_payload: dict[str, Any], _key: str) -> None:
        raise Permanent("no such address")

    def give_up(payload: dict[str, Any], error: str, _now: datetime) -> None:
        db.session.add(Specialty(name=f"{payload['name']} {error}"))

    outbox.register("trial", Handler(settle=settle_by_name, act=refuse, give_up=give_up))
    post()
    outbox.deliver_due()
    assert message().status is OutboxStatus.FAILED
    assert names() == ["a no such address"]


def test_attempts_are_used_up_in_the_end() -> None:
    def refuse(_payload: dict[str, Any], _key: str) -> None:
        raise Temporary("busy")

    outbox.register("trial", Handler(settle=settle_by_name, act=refuse))
    post()
    for attempt in range(outbox.MOST_ATTEMPTS):
        with clock.freeze(NOON + timedelta(days=attempt)):
            outbox.deliver_due()
    row = message()
    assert (row.status, row.attempts) == (OutboxStatus.FAILED, outbox.MOST_ATTEMPTS)


def test_a_failed_settlement_leaves_nothing_of_it_and_is_tried_again() -> None:
    fail = [True]

    def settle(payload: dict[str, Any], outcome: Any, now: datetime) -> None:
        settle_by_name(payload, outcome, now)
        db.session.flush()
        if fail.pop():
            fail.append(False)
            raise Temporary("later")

    outbox.register("trial", Handler(settle=settle))
    post()
    outbox.deliver_due()
    assert names() == []
    with clock.freeze(NOON + timedelta(minutes=1)):
        outbox.deliver_due()
    assert names() == ["a:None"]


def test_what_a_dead_worker_had_claimed_is_taken_up_when_its_lease_ends() -> None:
    outbox.register("trial", Handler(settle=settle_by_name))
    post()
    outbox._claim()
    assert outbox.deliver_due() == 0
    with clock.freeze(NOON + outbox.LEASE + timedelta(seconds=1)):
        assert outbox.deliver_due() == 1
    assert names() == ["a:None"]


def test_a_delivery_that_overran_its_lease_does_not_settle_twice() -> None:
    outbox.register("trial", Handler(settle=settle_by_name))
    post()
    slow = outbox._claim()
    assert slow is not None
    with clock.freeze(NOON + outbox.LEASE + timedelta(seconds=1)):
        outbox.deliver_due()
        outbox._deliver(slow)
    assert names() == ["a:None"]


def test_a_slow_delivery_uses_up_no_lease_but_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send(_payload: dict[str, Any], key: str) -> None:
        sent.append(key)
        if key == "k1":  # a mail server that takes all of the lease; meanwhile another worker looks
            monkeypatch.setattr(clock, "_frozen", NOON + outbox.LEASE - timedelta(seconds=1))
            outbox.deliver_due()
            monkeypatch.setattr(clock, "_frozen", NOON + outbox.LEASE + timedelta(seconds=1))

    outbox.register("trial", Handler(settle=settle_by_name, act=send))
    post("k1", name="a")
    post("k2", name="b")
    outbox.deliver_due()
    assert sorted(sent) == ["k1", "k2"]


def test_what_a_newer_version_has_posted_waits_and_holds_nobody_up() -> None:
    outbox.register("newer", Handler(settle=settle_by_name))
    with transaction(system()):
        outbox.post("newer", "k0", {"name": "new"})
    del outbox._handlers["newer"]
    outbox.register("trial", Handler(settle=settle_by_name))
    post("k1", name="old")
    assert outbox.deliver_due() == 2
    assert names() == ["old:None"]
    outbox.register("newer", Handler(settle=settle_by_name))
    with clock.freeze(NOON + timedelta(minutes=1)):
        outbox.deliver_due()
    assert names() == ["new:None", "old:None"]


def test_what_a_delivery_posts_is_delivered_in_the_same_round() -> None:
    def settle_first(payload: dict[str, Any], _outcome: Any, _now: datetime) -> None:
        outbox.post("second", "k2", payload)

    outbox.register("trial", Handler(settle=settle_first))
    outbox.register("second", Handler(settle=settle_by_name))
    post()
    assert outbox.deliver_due() == 2
    assert names() == ["a:None"]


def test_an_effect_nobody_delivers_is_a_programming_error() -> None:
    with pytest.raises(LookupError, match="nobody delivers"), transaction(system()):
        outbox.post("unknown", "k", {})


def test_two_workers_never_deliver_the_same_message(app: Flask) -> None:
    outbox.register("trial", Handler(settle=settle_by_name))
    for number in range(30):
        post(f"k{number}", name=f"n{number:02}")
    done: list[int] = []

    def work() -> None:
        with app.app_context():
            done.append(outbox.deliver_due())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 30
    assert names() == [f"n{number:02}:None" for number in range(30)]
