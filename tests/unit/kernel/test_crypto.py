"""Clinical text under keys that change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime, create_engine, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.kernel import crypto
from app.kernel.crypto import EncryptedBytes, EncryptedText, FieldKeyError, KeyRing, generate_key, rotate
from app.kernel.models import KeyRotation

OLD, NEW, OTHER = generate_key(), generate_key(), generate_key()
LONG_AGO = datetime(2020, 1, 1)


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str | None] = mapped_column(EncryptedText)
    updated_at: Mapped[datetime] = mapped_column(DateTime, default=LONG_AGO, onupdate=lambda: datetime.now(UTC))


class Sheet(Base):
    __tablename__ = "sheet"
    id: Mapped[int] = mapped_column(primary_key=True)
    scan: Mapped[bytes | None] = mapped_column(EncryptedBytes)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ring is put back after each test."""
    monkeypatch.setattr(crypto, "_key_ring", KeyRing([OLD]))


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    KeyRotation.__table__.create(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def stored(session: Session, note_id: int = 1) -> str:
    value: str = session.execute(text("SELECT body FROM note WHERE id = :id"), {"id": note_id}).scalar_one()
    return value


def write(session: Session, *bodies: str | None) -> None:
    session.add_all(Note(body=body) for body in bodies)
    session.commit()
    session.expire_all()


def read(session: Session) -> list[str | None]:
    session.expire_all()
    return [note.body for note in session.query(Note).order_by(Note.id)]


@pytest.mark.parametrize(
    "body",
    ["Penicillin", "", "पेनिसिलिन से एलर्जी", "حساسية 😀", "a\x00b\r\n", "x" * 3_000_000],
    ids=["latin", "empty", "devanagari", "arabic", "control", "big"],
)
def test_text_comes_back_and_the_database_never_sees_it(session: Session, body: str) -> None:
    write(session, body)
    assert read(session) == [body]
    assert stored(session).isascii()
    assert not body or body not in stored(session)


def test_nothing_stays_null(session: Session) -> None:
    write(session, None)
    assert session.execute(text("SELECT body IS NULL FROM note")).scalar_one() == 1
    assert read(session) == [None]


def test_the_same_text_is_stored_differently_each_time(session: Session) -> None:
    write(session, "Penicillin", "Penicillin")
    assert stored(session, 1) != stored(session, 2)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives(body: str) -> None:
    ring = KeyRing([NEW, OLD])
    assert ring.decrypt(ring.encrypt(body)) == body


def test_the_newest_key_writes_and_older_ones_still_read(session: Session) -> None:
    write(session, "before")
    crypto.configure([NEW, OLD])
    write(session, "after")
    assert read(session) == ["before", "after"]
    crypto.configure([NEW])
    assert session.get_one(Note, 2).body == "after"


def test_a_key_that_is_gone_is_told_in_clear_words(session: Session) -> None:
    write(session, "before")
    crypto.configure([OTHER])
    with pytest.raises(FieldKeyError, match="FIELD_ENCRYPTION_KEYS"):
        read(session)


def test_without_any_key_nothing_is_written_in_the_clear(session: Session) -> None:
    crypto.configure([])
    with pytest.raises(StatementError, match="FIELD_ENCRYPTION_KEYS is not set") as refused:
        write(session, "Penicillin")
    assert isinstance(refused.value.orig, FieldKeyError)


@pytest.mark.parametrize("key", ["", "short", "é" * 44, "A" * 43, pytest.param(OLD[:-2], id="cut off"), " "])
def test_a_malformed_key_is_refused_at_the_start_and_not_repeated(key: str) -> None:
    with pytest.raises(FieldKeyError, match="Key 2") as refused:
        crypto.configure([OLD, key])
    assert not key.strip() or key not in str(refused.value)


@pytest.mark.parametrize("place", [0, 9, 30, -5])
def test_a_changed_byte_is_noticed(session: Session, place: int) -> None:
    write(session, "Penicillin")
    token = list(stored(session))
    token[place] = "A" if token[place] != "A" else "B"
    session.execute(text("UPDATE note SET body = :body"), {"body": "".join(token)})
    with pytest.raises(FieldKeyError, match="was changed"):
        read(session)


@pytest.mark.parametrize("token", ["", "plain text", "é", "gAAAAA"])
def test_text_that_was_never_encrypted_is_not_taken_for_it(session: Session, token: str) -> None:
    session.execute(text("INSERT INTO note (body, updated_at) VALUES (:body, '2020-01-01 00:00:00')"), {"body": token})
    with pytest.raises(FieldKeyError):
        read(session)


def test_rotation_moves_every_row_to_the_newest_key_in_batches(session: Session) -> None:
    bodies = [f"note {number}" if number % 5 else None for number in range(25)]
    write(session, *bodies)
    crypto.configure([NEW, OLD])
    after, batches = 0, 0
    while (following := rotate(session, Note.body, after_id=after, limit=10)) is not None:
        session.commit()
        after, batches = following, batches + 1
    assert batches == 2
    crypto.configure([NEW])
    assert read(session) == bodies
    assert {note.updated_at for note in session.query(Note)} == {LONG_AGO}


def test_a_rotation_that_stopped_starts_over_and_leaves_what_is_done(session: Session) -> None:
    write(session, "one", "two", "three")
    crypto.configure([NEW, OLD])
    assert rotate(session, Note.body, limit=2) == 2
    session.commit()
    done = stored(session, 1)
    assert rotate(session, Note.body, limit=10) == 3
    assert stored(session, 1) == done
    crypto.configure([NEW])
    assert read(session) == ["one", "two", "three"]


def test_rotation_stops_at_a_row_whose_key_is_gone_and_changes_none_of_its_batch(session: Session) -> None:
    write(session, "one")
    crypto.configure([OTHER])
    write(session, "two")
    before = stored(session, 1)
    crypto.configure([NEW, OLD])
    with pytest.raises(FieldKeyError):
        rotate(session, Note.body)
    session.rollback()
    assert stored(session, 1) == before


def test_a_key_from_fernets_own_generator_fits_and_blanks_around_it_do_not_matter() -> None:
    key = Fernet.generate_key().decode()
    assert KeyRing([f" {key}\n"]).decrypt(KeyRing([key]).encrypt("Penicillin")) == "Penicillin"


# -- files


def files(session: Session) -> list[bytes | None]:
    session.expire_all()
    return [sheet.scan for sheet in session.query(Sheet).order_by(Sheet.id)]


@given(content=st.binary(max_size=300))
def test_a_file_comes_back_as_it_was_and_cannot_be_read_in_the_database(content: bytes) -> None:
    ring = KeyRing([OLD])
    sealed = ring.seal(content)
    assert ring.unseal(sealed) == content
    assert len(content) < 8 or content not in sealed
    assert len(sealed) <= len(content) + 80


def test_files_are_moved_to_the_newest_key_and_an_empty_column_stays_empty(session: Session) -> None:
    session.add_all(Sheet(scan=scan) for scan in (b"one", None, bytes(range(256)) * 40))
    session.commit()
    crypto.configure([NEW, OLD])
    assert rotate(session, Sheet.scan, limit=1) == 1
    assert rotate(session, Sheet.scan, after_id=1) == 3
    assert rotate(session, Sheet.scan, after_id=3) is None
    session.commit()
    crypto.configure([NEW])
    assert files(session) == [b"one", None, bytes(range(256)) * 40]


def test_a_file_that_was_changed_is_not_taken_for_one(session: Session) -> None:
    session.execute(text("INSERT INTO sheet (scan) VALUES (x'80ff00')"))
    with pytest.raises(FieldKeyError, match="was changed"):
        files(session)


def test_a_rotation_leaves_no_trace_that_lets_others_change_what_is_guarded(session: Session) -> None:
    write(session, "one")
    crypto.configure([NEW, OLD])
    rotate(session, Note.body)
    assert session.query(KeyRotation).count() == 0
