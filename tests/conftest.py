"""The fixtures of all tests; each plugin is responsible for one kind of surroundings."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.register_profile("exploring", derandomize=False)
settings.load_profile("repeatable")

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
