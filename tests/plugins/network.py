"""Keeps the tests on this machine: a connection to anywhere else is an error."""

from __future__ import annotations

import ipaddress
import random
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex
PORTS = range(15_000, 32_000)  # none that a system gives to a connection that goes out


def refuse_strangers(connection: socket.socket, address: Any) -> None:
    if connection.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    host = str(address[0])
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        connection.close()
        raise AssertionError(f"A test tried to reach {host}: tests stay on this machine.")


def _guarded_connect(self: socket.socket, address: Any) -> None:
    refuse_strangers(self, address)
    return _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    refuse_strangers(self, address)
    return _connect_ex(self, address)


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded_connect)
        patch.setattr(socket.socket, "connect_ex", _guarded_connect_ex)
        yield


_given: set[int] = set()
_chance = random.SystemRandom()  # the other processes of a run look for ports as well


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now, and that stays free until it is listened on."""
    while True:
        port = _chance.choice(PORTS)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_for_port(port: int, seconds: float = 60.0) -> None:
    """Wait until somebody listens on this port of 127.0.0.1."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on port {port}")
