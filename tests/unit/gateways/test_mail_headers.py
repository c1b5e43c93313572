"""How a mail is written: headers, scripts, and nothing smuggled in."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest

from app.gateways.mail import DemoMail, MailMessage, SmtpMail, compose

SENDER = Address("Klinik Süd", addr_spec="no-reply@clinic.example")
DATE = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def message(**changes: str) -> MailMessage:
    values = {"key": "notice:7", "recipient": "amira@example.com", "subject": "Your visit", "text": "See you.\n"}
    return MailMessage(**(values | changes), date=DATE)


def on_the_wire(mail: EmailMessage) -> EmailMessage:
    read = message_from_bytes(mail.as_bytes(policy=policy.SMTP), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def test_a_mail_has_the_headers_that_servers_ask_for() -> None:
    mail = on_the_wire(compose(message(recipient_name="Amira"), SENDER))
    assert mail["From"] == "Klinik Süd <no-reply@clinic.example>"
    assert mail["To"] == "Amira <amira@example.com>"
    assert mail["Date"] == "Sun, 29 Mar 2026 01:30:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().rstrip() == "See you."


def test_the_same_key_makes_the_same_message_id_and_another_key_another() -> None:
    first, again = (compose(message(), SENDER)["Message-ID"] for _ in range(2))
    assert first == again
    assert first.endswith("@clinic.example>")
    assert compose(message(key="notice:8"), SENDER)["Message-ID"] != first


@pytest.mark.parametrize("name", ["अमित कुमार", "أميرة", "李小龍", "Zoë O'Neil, Dr.", 'Anna "Nan" Berg', "x" * 300])
def test_a_name_in_any_script_arrives_as_it_is(name: str) -> None:
    mail = on_the_wire(compose(message(recipient_name=name, subject=f"Für {name}", text=f"Hello {name}\n"), SENDER))
    (address,) = mail["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "amira@example.com")
    assert mail["Subject"] == f"Für {name}"
    assert mail.get_content().rstrip() == f"Hello {name}"


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85"])
def test_a_line_break_in_a_name_or_subject_cannot_add_a_header(break_: str) -> None:
    evil = f"Amira{break_}Bcc: all@example.com"
    mail = on_the_wire(compose(message(recipient_name=evil, subject=evil), SENDER))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Amira Bcc: all@example.com"
    assert [address.addr_spec for address in mail["To"].addresses] == ["amira@example.com"]


@pytest.mark.parametrize(
    "address",
    ["", "amira", "@example.com", "amira@", "a b@example.com", "amira@example.com\r\nBcc: all@example.com",
     "amira@example.com, all@example.com", "amira@@example.com", "a@b@c", "amira@exa mple.com", "amira@..",
     "<amira@example.com>", "amira@" + "x" * 70 + ".com"],
)  # fmt: skip
def test_an_impossible_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        compose(message(recipient=address), SENDER)


def test_a_domain_in_another_script_is_sent_in_ascii() -> None:
    mail = compose(message(recipient="amira@klinik-süd.example"), SENDER)
    assert mail["To"].addresses[0].addr_spec == "amira@xn--klinik-sd-x9a.example"


def test_html_comes_as_an_alternative_after_the_plain_text() -> None:
    mail = on_the_wire(compose(message(html="<p>See <b>you</b>.</p>"), SENDER))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_half_a_character_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        compose(message(text="broken \ud800"), SENDER).as_bytes()


@pytest.mark.parametrize("url", ["", "http://mail.example", "smtp://", "mail.example:25", "smtp://u:secret@:25"])
def test_an_address_of_a_server_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL") as refused:
        SmtpMail(url, sender="no-reply@clinic.example")
    assert "secret" not in str(refused.value)


def test_a_sender_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="MAIL_FROM"):
        SmtpMail("smtp://127.0.0.1", sender="the clinic")


def test_the_demos_mail_counts_as_sent() -> None:
    assert DemoMail().send(message()) == "demo"
