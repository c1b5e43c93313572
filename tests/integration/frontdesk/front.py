"""The front desk of the main clinic on a Monday morning, for tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.frontdesk import arrivals, board, consultations, queue
from app.frontdesk.models import Visit
from app.frontdesk.requests import WalkIn
from app.frontdesk.states import Phase, Priority
from app.kernel import live
from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from tests.cast import Cast
from tests.factories import make_appointment, make_patient

NOW = datetime(2030, 5, 6, 8, tzinfo=UTC)  # 10:00 in Berlin
Service = Callable[..., Any]


@dataclass
class Front:
    """Who does what at the front desk; each act is a transaction of its own, a minute after the one before."""

    cast: Cast
    now: datetime = NOW

    def act(self, service: Service, *args: Any, actor: Actor | None = None, **values: Any) -> Any:
        self.now += timedelta(minutes=1)
        actor = actor or self.cast.reception
        with transaction(actor):
            return service(*args, actor=actor, now=self.now, **values)

    def patient(self, **values: Any) -> Patient:
        return make_patient(self.cast.main_clinic, **values)

    def appointment(self, starts_at: datetime | None = None, **values: Any) -> Appointment:
        patient, doctor = values.pop("patient", None) or self.patient(), values.pop("doctor", self.cast.doctor_row)
        starts_at = starts_at or NOW + timedelta(hours=1)
        return make_appointment(patient, doctor, self.cast.main_service, starts_at, **values)

    def request(self, **values: Any) -> WalkIn:
        defaults: dict[str, Any] = {
            "clinic_id": self.cast.main_id,
            "doctor_id": self.cast.doctor_id,
            "service_id": self.cast.service_id,
        }
        if values.get("priority") is Priority.URGENT:
            defaults["priority_reason"] = "in pain"
        patient_id = values.pop("patient_id", None) or self.patient().id
        return WalkIn(**defaults | values, patient_id=patient_id)

    def walk_in(self, actor: Actor | None = None, **values: Any) -> Visit:
        visit: Visit = self.act(arrivals.walk_in, self.request(**values), actor=actor)
        return visit

    def check_in(self, appointment: Appointment | None = None, actor: Actor | None = None) -> Visit:
        visit: Visit = self.act(arrivals.check_in, (appointment or self.appointment()).id, actor=actor)
        return visit

    def call_next(self, actor: Actor | None = None, **values: Any) -> Visit:
        visit: Visit = self.act(queue.call_next, self.cast.main_id, self.cast.doctor_id, actor=actor, **values)
        return visit

    def start(self, visit: Visit) -> Visit:
        self.act(queue.move, visit.id, Phase.WITH_DOCTOR)
        return visit

    def complete(self, visit: Visit, **values: Any) -> Visit:
        done: Visit = self.act(consultations.complete, visit.id, actor=self.cast.doctor, **values)
        return done

    def board(self, actor: Actor | None = None) -> dict[str, Any]:
        db.session.rollback()
        return board.get_board(self.cast.main_id, actor=actor or self.cast.reception, now=self.now)

    def columns(self, actor: Actor | None = None) -> dict[str, list[int]]:
        """The ids on the board."""
        return {name: [visit["id"] for visit in visits] for name, visits in self.board(actor)["phases"].items()}

    def version(self) -> int:
        db.session.rollback()
        return live.board_version(self.cast.main_id)

    @staticmethod
    def visits() -> list[Visit]:
        db.session.rollback()
        return list(db.session.scalars(select(Visit).order_by(Visit.id).execution_options(populate_existing=True)))
