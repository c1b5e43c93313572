"""How a doctor works, learned from completed visits: lengths, gaps, pauses, early patients. Pure; all in minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from statistics import median
from typing import Final

Sample = tuple[float, float]  # a length and its weight
Span = tuple[float, float]

MOST_VISITS: Final = 200  # of a doctor are looked at, and none that is older
LEARNED_FROM: Final = timedelta(days=90)
PLAN_WEIGHT: Final = 4.0  # consultations that the plan counts for beside the doctor's own of the service
RATIO_WEIGHT: Final = 8.0
HALF_LIFE: Final = 40.0  # consultations of a service after which one counts half
PLAUSIBLE: Final = (0.2, 3.0)  # of the median; anything else was not closed or not opened in time
# What lengths look like beside their mean where a doctor has too few of a service: a log-normal one of sigma 0.4.
SHAPE: Final = (0.50, 0.66, 0.78, 0.90, 1.03, 1.20, 1.46, 2.0)

TURNOVER, TURNOVER_WEIGHT, LONGEST_GAP = 2.0, 6.0, 20.0
LATENESS, LATENESS_WEIGHT = 1.0, 4.0
EARLY, EARLY_WEIGHT, CLEARLY_EARLY = 0.6, 2.0, 5.0
SLOT: Final = 5
SLOTS: Final = 24 * 60 // SLOT
SHORT_BREAK: Final = 8.0
PAUSE_SHARE, PAUSE_DAYS = 0.5, 3
HOLE: Final = 2  # slots between two pauses that are one


@dataclass(frozen=True, slots=True)
class Stay:
    """A visit by its times. `planned` is what the service takes the doctor, `booked` the length of the appointment.

    `appointment` is when the appointment begins; it and `booked` are None for a walk-in.
    """

    day: date
    number: int
    service_id: int
    planned: float
    check_in: float
    appointment: float | None = None
    booked: float | None = None
    urgent: bool = False
    called: float | None = None
    start: float | None = None
    end: float | None = None

    @property
    def due(self) -> float:
        return self.check_in if self.appointment is None else max(self.appointment, self.check_in)

    @property
    def place(self) -> tuple[bool, float, int]:
        """As in `rules.QueuedVisit`."""
        return not self.urgent, self.due, self.number

    @property
    def length(self) -> float | None:
        return None if self.start is None or self.end is None else self.end - self.start


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of a doctor. Consultations take `ratio` of what is planned, and `turnover` lies between two.

    Doctors who do not `take_early` whoever is there before the time of the appointment begin `lateness` after it. In
    `pauses` they see nobody although somebody waits.
    """

    lengths: Mapping[int, tuple[Sample, ...]] = field(default_factory=dict)
    ratio: float = 1.0
    turnover: float = TURNOVER
    lateness: float = LATENESS
    takes_early: bool = True
    pauses: tuple[Span, ...] = ()

    def samples(self, service_id: int, planned: float) -> list[Sample]:
        """Lengths that a consultation of the service may take, weighted; those of the plan among them."""
        of_plan = PLAN_WEIGHT / len(SHAPE)
        return [
            *self.lengths.get(service_id, ()),
            *((factor * planned * self.ratio / _SHAPE_MEAN, of_plan) for factor in SHAPE),
        ]

    def expected(self, service_id: int, planned: float) -> float:
        """How long a consultation of the service takes."""
        own = self.lengths.get(service_id, ())
        weight = PLAN_WEIGHT + sum(each for _, each in own)
        return (PLAN_WEIGHT * planned * self.ratio + sum(length * each for length, each in own)) / weight


_SHAPE_MEAN: Final = sum(SHAPE) / len(SHAPE)


def pace_of(past: Sequence[Stay]) -> Pace:
    """What a doctor's completed visits of earlier days say, in whatever order they are; without any, the plan."""
    known = sorted(
        (stay for stay in past if stay.start is not None and stay.end is not None),
        key=lambda stay: (stay.day, stay.start or 0.0, stay.number),
    )[-MOST_VISITS:]
    days = [list(stays) for _, stays in groupby(known, key=lambda stay: stay.day)]
    follows = [pair for day in days for pair in _following(day)]
    takes_early = _takes_early(follows)
    return Pace(
        lengths=_lengths(known),
        ratio=_ratio(known),
        turnover=_turnover(follows),
        lateness=_lateness(follows),
        takes_early=takes_early,
        pauses=tuple(_pauses(days, early=takes_early)),
    )


