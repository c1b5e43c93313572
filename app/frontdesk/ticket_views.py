"""A patient's ticket: the page behind its picture code, without a login, and the paper that the desk prints.

Looking at the page changes nothing: whoever finds a ticket learns one number's place in the queue.
"""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, Response
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.frontdesk import tickets
from app.frontdesk.models import Visit
from app.kernel.clock import now
from app.web.guest_pages import clinic_language, guest_page, no_page, patient_language
from app.web.languages import offered_languages
from app.web.links import TICKET, private_address, row_of
from app.web.security import current_actor

ticket_pages = Blueprint("ticket_pages", __name__)


@ticket_pages.get(f"/{TICKET}/<token>")
def ticket(token: str) -> Response:
    """The patient's own place in the queue."""
    return _shown("frontdesk/ticket.html", token)


@ticket_pages.get(f"/{TICKET}/<token>/now")
def ticket_now(token: str) -> Response:
    """The part of the page that changes."""
    return _shown("frontdesk/ticket_now.html", token)


def _shown(template: str, token: str) -> Response:
    visit, moment = tickets.find_visit(row_of(TICKET, token) or 0), now()
    if visit is None:
        return no_page()
    language = patient_language(visit.patient.language, visit.clinic)
    if not tickets.is_in_use(visit, now=moment):
        template = "frontdesk/ticket_over.html"
        return guest_page(template, {"token": token}, language=language, country=visit.clinic.country)
    place = tickets.place_of(visit, now=moment)
    values = {"clinic": visit.clinic, "token": token, "place": place, "now": moment}
    return guest_page(template, values, language=language, country=visit.clinic.country)


def code_of(address: str) -> Markup:
    """The address as a QR code, drawn into the page (ISO/IEC 18004; level M mends what a fold or a scratch hides)."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=0, omitsize=True, svgclass="ticket-code", lineclass=None))  # noqa: S704 - drawn


class TicketView(BaseView):
    """The ticket on paper."""

    route_base = "/queue"
    resource = class_permission_name = "Queue"
    list_title = _("Ticket")

    @expose("/ticket/<int:visit_id>", methods=["GET"])
    @has_access
    @permission_name("list")
    def paper(self, visit_id: int) -> Any:
        """In the patient's language; the button is the desk's."""
        visit = tickets.get_printable(visit_id, actor=current_actor())
        values = {
            "visit": visit,
            "clinic": visit.clinic,
            "place": tickets.place_of(visit, now=now()),
            "name": tickets.name_on_paper(visit),
            "code": code_of(private_address(TICKET, visit.id)),
            "button": gettext("Print"),
        }
        template, country = "frontdesk/ticket_paper.html", visit.clinic.country
        return guest_page(template, values, language=_language(visit), country=country)


def _language(visit: Visit) -> str:
    """The patient's language, else the clinic's: the browser is the desk's."""
    known = visit.patient.language
    return known if known in offered_languages() else clinic_language(visit.clinic)
