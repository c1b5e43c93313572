"""Keeps the worker and the beat running beside the web server, and ends them with it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import gevent

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
LOOK_EVERY = 0.5
LONG_ENOUGH = 60.0  # a child that lived this long is started again at once
GRACE = 10.0

WORKER = ("worker", "--pool=solo", "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat")
BEAT = ("beat", "--loglevel=WARNING", "--pidfile=")


def end_with_parent() -> None:
    """In the child, before it starts: SIGTERM when the parent dies, however it dies (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6", use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One Celery process that is started again when it dies."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self.name = arguments[0]
        self._command = [sys.executable, "-m", "celery", "--app", "app.web.worker:celery", "--quiet", *arguments]
        self._stopping = False
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches us alone, and we pass on one SIGTERM; a second would end it cold.
        return subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one system call, and no thread holds a lock here
        )

    def watch(self) -> None:
        """Start it again whenever it has died, after a pause that grows while it keeps dying at once."""
        pause, lived = FIRST_PAUSE, 0.0
        while not self._stopping:
            gevent.sleep(LOOK_EVERY)
            lived += LOOK_EVERY
            if self._process.poll() is None or self._stopping:
                continue
            print(
                f"The {self.name} ended ({self._process.returncode}) and is started again.", file=sys.stderr, flush=True
            )
            pause = FIRST_PAUSE if lived > LONG_ENOUGH else min(pause * 2, LONGEST_PAUSE)
            gevent.sleep(pause)
            if not self._stopping:
                self._process, lived = self._start(), 0.0

    def stop(self) -> None:
        """Ask it to finish what it is doing and end."""
        self._stopping = True
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    def wait(self) -> None:
        """Wait for its end, and end it cold after the grace time."""
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Supervisor:
    """The children of one product: started together, watched, stopped together."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def start(self, commands: Iterable[tuple[str, ...]] = (WORKER, BEAT)) -> None:
        self._children = [Child(command) for command in commands]
        for child in self._children:
            gevent.spawn(child.watch)

    def stop(self) -> None:
        for child in self._children:
            child.stop()

    def wait(self) -> None:
        for child in self._children:
            child.wait()
