"""Where each role's day begins."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask_appbuilder import IndexView, expose

from app.people.roles import Role
from app.web.security import current_actor

# The first page that fits, for people with several roles too.
FIRST_PAGES = (
    (Role.DOCTOR, "DoctorPortalView.today"),
    (Role.RECEPTIONIST, "QueueView.board"),
    (Role.ADMIN, "QueueView.board"),
    (Role.ACCOUNTANT, "InvoiceView.list"),
)


class HomeView(IndexView):
    """`/` leads on; only who belongs to no clinic stays here and reads why the menu is empty."""

    @expose("/")
    def index(self) -> Any:
        actor = current_actor()
        if actor.everywhere or actor.clinic_ids or actor.doctor_id:
            for role, endpoint in FIRST_PAGES:
                if role in actor.roles:
                    return redirect(url_for(endpoint))
        return self.render_template(self.index_template)
