"""The demo that all tests of one process look at, and how the screens are shared out among the processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from xdist.scheduler import LoadFileScheduling

from tests.plugins.products import Product
from tests.screens.visitors import Visitors, running_demo


class ScreensApart(LoadFileScheduling):
    """Tests of one file stay together, but for those of screens, which need nothing of each other."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = nodeid if nodeid.startswith("tests/screens/") else super()._split_scope(nodeid)
        return scope


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ScreensApart:
    return ScreensApart(config, log)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture(scope="session")
def visitors(demo: Product, browser: Browser) -> Visitors:
    return Visitors(demo.url, browser)
