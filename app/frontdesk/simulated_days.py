"""Days of made-up doctors, for measuring the wait estimate; what they are drawn from stands in docs/wait-estimate.md.

Pure and the same for the same seed. All times are minutes from midnight, as in `pace`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final

from app.frontdesk.pace import Stay
from app.frontdesk.wait_error import Report, replay

DOCTORS: Final = 4  # at the clinic of a seed
FIRST_DAY: Final = date(2030, 1, 1)
OPENS, CLOSES = 8 * 60.0, 17 * 60.0
BREAK_AT: Final = 12.5 * 60
PLANNED: Final = {1: 15, 2: 20, 3: 30, 4: 45}  # minutes by service
ASKED_FOR: Final = (4, 4, 3, 1)  # how often each of the services
GRID: Final = 5
# By kind of day: share of the working time that is booked, walk-ins in an hour, how often.
DAYS: Final = {"calm": (0.4, 0.2, 3), "normal": (0.57, 0.3, 4), "crowded": (0.72, 0.45, 3)}
NO_SHOW, VERY_LATE, URGENT = 0.08, 0.06, 0.03
LEAVES_AFTER, LEAVES = 75.0, 0.2
LEFT_OPEN, NOT_OPENED = 0.015, 0.01


@dataclass(frozen=True, slots=True)
class DoctorTraits:
    """How one doctor works; `pace` by service is the typical length in planned ones."""

    pace: dict[int, float]
    spread: float
    turnover: float
    late_start: float
    takes_early: bool
    break_minutes: float
    whole_break: bool
    tiring: float


@dataclass(slots=True)
class _Coming:
    """Somebody who is to come, and what only the simulation knows: how long it will take, how long they would wait."""

    stay: Stay
    minutes: float
    patience: float


def simulated_report(seeds: Iterable[int], *, days: int, warm_up: int) -> Report:
    """How wrong the estimates are on `days` at the clinic of each seed, after `warm_up` days to learn from."""
    report = Report()
    for seed in seeds:
        rng = Random(seed)  # noqa: S311 - nothing secret
        for _ in range(DOCTORS):
            whole = simulated_days(draw_doctor(rng), rng, warm_up + days)
            replay(whole, report, since=FIRST_DAY + timedelta(days=warm_up))
    return report


def draw_doctor(rng: Random) -> DoctorTraits:
    own = min(max(rng.lognormvariate(-0.05, 0.15), 0.7), 1.2)
    return DoctorTraits(
        pace={service_id: own * rng.lognormvariate(0.0, 0.1) for service_id in PLANNED},
        spread=rng.uniform(0.25, 0.5),
        turnover=rng.uniform(1.0, 4.0),
        late_start=rng.uniform(0.0, 12.0),
        takes_early=rng.random() < 0.7,
        break_minutes=rng.choice((0.0, 30.0, 45.0, 60.0)),
        whole_break=rng.random() < 0.5,
        tiring=rng.uniform(0.0, 0.2),
    )


def simulated_days(traits: DoctorTraits, rng: Random, days: int) -> Iterator[list[Stay]]:
    """The doctor's days one after the other, each with everybody who came, by number; who left has no `start`."""
    for index in range(days):
        kind = rng.choices(list(DAYS), [often for _, _, often in DAYS.values()])[0]
        yield _played(traits, _coming(FIRST_DAY + timedelta(days=index), traits, kind, rng), rng)


def _coming(day: date, traits: DoctorTraits, kind: str, rng: Random) -> list[_Coming]:
    """Everybody who will check in on a day, by arrival and with their numbers."""
    booked, walk_ins, _ = DAYS[kind]
    arrivals = [*_booked(day, traits, booked, rng), *_walking_in(day, walk_ins, rng)]
    arrivals.sort(key=lambda stay: stay.check_in)
    form = rng.lognormvariate(0.0, 0.1)
    return [
        _Coming(
            replace(stay, number=number, urgent=rng.random() < URGENT),
            form * PLANNED[stay.service_id] * traits.pace[stay.service_id] * rng.lognormvariate(0.0, traits.spread),
            LEAVES_AFTER * rng.uniform(1.0, 2.0) if rng.random() < LEAVES else 24 * 60.0,
        )
        for number, stay in enumerate(arrivals, 1)
    ]


