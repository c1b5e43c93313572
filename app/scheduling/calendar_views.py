"""The calendar: a page, the days its script asks for, and the list that stands in for it on a phone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from babel.dates import format_skeleton
from flask import Response, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.kernel.clock import now
from app.people.queries import list_doctors_of, list_offering_doctors, list_services_of
from app.people.roles import Role
from app.scheduling import calendar_schemas
from app.scheduling.agenda import get_agenda
from app.scheduling.calendar_schemas import PageQuestion, Showing, page_question, range_question, showing
from app.scheduling.states import AppointmentStatus
from app.web.choices import clinic_of_page
from app.web.formatters import STATES
from app.web.security import current_actor
from app.web.zones import clinics, clinics_as


class CalendarView(BaseView):
    resource = class_permission_name = "Calendar"
    route_base = "/calendar"
    default_view = "page"
    list_title = _("Calendar")

    @expose("/")
    @has_access
    @permission_name("list")
    def page(self) -> Any:
        asked = page_question(arguments("clinic", "doctor", "day", "view"))
        clinic_id = clinic_of_page(asked.clinic, clinics_shown())
        if clinic_id is None:
            return self.render_template("scheduling/no_calendar.html", title=self.list_title)
        return self.render_template("scheduling/calendar.html", title=self.list_title, **shown(asked, clinic_id))

    @expose("/list")
    @has_access
    @permission_name("list")
    def day_list(self) -> Any:
        """The part of the page that a phone shows: one day, doctor by doctor."""
        asked = page_question(arguments("clinic", "doctor", "day", "view"))
        clinic_id = clinic_of_page(asked.clinic, clinics_shown()) or 0
        return self.render_template("scheduling/calendar_list.html", **shown(asked, clinic_id))

    @expose("/events")
    @has_access
    @permission_name("list")
    def events(self) -> Response:
        """The days that the script shows; 304 while they are as it knows them."""
        asked = range_question(arguments("clinic", "doctor", "from", "to"))
        agenda = get_agenda(
            asked.clinic, asked.from_day, asked.to_day, doctor_id=asked.doctor, actor=current_actor(), now=now()
        )
        return compact(calendar_schemas.agenda_fields(agenda, now=now()))


def arguments(*names: str) -> dict[str, object]:
    return {name: request.args[name] for name in names if request.args.get(name)}


def compact(fields: Mapping[str, Any]) -> Response:
    """As JSON without a byte too many, names in their own letters, with a tag by which a browser asks again."""
    response = Response(json.dumps(fields, ensure_ascii=False, separators=(",", ":")), mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def clinics_shown() -> list[int]:
    """The clinics whose calendar the reader has a part in."""
    return clinics_as(Role.RECEPTIONIST, Role.DOCTOR)


def shown(asked: PageQuestion, clinic_id: int) -> dict[str, Any]:
    """What the page and its list show; the list has the day itself, whatever the page's span."""
    zone = clinics()[clinic_id].zone if clinic_id in clinics() else "UTC"
    page = showing(asked, zone=zone, now=now())
    agenda = get_agenda(clinic_id, page.day, page.day, doctor_id=asked.doctor, actor=current_actor(), now=now())
    return {
        "page": page,
        "agenda": agenda,
        "lists": calendar_schemas.doctor_days(agenda),
        "chosen": asked.doctor,
        "doctors": list_doctors_of(clinic_id) if agenda.may_arrange else [],
        "services": list_services_of(clinic_id) if agenda.may_arrange else [],
        "offering": list_offering_doctors(clinic_id) if agenda.may_arrange else {},
        "reach": clinics_shown(),
        "clinics": clinics(),
        "doctor_id": current_actor().doctor_id,
        "state_facts": state_facts(),
        "weekday_short": lambda day: format_skeleton("E", day, locale=calendar_schemas.page_locale()),
        "here": lambda **other: address(page, clinic_id, asked.doctor, other),
    }


def address(page: Showing, clinic_id: int, doctor_id: int | None, other: Mapping[str, Any]) -> str:
    """The calendar's page as it is shown now but for what is named otherwise."""
    now_shown: dict[str, Any] = {"clinic": clinic_id, "view": page.span, "day": page.day, "doctor": doctor_id}
    return url_for("CalendarView.page", **now_shown | dict(other))


def state_facts() -> dict[str, dict[str, str]]:
    """How each state of an appointment looks and what it is called."""
    known = {state.value: STATES[state.value] for state in AppointmentStatus}
    return {name: {"look": look, "icon": icon, "word": str(word)} for name, (look, icon, word) in known.items()}
