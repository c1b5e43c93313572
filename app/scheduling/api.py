"""Appointments and free times for programs, under /api/v1."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext
from marshmallow import Schema
from sqlalchemy import ColumnElement

from app.kernel.clock import now
from app.kernel.db import transaction
from app.people.errors import NotADate
from app.people.fields import calendar_day
from app.scheduling import booking, holds
from app.scheduling.lengths import rearrange
from app.scheduling.models import Appointment
from app.scheduling.queries import (
    beginning_on,
    explain_time,
    free_slots,
    list_appointments_of,
    list_overlapping,
    of_patients_called,
)
from app.scheduling.requests import (
    booking_request,
    cancellation_request,
    hold_request,
    move_request,
    slot_question,
    time_question,
)
from app.scheduling.schemas import (
    AppointmentChangesSchema,
    AppointmentSchema,
    BookedSchema,
    CancellationSchema,
    ExplanationSchema,
    HoldSchema,
    MoveSchema,
    NewAppointmentSchema,
    NewHoldSchema,
    SlotAnswerSchema,
)
from app.scheduling.shapes import explanation_fields, hold_fields, slot_fields
from app.web.idempotency import idempotent
from app.web.openapi import Documented
from app.web.resources import Api, ResourceApi, by, documented, expose, json_object, requires
from app.web.security import current_actor
from app.web.zones import page_zone

FIRST_YEAR, LAST_YEAR = 1900, 9000  # of a clinic; a clock that goes further back or ahead has no zones


def day_of(text: str, name: str) -> date:
    """A day that an address names. Refuses: NotADate."""
    try:
        day = calendar_day(text)
    except NotADate:
        raise NotADate(field=name) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise NotADate(field=name)
    return day


def from_day(text: str) -> ColumnElement[bool]:
    return beginning_on(day_of(text, "from"), page_zone(), later=True)


def to_day(text: str) -> ColumnElement[bool]:
    return beginning_on(day_of(text, "to"), page_zone(), later=False)


def called(text: str) -> ColumnElement[bool]:
    return of_patients_called(text, current_actor())


class AppointmentApi(ResourceApi):
    resource_name = "appointments"
    resource = "Appointment"
    model = Appointment
    schema = AppointmentSchema
    base_order = ("starts_at", "desc")
    order_columns = ["starts_at"]
    filter_columns = ["clinic", "doctor", "patient", "service", "status", "starts_at"]
    arguments = {
        "clinic_id": by(Appointment.clinic_id),
        "doctor_id": by(Appointment.doctor_id),
        "patient_id": by(Appointment.patient_id),
        "service_id": by(Appointment.service_id),
        "status": by(Appointment.status),
        "from": from_day,
        "to": to_day,
        "search": called,
    }
    load = ["clinic", "patient"]

    def create(self, values: dict[str, Any]) -> Appointment:
        return booking.book(booking_request(values), actor=current_actor(), now=now())

    def change(self, pk: int, values: dict[str, Any], revision: int | None) -> Appointment:
        return booking.update_appointment(pk, values, revision=revision, actor=current_actor(), now=now())

    @expose("/<int:pk>/confirm", methods=["POST"])
    @requires("confirm")
    @documented("Confirm a requested appointment", answer=AppointmentSchema)
    @idempotent
    def confirm(self, pk: int) -> Response:
        with transaction(current_actor()):
            row = booking.confirm(pk, actor=current_actor(), now=now())
        return self.answer(row)

    @expose("/<int:pk>/cancel", methods=["POST"])
    @requires("cancel")
    @documented("Cancel an appointment", body=CancellationSchema, answer=AppointmentSchema)
    @idempotent
    def cancel(self, pk: int) -> Response:
        self.row(pk)
        asked = cancellation_request(json_object())
        with transaction(current_actor()):
            row = booking.cancel(pk, **asdict(asked), actor=current_actor(), now=now())
        return self.answer(row)

    @expose("/<int:pk>/no-show", methods=["POST"])
    @requires("no_show")
    @documented("Record that the patient did not come", answer=AppointmentSchema)
    @idempotent
    def no_show(self, pk: int) -> Response:
        with transaction(current_actor()):
            row = booking.mark_no_show(pk, actor=current_actor(), now=now())
        return self.answer(row)

    @expose("/<int:pk>/reschedule", methods=["POST"])
    @requires("reschedule")
    @documented("Move an appointment, or change its length alone", body=MoveSchema, answer=AppointmentSchema)
    @idempotent
    def reschedule(self, pk: int) -> Response:
        self.row(pk)
        asked = move_request(json_object())
        with transaction(current_actor()):
            row = rearrange(pk, **asdict(asked), actor=current_actor(), now=now())
        return self.answer(row)

    def answer(self, row: Appointment, status: int = 200, schema: type[Schema] | None = None) -> Response:
        """The appointment; after a booking or a move beside it the patient's other appointments at that time."""
        response = super().answer(row, status, schema or (BookedSchema if status == HTTPStatus.CREATED else None))
        if request.method == "POST" and (others := list_overlapping(row)):
            warning = {"code": "patient_overlaps", "appointment_ids": others}
            response.set_data(jsonify(response.get_json() | {"warnings": [warning]}).get_data())
        return response

    def facts(self, name: str, method: Any) -> Documented:
        found = super().facts(name, method)
        bodies = {"post": NewAppointmentSchema, "patch": AppointmentChangesSchema}
        return replace(found, body=bodies.get(name, found.body))


