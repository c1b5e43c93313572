"""How the tests are shared out among the processes of a run (`-n`)."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# Folders whose tests share what lasts as long as a process, and need nothing of each other.
APART = ("tests/access/", "tests/screens/")


class FilesTogether(LoadFileScheduling):
    """Tests of one file stay together, for they share a running product, but for those of the folders above.

    A test by itself is given out when no file is left: the processes end within one such test of each other.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope: str = nodeid if nodeid.startswith(APART) else super()._split_scope(nodeid)
        return scope


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    return FilesTogether(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
