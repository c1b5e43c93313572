"""What the pages ask for that repeat an appointment, or cancel the rest of a series."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from app.scheduling.forms import opening_state_field, weekdays
from app.scheduling.recurrence import MOST, rule_text
from app.web.form_fields import fits_a_column

UNITS = [
    SelectChoice("DAILY", _("days")),
    SelectChoice("WEEKLY", _("weeks")),
    SelectChoice("MONTHLY", _("months")),
]


class RepeatForm(FlaskForm):
    """How an appointment repeats; it is the first of the times itself."""

    interval = IntegerField(_("Every"), default=1, validators=[InputRequired(), fits_a_column, NumberRange(1, 99)])
    frequency = SelectField(_("Unit"), choices=UNITS, default="WEEKLY", validators=[InputRequired()])
    weekdays = SelectMultipleField(
        _("On these weekdays"),
        choices=weekdays,
        coerce=int,
        description=_("Only for weeks; without any it is the weekday of this appointment."),
        validators=[Optional()],
    )
    times = IntegerField(
        _("How many times"),
        description=_("This appointment included."),
        validators=[Optional(), fits_a_column, NumberRange(1, MOST)],
    )
    until = DateField(_("Or until"), validators=[Optional()])
    status = opening_state_field()

    def rule(self) -> str:
        """As RFC 5545 writes it."""
        return rule_text(
            self.frequency.data,
            self.interval.data,
            weekdays=self.weekdays.data or (),
            times=self.times.data,
            until=self.until.data,
        )
