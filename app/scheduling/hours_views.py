"""The screens of doctors' hours, single dates and leave."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.kernel.clock import now
from app.kernel.errors import NotAllowed
from app.people.roles import Role
from app.scheduling import hours, leave, leave_impact
from app.scheduling.forms import weekday_field, weekday_name
from app.scheduling.models import Availability, AvailabilityDate, DoctorLeave
from app.scheduling.week_forms import week_of
from app.web.crud import CommandView, ScopedInterface
from app.web.form_builder import RecordForm
from app.web.formatters import date_text
from app.web.permissions import allows
from app.web.security import current_actor


class OwnHours(CommandView):
    """Doctors see everybody's hours, and enter and change their own without being asked whose."""

    add_template = "scheduling/hours_add.html"
    edit_template = "scheduling/hours_edit.html"
    extra_args = {"week_of": week_of, "weekday_name": weekday_name}

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Besides adding, show the week that would come of it."""
        if "preview" not in request.form:
            return super().add()
        form, settled, _inline = self._new_form()
        return self._add_page(form, settled, 200)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        """Besides changing, show the week that would come of it."""
        row = self.row(pk, ["doctor", "clinic"] if hasattr(self.datamodel.obj, "clinic") else ["doctor"])
        g.changed_row = row
        if "preview" not in request.form:
            return super().edit(pk)
        if not self.may_change(row):
            raise NotAllowed
        return self._edit_page(self.edit_form(), row.id, self.heading(row), 200)

    def may_change(self, row: Availability | AvailabilityDate | DoctorLeave) -> bool:
        return hours.may_change(row.doctor_id, actor=current_actor())

    def _new_form(self) -> tuple[RecordForm, list[str], bool]:
        form, settled, inline = super()._new_form()
        actor, field = current_actor(), form["doctor"]
        if actor.has_role(Role.ADMIN) or actor.doctor_id is None or field.raw_data:
            return form, settled, inline
        field.raw_data = [str(actor.doctor_id)]
        field.process_formdata(field.raw_data)
        return form, [*settled, "doctor"], inline


OVERLAPS = _("These hours overlap others of this doctor at this clinic: they count as one stretch.")
HOURS = ["doctor", "clinic", "weekday", "start_time", "end_time", "valid_from", "valid_to"]


class AvailabilityView(OwnHours):
    datamodel = ScopedInterface(Availability)
    resource = "Availability"
    route_base = "/availability"
    list_title, show_title = _("Working hours"), _("Working hours")
    add_title, edit_title = _("New working hours"), _("Change working hours")
    list_columns = show_columns = add_columns = HOURS
    edit_columns = ["weekday", "start_time", "end_time", "valid_from", "valid_to"]
    search_columns = ["clinic", "doctor"]
    order_columns = ["doctor"]
    formatters_columns = {"weekday": weekday_name}
    description_columns = {
        "end_time": _("00:00 is midnight. For hours past midnight, add a second rule on the following day."),
        "valid_to": _("The last day; leave it empty for hours without an end."),
    }
    add_form_extra_fields = edit_form_extra_fields = {"weekday": weekday_field()}
    list_template = "scheduling/hours.html"
    titles_within = {"doctor": _("Weekly hours")}
    empty_hint = _("Without hours nobody can be booked.")
    delete_warning = _("Delete these hours? Appointments that are booked stay.")

    def heading(self, row: Availability) -> str:
        return f"{weekday_name(row.weekday)} · {row.doctor}"

    def add_command(self, values: dict[str, Any]) -> Availability:
        values.pop("revision", None)
        return self._warned(hours.add_hours(values, actor=current_actor(), now=now()))

    def edit_command(self, pk: int, values: dict[str, Any]) -> None:
        self._warned(hours.change_hours(pk, values, actor=current_actor(), now=now()))

    def delete_command(self, pk: int) -> None:
        hours.remove_hours(pk, actor=current_actor(), now=now())

    @staticmethod
    def _warned(saved: Availability) -> Availability:
        if hours.overlaps_others(saved):
            flash(OVERLAPS, "warning")
        return saved


DATES = ["doctor", "clinic", "kind", "day", "start_time", "end_time", "reason"]


class AvailabilityDateView(OwnHours):
    datamodel = ScopedInterface(AvailabilityDate)
    resource = "Availability"
    route_base = "/availability/dates"
    list_title, show_title = _("Single dates"), _("Single date")
    add_title, edit_title = _("New date"), _("Change date")
    list_columns = show_columns = add_columns = DATES
    edit_columns = ["kind", "day", "start_time", "end_time", "reason"]
    search_columns = ["clinic", "doctor", "day"]
    order_columns = ["day"]
    base_order = ("day", "desc")
    description_columns = {
        "clinic": _("Leave it empty for all clinics."),
        "kind": _("Closed takes time away, extra adds it."),
        "end_time": _("Leave both times empty for the whole day."),
    }
    list_template = "scheduling/hours.html"

    def heading(self, row: AvailabilityDate) -> str:
        return f"{date_text(row.day)} · {row.doctor}"

    def add_command(self, values: dict[str, Any]) -> AvailabilityDate:
        values.pop("revision", None)
        return hours.add_date(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> None:
        hours.change_date(pk, values, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        hours.remove_date(pk, actor=current_actor(), now=now())


LEAVE = ["doctor", "first_day", "last_day", "reason"]


def affected_link(pk: int) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for("LeaveImpactView.affected", pk=pk), gettext("Who is affected"))


def number_affected(row: DoctorLeave) -> int:
    return leave_impact.count_affected(row, actor=current_actor(), now=now())


class LeaveView(OwnHours):
    datamodel = ScopedInterface(DoctorLeave)
    resource = "Availability"
    route_base = "/availability/leave"
    list_title, show_title = _("Leave"), _("Leave")
    add_title, edit_title = _("New leave"), _("Change leave")
    list_columns = [*LEAVE, "id"]
    add_columns = export_columns = LEAVE
    show_columns = [*LEAVE, "entered_by", "created_at"]
    edit_columns = ["first_day", "last_day", "reason"]
    search_columns = ["doctor", "first_day"]
    order_columns = ["first_day"]
    base_order = ("first_day", "desc")
    label_columns = {"id": _("Appointments")}
    formatters_columns = {"id": affected_link}
    description_columns = {"last_day": _("The doctor is away at all clinics up to and including this day.")}
    list_template = "scheduling/hours.html"
    show_template = "scheduling/leave.html"
    add_template, edit_template = CommandView.add_template, CommandView.edit_template
    extra_args = {"count_affected": number_affected}
    empty_hint = _("A doctor on leave is offered at no clinic.")
    delete_warning = _("Delete this leave? The doctor can then be booked on these days.")

    def heading(self, row: DoctorLeave) -> str:
        return str(row.doctor)

    def withheld(self, act: str) -> Collection[str]:
        return () if act != "list" or allows(current_actor(), "Appointment", "list") else ("id",)

    def add_command(self, values: dict[str, Any]) -> DoctorLeave:
        values.pop("revision", None)
        return leave.add_leave(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> None:
        values.pop("revision", None)
        leave.change_leave(pk, values, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        leave.remove_leave(pk, actor=current_actor(), now=now())

    def _after_add(self, saved: DoctorLeave, *, inline: bool) -> Response:
        return self._to_affected(saved) or super()._after_add(saved, inline=inline)

    def _after_edit(self, key: int) -> Response:
        return self._to_affected(self.row(key)) or super()._after_edit(key)

    @staticmethod
    def _to_affected(row: DoctorLeave) -> Response | None:
        """To those whom the doctor would miss, where there are any."""
        count = number_affected(row)
        if not count:
            return None
        words = ngettext("One appointment falls into this leave.", "%(num)d appointments fall into this leave.", count)
        flash(words, "warning")
        return redirect(url_for("LeaveImpactView.affected", pk=row.id))
