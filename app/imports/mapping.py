"""The mapping file: which column of a CSV file is which field of ours, and what to do with a value that is not good."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from app.imports.errors import BadMapping

PATIENT_FIELDS: Final = frozenset(
    {"external_id", "name", "phone", "email", "whatsapp_name", "date_of_birth", "gender", "medical_history"}
    | {"allergies", "tags"}
)
APPOINTMENT_FIELDS: Final = frozenset(
    {"external_id", "starts_at", "booked_at", "status", "type", "notes", "cancel_reason"}
)
_MOMENTS: Final = frozenset({"date_of_birth", "starts_at", "booked_at"})
_COLUMN_IN_TEMPLATE: Final = re.compile(r"\{([^{}]*)\}")


class OnProblem(StrEnum):
    """What becomes of a row one of whose values is not good: not taken, or taken without that value."""

    REFUSE = "refuse"
    LEAVE_OUT = "leave_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where one field comes from: a `column`, or a `template` such as "Patient {Id}" that only new rows are given.

    `values` translates what stands in the column; `format` is strptime's, in the clinic's wall time; `least` and `most`
    bound a whole number, `usual_most` and `usual` (a pattern for all of the text) only warn.
    """

    column: str | None = None
    template: str | None = None
    values: Mapping[str, Any] | None = None
    format: str | None = None
    whole_number: bool = False
    least: int | None = None
    most: int | None = None
    usual_most: int | None = None
    usual: re.Pattern[str] | None = None
    separator: str | None = None
    on_problem: OnProblem = OnProblem.REFUSE

    def columns(self) -> list[str]:
        """The columns it is made of."""
        return [self.column] if self.column else _COLUMN_IN_TEMPLATE.findall(self.template or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """The doctor and the service of appointments whose file names none; made inactive, so that nobody books them."""

    doctor: str
    service: str
    duration_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFile:
    """One mapping. `repeats`: the file may have several rows of one patient (it is one of appointments)."""

    delimiter: str = ","
    encoding: str = "utf-8"
    ignored: frozenset[str] = frozenset()
    repeats: bool = False
    patient: Mapping[str, Source] = field(default_factory=dict)
    custom_fields: Mapping[str, Source] = field(default_factory=dict)
    appointment: Mapping[str, Source] = field(default_factory=dict)
    placeholder: Placeholder | None = None

    def sources(self) -> Iterator[Source]:
        for section in (self.patient, self.custom_fields, self.appointment):
            yield from section.values()

    def columns(self) -> set[str]:
        """Every column that is read."""
        return {column for source in self.sources() for column in source.columns()}


def load_mapping(path: Path) -> MappingFile:
    """The mapping written in the TOML file. Refuses: BadMapping, saying what is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return _mapping(raw)
    except OSError as error:
        raise BadMapping(path=path, reason=error.strerror) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, _Wrong) as error:
        raise BadMapping(path=path, reason=error) from None


class _Wrong(ValueError):
    pass


def _mapping(raw: dict[str, Any]) -> MappingFile:
    _only(raw, {"file", "patient", "appointment"}, "the mapping")
    file = _table(raw, "file")
    _only(file, {"delimiter", "encoding", "ignored", "repeats"}, "[file]")
    patient, appointment = _table(raw, "patient"), _table(raw, "appointment")
    custom = _table(patient, "custom_fields")
    placeholder = {
        name: appointment.pop(name) for name in ("doctor", "service", "duration_minutes") & appointment.keys()
    }
    mapping = MappingFile(
        delimiter=_delimiter(file.get("delimiter", ",")),
        encoding=_encoding(file.get("encoding", "utf-8")),
        ignored=frozenset(file.get("ignored", ())),
        repeats=file.get("repeats") is True,
        patient=_sources(patient, PATIENT_FIELDS, "patient"),
        custom_fields={name: _source(value, f"patient.custom_fields.{name}", "") for name, value in custom.items()},
        appointment=_sources(appointment, APPOINTMENT_FIELDS, "appointment"),
        placeholder=_placeholder(placeholder) if appointment else None,
    )
    _ensure_complete(mapping)
    return mapping


def _table(raw: dict[str, Any], name: str) -> dict[str, Any]:
    found = raw.pop(name, {}) if name == "custom_fields" else raw.get(name, {})
    if not isinstance(found, dict):
        raise _Wrong(f"{name} must be a table")
    return dict(found)


def _only(raw: Mapping[str, Any], known: set[str] | frozenset[str], place: str) -> None:
    if unknown := raw.keys() - known:
        raise _Wrong(f"{place} knows no {', '.join(sorted(unknown))}; it knows {', '.join(sorted(known))}")


def _delimiter(raw: Any) -> str:
    if not isinstance(raw, str) or len(raw) != 1 or raw in '"\r\n':
        raise _Wrong("the delimiter is one character")
    return raw


def _encoding(raw: Any) -> str:
    try:
        name = codecs.lookup(raw).name
    except (LookupError, TypeError):
        raise _Wrong(f"there is no encoding {raw}") from None
    return "utf-8-sig" if name == "utf-8" else name  # a byte order mark is no part of the first column's name


def _placeholder(raw: Mapping[str, Any]) -> Placeholder:
    minutes = raw.get("duration_minutes", 30)
    names = [raw.get("doctor"), raw.get("service")]
    if not all(isinstance(name, str) and 0 < len(name.strip()) <= 120 for name in names):
        raise _Wrong("[appointment] names the doctor and the service of these appointments")
    if not isinstance(minutes, int) or not 1 <= minutes <= 1440:
        raise _Wrong("duration_minutes is a number from 1 to 1440")
    return Placeholder(doctor=raw["doctor"].strip(), service=raw["service"].strip(), duration_minutes=minutes)


def _sources(raw: Mapping[str, Any], known: frozenset[str], place: str) -> dict[str, Source]:
    _only(raw, known, f"[{place}]")
    return {name: _source(value, f"{place}.{name}", name) for name, value in raw.items()}


def _source(raw: Any, place: str, name: str) -> Source:
    """`raw` is a column's name, or a table of what `Source` has."""
    given = {"column": raw} if isinstance(raw, str) else raw
    if not isinstance(given, dict):
        raise _Wrong(f"{place} is a column's name or a table")
    _only(given, {one.name for one in fields(Source)}, place)
    try:
        source = Source(**given | _read(given))
        (source.template or "").format_map(dict.fromkeys(source.columns(), ""))
    except (re.error, ValueError, LookupError, AttributeError) as error:
        raise _Wrong(f"{place}: {error}") from None
    if not source.columns() or (source.column and source.template):
        raise _Wrong(f"{place} needs either a column or a template that names one")
    if name in _MOMENTS and not source.format:
        raise _Wrong(f"{place} needs a format, such as %Y-%m-%d")
    return source


def _read(given: Mapping[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    if "usual" in given:
        read["usual"] = re.compile(str(given["usual"]))
    if "on_problem" in given:
        read["on_problem"] = OnProblem(given["on_problem"])
    return read


def _ensure_complete(mapping: MappingFile) -> None:
    if "external_id" not in mapping.patient or "name" not in mapping.patient:
        raise _Wrong("[patient] needs external_id and name")
    missing = {"external_id", "starts_at", "status"} - mapping.appointment.keys()
    if mapping.appointment and missing:
        raise _Wrong(f"[appointment] needs {', '.join(sorted(missing))}")
    if mapping.patient["external_id"].on_problem is OnProblem.LEAVE_OUT:
        raise _Wrong("a patient without external_id would be doubled by the next run")
