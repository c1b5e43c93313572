"""A real SMTP server on localhost that keeps what it is given.

inbox = Inbox()
with serving(inbox) as port:
    SmtpMail(f"smtp://127.0.0.1:{port}", sender="Desk <desk@clinic.example>").send(message)
assert inbox.mails[0]["Subject"] == "..."
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.plugins.network import free_port


@dataclass
class Inbox:
    """An SMTP server's hands: keeps what it takes, and answers what a test tells it to."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipient_answer: str = "250 OK"
    data_answer: str = "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        read = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        if self.data_answer.startswith("250"):
            self.mails.append(read)
        return self.data_answer


@contextmanager
def serving(inbox: Inbox, **options: Any) -> Iterator[int]:
    """A real SMTP server on localhost that fills `inbox`; gives its port. `options` are aiosmtpd's."""
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@dataclass
class Doorkeeper:
    """Lets one user in and remembers who tried."""

    tried: list[tuple[bytes, bytes]] = field(default_factory=list)

    def __call__(self, _server: object, _session: object, _envelope: object, _way: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.tried.append((given.login, given.password))
        return AuthResult(success=self.tried[-1] == (b"desk", b"p@ss:w/rd"), handled=False)
