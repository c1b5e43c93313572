"""When each of those who wait for a doctor will probably begin, from how that doctor has worked of late. Pure.

All times are minutes from the clinic's midnight of the visit's day (float), all lengths are minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.frontdesk.pace import Pace, Sample, Span, Stay

Usual = Callable[[int, float], float]  # `Pace.expected`

FORM_WEIGHT: Final = 8.0  # consultations of usual length that today's are weighed against
FORM_RANGE: Final = (0.6, 1.8)
OVERDUE_SHARE: Final = 0.35  # of a usual length that one which outlasts all others still takes
OVERDUE_WEIGHT: Final = 0.5
SHORTEST: Final = 1.0
AWAY_AFTER: Final = 10.0  # a doctor who has let somebody wait so long without anybody inside is away
AWAY_SHARE, AWAY_AT_MOST = 0.5, 15.0
FORGOTTEN: Final = 240.0  # a consultation open for longer was not closed when it ended


@dataclass(frozen=True, slots=True)
class Scene:
    """One doctor's day as far as it is known at `now`: a stay without `start` waits, one without `end` is inside."""

    now: float
    stays: Sequence[Stay]

    @property
    def waiting(self) -> list[Stay]:
        """In the order in which they go in: who has been called, then the others, each as in the queue."""
        return sorted(
            (stay for stay in self.stays if stay.start is None and stay.end is None),
            key=lambda stay: (stay.called is None, stay.place),
        )

    @property
    def inside(self) -> Stay | None:
        """Who went in last; one who went in before and has not been closed is taken to have gone."""
        begun = [stay for stay in self.stays if stay.start is not None]
        last = max(begun, key=lambda stay: (stay.start or 0.0, stay.number), default=None)
        if last is None or last.end is not None or self.now - (last.start or 0.0) > FORGOTTEN:
            return None
        return last

    @property
    def seen(self) -> list[Stay]:
        seen = (stay for stay in self.stays if stay.start is not None and stay.end is not None)
        return sorted(seen, key=lambda stay: (stay.start or 0.0, stay.number))


def estimated_starts(scene: Scene, pace: Pace) -> list[tuple[Stay, float]]:
    """Each who waits, in the order in which they go in, and when they will probably begin: never before `now`.

    Nobody begins before somebody who goes in earlier, and nobody the sooner for one more who goes in before them.
    """
    waiting = scene.waiting
    usual: Usual = cache(pace.expected)
    form = _form(scene, usual)
    pauses = _pauses_to_come(scene, pace)
    moment = scene.now + _until_first(scene, waiting, pace, form)
    starts: list[tuple[Stay, float]] = []
    for stay in waiting:
        if stay.called is None and not stay.urgent:
            moment = max(moment, _not_before(stay, pace))
        moment = _after_pauses(moment, pauses)
        starts.append((stay, moment))
        moment += max(form * usual(stay.service_id, stay.planned), SHORTEST) + pace.turnover
    return starts


def remaining(samples: Sequence[Sample], elapsed: float, usual: float) -> float:
    """How long a consultation will probably still take that has taken `elapsed`: the mean of those that took longer.

    `samples` are (length, weight), `usual` is the length expected at its beginning. The longer it outlasts the others,
    the more it is a share of a usual one; never nothing.
    """
    longer = [(length - elapsed, weight) for length, weight in samples if length > elapsed]
    weight = sum(each for _, each in longer) + OVERDUE_WEIGHT
    total = sum(rest * each for rest, each in longer) + OVERDUE_WEIGHT * OVERDUE_SHARE * usual
    return max(total / weight, SHORTEST)


def _until_first(scene: Scene, waiting: Sequence[Stay], pace: Pace, form: float) -> float:
    """How long it still takes until the doctor takes somebody in."""
    inside = scene.inside
    if inside is not None and inside.start is not None:
        usual = form * pace.expected(inside.service_id, inside.planned)
        samples = [(form * length, weight) for length, weight in pace.samples(inside.service_id, inside.planned)]
        return remaining(samples, scene.now - inside.start, usual) + pace.turnover
    ended = max((stay.end for stay in scene.seen if stay.end is not None), default=0.0)
    idle = scene.now - max(ended, min((_ready(stay, pace) for stay in waiting), default=scene.now))
    if idle > AWAY_AFTER:
        return max(pace.turnover / 2, min(AWAY_SHARE * idle, AWAY_AT_MOST))
    return max(pace.turnover - max(idle, 0.0), pace.turnover / 2)


def _ready(stay: Stay, pace: Pace) -> float:
    """Since when the doctor could have called them."""
    return stay.check_in if pace.takes_early else stay.due


def _not_before(stay: Stay, pace: Pace) -> float:
    if stay.appointment is None or pace.takes_early:
        return 0.0
    return stay.appointment + pace.lateness


def _form(scene: Scene, usual: Usual) -> float:
    """How much longer (above 1) or shorter the doctor takes today than usual."""
    expected = [(stay, usual(stay.service_id, stay.planned)) for stay in scene.seen]
    pairs = [(length, each) for stay, each in expected if (length := _plausible(stay, each)) is not None]
    if not pairs:
        return 1.0
    total = sum(each for _, each in pairs)
    weight = FORM_WEIGHT * total / len(pairs)
    form = (sum(length for length, _ in pairs) + weight) / (total + weight)
    return min(max(form, FORM_RANGE[0]), FORM_RANGE[1])


def _plausible(stay: Stay, expected: float) -> float | None:
    length = stay.length
    return None if length is None or not 0.15 * expected <= length <= 3.0 * expected else length


def _pauses_to_come(scene: Scene, pace: Pace) -> list[Span]:
    """Without the pause of this moment where the doctor has begun with somebody in it."""
    begun = max((stay.start for stay in scene.stays if stay.start is not None), default=-1.0)
    return [(start, end) for start, end in pace.pauses if not start < begun <= scene.now < end]


def _after_pauses(moment: float, pauses: Iterable[Span]) -> float:
    for start, end in pauses:
        if start <= moment < end:
            moment = end
    return moment