class PatientAppointmentsApi(ResourceApi):
    """A patient's appointments, newest first."""

    resource_name = "patients"
    resource = "Appointment"
    exclude_route_methods = {"get_list", "get"}
    model = Appointment
    schema = AppointmentSchema
    base_order = ("starts_at", "desc")
    order_columns = ["starts_at"]
    filter_columns = ["clinic", "doctor", "service", "status", "starts_at"]
    load = ["clinic", "patient"]

    @expose("/<int:pk>/appointments", methods=["GET"])
    @requires("list")
    @documented("A patient's appointments", answer=AppointmentSchema, many=True)
    def appointments(self, pk: int) -> Response:
        return self.page_of(list_appointments_of(pk, actor=current_actor()))


class SlotApi(Api):
    resource_name = "availability"
    resource = "Availability"
    ARGUMENTS = dict.fromkeys(("clinic_id", "service_id", "doctor_id", "from", "to"), "")

    @expose("/slots", methods=["GET"])
    @requires("list")
    @documented("Free times, or why there are none", answer=SlotAnswerSchema, bare=True, query=ARGUMENTS)
    def slots(self) -> Response:
        asked = slot_question({name: request.args.get(name) for name in self.ARGUMENTS})
        answer = free_slots(**asdict(asked), actor=current_actor(), now=now())
        result = [slot_fields(*slot, answer.zone) for slot in answer.slots]
        return jsonify({"result": result, "reason": answer.reason})

    @expose("/explain", methods=["GET"])
    @requires("list")
    @documented(
        "Why a time is offered, or is not",
        answer=ExplanationSchema,
        query=dict.fromkeys(("clinic_id", "service_id", "doctor_id", "at"), ""),
    )
    def explain(self) -> Response:
        names = ("clinic_id", "service_id", "doctor_id", "at")
        asked = time_question({name: request.args.get(name) for name in names})
        why, zone = explain_time(asked, actor=current_actor(), now=now())
        detail = str(gettext(why.template) % why.params)
        return self.result(explanation_fields(why, zone) | {"detail": detail})


class HoldApi(Api):
    """Times that are kept for some minutes; whoever may book may hold."""

    resource_name = "slots"
    resource = "Appointment"

    @expose("/hold", methods=["POST"])
    @requires("add")
    @documented("Keep a time for some minutes", body=NewHoldSchema, answer=HoldSchema, status=201)
    @idempotent
    def hold(self) -> Response:
        asked = hold_request(json_object())
        with transaction(current_actor()):
            held = holds.hold(asked, actor=current_actor(), now=now())
        return self.result(hold_fields(held), 201)

    @expose("/hold/<int:pk>", methods=["DELETE"])
    @requires("add")
    @documented("Give a held time back", status=204)
    def release(self, pk: int) -> tuple[str, int]:
        with transaction(current_actor()):
            holds.release(pk, actor=current_actor(), now=now())
        return "", 204
