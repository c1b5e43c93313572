"""The front desk, and what its screens are told."""

from __future__ import annotations

from typing import Any

import pytest

from app.kernel import live
from tests.cast import Cast
from tests.integration.frontdesk.front import Front


@pytest.fixture
def front(session: Any, cast: Cast) -> Front:
    return Front(cast)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[live.Announcement]:
    """What the screens are told."""
    announcements: list[live.Announcement] = []
    monkeypatch.setattr(live, "_publish", [lambda news: announcements.extend(news.announcements)])
    return announcements