def _booked(day: date, traits: DoctorTraits, share: float, rng: Random) -> Iterator[Stay]:
    moment = OPENS
    while moment < CLOSES:
        service_id = rng.choices(list(PLANNED), ASKED_FOR)[0]
        planned = PLANNED[service_id]
        if traits.break_minutes and moment < BREAK_AT + traits.break_minutes and moment + planned > BREAK_AT:
            moment = BREAK_AT + traits.break_minutes
            continue
        if rng.random() < share and moment + planned <= CLOSES:
            if rng.random() >= NO_SHOW:
                yield Stay(day, 0, service_id, planned, _arrival(moment, rng), appointment=moment, booked=planned)
            moment += planned
        else:
            moment += 3 * GRID


def _arrival(appointment: float, rng: Random) -> float:
    if rng.random() < VERY_LATE:
        return appointment + rng.uniform(10.0, 35.0)
    return max(appointment - rng.gauss(9.0, 8.0), OPENS - 30.0)


def _walking_in(day: date, in_an_hour: float, rng: Random) -> Iterator[Stay]:
    moment = OPENS + rng.expovariate(in_an_hour / 60)
    while moment < CLOSES - 45:
        service_id = rng.choices(list(PLANNED), ASKED_FOR)[0]
        yield Stay(day, 0, service_id, PLANNED[service_id], moment)
        moment += rng.expovariate(in_an_hour / 60)


def _played(traits: DoctorTraits, coming: Sequence[_Coming], rng: Random) -> list[Stay]:
    """The day as it goes: whenever the doctor is free, the first of the queue goes in."""
    expected, gone = list(coming), list[Stay]()
    here: list[_Coming] = []
    moment = max(OPENS - 5.0, OPENS + rng.gauss(traits.late_start, 4.0))
    rested = not traits.break_minutes
    while expected or here:
        while expected and expected[0].stay.check_in <= moment:
            here.append(expected.pop(0))
        here, left = _stay_on(here, moment)
        gone += left
        if not rested and moment >= BREAK_AT:
            moment, rested = _after_break(traits, moment, rng), True
            continue
        following = min(here, key=lambda one: one.stay.place, default=None)
        if following is None or (not traits.takes_early and not following.stay.urgent and following.stay.due > moment):
            moment = _next_moment(moment, expected, following, None if rested else BREAK_AT)
            continue
        here.remove(following)
        seen = _seen(following, moment, traits, rng)
        gone.append(seen)
        moment = seen.end or moment
    return _as_recorded(sorted(gone, key=lambda stay: stay.start or 0.0), rng)


def _after_break(traits: DoctorTraits, moment: float, rng: Random) -> float:
    """Some rest for as long as they are used to, however late it has become; others go on when the break ends."""
    begins = moment if traits.whole_break else BREAK_AT
    return max(begins + traits.break_minutes * rng.uniform(0.8, 1.15), moment)


def _stay_on(here: Sequence[_Coming], moment: float) -> tuple[list[_Coming], list[Stay]]:
    """Who still waits, and who has left by now."""
    impatient = [one for one in here if one.stay.check_in + one.patience < moment]
    left = [replace(one.stay, end=one.stay.check_in + one.patience) for one in impatient]
    return [one for one in here if one not in impatient], left


def _next_moment(moment: float, expected: Sequence[_Coming], first: _Coming | None, rest: float | None) -> float:
    """When something happens next: an arrival, the time of the first appointment, the break."""
    moments = [one.stay.check_in for one in expected[:1]]
    moments += [] if first is None else [first.stay.due]
    moments += [] if rest is None else [rest]
    return min((each for each in moments if each > moment), default=moment + 1.0)


def _seen(one: _Coming, moment: float, traits: DoctorTraits, rng: Random) -> Stay:
    called = moment + rng.expovariate(2 / traits.turnover)
    start = called + rng.expovariate(2 / traits.turnover)
    length = max(one.minutes * (1 + traits.tiring * (moment - OPENS) / (CLOSES - OPENS)), 2.0)
    return replace(one.stay, called=called, start=start, end=start + length)


def _as_recorded(day: Sequence[Stay], rng: Random) -> list[Stay]:
    """Some are closed only when the next goes in, or opened when they are all but over."""
    recorded = []
    for stay, following in zip(day, [*day[1:], None], strict=True):
        kept, chance = stay, rng.random()
        if stay.start is not None and stay.end is not None:
            if chance < LEFT_OPEN and following is not None and following.start is not None:
                kept = replace(stay, end=max(stay.end, following.start - 0.1))
            elif chance > 1 - NOT_OPENED:
                kept = replace(stay, start=stay.end - 1.0)
        recorded.append(kept)
    return sorted(recorded, key=lambda stay: stay.number)
