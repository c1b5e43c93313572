"""Starts the product: the web server and, supervised beside it, the worker and the beat; `--demo`: the demo clinic."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import argparse
import gc
import ipaddress
import os
import signal
import socket
import sys

import gevent
from flask import Flask
from gevent.pywsgi import WSGIServer
from sqlalchemy.exc import OperationalError

import config
from app import create_app
from app.kernel.crypto import FieldKeyError
from app.start import prepare
from app.web import live
from app.web.outlets import LiveHandler
from app.web.supervisor import Supervisor
from config import Config, ConfigError

DEMO_LOGINS = "admin, reception, doctor, doctor2, accountant, riverside"
BACKLOG = 2048  # after a restart hundreds of screens come back at once
STOP_SECONDS = 2


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--demo", action="store_true", help="the demo clinic with its logins, on loopback only")
    if arguments.parse_args().demo:
        os.environ["CLINICDESK_DEMO"] = "1"  # for this process and its children
    try:
        settings = config.load()
        ensure_demo_stays_here(settings)
        listener = listen(settings)
        app = prepared_app(settings)
    except (ConfigError, FieldKeyError) as error:
        return refuse(str(error))
    except OperationalError as error:
        return refuse(f"the database of DATABASE_URL does not answer: {str(error.orig).strip().splitlines()[0]}")
    except KeyboardInterrupt:
        return refuse("stopped before it was ready.")
    return serve(app, listener)


def refuse(why: str) -> int:
    print(f"ClinicDesk cannot start: {why}", file=sys.stderr)
    return 1


def ensure_demo_stays_here(settings: Config) -> None:
    """Refuse to show the demo, whose passwords everybody knows, to other computers."""
    if settings.DEMO and settings.HOST != "localhost" and not is_loopback(settings.HOST):
        raise ConfigError(f"the demo listens on this computer only; HOST is {settings.HOST}.")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(settings: Config) -> socket.socket:
    """The listening socket, taken before the database is touched; who connects meanwhile waits."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(settings.HOST, settings.PORT, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The server writes head and body separately; else the body waits 40 ms for the head to be acknowledged.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {settings.HOST} port {settings.PORT}: {error.strerror}. "
            "Another program may use it: set PORT."
        ) from None
    return listener


def prepared_app(settings: Config) -> Flask:
    """The app on a migrated database with its roles, and with the demo's data or a first administrator."""
    app = create_app(settings)
    with app.app_context():
        prepare(demo=settings.DEMO)
    return app


def serve(app: Flask, listener: socket.socket) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP."""
    supervisor = Supervisor()
    server = WSGIServer(listener, app, log=None, handler_class=LiveHandler)
    for job in live.jobs(app):
        gevent.spawn(job)

    def stop() -> None:
        supervisor.stop()
        gevent.spawn(server.stop, STOP_SECONDS)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        gevent.signal_handler(number, stop)
    keep_out_of_collection()
    server.start()
    supervisor.start()
    announce(app)
    try:
        server.serve_forever()
    finally:
        supervisor.stop()
        supervisor.wait()
    return 0


def keep_out_of_collection() -> None:
    """What is loaded by now stays for good: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


def announce(app: Flask) -> None:
    name = "ClinicDesk (demo)" if app.config["DEMO"] else "ClinicDesk"
    print(f"\n  {name} is running on {app.config['PUBLIC_URL']}   Ctrl-C stops it.")
    if app.config["DEMO"]:
        print(f"  Sign in as {DEMO_LOGINS}; the password of each is: demo")
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())
