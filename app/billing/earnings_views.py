"""A doctor's own earnings as a page and as a table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from babel.dates import format_skeleton
from flask import Response, request, stream_with_context, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice

from app.billing.earnings import EarningsQuestion, earned_payments, earnings
from app.billing.earnings_page import figures_of
from app.billing.models import Payment
from app.billing.requests import earnings_question
from app.billing.states import PaymentMethod, PaymentStatus
from app.billing.words import METHOD_WORDS
from app.kernel import audit
from app.kernel.clock import clinic_day, now
from app.kernel.db import transaction
from app.kernel.errors import Invalid
from app.kernel.money import Money
from app.people.roles import Role
from app.web.export import csv_lines
from app.web.form_builder import show_refusal
from app.web.form_fields import word_for
from app.web.own_pages import of_own_record
from app.web.paging import page_of_rows
from app.web.security import current_actor
from app.web.zones import clinics, clinics_as, page_zone

DATES = ("start_date", "end_date")
CSV_COLUMNS: tuple[str, ...] = (
    "moment",
    "clinic",
    "patient.name",
    "invoice.described",
    "amount_minor",
    "doctor_share_minor",
)
CSV_COLUMNS += ("refunded_minor", "currency", "status", "method")


class EarningsForm(FlaskForm):
    """A GET form: what it asks for is the address of the page."""

    class Meta:
        csrf = False

    start_date = DateField(_("From"))
    end_date = DateField(_("To"))
    clinic_id = SelectField(_("Clinic"), coerce=str)
    status = SelectField(_("State"))
    payment_method = SelectField(_("Method"))

    def offer(self) -> None:
        """Fill the choices, in the reader's language."""
        everything = SelectChoice("", gettext("All"))
        self.clinic_id.choices = [everything, *(SelectChoice(str(key), clinics()[key].name) for key in own_clinics())]
        self.status.choices = [everything, *(SelectChoice(one.value, word_for(one)) for one in PaymentStatus)]
        methods = [SelectChoice(one.value, gettext(METHOD_WORDS[one])) for one in PaymentMethod]
        self.payment_method.choices = [everything, *methods]


def own_clinics() -> list[int]:
    """Where the doctor works."""
    return clinics_as(Role.DOCTOR)


def asked_values() -> dict[str, str]:
    """What the address asks for; of the present month where it names no days."""
    asked = request.args.to_dict()
    return asked if any(name in asked for name in DATES) else asked | month_of(today())


def today() -> date:
    return clinic_day(now(), page_zone())


def month_of(day: date) -> dict[str, str]:
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return dict(zip(DATES, (first.isoformat(), (following - timedelta(days=1)).isoformat()), strict=True))


def address_of(**asked: Any) -> str:
    return url_for("DoctorEarningsView.page", **asked)


def quick_ranges() -> list[tuple[str, str, bool]]:
    """Label, address, and whether it is what the page shows."""
    this, kept = today(), {name: text for name, text in request.args.items() if name not in (*DATES, "page")}
    year = (date(this.year, 1, 1).isoformat(), date(this.year, 12, 31).isoformat())
    ranges = [
        (gettext("This month"), month_of(this)),
        (gettext("Last month"), month_of(this.replace(day=1) - timedelta(days=1))),
        (gettext("This year"), dict(zip(DATES, year, strict=True))),
        (gettext("All"), dict.fromkeys(DATES, "")),
    ]
    shown = asked_values()
    return [
        (label, address_of(**{**kept, **days}), all(shown.get(n, "") == days[n] for n in DATES))
        for label, days in ranges
    ]


class DoctorEarningsView(BaseView):
    resource = class_permission_name = "DoctorEarnings"
    route_base = "/doctor/earnings"
    default_view = "page"
    list_title = _("My earnings")

    @expose("", methods=["GET"])
    @has_access
    @permission_name("list")
    @of_own_record()
    def page(self) -> Any:
        form = EarningsForm(ImmutableMultiDict(asked_values()))
        form.offer()
        try:
            question, status = earnings_question(asked_values(), zone=page_zone()), 200
        except Invalid as refusal:
            show_refusal(form, refusal)
            question, status = earnings_question(month_of(today()), zone=page_zone()), refusal.status
        return self.render_template(
            "billing/earnings.html", title=self.list_title, form=form, **shown(question)
        ), status

    @expose("/export.csv", methods=["GET"])
    @has_access
    @permission_name("list")
    def export(self) -> Response:
        """All payments that the address asks for."""
        question = earnings_question(asked_values(), zone=page_zone())
        statement = earned_payments(question, actor=current_actor()).options(joinedload(Payment.clinic))
        with transaction(current_actor()):
            audit.record("export", Payment.__tablename__, "*", after={"filter": request.args.to_dict(flat=False)})
        clinics()
        response = Response(stream_with_context(csv_lines(statement, CSV_COLUMNS, headings())), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="earnings.csv"'
        response.headers["Cache-Control"] = "no-store"
        return response


def shown(question: EarningsQuestion) -> dict[str, Any]:
    """What the page shows of the payments asked about."""
    found = earnings(question, actor=current_actor(), now=now())
    of_clinics = own_clinics() if question.clinic_id is None else {question.clinic_id} & set(own_clinics())
    return {
        "figures": figures_of(found, [clinics()[key].currency for key in of_clinics]),
        "page": page_of_rows(earned_payments(question, actor=current_actor())),
        "ranges": quick_ranges(),
        "clinics": clinics(),
        "several_clinics": len(own_clinics()) > 1,
        "method_word": lambda method: gettext(METHOD_WORDS[method]),
        "amount_of": Money,
        "month_words": lambda day: in_words(day, "yMMMM"),
        "day_words": lambda day: in_words(day, "MMMd"),
        "query": request.query_string.decode(),
    }


def in_words(day: date, skeleton: str) -> str:
    """A day by locale: "yMMMM" as March 2030, "MMMd" as 4 Mar."""
    return str(format_skeleton(skeleton, day, locale=get_locale() or "en"))


def headings() -> list[str]:
    return [
        gettext("Date"),
        gettext("Clinic"),
        gettext("Patient"),
        gettext("Service"),
        gettext("Total"),
        gettext("Own share"),
        gettext("Amount refunded"),
        gettext("Currency"),
        gettext("State"),
        gettext("Method"),
    ]
