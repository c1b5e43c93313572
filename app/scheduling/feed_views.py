"""Calendars for programs outside: a doctor's feed by its token, the page that gives its address, one appointment."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.kernel import scope
from app.kernel.actor import system
from app.kernel.clock import now
from app.kernel.db import transaction
from app.people.models import Doctor
from app.scheduling import calendar_files, feeds
from app.scheduling.calendar_files import OpenFeed, Wording
from app.scheduling.ical import CONTENT_TYPE, PUBLISHED_TYPE, Feed
from app.web.languages import reader_language, translation_into
from app.web.own_pages import of_own_record
from app.web.security import current_actor
from app.web.zones import page_zone

calendar_feeds = Blueprint("calendar_feeds", __name__)


def wording() -> Wording:
    settings = current_app.config
    return Wording(translation_into, public_url=settings["PUBLIC_URL"], sender=settings["MAIL_FROM"])


@calendar_feeds.get("/calendar/feed/<token>.ics")
def read(token: str) -> Response:
    """The calendar whose address this is, for whoever knows it; nothing is written where the reader has it already."""
    found = calendar_files.find_open_feed(token) or abort(404)
    feed = calendar_files.feed_of(found, wording=wording(), now=now())
    response = Response(content_type=CONTENT_TYPE)
    response.set_etag(feed.fingerprint)
    response.last_modified = _changed_at(found, feed)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.make_conditional(request)
    if response.status_code == 200:
        response.set_data(calendar_files.written(feed))
    return response


def _changed_at(found: OpenFeed, feed: Feed) -> Any:
    """Since when the feed says this; that it was read is noted by the way."""
    moment, fingerprint = now(), feed.fingerprint
    if feeds.is_news(found, fingerprint, now=moment):
        with transaction(system("calendar feed")):
            feeds.note_use(found, fingerprint, now=moment)
    return found.content_changed_at if found.content_hash == fingerprint else moment


def appointment_download(pk: int) -> Response:
    """One appointment as a file, in the language of the page."""
    content = calendar_files.appointment_file(
        pk, language=reader_language(), wording=wording(), actor=current_actor(), now=now()
    )
    response = Response(content, content_type=PUBLISHED_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="appointment-{pk}.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


class AppointmentFileView(BaseView):
    """`/appointments/<id>/ics`."""

    route_base = "/appointments"
    resource = class_permission_name = "Appointment"
    list_title = _("Appointment")

    @expose("/<int:pk>/ics", methods=["GET"])
    @has_access
    @permission_name("show")
    def ics(self, pk: int) -> Response:
        return appointment_download(pk)


class CalendarFeedView(BaseView):
    """Where the address of a feed is made, shown once, renewed and revoked: by the doctor, or by an administrator."""

    route_base = ""
    resource = class_permission_name = "CalendarFeed"
    list_title = _("Calendar feed")

    @expose("/doctor/feed", methods=["GET", "POST"])
    @has_access
    @permission_name("own")
    @of_own_record()
    def own(self) -> Any:
        return self._page(current_actor().doctor_id or 0)

    @expose("/doctors/<int:pk>/feed", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def of_doctor(self, pk: int) -> Any:
        return self._page(pk)

    def _page(self, doctor_id: int) -> Any:
        """What is known of the feed, and after it was made, this once, its address."""
        actor, address = current_actor(), None
        if request.method == "POST":
            token = _acted(doctor_id, request.form.get("act"))
            if token is None:
                flash(_("The address is revoked."), "success")
                return redirect(request.path)
            address = current_app.config["PUBLIC_URL"] + url_for("calendar_feeds.read", token=token)
        feed, doctor = feeds.find_feed(doctor_id, actor=actor), scope.get(Doctor, doctor_id, actor=actor)
        values = {"feed": feed, "doctor": doctor, "address": address, "zone": page_zone(), "title": self.list_title}
        response = make_response(self.render_template("scheduling/feed.html", **values))
        response.headers["Cache-Control"] = "no-store"
        return response


def _acted(doctor_id: int, act: str | None) -> str | None:
    """Carry out the pressed button: the token of a feed that was made, None where it was revoked."""
    command = {"make": feeds.make_feed, "revoke": feeds.revoke_feed}.get(act or "") or abort(400)
    with transaction(current_actor()):
        token: str | None = command(doctor_id, actor=current_actor(), now=now())
    return token
