"""The screens of appointments."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response

from app.kernel.clock import clinic_day, now
from app.kernel.db import transaction
from app.kernel.errors import Conflict
from app.scheduling import booking
from app.scheduling.follow_ups import followed_day
from app.scheduling.forms import CancelForm, MoveForm, opening_state_field
from app.scheduling.history import list_changes
from app.scheduling.models import Appointment
from app.scheduling.overdue import NOT_ANSWERED
from app.scheduling.queries import list_overlapping, of_patients_called
from app.scheduling.requests import booking_request, cancellation_request, move_request
from app.scheduling.rules import is_follow_up_type
from app.scheduling.slot_forms import follow_up_in_form, free_times, slot_words, take_choice
from app.web.crud import CommandView, ScopedInterface
from app.web.filters import TODAY
from app.web.formatters import show_value
from app.web.replies import message_of
from app.web.security import current_actor
from app.web.zones import on_wall

BOOKED = _("Booked.")
ORDERED = "&_oc_AppointmentView=starts_at&_od_AppointmentView=asc"
# What the list's tabs ask for, soonest first.
PERIODS = {"today": f"_flt_0_starts_at={TODAY}{ORDERED}", "later": f"_flt_1_starts_at={TODAY}{ORDERED}"}
WORDS = {
    "patient": _("Patient"),
    "clinic": _("Clinic"),
    "doctor": _("Doctor"),
    "system": _("System"),
    "reception": _("Reception"),
    "import": _("Import"),
    "waitlist": _("Waiting list"),
    "left": _("Left"),
}
OVERLAPS = _("Booked. Note that this patient has another appointment at that time.")


def in_words(name: str | None) -> Any:
    return show_value(WORDS.get(name or "", name))


def reason_in_words(reason: str | None) -> Any:
    """A reason as it was typed, and one that the program gave in the reader's language."""
    return show_value(gettext(NOT_ANSWERED) if reason == NOT_ANSWERED else WORDS.get(reason or "", reason))


def is_today(row: Appointment) -> bool:
    zone = row.clinic.timezone
    return clinic_day(row.starts_at, zone) == clinic_day(now(), zone)


