"""The pages that repeat an appointment: how, then which of the times; and the one that cancels the rest of a series."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.kernel import scope
from app.kernel.clock import now
from app.kernel.db import transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.scheduling import series
from app.scheduling.errors import NothingChosen, SeriesTaken
from app.scheduling.forms import OPENING_STATES, CancelForm
from app.scheduling.models import Appointment
from app.scheduling.requests import cancellation_request, instant
from app.scheduling.rules import is_follow_up_type
from app.scheduling.series_forms import RepeatForm
from app.scheduling.series_requests import SeriesTerms
from app.scheduling.states import AppointmentStatus
from app.web.form_builder import show_refusal
from app.web.replies import message_of
from app.web.scoped import key_of
from app.web.security import current_actor

SHOWN = (Appointment.clinic, Appointment.patient, Appointment.doctor, Appointment.service)


def appointment(pk: str) -> Appointment:
    """The appointment in reach that an address names. Refuses: NotFound."""
    options = tuple(joinedload(one) for one in SHOWN)
    return scope.get(Appointment, key_of(pk) or 0, actor=current_actor(), options=options)


class SeriesView(BaseView):
    route_base = "/appointments"
    resource = class_permission_name = "Appointment"
    list_title = _("Repeat appointment")

    @expose("/repeat/<pk>", methods=["GET", "POST"])
    @has_access
    def repeat(self, pk: str) -> Any:
        """The form; the plan where it was sent; the appointments booked where times of the plan were chosen."""
        row = appointment(pk)
        form = RepeatForm(data={"status": row.status.value if row.status in OPENING_STATES else OPENING_STATES[0]})
        if request.method == "GET":
            return self._page(row, form)
        if not form.validate():
            return self._page(row, form, status=422)
        try:
            return self._book(row, form) if "book" in request.form else self._page(row, form, planned=True)
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self._page(
                row, form, planned=isinstance(refusal, SeriesTaken | NothingChosen), status=refusal.status
            )

    @expose("/cancel-series/<pk>", methods=["GET", "POST"])
    @has_access
    def cancel_series(self, pk: str) -> Any:
        """Cancel this appointment and all that follow it in its series."""
        row, form, status = appointment(pk), CancelForm(), 200
        if row.series_id is None:
            raise NotFound
        if request.method == "POST":
            status = 422
            try:
                if form.validate():
                    return self._cancel(row, form)
            except (NotFound, NotAllowed):
                raise
            except Refusal as refusal:
                status = refusal.status
                show_refusal(form, refusal)
        return self.render_template("scheduling/cancel_series.html", title=self.list_title, row=row, form=form), status

    def _cancel(self, row: Appointment, form: CancelForm) -> Response:
        asked = asdict(cancellation_request({"by": form.by.data, "reason": form.reason.data}))
        key, series_id, since = row.id, row.series_id or 0, row.starts_at
        with transaction(current_actor()):
            rows = series.cancel_series(series_id, since=since, **asked, actor=current_actor(), now=now())
        flash(ngettext("One appointment is cancelled.", "%(num)d appointments are cancelled.", len(rows)), "success")
        return redirect(url_for("AppointmentView.show", pk=key))

    def _book(self, row: Appointment, form: RepeatForm) -> Response:
        key, asked = row.id, series.series_of(row, form.rule())
        chosen = request.form.getlist("chosen")
        if not chosen:
            raise NothingChosen
        terms = SeriesTerms(
            occurrences=sorted({instant(one) for one in chosen}),
            status=AppointmentStatus(form.status.data),
            type=None if is_follow_up_type(row.type) else row.type,  # each of them would have to be one
        )
        with transaction(current_actor()):
            rows = series.book_series(asked, terms, repeated_id=key, actor=current_actor(), now=now())
        flash(ngettext("One appointment is booked.", "%(num)d appointments are booked.", len(rows)), "success")
        return redirect(url_for("AppointmentView.show", pk=key))

    @staticmethod
    def _plan(row: Appointment, form: RepeatForm) -> series.SeriesPlan:
        asked = series.series_of(row, form.rule())
        return series.plan_series(asked, repeated=row, actor=current_actor(), now=now())

    def _page(self, row: Appointment, form: RepeatForm, *, planned: bool = False, status: int = 200) -> Any:
        plan = self._plan(row, form) if planned else None
        page = self.render_template(
            "scheduling/repeat.html",
            title=self.list_title,
            row=row,
            form=form,
            plan=plan,
            chosen=request.form.getlist("chosen") if "book" in request.form else None,
            message_of=message_of,
            moment=datetime.fromisoformat,
        )
        return page, status
