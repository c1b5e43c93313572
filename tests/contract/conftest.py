"""The running product with the cast in its database, and the screens of its people."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask_jwt_extended import create_access_token

from app import create_app
from app.frontdesk import arrivals
from app.frontdesk.requests import WalkIn
from app.kernel import clock
from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from config import TestConfig
from tests.cast import Cast, build_cast, zone_at_noon
from tests.factories import make_patient
from tests.plugins.products import Product
from tests.plugins.servers import RedisServer
from tests.plugins.sockets import WAIT, Screen, session_cookie


@dataclass
class House:
    """The running product with the cast in its database."""

    product: Product
    cast: Cast
    connect: Callable[..., Screen]

    @property
    def app(self) -> Any:
        return self.product.app

    def cookie(self, actor: Actor) -> str:
        return session_cookie(self.app, actor.user_id or 0)

    def screen(self, name: str) -> Screen:
        return self.connect(self.product.url, cookie=self.cookie(getattr(self.cast, name)))

    def at(self, name: str) -> Screen:
        """Somebody's screen in the room where they work."""
        screen, cast = self.screen(name), self.cast
        if name.startswith("doctor"):
            doctor_id = cast.doctor_id if name == "doctor" else cast.doctor2_id
            assert screen.ask("join_doctor_room", {"doctor_id": doctor_id})["ok"]
        else:
            clinic_id = cast.riverside_id if name == "riverside" else cast.main_id
            assert screen.ask("join_clinic_room", {"clinic_id": clinic_id})["ok"]
        return screen

    def let_in(self) -> Screen:
        """A screen that comes as soon as it is let in: not while the process does not hear the others."""
        give_up = time.monotonic() + WAIT
        while True:
            try:
                return self.at("reception")
            except ConnectionRefusedError:
                assert time.monotonic() < give_up
                time.sleep(0.2)

    def act(self, service: Callable[..., Any], *args: Any, actor: Actor | None = None, **values: Any) -> Any:
        actor = actor or self.cast.reception
        with transaction(actor):
            return service(*args, actor=actor, now=clock.now(), **values)

    def walk_in(self, doctor_id: int | None = None, *, at_riverside: bool = False, **patient: Any) -> Any:
        cast = self.cast
        clinic, service_id, actor = cast.main_clinic, cast.service_id, cast.reception
        if at_riverside:
            clinic, service_id, actor = cast.riverside_clinic, cast.riverside_service_id, cast.riverside
        request = WalkIn(
            clinic_id=clinic.id,
            doctor_id=doctor_id or cast.doctor_id,
            service_id=service_id,
            patient_id=make_patient(clinic, **patient).id,
        )
        return self.act(arrivals.walk_in, request, actor=actor)

    def board(self, clinic_id: int) -> dict[str, Any]:
        """The board as REST answers it to reception."""
        token = create_access_token(identity=str(self.cast.reception.user_id))
        request = urllib.request.Request(
            f"{self.product.url}/api/v1/queue/{clinic_id}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request) as answer:
            board: dict[str, Any] = json.load(answer)
        return board

    def walk_in_over_http(self, username: str = "reception") -> dict[str, Any]:
        """A walk-in that the running web process carries out."""
        cast = self.cast
        body = {
            "clinic_id": cast.main_id,
            "doctor_id": cast.doctor_id,
            "service_id": cast.service_id,
            "patient_id": make_patient(cast.main_clinic).id,
        }
        token = create_access_token(identity=str(getattr(cast, username).user_id))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.product.url}/api/v1/visits", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            visit: dict[str, Any] = json.load(answer)["result"]
        return visit


@pytest.fixture
def two_houses(
    run_product: Callable[..., Product], new_database: Any, redis_server: RedisServer, tmp_path: Path, house_of: Any
) -> Iterator[Any]:
    """Two products on one database and one Redis."""
    settings = TestConfig(new_database().url, tmp_path / "instance")
    variables = {
        "DATABASE_URL": settings.SQLALCHEMY_DATABASE_URI,
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "REDIS_URL": redis_server.url,
    }
    products = [run_product(**variables) for _ in range(2)]
    app = create_app(settings)
    for product in products:
        product.wait_until_it_answers()
        product.app = app
    with app.app_context():
        cast = build_cast(zone_at_noon())
        houses = [house_of(product, cast) for product in products]
        for house in houses:
            house.let_in().client.disconnect()
        yield houses
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def stored_cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        return build_cast(zone_at_noon())


@pytest.fixture
def house_of(connect_screen: Any) -> Callable[[Product, Cast], House]:
    return lambda product, cast: House(product, cast, connect_screen)


@pytest.fixture
def house(live_server: Product, stored_cast: Cast, house_of: Any) -> Iterator[House]:
    assert live_server.app is not None
    with live_server.app.app_context():
        yield house_of(live_server, stored_cast)
