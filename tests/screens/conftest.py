"""The demo that all tests of one process look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.plugins.products import Product
from tests.screens.visitors import Visitors, running_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture(scope="session")
def visitors(demo: Product, browser: Browser) -> Visitors:
    return Visitors(demo.url, browser)
