"""Who may import what inside a domain, whatever its modules are called; import-linter holds the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, offences, product

DOMAINS = ("people", "scheduling", "frontdesk", "billing", "documents", "messaging", "reporting", "imports")
ADAPTER = re.compile(r"(^|_)(views|api|forms|schemas|sockets|tasks|deliveries|lookups|webhooks|commands)$")
TRANSPORTS = ("flask.", "flask_login", "flask_socketio", "flask_babel", "celery", "stripe", "app.web", "app.gateways")
PURE = ("flask", "sqlalchemy", "celery", "stripe", "reportlab", "app.kernel.db", "app.kernel.clock.now", "config")


def is_adapter(module: str) -> bool:
    return ADAPTER.search(module) is not None


def domain_of(source: Source) -> str:
    return source.path.split("/")[1] if source.path.startswith("app/") else ""


def inner_modules(*, of_documents: bool = True) -> tuple[Source, ...]:
    """The modules of the domains that are no adapters: rules, services, queries, effects, tables."""
    names = {domain for domain in DOMAINS if of_documents or domain != "documents"}
    return tuple(s for s in product() if domain_of(s) in names and not is_adapter(s.name.removesuffix(".py")))


def imports_of(prefixes: tuple[str, ...], source: Source) -> Iterator[int]:
    return (line for line, name in source.imported() if f"{name}.".startswith(prefixes))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_the_clinic_does_knows_no_transport(transport: str) -> None:
    assert offences(inner_modules(), lambda source: imports_of((transport,), source)) == []


def test_only_documents_draw() -> None:
    assert offences(inner_modules(of_documents=False), lambda source: imports_of(("reportlab.",), source)) == []


@pytest.mark.parametrize("package", PURE)
def test_rules_are_pure(package: str) -> None:
    rules = tuple(source for source in product() if source.name in {"rules.py", "states.py"})
    assert rules, "there are no rules"
    assert offences(rules, lambda source: imports_of((f"{package}.", f"{package}_"), source)) == []


def test_rules_are_told_the_time() -> None:
    def lines(source: Source) -> Iterator[int]:
        return (line for line, name in source.imported() if source.name == "rules.py" and name == "app.kernel.clock")

    assert offences(product(), lines) == []


def test_nothing_but_adapters_and_the_registry_imports_adapters() -> None:
    def lines(source: Source) -> Iterator[int]:
        for line, name in source.imported():
            parts = name.split(".")
            if parts[0] == "app" and len(parts) > 2 and parts[1] in DOMAINS and is_adapter(parts[2]):
                yield line

    assert offences(inner_modules(), lines) == []
