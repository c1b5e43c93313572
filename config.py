"""The only reader of environment variables: what the product can be told from outside, typed, with loud errors.

`docs/settings.md` is the table for the people who run it. A secret NAME may also stand in a file named by NAME_FILE.
"""

from __future__ import annotations

import os
import secrets
import urllib.parse
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent
MEGABYTE = 1024 * 1024
MIN_SECRET = 32
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off", ""}


class ConfigError(ValueError):
    """A setting is missing or cannot be understood; the message names it and never shows a secret."""


class Environment:
    """Typed reading of one set of environment variables."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, "").strip() or default

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        text = self.text(name, str(default))
        try:
            number = int(text)
        except ValueError:
            raise ConfigError(f"{name} must be a whole number, not {text!r}.") from None
        if not low <= number <= high:
            raise ConfigError(f"{name} must lie between {low} and {high}, not {number}.")
        return number

    def switch(self, name: str) -> bool:
        word = self.text(name).lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            raise ConfigError(f"{name} must be 1 or 0, not {word!r}.")
        return word in TRUE_WORDS

    def url(self, name: str, default: str, *, schemes: set[str]) -> str:
        """A web or server address without a trailing slash; "" where it is not set and has no default."""
        return checked_address(name, self.text(name, default).rstrip("/"), schemes)

    def secret(self, name: str) -> str:
        """The secret NAME, or what the file named by NAME_FILE holds; "" where neither is set."""
        path = self.text(f"{name}_FILE")
        if not path:
            return self.text(name)
        if self.text(name):
            raise ConfigError(f"Set either {name} or {name}_FILE, not both.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{name}_FILE cannot be read: {error}.") from None


def checked_address(name: str, text: str, schemes: set[str]) -> str:
    """`text` where it is empty or an address with one of these schemes, a host and no odd port; else ConfigError."""
    try:
        parts = urllib.parse.urlsplit(text)
        good = not text or (parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0))
    except ValueError:
        good = False
    if not good:
        raise ConfigError(f"{name} must be an address that begins with {' or '.join(sorted(schemes))}://.")
    return text


def kept_secret(folder: Path, name: str, make: Callable[[], str]) -> str:
    """The secret of this installation, made once and kept in `folder/name`, readable by its owner only."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123 - takes the number
            file.write(make() + "\n")
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from None
    try:
        value = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None
    if not value:
        raise ConfigError(f"{path} is empty: delete it, or restore it from a backup.")
    return value


