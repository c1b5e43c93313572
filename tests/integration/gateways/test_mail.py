"""Mail handed to a real SMTP server, and every way in which that can go wrong."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.gateways.mail import Attachment, MailMessage, SmtpMail
from app.kernel.outbox import Permanent, Temporary
from tests.fakes.mail_server import Doorkeeper, Inbox, serving
from tests.plugins.network import free_port

SENDER = "ClinicDesk <no-reply@clinic.example>"
MESSAGE = MailMessage(
    key="notice:7",
    recipient="amira@example.com",
    recipient_name="أميرة",
    subject="Ihr Termin für अमित",
    text="Grüße aus 東京\n",
    date=datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
)


def mail(port: int, *, user: str = "", query: str = "") -> SmtpMail:
    return SmtpMail(f"smtp://{user}127.0.0.1:{port}{query}", sender=SENDER)


def test_a_mail_arrives_as_it_was_written() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        sent = mail(port).send(MESSAGE)
    (arrived,) = inbox.mails
    assert arrived["Message-ID"] == sent
    assert arrived["From"] == SENDER
    assert arrived["To"].addresses[0].display_name == "أميرة"
    assert arrived["Subject"] == "Ihr Termin für अमित"
    assert arrived["Date"] == "Sun, 29 Mar 2026 01:30:00 +0000"
    assert arrived.get_content().strip() == "Grüße aus 東京"


def test_a_mail_that_is_sent_again_can_be_recognised() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        assert mail(port).send(MESSAGE) == mail(port).send(MESSAGE)
    assert len({arrived["Message-ID"] for arrived in inbox.mails}) == 1


def test_user_and_password_come_from_the_address() -> None:
    inbox, door = Inbox(), Doorkeeper()
    with serving(inbox, authenticator=door, auth_require_tls=False) as port:
        mail(port, user="desk:p%40ss%3Aw%2Frd@").send(MESSAGE)
    assert door.tried == [(b"desk", b"p@ss:w/rd")]
    assert len(inbox.mails) == 1


def test_a_wrong_password_is_temporary_because_the_settings_can_be_put_right() -> None:
    inbox, door = Inbox(), Doorkeeper()
    with serving(inbox, authenticator=door, auth_require_tls=False) as port, pytest.raises(Temporary) as failed:
        mail(port, user="desk:guess@").send(MESSAGE)
    assert "535" in str(failed.value)
    assert "guess" not in str(failed.value)
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("450 4.2.1 Mailbox busy", Temporary), ("421 4.3.2 Going down", Temporary), ("550 5.1.1 No such user", Permanent)],
)
def test_a_refused_recipient_is_temporary_or_permanent_as_the_server_says(answer: str, kind: type[Exception]) -> None:
    with serving(Inbox(recipient_answer=answer)) as port, pytest.raises(kind, match=answer[:3]):
        mail(port).send(MESSAGE)


@pytest.mark.parametrize(("answer", "kind"), [("451 4.3.0 Try later", Temporary), ("554 5.7.1 Spam", Permanent)])
def test_a_refused_mail_is_temporary_or_permanent_as_the_server_says(answer: str, kind: type[Exception]) -> None:
    with serving(Inbox(data_answer=answer)) as port, pytest.raises(kind, match=answer[:3]):
        mail(port).send(MESSAGE)


@pytest.mark.parametrize(
    "recipient", ["amira", "amira@", "a b@example.com", "josé@example.com", "x@a.com\nBcc: y@a.com"]
)
def test_an_impossible_address_is_permanent_and_nothing_is_sent(recipient: str) -> None:
    with pytest.raises(Permanent):
        mail(free_port()).send(MailMessage("notice:8", recipient, "Hello", "Hello", MESSAGE.date))


def test_half_a_character_is_permanent() -> None:
    inbox = Inbox()
    with serving(inbox) as port, pytest.raises(Permanent):
        mail(port).send(MailMessage("notice:8", "amira@example.com", "Hello", "broken \ud800", MESSAGE.date))
    assert inbox.mails == []


def test_nobody_listening_is_temporary() -> None:
    with pytest.raises(Temporary):
        mail(free_port()).send(MESSAGE)


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """One connection, served by hand."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                serve(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_server_that_says_nothing_is_temporary() -> None:
    with raw_server(lambda connection: bool(connection.recv(1))) as port:
        silent = SmtpMail(f"smtp://127.0.0.1:{port}", sender=SENDER, answer_seconds=0.3)
        with pytest.raises(Temporary):
            silent.send(MESSAGE)


