"""The product as its own processes, started by run.py as people start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT, TestConfig
from tests.plugins.databases import Database
from tests.plugins.network import free_port

START_SECONDS, STOP_SECONDS = 120.0, 90.0  # nothing is expected to take that long, on a busy machine neither


@dataclass
class Product:
    """One running product. `app` is another application on the same database, to arrange and look at rows."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    app: Flask | None = None
    is_ending: bool = False

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def wait_until_it_answers(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < give_up:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=START_SECONDS) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the product did not start:\n{self.log}")

    def ask_to_end(self, signal_number: int = signal.SIGTERM) -> None:
        """Send it the signal, and no second one; does not wait."""
        if self.process.poll() is None and not self.is_ending:
            self.process.send_signal(signal_number)
        self.is_ending = True

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """End it and give its return code."""
        self.ask_to_end(signal_number)
        return self.process.wait(STOP_SECONDS)


def start_product(folder: Path, *arguments: str, **variables: str) -> Product:
    """Start run.py with these environment variables and nothing else of ours; does not wait."""
    folder.mkdir(parents=True, exist_ok=True)
    port = variables.setdefault("PORT", str(free_port()))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), *arguments],
            cwd=folder,
            env=kept | {"CLINICDESK_INSTANCE": str(folder / "instance")} | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return Product(f"http://127.0.0.1:{port}", folder, process)


@pytest.fixture
def run_product(tmp_path: Path) -> Iterator[Callable[..., Product]]:
    """Starts products in folders of their own and ends those that a test leaves."""
    started: list[Product] = []

    def start(*arguments: str, **variables: str) -> Product:
        started.append(start_product(tmp_path / f"product{len(started)}", *arguments, **variables))
        return started[-1]

    yield start
    for product in started:
        product.ask_to_end()
    for product in started:
        product.stop()


@pytest.fixture(scope="session")
def ending(new_database: Callable[[], Database]) -> Iterator[list[Product]]:
    """Products that were asked to end: tests go on meanwhile, and wait for them before databases are dropped."""
    asked: list[Product] = []
    yield asked
    for product in asked:
        product.stop()


@pytest.fixture(scope="module")
def live_server(
    new_database: Callable[[], Database], tmp_path_factory: pytest.TempPathFactory, ending: list[Product]
) -> Iterator[Product]:
    """The product with worker and beat on a database of its own, one per test module."""
    from app import create_app
    from app.kernel.db import db

    folder = tmp_path_factory.mktemp("live")
    settings = TestConfig(new_database().url, folder / "instance")
    product = start_product(
        folder,
        DATABASE_URL=settings.SQLALCHEMY_DATABASE_URI,
        SECRET_KEY=settings.SECRET_KEY,
        FIELD_ENCRYPTION_KEYS=",".join(settings.FIELD_ENCRYPTION_KEYS),
    )
    product.app = create_app(settings)
    product.wait_until_it_answers()
    yield product
    product.ask_to_end()
    ending.append(product)
    with product.app.app_context():
        db.engine.dispose()
