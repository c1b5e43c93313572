"""What one row of a file says, in our terms: fields cleaned, every doubt named, or the reason it is not taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.imports.errors import BookedAfterwards, NotAMoment, NotANumber, OutOfRange, UnknownValue, Unusual, ValueMissing
from app.imports.mapping import MappingFile, OnProblem, Source
from app.kernel.errors import Invalid, Refusal
from app.people.fields import checked, line, paragraph
from app.people.rules import LONGEST_EXTERNAL_ID, validated_patient
from app.scheduling.states import AppointmentStatus

IMPORTED_STATUSES: Final = frozenset(
    {AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW, AppointmentStatus.CANCELLED}
)
_SHOWN: Final = 60

Cells = Mapping[str, str]
Note = tuple[str, Refusal]  # a column of the file and what is the matter with it


class RowRefused(Exception):
    """The row is not taken; `notes` say why."""

    def __init__(self, notes: Iterable[Note]) -> None:
        super().__init__()
        self.notes = list(notes)


@dataclass(slots=True)
class PatientValues:
    """A patient as a row has it: `fields` are always the file's, `first` those that only a new patient is given."""

    external_id: str
    fields: dict[str, Any]
    first: dict[str, Any]


@dataclass(slots=True)
class AppointmentValues:
    """An appointment of the past; instants in UTC."""

    external_id: str
    fields: dict[str, Any]


@dataclass(slots=True)
class ReadRow:
    """All that one row says, with the doubts about it."""

    line: int
    patient: PatientValues
    appointment: AppointmentValues | None = None
    doubts: list[Note] = field(default_factory=list)

    @property
    def external_id(self) -> str:
        """Of the row's own thing: the appointment where it is about one."""
        return self.appointment.external_id if self.appointment else self.patient.external_id


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows belong: the clinic's country, time zone and day."""

    region: str
    zone: str
    today: date


def read_row(line_number: int, cells: Cells, mapping: MappingFile, place: Place, *, appointments: bool) -> ReadRow:
    """The row in our terms. Raises RowRefused with everything that is wrong with it."""
    doubts: list[Note] = []
    read = ReadRow(line_number, _patient(cells, mapping, place, doubts), doubts=doubts)
    if appointments:
        read.appointment = _appointment(cells, mapping, place, doubts)
    return read


def _patient(cells: Cells, mapping: MappingFile, place: Place, doubts: list[Note]) -> PatientValues:
    values = {
        name: value.date() if isinstance(value, datetime) else value
        for name, value in _values(cells, mapping.patient, doubts).items()
    }
    custom = _values(cells, mapping.custom_fields, doubts)
    if custom:
        values["custom_fields"] = custom
    draft = _accepted(values, mapping, place, doubts)
    if draft.get("external_id") is None:
        raise RowRefused([(_column(mapping.patient, "external_id"), ValueMissing())])
    external_id = draft.pop("external_id")
    first = {name: draft.pop(name) for name, source in mapping.patient.items() if source.template and name in draft}
    return PatientValues(external_id, draft, first)


def _accepted(values: dict[str, Any], mapping: MappingFile, place: Place, doubts: list[Note]) -> dict[str, Any]:
    """The values after the clinic's own rules; a bad one is left out where the mapping says so."""
    try:
        draft = validated_patient(values, region=place.region, today=place.today)
    except Invalid as invalid:
        notes = _notes(invalid, mapping.patient)
        optional = {name for name, source in mapping.patient.items() if source.on_problem is OnProblem.LEAVE_OUT}
        if not invalid.errors.keys() <= optional:
            raise RowRefused(notes) from None
        doubts += notes
        return _accepted({n: v for n, v in values.items() if n not in invalid.errors}, mapping, place, doubts)
    return {name: getattr(draft, name) for name in values}


def _notes(invalid: Invalid, sources: Mapping[str, Source]) -> list[Note]:
    problems = ((name, problem) for name, problems in invalid.errors.items() for problem in problems)
    return [(_column(sources, name), one) for name, one in problems if isinstance(one, Refusal)]


