"""Settings: what may be set, what is refused, and what is made once for an installation."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from config import ROOT, Config, ConfigError, DevConfig, ProdConfig


def settings(folder: Path, **variables: str) -> Config:
    return Config({"CLINICDESK_INSTANCE": str(folder), **variables})


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    config = settings(tmp_path)
    assert f"sqlite:///{tmp_path}/clinicdesk.db" == config.SQLALCHEMY_DATABASE_URI
    assert config.PUBLIC_URL == "http://127.0.0.1:8000"
    assert not config.REDIS_URL
    assert not config.DEMO


@pytest.mark.parametrize("written", ["postgres://u:p@h/clinic", "postgresql://u:p@h/clinic"])
def test_the_usual_ways_to_write_a_postgresql_address_use_psycopg(tmp_path: Path, written: str) -> None:
    config = settings(tmp_path, DATABASE_URL=written)
    assert config.SQLALCHEMY_DATABASE_URI == "postgresql+psycopg://u:p@h/clinic"


def test_secrets_that_are_not_set_are_made_once_and_kept_for_their_owner_only(tmp_path: Path) -> None:
    first, second = settings(tmp_path / "new"), settings(tmp_path / "new")
    assert first.SECRET_KEY == second.SECRET_KEY
    assert first.FIELD_ENCRYPTION_KEYS == second.FIELD_ENCRYPTION_KEYS
    assert first.SECRET_KEY != settings(tmp_path / "other").SECRET_KEY
    kept = [tmp_path / "new" / name for name in ("secret_key", "field_encryption_keys")]
    assert [stat.S_IMODE(path.stat().st_mode) for path in kept] == [0o600, 0o600]


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s" * 40 + "\n", encoding="utf-8")
    assert settings(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key")).SECRET_KEY == "s" * 40


def test_encryption_keys_are_a_list_with_the_newest_first(tmp_path: Path) -> None:
    assert settings(tmp_path, FIELD_ENCRYPTION_KEYS="new, old").FIELD_ENCRYPTION_KEYS == ["new", "old"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("CLINICDESK_DEMO", "maybe"),
        ("DATABASE_URL", "mysql://u:p@h/clinic"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "http://localhost"),
        ("PUBLIC_URL", "clinic.example"),
        ("PUBLIC_URL", "http://[clinic"),
        ("SMTP_URL", "mail.example:25"),
        ("STRIPE_API_BASE", "ftp://x"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_FILE", "/nowhere/at/all"),
    ],
)
def test_a_setting_that_cannot_be_understood_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        settings(tmp_path, **{name: value})


def test_a_secret_and_its_file_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not both"):
        settings(tmp_path, SECRET_KEY="s" * 40, SECRET_KEY_FILE="/some/file")


def test_a_password_never_shows_in_a_message(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        settings(tmp_path, DATABASE_URL="mysql://u:hunter2@h/clinic")
    assert "hunter2" not in str(refused.value)


def test_cookies_need_https_where_the_public_address_does(tmp_path: Path) -> None:
    assert settings(tmp_path, PUBLIC_URL="https://clinic.example/").SESSION_COOKIE_SECURE is True
    assert settings(tmp_path).SESSION_COOKIE_SECURE is False


def test_guessing_passwords_is_slowed_down_in_a_clinic_and_not_in_the_demo(tmp_path: Path) -> None:
    variables = {"CLINICDESK_INSTANCE": str(tmp_path)}
    assert ProdConfig(variables).AUTH_RATE_LIMITED is True
    assert DevConfig(variables).AUTH_RATE_LIMITED is False


def test_every_setting_that_is_read_is_documented_and_the_other_way_round() -> None:
    source = (ROOT / "config.py").read_text(encoding="utf-8")
    read = set(re.findall(r'read\.\w+\(\s*"([A-Z_]+)"', source))
    table = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)`", table, flags=re.MULTILINE))
    assert read == documented
