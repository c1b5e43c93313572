"""The page of one consultation: who the patient is, the record with its autosave, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import make_response, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from app.frontdesk import consultations, records
from app.frontdesk.board_page import IN_TEMPLATES
from app.frontdesk.clinical_parts import clinical_parts
from app.frontdesk.consultation_sheets import MOST_SHOWN, SHOWN_AT_ONCE, get_consultation
from app.frontdesk.errors import RecordChanged
from app.frontdesk.note_templates import list_template_names
from app.frontdesk.requests import record_save
from app.frontdesk.views import carried_out
from app.frontdesk.vitals import MEASURES, body_mass_index
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Invalid, Refusal
from app.people.forms import GENDERS
from app.people.phones import format_phone
from app.web.formatters import show_value
from app.web.own_pages import of_own_record
from app.web.replies import field_messages
from app.web.scoped import key_of
from app.web.security import current_actor
from app.web.zones import clinics

Act = Callable[[int, Actor], object]
SIGNS = {
    "systolic": _("Blood pressure, systolic"),
    "diastolic": _("Blood pressure, diastolic"),
    "pulse": _("Pulse"),
    "temperature": _("Temperature"),
    "respiratory_rate": _("Respiratory rate"),
    "oxygen_saturation": _("Oxygen saturation"),
    "weight": _("Weight"),
    "height": _("Height"),
}


def as_written() -> tuple[int, dict[str, object]]:
    """The record as the form has it: the revision that was seen, and its fields. Refuses: Invalid."""
    form: MultiDict[str, str] = request.form
    values: dict[str, object] = {name: form[name] for name in ("revision", "notes", "private_notes") if name in form}
    signs = {name: form[f"vitals.{name}"] for name in MEASURES if f"vitals.{name}" in form}
    return record_save(values | ({"vitals": signs} if signs else {}))


def _save(visit_id: int, actor: Actor) -> object:
    revision, values = as_written()
    return records.save_record(visit_id, values, revision=revision, actor=actor, now=now())


def _complete(visit_id: int, actor: Actor) -> object:
    revision, values = as_written()
    return consultations.complete(visit_id, written=values, revision=revision, actor=actor, now=now())


def _amend(visit_id: int, actor: Actor) -> object:
    values = {"text": request.form.get("text", ""), "is_private": "is_private" in request.form}
    return records.amend(visit_id, values, actor=actor, now=now())


# What a button of the page does, what is said then, and whether it leads back to the day.
ACTS: dict[str, tuple[Act, Any, bool]] = {
    "begin": (lambda pk, who: consultations.start(pk, actor=who, now=now()), "", False),
    "save": (_save, _("Saved."), False),
    "complete": (_complete, _("The consultation is completed."), True),
    "amend": (_amend, _("The amendment is added."), False),
}


class ConsultationView(BaseView):
    resource = class_permission_name = "Consultation"
    route_base = "/doctor/consultations"
    list_title = _("Consultation")

    @expose("/<int:visit_id>", methods=["GET"])
    @has_access
    @permission_name("show")
    @of_own_record(status=404)
    def consultation(self, visit_id: int) -> Any:
        return self._page(visit_id)

    @expose("/<int:visit_id>/act", methods=["POST"])
    @has_access
    @permission_name("edit")
    def act(self, visit_id: int) -> Any:
        """One act of the page; a refusal keeps what was written on it."""
        records.get_own(visit_id, actor=current_actor())
        act, words, is_over = ACTS.get(request.form.get("act", "")) or _unknown()
        return carried_out(
            lambda who: act(visit_id, who),
            back=url_for("DoctorPortalView.today") if is_over else self._address(visit_id),
            done=words,
            or_else=lambda refusal: make_response(self._page(visit_id, refusal), refusal.status),
        )

    @staticmethod
    def _address(visit_id: int) -> str:
        return url_for("ConsultationView.consultation", visit_id=visit_id)

    def _page(self, visit_id: int, refusal: Refusal | None = None) -> Any:
        asked = key_of(request.args.get("earlier", "")) or SHOWN_AT_ONCE
        sheet = get_consultation(visit_id, earlier=min(asked, MOST_SHOWN), actor=current_actor(), now=now())
        response = make_response(
            self.render_template(
                "frontdesk/consultation.html",
                title=sheet.patient["name"],
                sheet=sheet,
                visit=sheet.visit,
                sheet_open=sheet.is_open,
                zone=clinics()[sheet.visit.clinic_id].zone,
                clinic_name=clinics()[sheet.visit.clinic_id].name,
                templates=list_template_names(actor=current_actor()) if sheet.is_open else [],
                **clinical_parts(sheet.visit, current_actor()),
                **written_over(refusal),
                **IN_PAGE,
            )
        )
        response.headers["Cache-Control"] = "no-store"
        return response


IN_PAGE: dict[str, Any] = {
    **IN_TEMPLATES,
    "measures": MEASURES,
    "signs": SIGNS,
    "body_mass_index": body_mass_index,
    "most_earlier": MOST_SHOWN,
    "phone_text": lambda phone: format_phone(phone, "ZZ"),
    "gender_words": lambda gender: show_value(GENDERS.get(gender)),
}


def written_over(refusal: Refusal | None) -> dict[str, Any]:
    """What was typed and could not be saved, and what is wrong with it; nothing on a page that was just opened."""
    typed: Mapping[str, str] = request.form if refusal is not None else {}
    return {
        "typed": typed,
        "problems": field_messages(refusal) if isinstance(refusal, Invalid) else {},
        "is_stale": isinstance(refusal, RecordChanged),
        "page_now": now(),
    }


def _unknown() -> Any:
    raise Invalid({"act": [gettext("There is no such act.")]})
