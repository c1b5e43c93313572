"""The fixtures of all tests; each plugin is responsible for one kind of surroundings."""

from __future__ import annotations

pytest_plugins = [
    "tests.plugins.workers",
    "tests.plugins.network",
    "tests.plugins.databases",
    "tests.plugins.application",
    "tests.plugins.races",
    "tests.plugins.servers",
    "tests.plugins.products",
    "tests.plugins.sockets",
    "tests.plugins.browsers",
]