class AppointmentView(CommandView):
    datamodel = ScopedInterface(Appointment)
    resource = "Appointment"
    route_base = "/appointments"
    list_title, show_title = _("Appointments"), _("Appointment")
    add_title, edit_title = _("New appointment"), _("Change appointment")
    list_columns = ["starts_at", "patient", "doctor", "service", "clinic", "status"]
    show_columns = ["starts_at", "ends_at", "patient", "patient.phone", "doctor", "service", "clinic", "status"]
    show_columns += ["cancelled_by", "cancel_reason", "type", "notes", "overbook_reason", "source", "created_at"]
    fleeting_columns = ["cancelled_by", "cancel_reason", "type", "notes", "overbook_reason"]
    add_columns = ["patient", "clinic", "service", "doctor", "starts_at", "status", "type", "notes", "overbook_reason"]
    edit_columns = ["type", "notes"]
    search_columns = ["clinic", "doctor", "patient", "status", "starts_at"]
    order_columns = ["starts_at"]
    base_order = ("starts_at", "desc")
    own_of_doctors = True
    menu_address = "/appointments/list/?" + PERIODS["today"]
    search_hint = _("Name or phone of the patient")
    formatters_columns = {"cancelled_by": in_words, "cancel_reason": reason_in_words, "source": in_words}
    label_columns = {
        "patient.phone": _("Phone"),
        "created_at": _("Booked"),
    }
    description_columns = {"overbook_reason": _("Only where the time is taken or outside the doctor's hours.")}
    add_form_extra_fields = {"status": opening_state_field()}
    add_template = "scheduling/book.html"
    list_template = "scheduling/appointments.html"
    show_template = "scheduling/appointment.html"
    extra_args = {
        "free_times": free_times,
        "slot_words": slot_words,
        "list_changes": list_changes,
        "is_today": is_today,
        "has_begun": lambda row: row.starts_at <= now(),
        "periods": PERIODS,
        "follow_up_of": followed_day,
        "follow_up_in_form": follow_up_in_form,
        "is_follow_up_type": is_follow_up_type,
    }
    add_row_message = BOOKED

    def heading(self, row: Appointment) -> str:
        return str(row.patient)

    def search_text(self, text: str) -> ColumnElement[bool]:
        return of_patients_called(text, current_actor())

    def add_command(self, values: dict[str, Any]) -> Appointment:
        values.pop("revision", None)
        booked = booking.book(booking_request(values), actor=current_actor(), now=now())
        if list_overlapping(booked):
            flash(OVERLAPS, "warning")
        return booked

    def edit_command(self, pk: int, values: dict[str, Any]) -> None:
        revision = values.pop("revision")
        booking.update_appointment(pk, values, revision=revision, actor=current_actor(), now=now())

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Besides booking, show the free times of what is chosen, and take one of them into the form."""
        if "show_free" not in request.form:
            return super().add()
        form, settled, _inline = self._new_form()
        take_choice(form, request.form["show_free"])
        return self._add_page(form, settled, 200)

    @expose("/confirm/<pk>", methods=["POST"])
    @has_access
    def confirm(self, pk: str) -> Response:
        return self._carry_out(booking.confirm, pk, _("Confirmed; the patient is told."))

    @expose("/no-show/<pk>", methods=["POST"])
    @has_access
    def no_show(self, pk: str) -> Response:
        return self._carry_out(booking.mark_no_show, pk, _("Marked as a no-show."))

    @expose("/undo-no-show/<pk>", methods=["POST"])
    @has_access
    def undo_no_show(self, pk: str) -> Response:
        return self._carry_out(booking.undo_no_show, pk, _("The appointment is confirmed again."))

    @expose("/cancel/<pk>", methods=["GET", "POST"])
    @has_access
    def cancel(self, pk: str) -> Any:
        row, form = self.row(pk, self.show_columns), CancelForm()

        def act(values: dict[str, Any]) -> None:
            booking.cancel(row.id, **asdict(cancellation_request(values)), actor=current_actor(), now=now())

        return self._asked_for(row, form, act, "scheduling/cancel.html")

    @expose("/move/<pk>", methods=["GET", "POST"])
    @has_access
    def reschedule(self, pk: str) -> Any:
        row = self.row(pk, self.show_columns)
        form = MoveForm(data={"starts_at": on_wall(row.starts_at, row.clinic.timezone), "doctor": row.doctor})

        def act(values: dict[str, Any]) -> None:
            booking.reschedule(row.id, **asdict(move_request(values)), actor=current_actor(), now=now())

        return self._asked_for(row, form, act, "scheduling/move.html")

    @action("confirm", _("Confirm"), icon="ti-check", single=False)
    def confirm_chosen(self, rows: list[Appointment]) -> Response:
        return self.for_each(rows, lambda pk: booking.confirm(pk, actor=current_actor(), now=now()))

    @action("no_show", _("No-show"), _("Mark these appointments as missed?"), icon="ti-user-off", single=False)
    def miss_chosen(self, rows: list[Appointment]) -> Response:
        return self.for_each(rows, lambda pk: booking.mark_no_show(pk, actor=current_actor(), now=now()))

    def _carry_out(self, command: Any, pk: str, done: Any) -> Response:
        key = self.row(pk).id
        try:
            with transaction(current_actor()):
                command(key, actor=current_actor(), now=now())
        except Conflict as refusal:
            flash(message_of(refusal), "danger")
        else:
            flash(done, "success")
        return redirect(url_for("AppointmentView.show", pk=key))

    def _asked_for(self, row: Appointment, form: Any, act: Any, template: str) -> Any:
        """Carry out what a small form of its own asks for, or show that form with what is wrong."""
        status = 200
        if request.method == "POST":
            _saved, refused = self._attempt(form, row, act)
            if refused is None:
                flash(self.edit_row_message, "success")
                return redirect(url_for("AppointmentView.show", pk=row.id))
            status = refused
        return self.render_template(template, title=self.show_title, row=row, form=form), status
