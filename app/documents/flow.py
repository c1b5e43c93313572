"""Which strip goes on which page: blocks stay whole where they can, table heads return on every page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.documents.drawing import Strip

Placed = tuple[float, Strip]


@dataclass(frozen=True, slots=True)
class Block:
    """Strips that belong together, such as one row of a table.

    A block that does not fit on the rest of a page starts a new one; one that fits on no page is cut between
    strips. `head` is put above the block where it starts the table (`opens`) or a page.
    """

    strips: tuple[Strip, ...]
    head: tuple[Strip, ...] = ()
    opens: bool = False

    def height(self, *, on_new_page: bool) -> float:
        return height_of(self.strips) + (height_of(self.head) if self.opens or on_new_page else 0)


def height_of(strips: Iterable[Strip]) -> float:
    """The height of strips laid under each other, in points."""
    return sum(strip.height for strip in strips)


def space(height: float) -> Block:
    """An empty band, in points."""
    return Block((Strip(height, 0),))


def paginate(blocks: Sequence[Block], top: float, bottom: float) -> list[list[Placed]]:
    """Lay blocks on pages between `top` and `bottom` (points from the upper edge); every strip appears."""
    pages = _Pages(top, bottom)
    for block in blocks:
        pages.add(block)
    return pages.pages


class _Pages:
    def __init__(self, top: float, bottom: float) -> None:
        self.top, self.bottom = top, bottom
        self.pages: list[list[Placed]] = [[]]
        self.at = top

    def add(self, block: Block) -> None:
        fits_here = self.at + block.height(on_new_page=self.at == self.top) <= self.bottom
        fits_anywhere = self.top + block.height(on_new_page=True) <= self.bottom
        if not fits_here and (fits_anywhere or self._too_little_left(block)):
            self._turn()
        if block.opens or self.at == self.top:
            self._place(block.head)
        for strip in block.strips:
            if self.at + strip.height > self.bottom:
                self._turn()
                self._place(block.head)
            self._place((strip,))

    def _too_little_left(self, block: Block) -> bool:
        """No room for even the head and the first strip of a block that will be cut."""
        return self.at + block.height(on_new_page=False) - height_of(block.strips[1:]) > self.bottom

    def _turn(self) -> None:
        if self.at > self.top:
            self.pages.append([])
            self.at = self.top

    def _place(self, strips: Iterable[Strip]) -> None:
        for strip in strips:
            self.pages[-1].append((self.at, strip))
            self.at += strip.height
