"""The board, visits and check-in for programs, under /api/v1."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy import ColumnElement

from app.frontdesk import arrivals, consultations, handover, queue
from app.frontdesk.board import board_tag, get_board
from app.frontdesk.clinical_queries import prescriptions_of
from app.frontdesk.clinical_schemas import PrescriptionSchema
from app.frontdesk.models import Visit
from app.frontdesk.queries import billed_states, list_history, visits_of_patient
from app.frontdesk.records import amendments_of
from app.frontdesk.requests import (
    CallAgain,
    Completion,
    Departure,
    HandOver,
    HandOverAll,
    Move,
    NextCall,
    Urgency,
    VisitAct,
    WalkIn,
    asked,
)
from app.frontdesk.schemas import (
    BoardSchema,
    CallAgainSchema,
    CheckedInSchema,
    CompletionSchema,
    DepartureSchema,
    HandedOverSchema,
    HandOverAllSchema,
    HandOverSchema,
    NewVisitSchema,
    NextCallSchema,
    PastVisitSchema,
    PhaseMoveSchema,
    UrgencySchema,
    VisitActSchema,
    VisitChangesSchema,
    VisitSchema,
)
from app.frontdesk.shapes import amendment_fields
from app.kernel.clock import now
from app.kernel.db import transaction
from app.scheduling.api import day_of
from app.scheduling.schemas import AppointmentSchema
from app.web.idempotency import idempotent
from app.web.openapi import Documented
from app.web.replies import message_of
from app.web.resources import Api, ResourceApi, by, documented, expose, json_object, requires
from app.web.security import current_actor


class QueueApi(Api):
    resource_name = "queue"
    resource = "Queue"

    @expose("/<int:clinic_id>", methods=["GET"])
    @requires("show")
    @documented("The board of a clinic, for polling with its ETag", answer=BoardSchema, bare=True)
    def board(self, clinic_id: int) -> Response:
        actor = current_actor()
        board = get_board(clinic_id, actor=actor, now=now())
        response = jsonify(board)
        response.set_etag(board_tag(board, actor))
        response.headers["Cache-Control"] = "private, no-cache"
        response.make_conditional(request)
        return response

    @expose("/call-next", methods=["POST"])
    @requires("call")
    @documented("Call the next who waits for a doctor", body=NextCallSchema, answer=VisitSchema)
    @idempotent
    def call_next(self) -> Response:
        act = asked(NextCall, json_object())
        with transaction(current_actor()):
            visit = queue.call_next(**asdict(act), actor=current_actor(), now=now())
        return self.answer(visit)

    @expose("/call", methods=["POST"])
    @requires("call")
    @documented("Call a patient", body=VisitActSchema, answer=VisitSchema)
    @idempotent
    def call(self) -> Response:
        act = asked(VisitAct, json_object())
        with transaction(current_actor()):
            visit = queue.call(**asdict(act), actor=current_actor(), now=now())
        return self.answer(visit)

    @expose("/call-again", methods=["POST"])
    @requires("call")
    @documented("Announce a patient's call once more", body=CallAgainSchema, answer=VisitSchema)
    @idempotent
    def call_again(self) -> Response:
        act = asked(CallAgain, json_object())
        with transaction(current_actor()):
            visit = queue.call_again(**asdict(act), actor=current_actor(), now=now())
        return self.answer(visit)

    @expose("/phase/move", methods=["POST"])
    @requires("move")
    @documented("Move a patient to another column of the board", body=PhaseMoveSchema, answer=VisitSchema)
    @idempotent
    def move(self) -> Response:
        act = asked(Move, json_object())
        with transaction(current_actor()):
            visit = queue.move(**asdict(act), actor=current_actor(), now=now())
        return self.answer(visit)

    @expose("/leave", methods=["POST"])
    @requires("move")
    @documented("The patient went away unseen", body=DepartureSchema, answer=VisitSchema)
    @idempotent
    def leave(self) -> Response:
        act = asked(Departure, json_object())
        with transaction(current_actor()):
            visit = queue.leave(**asdict(act), actor=current_actor(), now=now())
        return self.answer(visit)

    @expose("/undo-check-in", methods=["POST"])
    @requires("undo")
    @documented("Take back an arrival that was a mistake", body=DepartureSchema, answer=VisitSchema)
    @idempotent
    def undo_check_in(self) -> Response:
        act = asked(Departure, json_object())
        with transaction(current_actor()):
            visit = arrivals.undo_check_in(**asdict(act), actor=current_actor(), now=now())
        return self.answer(visit)

    @expose("/priority", methods=["POST"])
    @requires("prioritise")
    @documented("Have somebody who waits seen first, or in turn again", body=UrgencySchema, answer=VisitSchema)
    @idempotent
    def prioritise(self) -> Response:
        act = asked(Urgency, json_object())
        with transaction(current_actor()):
            visit = queue.set_priority(**asdict(act), actor=current_actor(), now=now())
        return self.answer(visit)

    @expose("/hand-over", methods=["POST"])
    @requires("hand_over")
    @documented("Have somebody who waits seen by another doctor", body=HandOverSchema, answer=VisitSchema)
    @idempotent
    def hand_over(self) -> Response:
        act = asked(HandOver, json_object())
        with transaction(current_actor()):
            visit = handover.hand_over(**asdict(act), actor=current_actor(), now=now())
        return self.answer(visit)

    @expose("/hand-over-all", methods=["POST"])
    @requires("hand_over")
    @documented("Have all who wait for a doctor seen by another", body=HandOverAllSchema, answer=HandedOverSchema)
    @idempotent
    def hand_over_all(self) -> Response:
        act = asked(HandOverAll, json_object())
        with transaction(current_actor()):
            outcome = handover.hand_over_all(**asdict(act), actor=current_actor(), now=now())
        return self.result(
            {
                "handed_over": VisitSchema(many=True).dump(outcome.given),
                "skipped": [
                    {"visit_id": visit.id, "code": why.code, "detail": message_of(why)} for visit, why in outcome.kept
                ],
            }
        )

    @expose("/complete-consultation", methods=["POST"])
    @expose("/complete", methods=["POST"])
    @requires("complete")
    @documented("The treating doctor ends the consultation", body=CompletionSchema, answer=VisitSchema)
    @idempotent
    def complete(self) -> Response:
        act = asked(Completion, json_object())
        with transaction(current_actor()):
            visit = consultations.complete(**asdict(act), actor=current_actor(), now=now())
        return self.answer(visit)

    def answer(self, visit: Visit) -> Response:
        return self.result(VisitSchema().dump(visit))


def from_day(text: str) -> ColumnElement[bool]:
    return Visit.business_date >= day_of(text, "from")


def to_day(text: str) -> ColumnElement[bool]:
    return Visit.business_date <= day_of(text, "to")


class VisitApi(ResourceApi):
    """`from` and `to` are days of the clinic, both included."""

    resource_name = "visits"
    resource = "Visit"
    model = Visit
    schema = VisitSchema
    base_order = ("check_in_time", "desc")
    order_columns = ["check_in_time"]
    filter_columns = ["clinic", "doctor", "patient", "service", "status", "business_date"]
    arguments = {
        "clinic_id": by(Visit.clinic_id),
        "doctor_id": by(Visit.doctor_id),
        "patient_id": by(Visit.patient_id),
        "status": by(Visit.status),
        "from": from_day,
        "to": to_day,
    }

    def create(self, values: dict[str, Any]) -> Visit:
        return arrivals.walk_in(asked(WalkIn, values), actor=current_actor(), now=now())

    def change(self, pk: int, values: dict[str, Any], revision: int | None) -> Visit:
        return consultations.change_visit(pk, values, revision=revision, actor=current_actor(), now=now())

    def facts(self, name: str, method: Any) -> Documented:
        found = super().facts(name, method)
        return replace(found, body={"post": NewVisitSchema, "patch": VisitChangesSchema}.get(name, found.body))


class CheckInApi(Api):
    resource_name = "appointments"
    resource = "Appointment"

    @expose("/<int:pk>/check-in", methods=["POST"])
    @requires("check_in")
    @documented("The patient has come: a number in the queue", answer=CheckedInSchema)
    @idempotent
    def check_in(self, pk: int) -> Response:
        with transaction(current_actor()):
            visit = arrivals.check_in(pk, actor=current_actor(), now=now())
        return self.result(AppointmentSchema().dump(visit.appointment) | {"visit": VisitSchema().dump(visit)})


class PatientVisitsApi(ResourceApi):
    """A patient's visits, newest first."""

    resource_name = "patients"
    resource = "Visit"
    exclude_route_methods = {"get_list", "get"}
    model = Visit
    schema = VisitSchema
    base_order = ("check_in_time", "desc")
    order_columns = ["check_in_time"]
    filter_columns = ["clinic", "doctor", "service", "status", "business_date"]

    @expose("/<int:pk>/visits", methods=["GET"])
    @requires("list")
    @documented("A patient's visits", answer=VisitSchema, many=True)
    def visits(self, pk: int) -> Response:
        return self.page_of(visits_of_patient(pk, actor=current_actor()))

    @expose("/<int:pk>/history/<int:doctor_id>", methods=["GET"])
    @requires("list")
    @documented("A doctor's visits with a patient, the newest first", answer=PastVisitSchema, many=True, whole=True)
    def history(self, pk: int, doctor_id: int) -> Response:
        visits = list_history(pk, doctor_id, actor=current_actor())
        return self.result(past_visits(visits))


def past_visits(visits: list[Visit]) -> list[dict[str, Any]]:
    """Each visit with what belongs to it, in a fixed number of statements; what is clinical for the treating doctor."""
    shown = VisitSchema(many=True).dump(visits)
    appointments = [visit.appointment for visit in visits if visit.appointment]
    dumped = {each["id"]: each for each in AppointmentSchema(many=True).dump(appointments)}
    states = billed_states([visit.id for visit in visits])
    own = [visit for visit in visits if visit.doctor_id == current_actor().doctor_id]
    added = amendments_of([visit.id for visit in own], private=False)
    prescribed = prescriptions_of(own, actor=current_actor())
    return [
        {
            "visit": each,
            "service": {"id": visit.service_id, "name": visit.service.name},
            "payment_status": states.get(visit.id),
            "appointment": dumped.get(visit.appointment_id),
            "amendments": [amendment_fields(one, visit.clinic.timezone) for one in added[visit.id]],
            "prescriptions": PrescriptionSchema(many=True).dump(prescribed.get(visit.id, [])) if visit in own else None,
        }
        for visit, each in zip(visits, shown, strict=True)
    ]
