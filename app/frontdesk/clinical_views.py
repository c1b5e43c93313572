"""Diagnoses, prescriptions and attachments of a consultation: parts of its page, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.frontdesk import attachments, diagnoses, prescriptions
from app.frontdesk.clinical_models import Attachment, Prescription
from app.frontdesk.clinical_parts import Draft, clinical_parts
from app.frontdesk.clinical_queries import find_to_copy
from app.frontdesk.clinical_requests import diagnosis_act
from app.frontdesk.file_kinds import PICTURES
from app.frontdesk.states import VisitStatus
from app.frontdesk.treating import find_own_visit
from app.frontdesk.upload_forms import LARGEST_FORM, sent_files
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.db import transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal
from app.web.downloads import file_response
from app.web.replies import field_messages, message_of
from app.web.scoped import key_of
from app.web.security import current_actor
from app.web.uploads import takes_files

TITLES = {"diagnoses": _("Diagnoses"), "prescriptions": _("Prescriptions"), "attachments": _("Attachments")}


class ClinicalView(BaseView):
    """A script is answered with the part as it is now, a person with the way back to the consultation."""

    resource = class_permission_name = "Clinical"
    route_base = "/doctor"
    default_view = "diagnoses"

    # -- diagnoses ---------------------------------------------------------------------------------------------------

    @expose("/consultations/<int:visit_id>/diagnoses")
    @has_access
    @permission_name("list")
    def diagnoses(self, visit_id: int) -> Any:
        return self._part("diagnoses", visit_id)

    @expose("/consultations/<int:visit_id>/diagnoses", methods=["POST"])
    @has_access
    @permission_name("edit")
    def add_diagnosis(self, visit_id: int) -> Any:
        """By the choice of the type-ahead, else by the code as it was typed."""
        chosen = key_of(request.form.get("code_id", ""))
        asked: dict[str, object] = {"code": request.form.get("code")} if chosen is None else {"code_id": chosen}
        asked["kind"] = request.form.get("kind")
        return self._carried_out(
            "diagnoses", visit_id, lambda who: diagnoses.add_diagnosis(visit_id, asked, actor=who, now=now())
        )

    @expose("/consultations/<int:visit_id>/diagnoses/<int:diagnosis_id>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def change_diagnosis(self, visit_id: int, diagnosis_id: int) -> Any:
        def change(who: Actor) -> None:
            act = diagnosis_act(request.form.get("act"))
            diagnoses.change_diagnosis(visit_id, diagnosis_id, act, actor=who, now=now())

        return self._carried_out("diagnoses", visit_id, change)

    # -- prescriptions -----------------------------------------------------------------------------------------------

    @expose("/consultations/<int:visit_id>/prescriptions")
    @has_access
    @permission_name("list")
    def prescriptions(self, visit_id: int) -> Any:
        return self._part("prescriptions", visit_id)

    @expose("/consultations/<int:visit_id>/prescriptions", methods=["POST"])
    @has_access
    @permission_name("edit")
    def prescribe(self, visit_id: int) -> Any:
        """Issue it; or another row for the form, the medicines of an earlier prescription, a row less."""
        act, _space, number = request.form.get("act", "").partition(" ")
        draft = Draft.typed(request.form, without=key_of(number) if act == "drop" else None)
        if act in ("more", "copy", "drop"):
            return self._part("prescriptions", visit_id, draft=self._changed(draft, act, key_of(number), visit_id))
        asked = {"items": draft.items}
        return self._carried_out(
            "prescriptions",
            visit_id,
            lambda who: prescriptions.prescribe(visit_id, asked, form_key=draft.form_key, actor=who, now=now()),
            draft=draft,
        )

    @expose("/prescriptions/<int:prescription_id>/cancel", methods=["POST"])
    @has_access
    @permission_name("edit")
    def cancel_prescription(self, prescription_id: int) -> Any:
        visit_id = scope.get(Prescription, prescription_id, actor=current_actor()).visit_id
        reason = {"reason": request.form.get("reason")}
        return self._carried_out(
            "prescriptions",
            visit_id,
            lambda who: prescriptions.cancel_prescription(prescription_id, reason, actor=who, now=now()),
        )

    # -- attachments -------------------------------------------------------------------------------------------------

    @expose("/consultations/<int:visit_id>/attachments")
    @has_access
    @permission_name("list")
    def attachments(self, visit_id: int) -> Any:
        return self._part("attachments", visit_id)

    @expose("/consultations/<int:visit_id>/attachments", methods=["POST"])
    @has_access
    @permission_name("edit")
    @takes_files(LARGEST_FORM)
    def attach(self, visit_id: int) -> Any:
        find_own_visit(visit_id, actor=current_actor())

        def attach(who: Actor) -> None:
            for file in [attachments.sound(one) for one in sent_files()]:
                attachments.attach(visit_id, file, actor=who, now=now())

        return self._carried_out("attachments", visit_id, attach)

    @expose("/attachments/<int:attachment_id>/remove", methods=["POST"])
    @has_access
    @permission_name("edit")
    def remove_attachment(self, attachment_id: int) -> Any:
        visit_id = scope.get(Attachment, attachment_id, actor=current_actor()).visit_id
        return self._carried_out(
            "attachments",
            visit_id,
            lambda who: attachments.remove_attachment(attachment_id, actor=who, now=now()),
        )

    @expose("/attachments/<int:attachment_id>/content")
    @has_access
    @permission_name("show")
    def content(self, attachment_id: int) -> Response:
        attachment, content = attachments.read_attachment(attachment_id, actor=current_actor())
        return file_response(content, attachment.content_type, attachment.name)

    @expose("/attachments/<int:attachment_id>/preview")
    @has_access
    @permission_name("show")
    def preview(self, attachment_id: int) -> Response:
        """A picture, to be looked at on the page; nothing else is shown by itself."""
        if scope.get(Attachment, attachment_id, actor=current_actor()).content_type not in PICTURES:
            abort(404)
        attachment, content = attachments.read_attachment(attachment_id, actor=current_actor())
        return file_response(content, attachment.content_type, attachment.name, inline=True)

    # -- answers -----------------------------------------------------------------------------------------------------

    def _part(self, name: str, visit_id: int, **more: Any) -> Any:
        """One part: for a script by itself, for a person as a page."""
        visit = find_own_visit(visit_id, actor=current_actor())
        context = {
            "visit": visit,
            "sheet_open": visit.status is VisitStatus.IN_PROGRESS,
            **clinical_parts(visit, current_actor(), name),
        }
        if by_script():
            return self.render_template(f"frontdesk/consultation/{name}.html", **context | more)
        page = {"part": name, "title": TITLES[name], "back": address_of(visit_id)}
        return self.render_template("frontdesk/consultation/part.html", **context | more | page)

    def _carried_out(
        self, name: str, visit_id: int, act: Callable[[Actor], object], *, draft: Draft | None = None
    ) -> Any:
        """Carry an act out; a refusal is told on the part, with what was typed."""
        actor = current_actor()
        try:
            with transaction(actor):
                act(actor)
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            return self._refused(name, visit_id, refusal, draft), refusal.status
        return self._part(name, visit_id) if by_script() else redirect(f"{address_of(visit_id)}#{name}")

    def _refused(self, name: str, visit_id: int, refusal: Refusal, draft: Draft | None) -> Any:
        errors = field_messages(refusal) if isinstance(refusal, Invalid) else {}
        beside = {field: texts for field, texts in errors.items() if draft and field.startswith("items.")}
        told = [text for field, texts in errors.items() if field not in beside for text in texts]
        more: dict[str, Any] = {"clinical_refusals": {name: told or [message_of(refusal)]}}
        if draft is not None:
            draft.errors = beside
            more["draft"] = draft
        return self._part(name, visit_id, **more)

    @staticmethod
    def _changed(draft: Draft, act: str, number: int | None, visit_id: int) -> Draft:
        """The form with a row more, or with the medicines of an earlier prescription; nothing is kept yet.

        Refuses: NotFound.
        """
        visit = find_own_visit(visit_id, actor=current_actor())
        if act == "more":
            draft.add({})
        if act == "copy":
            earlier = find_to_copy(number or 0, visit, actor=current_actor())
            if earlier is None:
                raise NotFound
            draft.copy(earlier)
        return draft


def address_of(visit_id: int) -> str:
    """The page of the consultation."""
    return url_for("ConsultationView.consultation", visit_id=visit_id)


def by_script() -> bool:
    """Whether a script asks, which puts the part into the page that is there."""
    return request.headers.get("X-Requested-With") == "fetch"
