"""The running product with the cast in its database, and the screens of its people."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask_jwt_extended import create_access_token

from app.frontdesk import arrivals
from app.frontdesk.requests import WalkIn
from app.kernel import clock
from app.kernel.actor import Actor
from app.kernel.db import transaction
from tests.cast import Cast, build_cast
from tests.factories import make_patient
from tests.plugins.products import Product
from tests.plugins.sockets import Screen, session_cookie


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

    def act(self, service: Callable[..., Any], *args: Any, actor: Actor | None = None, **values: Any) -> Any:
        actor = actor or self.cast.reception
        with transaction(actor):
            return service(*args, actor=actor, now=clock.now(), **values)

    def walk_in(self, **patient: Any) -> Any:
        patient_id = make_patient(self.cast.main_clinic, **patient).id
        cast = self.cast
        request = WalkIn(
            clinic_id=cast.main_id, doctor_id=cast.doctor_id, service_id=cast.service_id, patient_id=patient_id
        )
        return self.act(arrivals.walk_in, request)

    def walk_in_over_http(self) -> dict[str, Any]:
        """A walk-in that the running web process carries out."""
        cast = self.cast
        body = {
            "clinic_id": cast.main_id,
            "doctor_id": cast.doctor_id,
            "service_id": cast.service_id,
            "patient_id": make_patient(cast.main_clinic).id,
        }
        token = create_access_token(identity=str(cast.reception.user_id))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.product.url}/api/v1/visits", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            visit: dict[str, Any] = json.load(answer)["result"]
        return visit


@pytest.fixture(scope="module")
def stored_cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        return build_cast()


@pytest.fixture
def house_of(connect_screen: Any) -> Callable[[Product, Cast], House]:
    return lambda product, cast: House(product, cast, connect_screen)


@pytest.fixture
def house(live_server: Product, stored_cast: Cast, house_of: Any) -> Iterator[House]:
    assert live_server.app is not None
    with live_server.app.app_context():
        yield house_of(live_server, stored_cast)
