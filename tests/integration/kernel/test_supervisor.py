"""run.py as people run it: real processes, real signals, nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugins.databases import Database
from tests.plugins.network import free_port
from tests.plugins.products import START_SECONDS, Product

Starter = Callable[..., Product]

pytestmark = pytest.mark.any_database


def children_of(process_id: int) -> dict[str, int]:
    """What runs below a process: `worker` and `beat`, with their process ids."""
    found = {}
    for folder in Path("/proc").iterdir():
        try:
            status = (folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            words = (folder / "cmdline").read_text(encoding="utf-8").split("\0")
        except (OSError, IndexError):
            continue
        if int(status[1]) == process_id and status[0] != "Z":
            found |= {word: int(folder.name) for word in words if word in {"worker", "beat"}}
    return found


def eventually(look: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + START_SECONDS
    while not (seen := look()) and time.monotonic() < give_up:
        time.sleep(0.1)
    return seen


def is_alive(process_id: int) -> bool:
    try:
        return (Path("/proc") / str(process_id) / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[
            0
        ] != "Z"
    except OSError:
        return False


@pytest.fixture
def running(run_product: Starter, new_database: Callable[[], Database]) -> Product:
    product = run_product(DATABASE_URL=new_database().url)
    product.wait_until_it_answers()
    assert eventually(lambda: len(children_of(product.process.pid)) == 2), product.log
    return product


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_of_it_and_leaves_no_process(running: Product, number: int) -> None:
    children = children_of(running.process.pid)
    assert running.stop(number) == 0, running.log
    assert [name for name, process_id in children.items() if is_alive(process_id)] == []
    assert "Traceback" not in running.log


def test_a_worker_that_dies_is_started_again(running: Product) -> None:
    before = children_of(running.process.pid)
    os.kill(before["worker"], signal.SIGKILL)
    assert eventually(lambda: children_of(running.process.pid).get("worker") not in {None, before["worker"]}), (
        running.log
    )
    assert children_of(running.process.pid)["beat"] == before["beat"]


def test_no_child_outlives_a_product_that_was_killed(running: Product) -> None:
    children = children_of(running.process.pid)
    running.stop(signal.SIGKILL)
    assert eventually(lambda: not any(is_alive(process_id) for process_id in children.values()))


def refusal_of(product: Product) -> str:
    """The one line with which a product that cannot start ends."""
    assert product.process.wait(START_SECONDS) == 1, product.log
    lines = product.log.strip().splitlines()
    assert len(lines) == 1, product.log
    return lines[0]


def test_a_port_in_use_is_told_in_one_line(run_product: Starter) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert f"port {port}" in refusal_of(run_product(PORT=str(port)))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mysql://u:hunter2@127.0.0.1/x", "DATABASE_URL must name PostgreSQL or SQLite"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", "DATABASE_URL does not answer"),
        ("sqlite:////nowhere/at/all/x.db", "DATABASE_URL does not answer"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_one_line(run_product: Starter, address: str, told: str) -> None:
    line = refusal_of(run_product(DATABASE_URL=address))
    assert told in line
    assert "hunter2" not in line


def test_an_instance_folder_that_cannot_be_written_is_told_in_one_line(run_product: Starter, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = refusal_of(run_product(CLINICDESK_INSTANCE=str(tmp_path / "file" / "instance")))
    assert "cannot be written" in line


def test_encryption_keys_that_are_none_are_told_in_one_line(run_product: Starter) -> None:
    assert "FIELD_ENCRYPTION_KEYS" in refusal_of(run_product(FIELD_ENCRYPTION_KEYS="not a key"))


def test_the_demo_is_shown_to_this_computer_only(run_product: Starter) -> None:
    assert "this computer only" in refusal_of(run_product("--demo", HOST="0.0.0.0"))
