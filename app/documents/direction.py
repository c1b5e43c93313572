"""Right-to-left text: embedding levels and the order of what is drawn (Unicode Standard Annex #9)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from bidi import algorithm as uax9

LEFT_TO_RIGHT, RIGHT_TO_LEFT = 0, 1
LEFT_TO_RIGHT_MARK = "\u200e"
_DEEPEST = 63  # nested brackets, as the annex has it (BD16)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
# R, AL and AN characters; text with none of them in a left-to-right paragraph needs no algorithm.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def direction_of(text: str, otherwise: int) -> int:
    """The direction of the first letter or mark that has one (rules P2 and P3), or `otherwise`."""
    if not _RIGHT_TO_LEFT.search(text):
        return LEFT_TO_RIGHT if any(c.isalpha() or c == LEFT_TO_RIGHT_MARK for c in text) else otherwise
    return int(uax9.get_base_level(text))


@lru_cache(maxsize=4096)
def embedding_levels(text: str, base: int) -> tuple[int, ...]:
    """The level of each character of a paragraph in logical order; odd levels run right to left."""
    if base == LEFT_TO_RIGHT and not _RIGHT_TO_LEFT.search(text):
        return (LEFT_TO_RIGHT,) * len(text)
    storage = uax9.get_empty_storage()
    storage.update(base_level=base, base_dir="LR"[base])
    uax9.get_embedding_levels(text, storage)
    for index, character in enumerate(storage["chars"]):
        character["index"] = index
        character["type"] = character["type"] or "ON"  # what Unicode has not assigned
    uax9.explicit_embed_and_overrides(storage)
    uax9.resolve_weak_types(storage)
    _resolve_brackets(storage["chars"], base)
    uax9.resolve_neutral_types(storage, debug=False)
    uax9.resolve_implicit_levels(storage, debug=False)
    found = {character["index"]: character["level"] for character in storage["chars"]}
    levels: list[int] = []
    for index in range(len(text)):  # joiners have no level of their own (rule X9): they follow what they join
        levels.append(found.get(index, levels[-1] if levels else base))
    return tuple(levels)


def _resolve_brackets(characters: list[dict[str, Any]], base: int) -> None:
    """Give both brackets of a pair one direction (rule N0, for "(VIP)" after an Arabic name); the library does not."""
    ours, other = "LR"[base], "RL"[base]
    for opening, closing in _bracket_pairs(characters):
        inside = {_strong(each["type"]) for each in characters[opening + 1 : closing]}
        before = (_strong(each["type"]) for each in reversed(characters[:opening]))
        if ours in inside:
            found = ours
        elif other in inside:
            found = other if next(filter(None, before), ours) == other else ours
        else:
            continue
        characters[opening]["type"] = characters[closing]["type"] = found


def _bracket_pairs(characters: list[dict[str, Any]]) -> list[tuple[int, int]]:
    open_ones: list[tuple[str, int]] = []
    pairs = []
    for index, character in enumerate(characters):
        if character["ch"] in _BRACKETS:
            if len(open_ones) == _DEEPEST:
                break
            open_ones.append((_BRACKETS[character["ch"]], index))
        elif character["ch"] in _BRACKETS.values():
            depth = next((d for d in reversed(range(len(open_ones))) if open_ones[d][0] == character["ch"]), None)
            if depth is not None:
                pairs.append((open_ones[depth][1], index))
                del open_ones[depth:]
    return sorted(pairs)


def _strong(kind: str) -> str:
    """The direction that a resolved type counts as in rule N0; numbers count as right to left."""
    return {"L": "L", "R": "R", "AL": "R", "EN": "R", "AN": "R"}.get(kind, "")


def visual_order(levels: Sequence[int]) -> list[int]:
    """Indexes of runs with these levels from left to right (rule L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return order
