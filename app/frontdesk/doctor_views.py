"""The doctor's first page: the day in figures, who is here now, who waits, and who was seen."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.frontdesk import consultations, queue
from app.frontdesk.board_page import IN_TEMPLATES, MOST_COMPLETED
from app.frontdesk.doctor_stats import get_doctor_stats
from app.frontdesk.sheets import get_doctor_day
from app.frontdesk.views import Act, carried_out, given_call, given_next, read_press
from app.kernel.clock import now
from app.web.own_pages import of_own_record
from app.web.security import current_actor
from app.web.zones import clinics

NEXT_SHOWN = 3  # of those who wait; the others are folded away
ACTS: dict[str, Act] = {
    "call-next": lambda pk, _seen, who: queue.call_next(
        pk, who.doctor_id or 0, expected_visit_id=given_next(), actor=who, now=now()
    ),
    "call": lambda pk, seen, who: queue.call(pk, expected_status=seen, actor=who, now=now()),
    "call-again": lambda pk, seen, who: queue.call_again(
        pk, expected_status=seen, called_time=given_call(), actor=who, now=now()
    ),
    "start": lambda pk, seen, who: consultations.start(pk, expected_status=seen, actor=who, now=now()),
}


class DoctorPortalView(BaseView):
    resource = class_permission_name = "DoctorPortal"
    route_base = "/doctor"
    default_view = "today"
    menu_address = "/doctor/"  # consultations and note templates lie below it
    list_title = _("Today")

    @expose("/")
    @expose("/today")
    @has_access
    @permission_name("list")
    @of_own_record()
    def today(self) -> Any:
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
        """One act on the queue; who begins a consultation goes on to its page."""
        pressed = request.form.get("act", "")
        act, key, seen = read_press(pressed, ACTS)
        today = url_for("DoctorPortalView.today")
        begun = url_for("ConsultationView.consultation", visit_id=key)
        back = begun if pressed.startswith("start ") else today
        return carried_out(lambda who: act(key, seen, who), back=back)


def day_of_doctor() -> dict[str, Any]:
    """What the page shows."""
    actor, moment = current_actor(), now()
    day = get_doctor_day(actor=actor, now=moment)
    return {
        "day": day,
        "stats": get_doctor_stats(actor=actor, now=moment),
        "versions": {board["clinic_id"]: board["version"] for board in day.boards},
        "days": {board["clinic_id"]: board["business_date"] for board in day.boards},
        "doctor_id": actor.doctor_id,
        "next_shown": NEXT_SHOWN,
        "most_seen": MOST_COMPLETED,
        "clinics": clinics(),
        "now": moment,
        **IN_TEMPLATES,
    }
