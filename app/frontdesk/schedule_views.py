"""A doctor's own schedule as a page that follows what is booked, moved and cancelled."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from babel.dates import format_skeleton
from flask import request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice

from app.frontdesk.doctor_schedule import ARGUMENTS, ScheduleQuestion, by_day, my_schedule, schedule_question
from app.frontdesk.views import carried_out
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day, now
from app.kernel.errors import Invalid, NotFound
from app.people.patient_models import Patient
from app.people.phones import format_phone
from app.people.roles import Role
from app.scheduling import booking
from app.scheduling.models import Appointment
from app.scheduling.requests import LONGEST_REASON, cancellation_request
from app.scheduling.states import OCCUPYING, OPEN, AppointmentStatus
from app.web.form_builder import show_refusal
from app.web.form_fields import word_for
from app.web.own_pages import of_own_record
from app.web.paging import page_of_rows
from app.web.security import current_actor
from app.web.zones import clinics, clinics_as, page_zone

ROWS = 50
EXPECTED, EVERY = "", "all"


class ScheduleForm(FlaskForm):
    """A GET form: what it asks for is the address of the page."""

    class Meta:
        csrf = False

    begins = DateField(_("From"), name="from")
    ends = DateField(_("To"), name="to")
    clinic_id = SelectField(_("Clinic"), coerce=str)
    status = SelectField(_("State"))

    def offer(self) -> None:
        """Fill the choices, in the reader's language."""
        own = [SelectChoice(str(key), clinics()[key].name) for key in clinics_as(Role.DOCTOR)]
        self.clinic_id.choices = [SelectChoice("", _("All")), *own]
        states = [SelectChoice(one.value, word_for(one)) for one in AppointmentStatus]
        self.status.choices = [SelectChoice(EXPECTED, _("Expected")), SelectChoice(EVERY, _("All")), *states]


def asked_schedule() -> ScheduleQuestion:
    """What the address asks for: without a state whoever is expected, or here. Refuses: Invalid."""
    asked = {name: request.args[name] for name in ARGUMENTS if name in request.args}
    state = asked.get("status", EXPECTED)
    if state in (EXPECTED, EVERY):
        asked.pop("status", None)
    found = schedule_question(asked, zone=page_zone(), now=now())
    return ScheduleQuestion(**asdict(found) | {"states": OCCUPYING}) if state == EXPECTED else found


class DoctorScheduleView(BaseView):
    resource = class_permission_name = "DoctorSchedule"
    route_base = "/doctor/schedule"
    default_view = "page"
    list_title = _("Schedule")

    @expose("", methods=["GET"])
    @has_access
    @permission_name("list")
    @of_own_record()
    def page(self) -> Any:
        form, status = ScheduleForm(request.args), 200
        form.offer()
        try:
            question = asked_schedule()
        except Invalid as refusal:
            show_refusal(form, refusal)
            question, status = schedule_question({}, zone=page_zone(), now=now()), refusal.status
        else:
            form.begins.data, form.ends.data = question.start, question.end
        page = {"form": form, "doctor_id": current_actor().doctor_id, "longest_reason": LONGEST_REASON}
        return self.render_template(
            "frontdesk/schedule.html", title=self.list_title, **page, **rows_of(question)
        ), status

    @expose("/rows", methods=["GET"])
    @has_access
    @permission_name("list")
    def rows(self) -> Any:
        """The part of the page that changes when appointments do."""
        return self.render_template("frontdesk/schedule_rows.html", **rows_of(asked_schedule()))

    @expose("/confirm/<int:pk>", methods=["POST"])
    @has_access
    def confirm(self, pk: int) -> Any:
        def act(actor: Actor) -> Any:
            return booking.confirm(own(pk, actor), actor=actor, now=now())

        return carried_out(act, back=url_for("DoctorScheduleView.page"))

    @expose("/cancel/<int:pk>", methods=["POST"])
    @has_access
    def cancel(self, pk: int) -> Any:
        def act(actor: Actor) -> Any:
            asked = cancellation_request({"reason": request.form.get("reason", "")})
            return booking.cancel(own(pk, actor), **asdict(asked), actor=actor, now=now())

        return carried_out(act, back=url_for("DoctorScheduleView.page"))


def own(pk: int, actor: Actor) -> int:
    """The key of an appointment of the doctor's own. Refuses: NotFound."""
    if booking.get_locked(pk, actor=actor).doctor_id != actor.doctor_id:
        raise NotFound
    return pk


def rows_of(question: ScheduleQuestion) -> dict[str, Any]:
    """A page of the appointments by day; `query` asks for the same again."""
    patient = joinedload(Appointment.patient).load_only(Patient.name, Patient.phone)
    rows = my_schedule(question, actor=current_actor()).order_by(Appointment.starts_at, Appointment.id)
    page = page_of_rows(rows.options(patient, joinedload(Appointment.service)), size=ROWS)
    zones = {key: clinic.zone for key, clinic in clinics().items()}
    return {
        "page": page,
        "days": by_day(page.rows, zones),
        "clinics": clinics(),
        "several_clinics": len(clinics_as(Role.DOCTOR)) > 1,
        "open_states": OPEN,
        "today": clinic_day(now(), page_zone()),
        "phone_text": lambda phone: format_phone(phone, "ZZ"),
        "day_words": lambda day: format_skeleton("yMMMMEEEEd", day, locale=get_locale() or "en"),
        "query": request.query_string.decode(),
    }
