"""E-mail by SMTP, and the demo's mail that goes nowhere."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from app.kernel.outbox import Permanent, Temporary

ANSWER_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; `content_type` with its parameters (`text/calendar; method=PUBLISH`)."""

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class MailMessage:
    """One mail; `key` is the outbox key, `date` aware. The same key makes the same Message-ID."""

    key: str
    recipient: str
    subject: str
    text: str
    date: datetime
    recipient_name: str = ""
    html: str | None = None
    reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()


class MailGateway(Protocol):
    def send(self, message: MailMessage) -> str:
        """Hand a mail over; answers the provider's id of it. Raises Temporary or Permanent."""


class DemoMail:
    """The demo's channel: every mail counts as sent, none leaves."""

    def send(self, message: MailMessage) -> str:
        return "demo"


class SmtpMail:
    """A mail server by `smtp://[user:password@]host[:port][?starttls=1]` or `smtps://...`.

    `sender` is an address with or without a name. With `starttls=1` nothing is sent to a server that cannot encrypt.
    """

    def __init__(self, url: str, *, sender: str, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._server = _Server.parse(url)
        try:
            self._sender = _address(*parseaddr(sender))
        except ValueError:
            raise ValueError(f"MAIL_FROM is not an address such as Clinic <desk@clinic.example>: {sender!r}") from None
        self._answer_seconds = answer_seconds

    def send(self, message: MailMessage) -> str:
        try:
            mail = compose(message, self._sender)
        except ValueError as error:
            raise Permanent(f"The mail cannot be written: {error}") from None
        with self._session() as session, _outcomes():
            session.send_message(mail)
        return str(mail["Message-ID"])

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A greeted and logged-in session. Until then nothing is wrong with the mail: any failure is temporary."""
        try:
            session = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise Temporary(f"No session with the mail server: {_said(error)}") from None
        try:
            yield session
        finally:
            _leave(session)

    def _connect(self) -> smtplib.SMTP:
        server, own_name = self._server, self._sender.domain
        context = ssl.create_default_context()
        if server.encrypted:
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, own_name, timeout=self._answer_seconds, context=context
            )
        else:
            session = smtplib.SMTP(server.host, server.port, own_name, timeout=self._answer_seconds)
        try:
            if server.starttls:
                session.starttls(context=context)
            if server.user:
                session.login(server.user, server.password)
        except (smtplib.SMTPException, OSError):
            session.close()
            raise
        return session


def compose(message: MailMessage, sender: Address) -> EmailMessage:
    """The mail with its headers; line breaks in names and subject become spaces. Raises ValueError."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = _address(message.recipient_name, message.recipient)
    if message.reply_to:
        mail["Reply-To"] = _address(*parseaddr(message.reply_to))
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(message.date)
    mail["Message-ID"] = f"<{sha256(message.key.encode()).hexdigest()[:40]}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        _attach(mail, attachment)
    return mail


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    kind = EmailMessage()
    kind["Content-Type"] = attachment.content_type
    maintype, subtype = kind.get_content_maintype(), kind.get_content_subtype()
    params = dict(kind["Content-Type"].params)
    mail.add_attachment(
        attachment.content, maintype=maintype, subtype=subtype, filename=_one_line(attachment.filename), params=params
    )


def _address(name: str, address: str) -> Address:
    """An address for a header, its domain in ASCII. Raises ValueError for one that cannot be.

    A part before the @ beyond ASCII is refused too: few servers take it (RFC 6531).
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        return Address(_one_line(name), addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
    except (HeaderParseError, ValueError, IndexError):
        # The email package refuses an impossible address with whatever it stumbles over.
        raise ValueError("not an e-mail address") from None


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    encrypted: bool
    starttls: bool
    user: str
    password: str

    @classmethod
    def parse(cls, url: str) -> _Server:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            # The address may hold a password, so it is not repeated.
            raise ValueError("SMTP_URL is smtp://[user:password@]host[:port][?starttls=1] or smtps://...")
        encrypted = parts.scheme == "smtps"
        starttls = not encrypted and parse_qs(parts.query).get("starttls", ["0"])[-1].lower() in {"1", "true", "yes"}
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if encrypted else 587 if starttls else 25),
            encrypted=encrypted,
            starttls=starttls,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


@contextmanager
def _outcomes() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _refused(code, text) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Temporary(f"The mail server did not finish: {_said(error)}") from None


def _refused(code: int, text: bytes | str) -> Temporary | Permanent:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    kind = Permanent if code >= 500 else Temporary
    return kind(f"The mail server refused: {code} {said}")


def _said(error: Exception) -> str:
    """The reason without credentials: smtplib repeats only what the server said."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {error.smtp_error!r}"
    return f"{type(error).__name__}: {error}"


def _leave(session: smtplib.SMTP) -> None:
    """Say goodbye; the mail is already taken or refused, so a failure here must not send it again."""
    try:
        session.quit()
    except (smtplib.SMTPException, OSError):
        session.close()
