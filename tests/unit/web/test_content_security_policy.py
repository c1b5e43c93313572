"""What a page may load."""

from __future__ import annotations

from app.web.csp import content_security_policy


def directives(host: str) -> dict[str, list[str]]:
    policy = content_security_policy("secret", host)
    return {name: values for name, *values in (part.split() for part in policy.split("; "))}


def test_scripts_come_from_files_or_carry_the_nonce() -> None:
    assert directives("desk.example")["script-src"] == ["'self'", "'nonce-secret'"]


def test_nothing_inline_is_allowed_for_scripts_or_styles() -> None:
    assert "unsafe-inline" not in content_security_policy("secret", "desk.example")


def test_sockets_go_to_the_same_host_only() -> None:
    assert directives("desk.example:8000")["connect-src"] == [
        "'self'",
        "ws://desk.example:8000",
        "wss://desk.example:8000",
    ]


def test_a_forged_host_adds_nothing_to_the_policy() -> None:
    assert directives("evil.example; script-src *")["connect-src"] == ["'self'"]


def test_nobody_frames_a_page() -> None:
    assert directives("desk.example")["frame-ancestors"] == ["'none'"]
