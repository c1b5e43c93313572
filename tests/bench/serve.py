"""One web process as run.py has it, on PORT, which also counts its SQL statements: `python -m tests.bench.serve`."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

import gevent
from gevent.local import local
from gevent.pywsgi import WSGIServer
from sqlalchemy import event

import config
from app import create_app
from app.kernel.db import db
from app.web import live
from app.web.outlets import LiveHandler
from run import keep_out_of_collection, listen

request = local()


class Counting:
    """Answers with the number of statements and the time of the last commit in headers, and, where they are asked for,
    with the statements themselves.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request.statements, request.committed = [], 0.0

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers.append(("X-Bench-Statements", str(len(request.statements))))
            if request.committed:
                headers.append(("X-Bench-Committed", repr(request.committed)))
            if "HTTP_X_BENCH_TRACE" in environ:
                headers.append(("X-Bench-Trace", json.dumps(request.statements)))
            return start_response(status, headers, exc_info)

        answer: Iterable[bytes] = self._app(environ, start)
        return answer


def count_statements(engine: Any) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def _begin(*_facts: Any) -> None:
        request.began = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def _end(_connection: Any, _cursor: Any, statement: str, *_facts: Any) -> None:
        if hasattr(request, "statements"):
            request.statements.append([round(1000 * (time.perf_counter() - request.began), 2), statement])


def note_commits() -> None:
    @event.listens_for(db.session, "after_commit")
    def _committed(_session: Any) -> None:
        request.committed = time.time()


def main() -> None:
    settings = config.load()
    listener = listen(settings)
    app = create_app(settings)
    with app.app_context():
        count_statements(db.engine)
        note_commits()
    for job in live.jobs(app):
        gevent.spawn(job)
    keep_out_of_collection()
    WSGIServer(listener, Counting(app), log=None, handler_class=LiveHandler).serve_forever()


if __name__ == "__main__":
    main()
