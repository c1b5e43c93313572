"""The desk's waiting list: who waits, what is on offer, and what the desk does about it by hand."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.kernel import scope
from app.kernel.clock import now
from app.kernel.db import transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.people.phones import format_phone
from app.people.queries import list_doctors_of
from app.people.roles import Role
from app.scheduling import waitlist, waitlist_answers, waitlist_offers
from app.scheduling.models import Appointment
from app.scheduling.requests import instant
from app.scheduling.waitlist_forms import TimeChoiceForm, since_field, weekdays_field, window_in_words
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from app.scheduling.waitlist_queries import find_open_offer_id, list_open_offers, list_suiting
from app.scheduling.waitlist_requests import offer_request
from app.web.crud import CommandView, ScopedInterface
from app.web.formatters import local_time
from app.web.replies import message_of
from app.web.scoped import key_of
from app.web.security import current_actor
from app.web.zones import chosen_clinic, clinics_as, zone_of

ANSWERS = {
    "accept": (waitlist_answers.accept, _("Booked; the patient is told.")),
    "decline": (waitlist_answers.decline, _("Declined; the next one is asked.")),
    "withdraw": (waitlist_answers.withdraw, _("The offer is taken back. Its time is free.")),
}


class Ranked(ScopedInterface):
    """The rows in the order in which they are asked."""

    def ordered(self, statement: Select[tuple[Any]], column: str = "", direction: str = "") -> Select[tuple[Any]]:
        if column != "urgency":
            return super().ordered(statement, column, direction)
        return statement.order_by(WaitlistEntry.urgency.desc(), WaitlistEntry.waiting_since, WaitlistEntry.id)


def booked_for(appointment: Appointment | None) -> Any:
    """When the patient's own appointment is."""
    return local_time(appointment.starts_at if appointment else None, zone_of(appointment), "medium")


def offers_page() -> dict[str, Any]:
    """What is on offer at the clinic that the reader works at, or at all of theirs."""
    reach, chosen = clinics_as(Role.RECEPTIONIST), chosen_clinic()
    shown = [chosen] if chosen in reach else reach
    offers = list_open_offers(shown, actor=current_actor())
    return {"offers": offers, "names_clinic": len(shown) > 1, "now": now(), "clinic_ids": shown}


def present_appointment() -> Appointment | None:
    """The appointment in reach that the address names as the one to be moved."""
    related = (Appointment.clinic, Appointment.patient, Appointment.doctor)
    options = tuple(joinedload(one) for one in related)
    return scope.find(Appointment, asked_appointment_id() or 0, actor=current_actor(), options=options)


def asked_appointment_id() -> int | None:
    return key_of(request.args.get("appointment", ""))


class OfferedTimesView(CommandView):
    """What an entry was offered, and what became of it."""

    datamodel = ScopedInterface(WaitlistOffer)
    resource = "Waitlist"
    route_base = "/waitlist/offered"
    list_title = _("Offered times")
    list_columns = ["starts_at", "doctor", "status", "expires_at", "offered_by", "settled_at"]
    exclude_route_methods = {"show", "export"}
    order_columns = ["starts_at"]
    base_order = ("id", "desc")
    load_columns = ("clinic",)


