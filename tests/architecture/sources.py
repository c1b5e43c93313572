"""The project's own Python sources as syntax trees, read once for all house rules."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    path: str  # from the project's root, with slashes
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def length(self) -> int:
        return self.text.count("\n")

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imported(self) -> Iterator[tuple[int, str]]:
        """Line and full name of each module or name that is imported."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


@cache
def product() -> tuple[Source, ...]:
    """Everything that runs in a clinic."""
    return tuple(_read(path) for path in [ROOT / "config.py", ROOT / "run.py", *sorted((ROOT / "app").rglob("*.py"))])


@cache
def suite() -> tuple[Source, ...]:
    return tuple(_read(path) for path in sorted((ROOT / "tests").rglob("*.py")))


def offences(sources: tuple[Source, ...], lines_of: Callable[[Source], Iterator[int]]) -> list[str]:
    """Where a rule is broken, as path:line."""
    return [f"{source.path}:{line}" for source in sources for line in lines_of(source)]


def called_name(call: ast.Call) -> str:
    """`commit` of `db.session.commit()`, dotted as far as it is written in names: `db.session.commit`."""
    return dotted(call.func)


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return node.id if isinstance(node, ast.Name) else "?"


def length_of(function: Function) -> int:
    """Its lines, without decorators."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def body_length_of(function: Function) -> int:
    """The lines of its body, without signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
