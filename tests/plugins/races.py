"""Several people at the same moment: calls in threads that start together, each with an app context of its own."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask

Race = Callable[..., list[Any]]


@pytest.fixture
def at_once(app: Flask) -> Race:
    """Runs the calls at the same moment; what each returned or raised, in their order."""

    def run(*calls: Callable[[], Any]) -> list[Any]:
        start, outcomes = Barrier(len(calls)), [None] * len(calls)

        def one(index: int, call: Callable[[], Any]) -> None:
            with app.app_context():
                start.wait()
                try:
                    outcomes[index] = call()
                except Exception as error:
                    outcomes[index] = error

        threads = [Thread(target=one, args=numbered) for numbered in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    return run
