"""Appointments that repeat, for programs, under /api/v1/appointments/series."""

from __future__ import annotations

from flask import Response

from app.kernel.clock import now
from app.kernel.db import transaction
from app.scheduling import series
from app.scheduling.schemas import (
    AppointmentSchema,
    NewSeriesSchema,
    SeriesCancellationSchema,
    SeriesPlanSchema,
    SeriesSchema,
)
from app.scheduling.series_requests import series_booking, series_cancellation, series_request
from app.web.idempotency import idempotent
from app.web.resources import Api, documented, expose, json_object, requires
from app.web.security import current_actor


class SeriesApi(Api):
    resource_name = "appointments"
    resource = "Appointment"

    @expose("/series/plan", methods=["POST"])
    @requires("repeat")
    @documented("What of a series of appointments could be booked", body=SeriesSchema, answer=SeriesPlanSchema)
    def plan(self) -> Response:
        plan = series.plan_series(series_request(json_object()), actor=current_actor(), now=now())
        return self.result({"occurrences": [series.planned_fields(one, plan.zone) for one in plan.times]})

    @expose("/series", methods=["POST"])
    @requires("repeat")
    @documented(
        "Book a series of appointments",
        body=NewSeriesSchema,
        answer=AppointmentSchema,
        many=True,
        whole=True,
        status=201,
    )
    @idempotent
    def book(self) -> Response:
        asked, terms = series_booking(json_object())
        with transaction(current_actor()):
            rows = series.book_series(asked, terms, actor=current_actor(), now=now())
        return self.result(AppointmentSchema(many=True).dump(rows), 201)

    @expose("/series/<int:series_id>/cancel", methods=["POST"])
    @requires("cancel_series")
    @documented(
        "Cancel the rest of a series", body=SeriesCancellationSchema, answer=AppointmentSchema, many=True, whole=True
    )
    @idempotent
    def cancel(self, series_id: int) -> Response:
        with transaction(current_actor()):
            found = series.get_series(series_id, actor=current_actor())
            asked = series_cancellation(json_object())
            rows = series.cancel_series(found.id, **asked, actor=current_actor(), now=now())
        return self.result(AppointmentSchema(many=True).dump(rows))