def _column(sources: Mapping[str, Source], name: str) -> str:
    return ", ".join(sources[name].columns()) if name in sources else name


def _appointment(cells: Cells, mapping: MappingFile, place: Place, doubts: list[Note]) -> AppointmentValues:
    raw = _values(cells, mapping.appointment, doubts)
    try:
        given = checked(raw, _APPOINTMENT_CHECKS, required=("external_id", "starts_at", "status"))
    except Invalid as invalid:
        raise RowRefused(_notes(invalid, mapping.appointment)) from None
    starts, booked = given["starts_at"], given.pop("booked_at", None)
    if booked is not None and booked.date() > starts.date():
        doubts.append(
            (_column(mapping.appointment, "booked_at"), BookedAfterwards(booked=booked.date(), day=starts.date()))
        )
    minutes = mapping.placeholder.duration_minutes if mapping.placeholder else 0
    given["starts_at"] = _instant(starts, place.zone)
    given["ends_at"] = given["starts_at"] + timedelta(minutes=minutes)
    if booked is not None:
        given["created_at"] = _instant(booked, place.zone)
    return AppointmentValues(given.pop("external_id"), given)


def _instant(wall: datetime, zone: str) -> datetime:
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _status(raw: object) -> AppointmentStatus:
    """History ended one way or the other."""
    if raw not in IMPORTED_STATUSES:
        raise UnknownValue(value=raw)
    return AppointmentStatus(str(raw))


_APPOINTMENT_CHECKS: Final[Mapping[str, Any]] = {
    "external_id": line(LONGEST_EXTERNAL_ID),
    "starts_at": lambda moment: moment,
    "booked_at": lambda moment: moment,
    "status": _status,
    "type": line(40),
    "notes": paragraph(5000),
    "cancel_reason": line(200),
}


def _values(cells: Cells, sources: Mapping[str, Source], doubts: list[Note]) -> dict[str, Any]:
    """The value of each field that the row has one for. Raises RowRefused with everything that is wrong."""
    values: dict[str, Any] = {}
    problems: list[Note] = []
    for name, source in sources.items():
        try:
            value = _value(cells, source)
        except Refusal as problem:
            (doubts if source.on_problem is OnProblem.LEAVE_OUT else problems).append((_column(sources, name), problem))
            continue
        if value is None:
            continue
        values[name] = value
        doubts.extend((_column(sources, name), doubt) for doubt in _unusual(cells, value, source))
    if problems:
        raise RowRefused(problems)
    return values


def _value(cells: Cells, source: Source) -> Any:
    text = source.template.format_map(cells) if source.template else cells[source.column or ""]
    text = text.strip()
    if not text:
        return None
    if source.values is not None:
        if text not in source.values:
            raise UnknownValue(value=text[:_SHOWN])
        return source.values[text]
    if source.format is not None:
        return _moment(text, source.format)
    if source.separator is not None:
        return [part for part in text.split(source.separator) if part.strip()]
    return _number(text, source) if source.whole_number else text


@lru_cache(maxsize=4096)
def _moment(text: str, pattern: str) -> datetime:
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - wall time; the zone is the clinic's
    except ValueError:
        raise NotAMoment(value=text[:_SHOWN], format=pattern) from None


def _number(text: str, source: Source) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
        raise NotANumber(value=text[:_SHOWN])
    number = int(text)
    if (source.least is not None and number < source.least) or (source.most is not None and number > source.most):
        raise OutOfRange(value=number)
    return number


def _unusual(cells: Cells, value: Any, source: Source) -> Iterator[Refusal]:
    if source.usual_most is not None and isinstance(value, int) and value > source.usual_most:
        yield Unusual(value=value)
    if source.usual is not None and not source.usual.fullmatch(cells[source.column or ""].strip()):
        yield Unusual(value=cells[source.column or ""].strip()[:_SHOWN])