def _lengths(known: Sequence[Stay]) -> dict[int, tuple[Sample, ...]]:
    """By service, the newest first; each weighs the less the more there are after it."""
    found: dict[int, list[float]] = defaultdict(list)
    for stay in reversed(known):
        if stay.length is not None and stay.length > 0:
            found[stay.service_id].append(stay.length)
    weighted = {}
    for service_id, lengths in found.items():
        usual = median(lengths)
        kept = [length for length in lengths if PLAUSIBLE[0] * usual <= length <= PLAUSIBLE[1] * usual]
        weighted[service_id] = tuple((length, 0.5 ** (rank / HALF_LIFE)) for rank, length in enumerate(kept))
    return weighted


def _ratio(known: Sequence[Stay]) -> float:
    """Of what was booked; the booked lengths of the past do not change when a service's does."""
    pairs = [(stay.length, stay.booked) for stay in known if stay.length is not None and stay.booked]
    ratios = [length / booked for length, booked in pairs if PLAUSIBLE[0] <= length / booked <= PLAUSIBLE[1]]
    return (RATIO_WEIGHT + sum(ratios)) / (RATIO_WEIGHT + len(ratios))


def _following(day: Sequence[Stay]) -> Iterator[tuple[float, Stay]]:
    """Each but the first of a day, with the end of those before."""
    ended = None
    for stay in day:
        if ended is not None:
            yield ended, stay
        ended = max(ended or 0.0, stay.end or 0.0)


def _shrunk(values: Sequence[float], usual: float, weight: float) -> float:
    return (usual * weight + sum(values)) / (weight + len(values))


def _turnover(follows: Iterable[tuple[float, Stay]]) -> float:
    """From when the doctor and the patient were there to the beginning."""
    gaps = [(stay.start or 0.0) - max(ended, stay.due) for ended, stay in follows]
    return _shrunk([max(gap, 0.0) for gap in gaps if -2.0 <= gap <= LONGEST_GAP], TURNOVER, TURNOVER_WEIGHT)


def _free_before_time(follows: Iterable[tuple[float, Stay]]) -> Iterator[tuple[float, float, float]]:
    """Where patient and doctor were both there clearly before the appointment: since when, its time, the beginning."""
    for ended, stay in follows:
        since = max(ended, stay.check_in)
        if stay.appointment is not None and since < stay.appointment - CLEARLY_EARLY and stay.start is not None:
            yield since, stay.appointment, stay.start


def _takes_early(follows: Iterable[tuple[float, Stay]]) -> bool:
    early = [float(start < time - CLEARLY_EARLY / 2) for _, time, start in _free_before_time(follows)]
    return _shrunk(early, EARLY, EARLY_WEIGHT) > 0.5


def _lateness(follows: Iterable[tuple[float, Stay]]) -> float:
    late = [start - time for _, time, start in _free_before_time(follows)]
    return max(_shrunk([each for each in late if -3.0 <= each <= LONGEST_GAP], LATENESS, LATENESS_WEIGHT), 0.0)


def _pauses(days: Iterable[Sequence[Stay]], *, early: bool) -> Iterator[Span]:
    """When on at least PAUSE_DAYS days somebody waited, and on PAUSE_SHARE of those the doctor saw nobody."""
    waited, idle = [0] * SLOTS, [0] * SLOTS
    for day in days:
        busy = _busy(day)
        for slot in _waited(day, early=early):
            waited[slot] += 1
            idle[slot] += slot not in busy
    paused = [slot for slot in range(SLOTS) if waited[slot] >= PAUSE_DAYS and idle[slot] >= PAUSE_SHARE * waited[slot]]
    for first, last in _runs(paused):
        yield float(first * SLOT), float((last + 1) * SLOT)


def _runs(slots: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of those that follow each other with at most HOLE missing between."""
    run: tuple[int, int] | None = None
    for slot in slots:
        if run is not None and slot > run[1] + HOLE + 1:
            yield run
            run = None
        run = (slot if run is None else run[0], slot)
    if run is not None:
        yield run


def _busy(day: Sequence[Stay]) -> set[int]:
    """The slots of a day in which the doctor saw somebody, or was between two."""
    busy: set[int] = set()
    ended = None
    for stay in day:
        start, end = stay.start or 0.0, stay.end or 0.0
        if ended is not None and start - ended <= SHORT_BREAK:
            start = min(start, ended)
        busy.update(_slots(start, end, whole=False))
        ended = max(ended or 0.0, end)
    return busy


def _waited(day: Sequence[Stay], *, early: bool) -> set[int]:
    slots: set[int] = set()
    for stay in day:
        since = stay.check_in if early else stay.due
        slots.update(_slots(since, stay.start or 0.0, whole=True))
    return slots


def _slots(start: float, end: float, *, whole: bool) -> range:
    """The slots that lie in a span: wholly, or with their middle."""
    shift = 0.0 if whole else SLOT / 2
    first = -int(-(start - shift) // SLOT)
    last = int((end - shift) // SLOT) + (0 if whole else 1)
    return range(max(first, 0), min(max(last, 0), SLOTS))
