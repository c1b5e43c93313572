"""Background work: the Celery app, its tasks and the beat that finds what a lost wake left behind.

The guarantee is the outbox; a message of the broker only says "look now" and may be lost.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import Celery, Task
from flask import Flask

from app.kernel import clock, outbox
from app.kernel.actor import system
from app.kernel.db import transaction
from app.kernel.idempotency import forget_expired

BATCH = 50
SWEEP_SECONDS = 10.0
FORGET_SECONDS = 3600.0
POLL_SECONDS = 0.2  # how often the file broker is looked at
BROKER_CONNECT_SECONDS = 2


_periodic: dict[str, tuple[float, Callable[[], None]]] = {}


def every(seconds: float, name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Have the worker carry out the decorated function again and again; a domain's `tasks.py` says so."""

    def register(task: Callable[[], None]) -> Callable[[], None]:
        _periodic[name] = seconds, task
        return task

    return register


def make_celery(app: Flask) -> Celery:
    """The Celery app of this Flask app, kept in `app.extensions["celery"]`; it also wakes the worker after a commit."""

    class TaskInApp(Task):
        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return super().__call__(*args, **kwargs)

    celery = Celery("clinicdesk", task_cls=TaskInApp, set_as_current=False)
    celery.conf.update(broker_settings(app.config["REDIS_URL"], Path(app.config["INSTANCE_PATH"])))
    deliver = celery.task(name="outbox.deliver")(deliver_all_due)
    celery.task(name="outbox.sweep")(deliver_all_due)
    celery.task(name="idempotency.sweep")(forget_old_answers)
    for name, (seconds, task) in _periodic.items():
        celery.task(name=name)(task)
        celery.conf.beat_schedule[name] = beat_entry(name, seconds)
    outbox.wake_by(lambda: deliver.apply_async(retry=False))
    app.extensions["celery"] = celery
    return celery


def deliver_all_due() -> None:
    """Deliver until nothing is due."""
    while outbox.deliver_due(limit=BATCH) >= BATCH:
        pass


def forget_old_answers() -> None:
    """Drop the kept answers to requests that will not be sent again."""
    with transaction(system("worker")):
        forget_expired(now=clock.now())


def beat_entry(task: str, seconds: float) -> dict[str, Any]:
    """How the beat knows a task: one that waited longer than a minute is not carried out any more."""
    return {"task": task, "schedule": seconds, "options": {"expires": 60}}


def broker_settings(redis_url: str, instance: Path) -> dict[str, Any]:
    """Celery's settings: Redis where there is one, else files in a folder of this installation."""
    shared: dict[str, Any] = {
        "task_ignore_result": True,
        "task_acks_late": False,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_prefetch_multiplier": 16,  # the file broker hands over one message per look otherwise
        "worker_hijack_root_logger": False,
        "broker_connection_retry_on_startup": True,
        "beat_schedule": {
            "outbox.sweep": beat_entry("outbox.sweep", SWEEP_SECONDS),
            "idempotency.sweep": beat_entry("idempotency.sweep", FORGET_SECONDS),
        },
        "beat_schedule_filename": str(instance / "beat-schedule"),
    }
    if redis_url:
        options = {"socket_connect_timeout": BROKER_CONNECT_SECONDS, "socket_timeout": 30}
        return shared | {"broker_url": redis_url, "broker_transport_options": options}
    folder = instance / "broker"
    return shared | {"broker_url": "filesystem://localhost/", "broker_transport_options": file_broker(folder)}


def file_broker(folder: Path) -> dict[str, Any]:
    """Kombu's file transport in `folder`, which is made: it does not make its folders itself."""
    messages, control = folder / "messages", folder / "control"
    for path in (messages, control):
        path.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        # What has been read is deleted (kombu moves it through the folder for temporary files).
        "store_processed": False,
        "polling_interval": POLL_SECONDS,
    }
