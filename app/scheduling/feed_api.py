"""Appointments as calendar files for programs, under /api/v1."""

from __future__ import annotations

from flask import Response

from app.scheduling.feed_views import appointment_download
from app.web.resources import Api, documented, expose, requires


class AppointmentFileApi(Api):
    resource_name = "appointments"
    resource = "Appointment"

    @expose("/<int:pk>/ics", methods=["GET"])
    @requires("show")
    @documented("The appointment as a calendar file (RFC 5545)", media_type="text/calendar", bare=True)
    def ics(self, pk: int) -> Response:
        return appointment_download(pk)