class WaitlistView(CommandView):
    datamodel = Ranked(WaitlistEntry)
    resource = "Waitlist"
    route_base = "/waitlist"
    list_title, show_title = _("Waiting list"), _("Waiting list")
    add_title, edit_title = _("Put on the waiting list"), _("Change what would suit")
    list_columns = ["patient", "urgency", "waiting_since", "service", "doctor", "window", "clinic", "status"]
    show_columns = ["patient", "patient.phone", "service", "doctor", "clinic", "status", "urgency", "waiting_since"]
    show_columns += ["window", "appointment", "notes"]
    fleeting_columns = ["appointment", "notes"]
    edit_columns = ["urgency", "waiting_since", "doctor", "from_day", "to_day", "weekdays", "from_time", "to_time"]
    edit_columns += ["notes"]
    add_columns = ["patient", "clinic", "service", *edit_columns]
    search_columns = ["clinic", "doctor", "service", "patient", "urgency", "status"]
    load_columns = ("weekdays",)  # of the window, which a list would leave in the database
    order_columns = ["waiting_since"]
    base_order = ("urgency", "desc")
    menu_address = "/waitlist/list/?_flt_0_status=waiting"
    formatters_columns = {"window": window_in_words, "appointment": booked_for}
    label_columns = {"patient.phone": _("Phone"), "appointment": _("Booked for")}
    description_columns = {
        "doctor": _("Leave it empty for any doctor."),
        "to_time": _("The appointment ends by then."),
    }
    edit_form_extra_fields = {"weekdays": weekdays_field()}
    add_form_extra_fields = {**edit_form_extra_fields, "waiting_since": since_field()}
    list_template, show_template = "scheduling/waitlist.html", "scheduling/waitlist_entry.html"
    add_template = "scheduling/waitlist_add.html"
    related_views = [OfferedTimesView]
    empty_hint = _("Who wants an earlier time is put here, and asked when one becomes free.")
    delete_label = _("Take off the list")
    delete_warning = _("Take this patient off the waiting list? A time that is being offered goes to the next.")
    delete_row_message = _("Taken off the list.")
    extra_args = {
        "offers_page": offers_page,
        "present_appointment": present_appointment,
        "find_open_offer_id": find_open_offer_id,
        "phone_text": lambda phone: format_phone(phone, "ZZ"),
    }

    def heading(self, row: WaitlistEntry) -> str:
        return str(row.patient)

    def may_change(self, row: WaitlistEntry) -> bool:
        return row.status == "waiting"

    def add_command(self, values: dict[str, Any]) -> WaitlistEntry:
        values.pop("revision", None)
        asked = {**values, "appointment_id": asked_appointment_id()}
        return waitlist.add_entry(asked, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> None:
        revision = values.pop("revision")
        waitlist.change_entry(pk, values, revision=revision, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        waitlist.remove_entry(pk, actor=current_actor(), now=now())

    @expose("/offers", methods=["GET"])
    @has_access
    @permission_name("list")
    def offers(self) -> Response:
        """The part of the page that changes when offers do."""
        response = make_response(self.render_template("scheduling/waitlist_offers.html", **offers_page()))
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    @expose("/offer/<pk>", methods=["GET", "POST"])
    @has_access
    def offer(self, pk: str) -> Any:
        """The free times that would suit: offer one of them, or book it at once."""
        row = self.row(pk, ["patient", "clinic", "service", "doctor", "appointment"])
        key, form, refused = row.id, TimeChoiceForm(), None
        if request.method == "POST":
            refused = self._attempt_choice(key, form)
            if refused is None:
                return redirect(url_for("WaitlistView.show", pk=key))
            row = self.row(pk, ["patient", "clinic", "service", "doctor", "appointment"])
        found = list_suiting(row, actor=current_actor(), now=now())
        doctors = {doctor.id: doctor.name for doctor in list_doctors_of(row.clinic_id)}
        page = {"title": _("Find a time"), "row": row, "form": form, "found": found, "doctors": doctors}
        return self.render_template("scheduling/waitlist_times.html", **page), refused or 200

    @expose("/answer/<pk>/<act>", methods=["POST"])
    @has_access
    def answer(self, pk: str, act: str) -> Response:
        """What the patient said on the telephone, or that the desk takes the offer back."""
        if act not in ANSWERS:
            raise NotFound
        command, done = ANSWERS[act]
        try:
            with transaction(current_actor()):
                command(key_of(pk) or 0, actor=current_actor(), now=now())
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            flash(message_of(refusal), "danger")
        else:
            flash(done, "success")
        return redirect(self._page_before())

    def _attempt_choice(self, key: int, form: TimeChoiceForm) -> int | None:
        """Offer or book the chosen time; the status of the page that says what is wrong, None where all is well."""
        if not form.validate():
            return 422
        starts_at, _slash, doctor_id = (form.chosen.data or "").partition("/")
        at_once = "book" in request.form
        try:
            asked = offer_request({"doctor_id": key_of(doctor_id), "starts_at": instant(starts_at)})
            with transaction(current_actor()):
                made = waitlist_offers.offer_time(key, **asked, actor=current_actor(), now=now())
                if at_once:
                    waitlist_answers.accept(made.id, actor=current_actor(), now=now())
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            form.form_errors.append(message_of(refusal))
            return refusal.status
        flash(_("Booked; the patient is told.") if at_once else _("Offered; the patient is asked."), "success")
        return None
