"""The fixtures of all tests; each plugin is responsible for one kind of surroundings."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# However long an example takes, and be it to make one up: the machine may be busy.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", PATIENT, derandomize=True)
settings.register_profile("exploring", PATIENT, derandomize=False)
settings.load_profile("repeatable")

pytest_plugins = [
    "tests.plugins.workers",
    "tests.plugins.network",
    "tests.plugins.databases",
    "tests.plugins.application",
    "tests.plugins.races",
    "tests.plugins.products",
    "tests.plugins.servers",
    "tests.plugins.sockets",
    "tests.plugins.browsers",
]
