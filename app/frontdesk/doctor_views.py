"""The doctor's own pages: who waits, who is here now, and the end of a consultation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import make_response, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.frontdesk import consultations, queue
from app.frontdesk.board_page import IN_TEMPLATES
from app.frontdesk.question_views import given_reason
from app.frontdesk.sheets import get_doctor_day
from app.frontdesk.states import Phase
from app.frontdesk.views import Act, carried_out, read_press
from app.kernel.clock import now
from app.web.security import current_actor
from app.web.zones import clinics

Written = Mapping[int, str]
ACTS: dict[str, Act] = {
    "call-next": lambda pk, _seen, who: queue.call_next(pk, who.doctor_id or 0, actor=who, now=now()),
    "call": lambda pk, seen, who: queue.call(pk, expected_status=seen, actor=who, now=now()),
    "start": lambda pk, seen, who: consultations.start(pk, expected_status=seen, actor=who, now=now()),
    "back": lambda pk, seen, who: queue.move(
        pk, Phase.WAITING, expected_status=seen, reason=given_reason(), actor=who, now=now()
    ),
    "left": lambda pk, seen, who: queue.leave(pk, expected_status=seen, reason=given_reason(), actor=who, now=now()),
}


class DoctorPortalView(BaseView):
    resource = class_permission_name = "DoctorPortal"
    route_base = "/doctor"
    default_view = "today"
    list_title = _("Today")

    @expose("/")
    @expose("/today")
    @has_access
    @permission_name("list")
    def today(self) -> Any:
        if current_actor().doctor_id is None:
            return self.render_template("frontdesk/no_doctor.html", title=self.list_title)
        return self.render_template("frontdesk/today.html", title=self.list_title, **day_of_doctor())

    @expose("/now")
    @has_access
    @permission_name("list")
    def present(self) -> Any:
        """The part of the page that changes during the day."""
        return self.render_template("frontdesk/today_now.html", **day_of_doctor())

    @expose("/act", methods=["POST"])
    @has_access
    @permission_name("list")
    def act(self) -> Any:
        act, key, seen = read_press(request.form.get("act", ""), ACTS)
        return carried_out(lambda who: act(key, seen, who), back=url_for("DoctorPortalView.today"))

    @expose("/complete/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("list")
    def complete(self, pk: int) -> Any:
        """End a consultation; a refusal keeps what was written on the page."""
        notes = request.form.get("notes", "")
        return carried_out(
            lambda who: consultations.complete(pk, notes=notes, actor=who, now=now()),
            back=url_for("DoctorPortalView.today"),
            or_else=lambda status: make_response(self._page_with({pk: notes}), status),
        )

    def _page_with(self, written: Written) -> Any:
        return self.render_template("frontdesk/today.html", title=self.list_title, **day_of_doctor(written))


def day_of_doctor(written: Written | None = None) -> dict[str, Any]:
    """What the page shows; `written` are notes by visit that could not be saved."""
    actor = current_actor()
    day = get_doctor_day(actor=actor, now=now())
    return {
        "day": day,
        "versions": {board["clinic_id"]: board["version"] for board in day.boards},
        "doctor_id": actor.doctor_id,
        "written": written or {},
        "clinics": clinics(),
        "now": now(),
        **IN_TEMPLATES,
    }
