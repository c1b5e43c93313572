"""How wrong the estimated waits were on days that are over, beside two simpler ways to say them. Pure; minutes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import fmean
from typing import Final

from app.frontdesk.pace import LEARNED_FROM, MOST_VISITS, Pace, Stay, pace_of
from app.frontdesk.waiting import Scene, estimated_starts

LEVELS: Final = ("calm", "normal", "overrun")
CALM, OVERRUN = 6.0, 20.0  # mean minutes from being due to going in
CLOSE: Final = 10.0
ONE_IN: Final = 5  # of the later changes of a doctor's queue are looked at; a visit has four
ADDED: Final = 15.0  # to the longest current wait
_BIN: Final = 0.1


@dataclass(frozen=True, slots=True)
class Guess:
    """What was said to somebody at one moment, by each of the three ways, and the wait that followed."""

    level: str
    at_check_in: bool
    actual: float
    said: tuple[float, float, float]  # in the order of WAYS


WAYS: Final = ("estimate", "people ahead x mean", "longest wait + 15")


@dataclass(slots=True)
class Tally:
    """Errors (what was said minus what happened), kept as counts by tenths of a minute."""

    count: int = 0
    total: float = 0.0
    absolute: float = 0.0
    close: int = 0
    bins: Counter[int] = field(default_factory=Counter)

    def add(self, error: float) -> None:
        self.count += 1
        self.total += error
        self.absolute += abs(error)
        self.close += abs(error) <= CLOSE
        self.bins[round(abs(error) / _BIN)] += 1

    @property
    def mean(self) -> float:
        """Of the absolute errors."""
        return self.absolute / self.count if self.count else 0.0

    @property
    def bias(self) -> float:
        """Above 0: waits were said too long."""
        return self.total / self.count if self.count else 0.0

    @property
    def share_close(self) -> float:
        return self.close / self.count if self.count else 0.0

    def quantile(self, share: float) -> float:
        """Below which this share of the absolute errors lies."""
        passed = 0
        for each in sorted(self.bins):
            passed += self.bins[each]
            if passed >= share * self.count:
                return each * _BIN
        return 0.0


@dataclass(slots=True)
class Report:
    """The errors by moment (at check-in or later), level of the day and way."""

    tallies: dict[tuple[bool, str, str], Tally] = field(default_factory=dict)
    days: Counter[str] = field(default_factory=Counter)

    def add(self, guesses: Iterable[Guess]) -> None:
        for guess in guesses:
            for way, said in zip(WAYS, guess.said, strict=True):
                for level in (guess.level, "all"):
                    tally = self.tallies.setdefault((guess.at_check_in, level, way), Tally())
                    tally.add(said - guess.actual)

    def tally(self, *, at_check_in: bool, level: str = "all", way: str = WAYS[0]) -> Tally:
        return self.tallies.get((at_check_in, level, way), Tally())


def replay(days: Iterable[Sequence[Stay]], report: Report, *, since: date) -> None:
    """Add one doctor's days from `since` on to the report; each is judged with what was known before it alone.

    `days` are in order, each with all visits of its day, also of those who left unseen.
    """
    known: deque[Stay] = deque(maxlen=MOST_VISITS)
    for stays in days:
        if not stays:
            continue
        day = stays[0].day
        if day >= since:
            report.days[level_of(stays)] += 1
            past = [stay for stay in known if stay.day >= day - LEARNED_FROM]
            report.add(guesses(stays, pace_of(past), past))
        known.extend(stay for stay in stays if stay.length is not None)


def level_of(stays: Sequence[Stay]) -> str:
    """How crowded a doctor's day was, by how long people waited from when they were due."""
    late = [max(stay.start - stay.due, 0.0) for stay in stays if stay.start is not None]
    mean = fmean(late) if late else 0.0
    return LEVELS[(mean >= CALM) + (mean >= OVERRUN)]


def guesses(stays: Sequence[Stay], pace: Pace, past: Sequence[Stay]) -> Iterator[Guess]:
    """At each check-in what was said to who checked in, and at some later changes to all who wait."""
    level, mean = level_of(stays), _mean_length(past) or fmean(stay.planned for stay in stays)
    for arrived in stays:
        scene = _as_known(stays, arrived.check_in, arrived.number)
        yield from _said(scene, pace, mean, level, stays, only=arrived.number)
    changes = ((stay.check_in, stay.called, stay.start, stay.end) for stay in stays)
    later = sorted({moment for times in changes for moment in times if moment is not None})
    for moment in later[::ONE_IN]:
        yield from _said(_as_known(stays, moment), pace, mean, level, stays)


def _said(
    scene: Scene, pace: Pace, mean: float, level: str, stays: Sequence[Stay], *, only: int | None = None
) -> Iterator[Guess]:
    """For those whose wait is known by now; who left unseen is no measure."""
    went_in = {stay.number: stay.start for stay in stays if stay.start is not None}
    longest = max((scene.now - stay.check_in for stay in scene.waiting), default=0.0) + ADDED
    inside = scene.inside is not None
    for ahead, (stay, start) in enumerate(estimated_starts(scene, pace)):
        began = went_in.get(stay.number)
        fresh = stay.called is not None or stay.check_in == scene.now
        if began is None or only not in {None, stay.number} or (only is None and fresh):
            continue
        said = (start - scene.now, (ahead + inside) * mean, longest)
        yield Guess(level, only is not None, max(began - scene.now, 0.0), said)


def _mean_length(past: Sequence[Stay]) -> float | None:
    lengths = [stay.length for stay in past if stay.length is not None]
    return fmean(lengths) if lengths else None


def _as_known(stays: Sequence[Stay], now: float, number: int | None = None) -> Scene:
    """The day as its rows were at a moment; of those who checked in at it, up to this number."""

    def known(moment: float | None) -> float | None:
        return moment if moment is not None and moment <= now else None

    here = [
        replace(stay, called=known(stay.called), start=known(stay.start), end=known(stay.end))
        for stay in stays
        if stay.check_in < now or (stay.check_in == now and (number is None or stay.number <= number))
    ]
    return Scene(now, here)