def languages_in(folder: Path) -> dict[str, dict[str, str]]:
    """English and every language with a folder of translations, as Flask-AppBuilder wants to know them."""
    codes = {"en", *(path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/messages.po"))}
    return {
        code: {"flag": code, "name": _own_name(code)} for code in sorted(codes, key=lambda code: (code != "en", code))
    }


def _own_name(code: str) -> str:
    """What its speakers call a language ("Español"). Raises ConfigError where no locale has that code."""
    try:
        name = str(Locale.parse(code).get_display_name())
    except (UnknownLocaleError, ValueError):
        raise ConfigError(f"translations/{code} is named after no locale (es, pt_BR).") from None
    return name[:1].upper() + name[1:]


def database_address(text: str) -> str:
    """DATABASE_URL in SQLAlchemy's writing; the usual postgres:// forms become psycopg 3. Refuses other databases."""
    for prefix in ("postgres://", "postgresql://"):
        if text.startswith(prefix):
            text = "postgresql+psycopg://" + text.removeprefix(prefix)
    try:
        backend = make_url(text).get_backend_name()
    except (ArgumentError, ValueError):
        raise ConfigError("DATABASE_URL is not a database address (postgresql://... or sqlite:///...).") from None
    if backend not in {"postgresql", "sqlite"}:
        raise ConfigError(f"DATABASE_URL must name PostgreSQL or SQLite, not {backend}.")
    return text


def engine_options(address: str) -> dict[str, Any]:
    pool: dict[str, Any] = {"pool_size": 20, "max_overflow": 10, "pool_timeout": 10}
    pool["hide_parameters"] = True  # an error's text ends in logs, and names of patients are among the values
    if make_url(address).get_backend_name() == "postgresql":
        pool |= {"pool_recycle": 1800, "pool_use_lifo": True}  # the connection used last knows most statements
    return pool


class Config:
    """What every kind of installation shares. Attributes in capitals are what Flask takes."""

    TESTING = False
    WTF_CSRF_ENABLED = True
    WTF_CSRF_TIME_LIMIT = None  # as long as the session: a page may stand open at the counter all day
    MAX_CONTENT_LENGTH = 5 * MEGABYTE
    MAX_FORM_MEMORY_SIZE = 5 * MEGABYTE
    SESSION_COOKIE_NAME = "clinicdesk"
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
    JWT_ACCESS_TOKEN_EXPIRES = timedelta(hours=1)

    SOCKETIO_ASYNC_MODE = "gevent"
    APP_NAME = "ClinicDesk"
    AUTH_TYPE = 1  # accounts in our own database
    AUTH_USER_REGISTRATION = False
    AUTH_RATE_LIMITED = False
    RATELIMIT_ENABLED = False
    FAB_CREATE_DB = False  # tables come from migrations
    FAB_UPDATE_PERMS = False  # permissions come from `roles sync`
    FAB_ADD_SECURITY_API = False
    FAB_API_MAX_PAGE_SIZE = 100
    FAB_PASSWORD_COMPLEXITY_ENABLED = True

    BABEL_DEFAULT_LOCALE = "en"
    BABEL_TRANSLATION_DIRECTORIES = str(ROOT / "translations")
    LANGUAGES = languages_in(ROOT / "translations")

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        read = Environment(variables)
        self.DEMO = read.switch("CLINICDESK_DEMO")
        self.INSTANCE_PATH = str(Path(read.text("CLINICDESK_INSTANCE", str(ROOT / "instance"))).resolve())
        self.HOST = read.text("HOST", "127.0.0.1")
        self.PORT = read.integer("PORT", 8000, low=1, high=65535)
        web = {"http", "https"}
        self.PUBLIC_URL = read.url("PUBLIC_URL", f"http://{self.HOST}:{self.PORT}", schemes=web)
        self.REDIS_URL = read.url("REDIS_URL", "", schemes={"redis", "rediss"})
        self._read_database(read)
        self._read_secrets(read)
        self._read_gateways(read)
        self.SESSION_COOKIE_SECURE = self.PUBLIC_URL.startswith("https://")
        self.PREFERRED_URL_SCHEME = urllib.parse.urlsplit(self.PUBLIC_URL).scheme
        self.RATELIMIT_STORAGE_URI = self.REDIS_URL or "memory://"

    def _read_database(self, read: Environment) -> None:
        default = f"sqlite:///{self.INSTANCE_PATH}/clinicdesk.db"
        self.SQLALCHEMY_DATABASE_URI = database_address(read.secret("DATABASE_URL") or default)
        self.SQLALCHEMY_ENGINE_OPTIONS = engine_options(self.SQLALCHEMY_DATABASE_URI)

    def _read_secrets(self, read: Environment) -> None:
        folder = Path(self.INSTANCE_PATH)
        self.SECRET_KEY = read.secret("SECRET_KEY") or kept_secret(folder, "secret_key", secrets.token_urlsafe)
        if len(self.SECRET_KEY) < MIN_SECRET:
            raise ConfigError(f"SECRET_KEY is too short to be safe: at least {MIN_SECRET} characters.")
        keys = read.secret("FIELD_ENCRYPTION_KEYS") or kept_secret(
            folder, "field_encryption_keys", lambda: Fernet.generate_key().decode("ascii")
        )
        self.FIELD_ENCRYPTION_KEYS = [key.strip() for key in keys.split(",") if key.strip()]

    def _read_gateways(self, read: Environment) -> None:
        self.STRIPE_SECRET_KEY = read.secret("STRIPE_SECRET_KEY")
        self.STRIPE_PUBLISHABLE_KEY = read.text("STRIPE_PUBLISHABLE_KEY")
        self.STRIPE_WEBHOOK_SECRET = read.secret("STRIPE_WEBHOOK_SECRET")
        self.STRIPE_API_BASE = read.url("STRIPE_API_BASE", "https://api.stripe.com", schemes={"http", "https"})
        self.SMTP_URL = checked_address("SMTP_URL", read.secret("SMTP_URL"), {"smtp", "smtps"})
        self.MAIL_FROM = read.text("MAIL_FROM", "ClinicDesk <no-reply@localhost>")


class DevConfig(Config):
    """A computer of one's own, and the demo: short passwords are allowed."""

    FAB_PASSWORD_COMPLEXITY_ENABLED = False


class ProdConfig(Config):
    """A clinic: guessing passwords is slowed down."""

    AUTH_RATE_LIMITED = True
    RATELIMIT_ENABLED = True


class TestConfig(Config):
    """The tests: nothing is read from the environment, and nothing is generated."""

    __test__ = False  # not a test class, whatever its name
    TESTING = True
    SOCKETIO_ASYNC_MODE = "threading"
    FAB_PASSWORD_COMPLEXITY_ENABLED = False
    FAB_PASSWORD_HASH_METHOD = "pbkdf2:sha256:1"  # noqa: S105 - quick: the tests sign in some thousand times

    def __init__(self, database_url: str, instance: str | Path, **variables: str) -> None:
        super().__init__(
            {
                "DATABASE_URL": database_url,
                "CLINICDESK_INSTANCE": str(instance),
                "SECRET_KEY": "a key that only the tests know, 32 characters",
                "FIELD_ENCRYPTION_KEYS": "dGVzdHMgb25seTogMzIgYnl0ZXMgb2YgYSBrZXkuLi4=",
                "STRIPE_SECRET_KEY": "sk_test_local",
                "STRIPE_PUBLISHABLE_KEY": "pk_test_local",
                "STRIPE_WEBHOOK_SECRET": "whsec_local",
                "STRIPE_API_BASE": "http://127.0.0.1:1",
                "SMTP_URL": "smtp://127.0.0.1:1",
            }
            | variables
        )


def load() -> Config:
    """The configuration of this process, as the environment has it. Raises ConfigError."""
    demo = Environment(os.environ).switch("CLINICDESK_DEMO")
    return DevConfig() if demo else ProdConfig()
