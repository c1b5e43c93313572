"""The page of those whom a doctor on leave would miss: new times are proposed, and who is ticked is moved and told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from app.kernel import scope
from app.kernel.clock import now
from app.kernel.db import transaction
from app.kernel.errors import Refusal
from app.people.fields import row_id
from app.scheduling import leave_impact
from app.scheduling.models import DoctorLeave
from app.scheduling.requests import instant
from app.scheduling.slots import OfferedSlot
from app.web.presentation import shown
from app.web.replies import message_of
from app.web.scoped import key_of
from app.web.security import current_actor


class LeaveImpactView(BaseView):
    """`/availability/leave/<id>/affected`."""

    route_base = "/availability/leave"
    resource = class_permission_name = "Appointment"
    list_title = _("Affected by leave")

    @expose("/<pk>/affected", methods=["GET"])
    @has_access
    @permission_name("list")
    def affected(self, pk: str) -> Any:
        return self._page(key_of(pk) or 0)

    @expose("/<pk>/affected", methods=["POST"])
    @has_access
    @permission_name("reschedule")
    def rebook(self, pk: str) -> Any:
        """Move those who are ticked; who cannot be shows again, ticked and with the reason."""
        key, actor = key_of(pk) or 0, current_actor()
        scope.get(DoctorLeave, key, actor=actor)
        chosen = [key_of(each) or 0 for each in request.form.getlist("chosen")]
        patients = leave_impact.patients_of(chosen[: leave_impact.MOST], actor=actor)
        if not patients:
            return self._page(key, status=422)
        refused = _move_all(key, patients)
        if moved := len(patients) - len(refused):
            flash(ngettext("One appointment is moved.", "%(num)d appointments are moved.", moved), "success")
        if not refused:
            return redirect(url_for("LeaveImpactView.affected", pk=key))
        return self._page(key, refused=refused, patients=patients, status=409)

    def _page(
        self,
        key: int,
        *,
        refused: Mapping[int, str] = MappingProxyType({}),
        patients: Mapping[int, str] = MappingProxyType({}),
        status: int = 200,
    ) -> Any:
        page = self.render_template(
            "scheduling/leave_impact.html",
            title=self.list_title,
            impact=leave_impact.plan_leave_impact(key, actor=current_actor(), now=now()),
            refused=refused,
            patients=patients,
            nobody_ticked=request.method == "POST" and not patients,
            tick_all=request.args.get("tick") == "all",
            wanted=request.form.getlist("time"),
            choice_of=choice_of,
            shown=shown,
        )
        return page, status


def choice_of(appointment_id: int, slot: OfferedSlot) -> str:
    """A time for an appointment, as the form sends it."""
    return f"{appointment_id}/{slot.start.isoformat()}/{slot.doctor_id}"


def _move_all(leave_id: int, appointment_ids: Collection[int]) -> dict[int, str]:
    """Move each to the time that the form has for it, in a transaction of its own; why not, for those that stay."""
    wanted = dict(each.partition("/")[::2] for each in request.form.getlist("time"))
    refused = {}
    for number in appointment_ids:
        starts_at, _slash, doctor = wanted.get(str(number), "").rpartition("/")
        try:
            start, doctor_id = instant(starts_at), row_id(key_of(doctor))
            with transaction(current_actor()):
                leave_impact.rebook_affected(
                    leave_id, number, start, doctor_id=doctor_id, actor=current_actor(), now=now()
                )
        except Refusal as refusal:
            refused[number] = message_of(refusal)
    return refused
