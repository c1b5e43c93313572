"""The screens of waiting rooms: their public pages by private address, and where administrators set them up."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.frontdesk import displays
from app.frontdesk.display_models import Display
from app.frontdesk.display_rules import Call
from app.kernel import scope
from app.kernel.clock import now
from app.kernel.db import transaction
from app.kernel.errors import N_
from app.web.assets import asset_url
from app.web.crud import CommandView, ScopedInterface
from app.web.guest_pages import clinic_language, guest_page, no_page
from app.web.languages import in_country, offered_languages, translation_into
from app.web.security import current_actor
from app.web.zones import page_zone

waiting_rooms = Blueprint("waiting_rooms", __name__)

ROOM = N_("Room %(room)s")
TO_ROOM = N_("Number %(number)s, please go to room %(room)s.")
TO_DOCTOR = N_("Number %(number)s, please go to %(doctor)s.")


@waiting_rooms.get("/queue/display/<token>")
def display(token: str) -> Response:
    """The screen, for as long as it is on."""
    return _shown("frontdesk/display.html", token)


@waiting_rooms.get("/queue/display/<token>/now")
def display_now(token: str) -> Response:
    """The part of the screen that changes."""
    return _shown("frontdesk/display_now.html", token)


def _shown(template: str, token: str) -> Response:
    found, moment = _open(token), now()
    if found is None:
        return no_page()
    room, clinic, spoken = displays.see_waiting_room(found, now=moment), found.clinic, spoken_languages(found)
    values = {
        "display": found,
        "clinic": clinic,
        "token": token,
        "room": room,
        "calls": announced(room.calls, spoken, clinic.country),
        "edition": f"{found.revision} {spoken[0]} {asset_url('display.js')}",  # another one: the page loads itself anew
        "now": moment,
    }
    return guest_page(template, values, language=spoken[0], country=clinic.country)


def _open(token: str) -> Display | None:
    """The screen of this address; that it is on is noted by the way."""
    found, moment = displays.find_open_display(token), now()
    if found is None or not displays.is_overdue(found, now=moment):
        return found
    with transaction(displays.SCREEN):
        displays.note_seen(found.id, now=moment)
    return displays.find_open_display(token)


def spoken_languages(screen: Display) -> list[str]:
    """The languages of a screen that there still are, at least one; headings are in the first."""
    known = [language for language in screen.languages if language in offered_languages()]
    return known or [clinic_language(screen.clinic)]


def announced(calls: list[Call], languages: list[str], country: str) -> list[dict[str, Any]]:
    """The calls as the page announces them: each with its words in every language, for a voice of that language."""
    to_place = translation_into(languages[0])(ROOM)
    voices = []
    for language in languages:
        translate = translation_into(language)
        voices.append((in_country(language, country).replace("_", "-"), translate(TO_ROOM), translate(TO_DOCTOR)))
    return [
        {
            "key": call.key,
            "called_at": call.called_at,
            "open": call.is_open,
            "number": call.number,
            "where": to_place % _places(call) if call.room else call.doctor,
            "name": call.name,
            "words": [
                {"lang": voice, "text": (to_room if call.room else to_doctor) % _places(call)}
                for voice, to_room, to_doctor in voices
            ],
        }
        for call in calls
    ]


def _places(call: Call) -> dict[str, object]:
    return {"number": call.number, "room": call.room, "doctor": call.doctor}


class DisplayView(CommandView):
    datamodel = ScopedInterface(Display)
    resource = "Display"
    route_base = "/displays"
    list_title, show_title = _("Waiting room"), _("Waiting-room screen")
    add_title, edit_title = _("New waiting-room screen"), _("Change waiting-room screen")
    list_columns = ["name", "clinic", "rooms", "languages", "has_address", "last_seen_at"]
    show_columns = ["clinic", "rooms", "languages", "chimes", "speaks", "has_address", "last_seen_at", "revoked_at"]
    add_columns = ["clinic", "name", "rooms", "languages", "chimes", "speaks"]
    edit_columns = ["name", "rooms", "languages", "chimes", "speaks"]
    search_columns = ["clinic"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    fleeting_columns = ["revoked_at"]
    label_columns = {"has_address": _("Has an address")}
    description_columns = {
        "rooms": _("Whose calls it shows, with commas between them; leave it empty for all rooms."),
        "languages": _("Codes such as en or es, spoken in this order; leave it empty for the clinic's language."),
        "speaks": _("Calls are read out by a voice of the browser, where it has one for the language."),
    }
    empty_hint = _("A television or tablet in the waiting room shows who is called.")
    delete_warning = _("Delete this screen? Its address stops working at once.")
    show_template = "frontdesk/display_record.html"

    def add_command(self, values: dict[str, Any]) -> Display:
        values.pop("revision")
        return displays.create_display(values, offered=offered_languages(), actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> Display:
        revision, who = values.pop("revision"), current_actor()
        return displays.update_display(pk, values, revision=revision, offered=offered_languages(), actor=who, now=now())

    def delete_command(self, pk: int) -> None:
        displays.remove_display(pk, actor=current_actor(), now=now())


class DisplayAddressView(BaseView):
    """Where a screen's address is made, shown once, renewed and revoked."""

    route_base = "/displays"
    resource = class_permission_name = "Display"
    list_title = _("Address of the screen")

    @expose("/<int:pk>/address", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def address(self, pk: int) -> Any:
        """What is known of the address, and after it was made, this once, the address itself."""
        made = None
        if request.method == "POST":
            made = _pressed(pk, request.form.get("act", ""))
            if made is None:
                flash(_("The address is revoked."), "success")
                return redirect(request.path)
        screen = scope.get(Display, pk, actor=current_actor())
        values = {"display": screen, "address": made, "zone": page_zone(), "title": self.list_title}
        response: BaseResponse = make_response(self.render_template("frontdesk/display_address.html", **values))
        response.headers["Cache-Control"] = "no-store"
        return response


def _pressed(pk: int, act: str) -> str | None:
    """Carry out the pressed button: the address that was made, None where it was revoked."""
    command = {"make": displays.make_address, "revoke": displays.revoke_address}.get(act) or abort(400)
    with transaction(current_actor()):
        token = command(pk, actor=current_actor(), now=now())
    return current_app.config["PUBLIC_URL"] + url_for("waiting_rooms.display", token=token) if token else None