def test_a_server_that_speaks_something_else_is_temporary() -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with raw_server(lambda connection: connection.sendall(answer)) as port, pytest.raises(Temporary):
        mail(port).send(MESSAGE)


def converse(connection: socket.socket, *, last_words: bytes) -> None:
    """Take one mail, then end the conversation with `last_words` in place of a proper goodbye."""
    connection.sendall(b"220 ready\r\n")
    lines = connection.makefile("rb")
    for line in lines:
        word = line.strip().upper()
        if word == b"DATA":
            connection.sendall(b"354 go on\r\n")
            while lines.readline() != b".\r\n":
                pass
            connection.sendall(b"250 taken\r\n")
        elif word == b"QUIT":
            connection.sendall(last_words)
            break
        else:
            connection.sendall(b"250 OK\r\n")
    lines.close()


@pytest.mark.parametrize("last_words", [b"", b"451 never mind\r\n"])
def test_a_mail_that_was_taken_is_not_sent_again_for_a_bad_goodbye(last_words: bytes) -> None:
    with raw_server(lambda connection: converse(connection, last_words=last_words)) as port:
        assert mail(port).send(MESSAGE).endswith("@clinic.example>")


def test_with_starttls_nothing_goes_to_a_server_that_cannot_encrypt() -> None:
    inbox = Inbox()
    with serving(inbox) as port, pytest.raises(Temporary, match="STARTTLS"):
        mail(port, user="desk:secret@", query="?starttls=1").send(MESSAGE)
    assert inbox.mails == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls") / "server.pem")


def self_signed(path: Path) -> Path:
    """A certificate of 127.0.0.1 with its key in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return path


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_starttls_encrypts_with_a_certificate_that_is_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox = Inbox()
    with serving(inbox, tls_context=tls(certificate), require_starttls=True) as port:
        mail(port, query="?starttls=1").send(MESSAGE)
    assert len(inbox.mails) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    inbox = Inbox()
    server = serving(inbox, tls_context=tls(certificate), require_starttls=True)
    with server as port, pytest.raises(Temporary, match="CERTIFICATE_VERIFY_FAILED"):
        mail(port, query="?starttls=1").send(MESSAGE)
    assert inbox.mails == []


def test_smtps_is_encrypted_from_the_start(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox = Inbox()
    with serving(inbox, ssl_context=tls(certificate)) as port:
        SmtpMail(f"smtps://127.0.0.1:{port}", sender=SENDER).send(MESSAGE)
    assert len(inbox.mails) == 1


def test_files_go_along_with_text_and_page() -> None:
    inbox, content = Inbox(), "DESCRIPTION:Grüße aus 東京\r\n".encode() * 50
    files = (
        Attachment("appointment.ics", content, "text/calendar; charset=utf-8; method=PUBLISH"),
        Attachment("Plan für\r\nBcc: x.pdf", b"%PDF\x00\xff", "application/pdf"),
    )
    with serving(inbox) as port:
        mail(port).send(replace(MESSAGE, html="<p>Grüße</p>", attachments=files))
    (arrived,) = inbox.mails
    calendar, paper = arrived.iter_attachments()
    assert calendar.get_payload(decode=True) == content
    assert calendar["Content-Type"].params == {"charset": "utf-8", "method": "PUBLISH"}
    assert (calendar.get_content_type(), calendar.get_filename()) == ("text/calendar", "appointment.ics")
    assert (paper.get_content_type(), paper.get_payload(decode=True)) == ("application/pdf", b"%PDF\x00\xff")
    assert paper.get_filename() == "Plan für Bcc: x.pdf"
    assert (arrived["Bcc"], arrived["To"].addresses[0].addr_spec) == (None, "amira@example.com")
    for kind, text in (("plain", "Grüße aus 東京"), ("html", "<p>Grüße</p>")):
        body = arrived.get_body((kind,))
        assert body is not None
        assert body.get_content().strip() == text
