"""Strips on pages: each once, none cut, none over the edge."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.documents.drawing import Strip
from app.documents.flow import Block, height_of, paginate

TOP, BOTTOM = 10.0, 110.0
HEAD = (Strip(7, 0),)
heights = st.floats(min_value=0.5, max_value=40)
blocks = st.lists(
    st.builds(
        lambda tall, headed, opens: Block(
            tuple(Strip(height, 1) for height in tall), HEAD if headed else (), opens=opens
        ),
        st.lists(heights, min_size=1, max_size=6),
        st.booleans(),
        st.booleans(),
    ),
    max_size=25,
)


@given(blocks)
def test_every_strip_is_on_one_page_in_order_and_inside_it(given_blocks: list[Block]) -> None:
    pages = paginate(given_blocks, TOP, BOTTOM)
    placed = [strip for page in pages for _, strip in page if strip not in HEAD]
    assert placed == [strip for block in given_blocks for strip in block.strips]
    for page in pages:
        assert all(top >= TOP and top + strip.height <= BOTTOM + 1e-6 for top, strip in page)
        assert [top for top, _ in page] == sorted(top for top, _ in page)


@given(blocks)
def test_a_block_that_fits_on_a_page_is_not_cut(given_blocks: list[Block]) -> None:
    where = {id(strip): number for number, page in enumerate(paginate(given_blocks, TOP, BOTTOM)) for _, strip in page}
    for block in given_blocks:
        if height_of(block.strips) + height_of(block.head) <= BOTTOM - TOP:
            assert len({where[id(strip)] for strip in block.strips}) == 1


@given(blocks)
def test_only_the_first_page_may_be_empty(given_blocks: list[Block]) -> None:
    assert all(paginate(given_blocks, TOP, BOTTOM)[1:])


def test_the_head_opens_a_table_and_returns_on_the_next_page() -> None:
    rows = [Block((Strip(30, 1),), HEAD, opens=number == 0) for number in range(5)]
    assert [[strip in HEAD for _, strip in page] for page in paginate(rows, TOP, BOTTOM)] == [
        [True, False, False, False],
        [True, False, False],
    ]


def test_a_head_never_stays_alone_at_the_end_of_a_page() -> None:
    pages = paginate([Block((Strip(80, 1),)), Block((Strip(15, 1),), HEAD, opens=True)], TOP, BOTTOM)
    assert [len(page) for page in pages] == [1, 2]
