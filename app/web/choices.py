"""What a reader chooses for all pages: their language, and the clinic they work at now."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, session
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import refresh
from werkzeug.wrappers import Response

from app.kernel.db import transaction
from app.kernel.errors import NotFound
from app.people import staff
from app.web import languages, zones
from app.web.addresses import local_path
from app.web.scoped import key_of
from app.web.security import current_actor, signed_in_user


class ChoiceView(BaseView):
    """Each choice is a POST that leads back to the page it was made on."""

    route_base = "/choose"
    class_permission_name = "Account"

    @expose("/language", methods=["POST"])
    def language(self) -> Response:
        """The language of all pages; a signed-in user's is kept for their next sign-in on any computer."""
        chosen = request.form.get("language", "")
        if chosen not in languages.offered_languages():
            abort(404)
        session[languages.CHOSEN] = chosen
        if signed_in_user():
            actor = current_actor()
            with transaction(actor):
                staff.choose_language(chosen, offered=languages.offered_languages(), actor=actor)
        refresh()
        return self._back()

    @expose("/clinic", methods=["POST"])
    @has_access
    @permission_name("edit")
    def clinic(self) -> Response:
        """The clinic that lists, board and new records are about until another is chosen; "" for all of them."""
        asked = request.form.get("clinic", "")
        if asked and key_of(asked) not in zones.clinics_in_reach():
            raise NotFound
        session[zones.CHOSEN] = key_of(asked)
        return self._back()

    @staticmethod
    def _back() -> Any:
        return redirect(local_path(request.form.get("next", "")))


def clinic_of_page(asked: object, reach: list[int]) -> int | None:
    """The clinic of `reach` that the address names, else the chosen one, else the first; None without any.

    Refuses: NotFound where the address names another one.
    """
    if asked:
        named = key_of(asked)
        if named not in reach:
            raise NotFound
        return named
    chosen = zones.chosen_clinic()
    return chosen if chosen in reach else next(iter(reach), None)
