"""The first start of a real installation asks, on a real terminal, who its administrator is."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from config import ROOT
from tests.plugins.databases import Database
from tests.plugins.network import free_port
from tests.plugins.products import START_SECONDS

PATIENCE = START_SECONDS


class Terminal:
    """run.py on a pseudo-terminal, with somebody who reads and types."""

    def __init__(self, folder: Path, **variables: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "CLINICDESK_INSTANCE": str(folder),
            "PORT": str(free_port()),
            **variables,
        }
        self._screen, keyboard = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py")],
            env=environment,
            stdin=keyboard,
            stdout=keyboard,
            stderr=keyboard,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - for getpass
        )
        os.close(keyboard)
        self.seen = ""

    def wait_for(self, words: str) -> None:
        """Read until these words stand there, and forget what came before."""
        give_up = time.monotonic() + PATIENCE
        while words not in self.seen and time.monotonic() < give_up:
            if select.select([self._screen], [], [], 0.1)[0]:
                self.seen += os.read(self._screen, 4096).decode(errors="replace")
        assert words in self.seen, self.seen
        self.seen = self.seen.split(words, 1)[1]

    def type(self, line: str) -> None:
        os.write(self._screen, f"{line}\n".encode())

    def answer(self, **answers: str) -> None:
        for label in ("User name", "First name", "Last name", "E-mail", "Password", "The password again"):
            self.wait_for(f"  {label}: ")
            self.type(answers[label.replace(" ", "_").replace("-", "_").lower()])

    def close(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(PATIENCE)
        os.close(self._screen)
        return code


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    return new_database()


@pytest.fixture
def terminal(database: Database, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, DATABASE_URL=database.url)
    yield terminal
    assert terminal.close() == 0


ANSWERS = {
    "user_name": "amira",
    "first_name": "Amira",
    "last_name": "Haddad",
    "e_mail": "amira@clinic.example",
    "password": "correct horse battery 9",
    "the_password_again": "correct horse battery 9",
}


def test_the_first_administrator_is_asked_for_until_the_answers_will_do(database: Database, terminal: Terminal) -> None:
    terminal.wait_for("Who is the first administrator?")
    terminal.answer(**ANSWERS | {"the_password_again": "something else"})
    terminal.wait_for("The two passwords differ.")
    terminal.answer(**ANSWERS | {"e_mail": "nowhere"})
    terminal.wait_for("Once more:")
    terminal.answer(**ANSWERS)
    terminal.wait_for("ClinicDesk is running on")
    engine = create_engine(database.url)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT u.username, r.name FROM ab_user u"
                " JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_role r ON r.id = ur.role_id"
            )
        ).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("amira", "Admin")]
