"""The front desk, asked over HTTP, at a fixed time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.kernel import clock
from tests.cast import Cast
from tests.integration.frontdesk.front import NOW, Front
from tests.web.frontdesk.portal import Practice


@pytest.fixture
def front(session: Any, cast: Cast) -> Iterator[Front]:
    with clock.freeze(NOW):
        yield Front(cast)
    session.rollback()


@pytest.fixture
def practice(front: Front) -> Practice:
    return Practice(front)
