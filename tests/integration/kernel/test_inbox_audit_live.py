"""Provider events are applied once, changes are recorded for ever, hints carry the board's version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from app.kernel import audit, clock, inbox, live, outbox
from app.kernel.actor import Actor, system
from app.kernel.db import db, transaction
from app.kernel.models import AuditEntry, BoardVersion, ProviderEvent
from app.people.models import Clinic, Specialty
from app.people.patient_models import Patient

pytestmark = pytest.mark.usefixtures("session")
NOW = datetime(2030, 5, 6, 12, tzinfo=UTC)
ANA = Actor(name="Ana Admin", user_id=7, everywhere=True, request_id="r1")


def make_clinic() -> int:
    with transaction(system()):
        clinic = Clinic(code="main", name="Main", country="ES", timezone="Europe/Madrid", currency="EUR")
        db.session.add(clinic)
        db.session.flush()
        db.session.add(BoardVersion(clinic_id=clinic.id))
    return clinic.id


# -- inbox


def test_an_event_is_applied_once_however_often_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_handlers", {})
    seen: list[Any] = []
    inbox.applies("trial")(lambda payload, _now: seen.append(payload))
    for expected in (True, False, False):
        with transaction(system()):
            assert inbox.accept("trial", "evt_1", {"n": 1}, now=NOW) is expected
    outbox.deliver_due()
    outbox.deliver_due()
    assert seen == [{"n": 1}]
    assert db.session.scalars(select(ProviderEvent.handled_at)).one() is not None


def test_an_event_that_cannot_be_applied_stays_unhandled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_handlers", {})

    @inbox.applies("trial")
    def apply(_payload: dict[str, Any], _now: datetime) -> None:
        db.session.add(Specialty(name="half"))
        raise outbox.Temporary("not yet")

    with transaction(system()):
        inbox.accept("trial", "evt_1", {}, now=NOW)
    outbox.deliver_due()
    db.session.rollback()
    assert db.session.scalars(select(ProviderEvent.handled_at)).one() is None
    assert db.session.scalars(select(Specialty)).all() == []


# -- audit


def entries() -> list[tuple[str, dict[str, Any] | None, dict[str, Any] | None]]:
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(row.action, row.before, row.after) for row in rows]


def test_each_change_is_recorded_with_who_and_what() -> None:
    with transaction(ANA):
        row = Specialty(name="Cardiology")
        db.session.add(row)
    with transaction(ANA):
        db.session.get_one(Specialty, row.id).name = "Neurology"
    with transaction(ANA):
        db.session.delete(db.session.get_one(Specialty, row.id))
    assert entries() == [
        ("create", None, {"id": row.id, "name": "Cardiology"}),
        ("update", {"name": "Cardiology"}, {"name": "Neurology"}),
        ("delete", {"id": row.id, "name": "Neurology"}, None),
    ]
    first = db.session.scalars(select(AuditEntry)).first()
    assert first is not None
    assert (first.user_id, first.actor_name, first.request_id, first.entity) == (7, "Ana Admin", "r1", "specialty")


def test_clinical_text_is_named_but_not_kept_in_the_log() -> None:
    clinic_id = make_clinic()
    with transaction(ANA):
        db.session.add(Patient(clinic_id=clinic_id, name="Eva", allergies="penicillin"))
    after = entries()[-1][2]
    assert after is not None
    assert after["allergies"] == audit.HIDDEN
    assert "penicillin" not in str(entries())


def test_a_rolled_back_change_is_not_recorded() -> None:
    with pytest.raises(ValueError, match="broken"), transaction(ANA):
        db.session.add(Specialty(name="Cardiology"))
        db.session.flush()
        raise ValueError("broken")
    assert entries() == []


@pytest.mark.parametrize("statement", [update(AuditEntry).values(action="x"), delete(AuditEntry)])
def test_the_database_refuses_to_rewrite_the_log(statement: Any) -> None:
    with transaction(ANA):
        db.session.add(Specialty(name="Cardiology"))
    with pytest.raises(IntegrityError, match="ck_audit_entry_append_only"), transaction(ANA):
        db.session.execute(statement)
    assert len(entries()) == 1


# -- live


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[live.Announcement]:
    announcements: list[live.Announcement] = []
    monkeypatch.setattr(live, "_publish", [lambda news: announcements.extend(news.announcements)])
    return announcements


def test_one_transaction_raises_the_board_by_one_and_all_its_events_carry_it(sent: list[live.Announcement]) -> None:
    clinic_id = make_clinic()
    with clock.freeze(NOW), transaction(ANA):
        for event in ("new_checkin", "queue_updated"):
            live.change_board(clinic_id)
            live.announce(event, clinic_id=clinic_id, rooms=["clinic_1"], payload=lambda: {"x": 1})
        assert sent == []
    assert [(a.event, a.payload) for a in sent] == [
        ("new_checkin", {"x": 1, "clinic_id": clinic_id, "version": 1, "at": NOW.isoformat()}),
        ("queue_updated", {"x": 1, "clinic_id": clinic_id, "version": 1, "at": NOW.isoformat()}),
    ]


def test_an_event_that_changes_no_board_carries_the_current_version(sent: list[live.Announcement]) -> None:
    clinic_id = make_clinic()
    with transaction(ANA):
        live.change_board(clinic_id)
    with transaction(ANA):
        live.announce("payment_processed", clinic_id=clinic_id, rooms=["clinic_1"], payload=dict)
    assert [a.payload["version"] for a in sent] == [1]
    assert live.board_version(clinic_id) == 1


def test_nothing_is_announced_of_a_change_that_did_not_happen(sent: list[live.Announcement]) -> None:
    clinic_id = make_clinic()
    with pytest.raises(ValueError, match="broken"), transaction(ANA):
        live.change_board(clinic_id)
        live.announce("queue_updated", clinic_id=clinic_id, rooms=["clinic_1"], payload=dict)
        raise ValueError("broken")
    assert sent == []
    db.session.rollback()
    assert live.board_version(clinic_id) == 0


def test_a_screen_that_cannot_be_reached_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic_id = make_clinic()

    def lose(_news: live.News) -> None:
        raise ConnectionError("no redis")

    monkeypatch.setattr(live, "_publish", [lose])
    with transaction(ANA):
        live.change_board(clinic_id)
        live.announce("queue_updated", clinic_id=clinic_id, rooms=["clinic_1"], payload=dict)
    assert live.board_version(clinic_id) == 1


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[live.News]:
    news: list[live.News] = []
    monkeypatch.setattr(live, "_publish", [news.append])
    return news


def test_what_one_transaction_means_to_the_screens_is_published_at_once(published: list[live.News]) -> None:
    clinic_id = make_clinic()
    with transaction(ANA):
        live.change_board(clinic_id)
        for event in ("new_checkin", "queue_updated"):
            live.announce(event, clinic_id=clinic_id, rooms=["clinic_1"], payload=dict)
        for room in ("user_7", "user_8", "user_7"):
            live.dismiss(room)
    (news,) = published
    assert news.dismissed == ("user_7", "user_8")
    assert [one.event for one in news.announcements] == ["new_checkin", "queue_updated"]


def test_nobody_is_dismissed_for_what_did_not_happen(published: list[live.News]) -> None:
    with pytest.raises(ValueError, match="broken"), transaction(ANA):
        live.dismiss("user_7")
        raise ValueError("broken")
    with transaction(ANA):
        db.session.add(Specialty(name="Cardiology"))
    assert published == []
    live.dismiss_at_once("session_x")
    assert published == [live.News(dismissed=("session_x",))]


def test_what_the_log_says_of_a_deleted_row_is_of_no_later_one() -> None:
    keys = []
    for name in ("first", "second"):
        with transaction(ANA):
            row = Specialty(name=name)
            db.session.add(row)
            db.session.flush()
            keys.append(row.id)
        with transaction(ANA):
            db.session.delete(row)
    assert keys[0] != keys[1]
