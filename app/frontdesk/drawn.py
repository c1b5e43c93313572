"""The columns of the boards as HTML, kept while they are as they were: after one change many screens ask for the same.

Kept ones are of their minute, so that the waiting times in them are right; the screens count on by themselves.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

MOST_KEPT: Final = 100  # a few megabytes
Place = tuple[int, int | None, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    board: dict[str, Any]
    minute: int
    html: str


_kept: OrderedDict[Place, _Kept] = OrderedDict()


def drawn(place: Place, board: dict[str, Any], draw: Callable[[], str], *, now: datetime) -> str:
    """The columns at a place (clinic, chosen doctor or None, language), by `draw` for another board or minute.

    `board` is what `get_board` answers: the same object while nothing has changed.
    """
    minute = int(now.timestamp() // 60)
    kept = _kept.get(place)
    if kept is None or kept.board is not board or kept.minute != minute:
        kept = _kept[place] = _Kept(board, minute, draw())
    _kept.move_to_end(place)
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return kept.html
