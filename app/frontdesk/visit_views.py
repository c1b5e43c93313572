"""The generated screen of visits."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.billing.queries import find_billing_invoice
from app.frontdesk import arrivals
from app.frontdesk.models import Visit
from app.frontdesk.requests import WalkIn, asked
from app.kernel.clock import now
from app.scheduling.models import Appointment
from app.web.crud import CommandView, ScopedInterface
from app.web.formatters import local_time
from app.web.security import current_actor
from app.web.zones import zone_of


def booked_time(appointment: Appointment) -> Markup:
    """The appointment by its time, as a link to its page."""
    when = local_time(appointment.starts_at, zone_of(appointment), "medium")
    return Markup('<a href="{}">{}</a>').format(url_for("AppointmentView.show", pk=appointment.id), when)


class VisitView(CommandView):
    datamodel = ScopedInterface(Visit)
    resource = "Visit"
    route_base = "/visits"
    list_title, show_title = _("Visits"), _("Visit")
    add_title = _("Walk-in")
    list_columns = ["check_in_time", "queue_number", "patient", "doctor", "service", "clinic", "status"]
    show_columns = ["patient", "doctor", "service", "clinic", "queue_number", "status", "priority", "appointment"]
    show_columns += ["check_in_time", "called_time", "start_time", "end_time", "status_reason"]
    add_columns = ["clinic", "patient", "doctor", "service", "priority", "priority_reason"]
    search_columns = ["clinic", "doctor", "patient", "status", "business_date"]
    order_columns = ["check_in_time"]
    base_order = ("check_in_time", "desc")
    label_columns = {
        "priority_reason": _("Reason"),
        "queue_number": _("Number"),
        "check_in_time": _("Arrived"),
        "called_time": _("Called"),
        "start_time": _("Begun"),
        "end_time": _("Ended"),
        "business_date": _("Day"),
    }
    own_of_doctors = True
    fleeting_columns = ["appointment", "called_time", "start_time", "end_time", "status_reason"]
    formatters_columns = {"appointment": booked_time}
    empty_hint = _("Patients are checked in on the queue, or walk in.")
    show_template = "frontdesk/visit.html"

    def heading(self, row: Visit) -> str:
        return f"{row.queue_number} · {row.patient}"

    def add_command(self, values: dict[str, Any]) -> Visit:
        values.pop("revision", None)
        return arrivals.walk_in(asked(WalkIn, values), actor=current_actor(), now=now())

    @expose("/invoice/<pk>")
    @has_access
    @permission_name("show")
    def invoice(self, pk: str) -> Response:
        """On to what the visit costs."""
        visit = self.row(pk)
        bill = find_billing_invoice(visit_id=visit.id, appointment_id=visit.appointment_id)
        if bill is None:
            flash(gettext("There is no invoice for this visit yet."), "info")
            return redirect(url_for("VisitView.show", pk=visit.id))
        return redirect(url_for("InvoiceView.show", pk=bill.id))
