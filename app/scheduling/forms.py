"""What the scheduling screens ask for beyond what their tables' columns give."""

from __future__ import annotations

from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.people.models import Doctor
from app.scheduling.requests import LONGEST_REASON
from app.scheduling.states import AppointmentStatus, CancelledBy
from app.web.form_fields import ChoiceField, MomentField, TextLine, word_for
from app.web.scoped import ScopedInterface

OPENING_STATES = (AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED)
SIDES = [
    SelectChoice("", ""),
    SelectChoice(CancelledBy.PATIENT.value, _("The patient's")),
    SelectChoice(CancelledBy.CLINIC.value, _("The clinic's")),
    SelectChoice(CancelledBy.DOCTOR.value, _("The doctor's")),
]


def weekday_name(number: int) -> str:
    """Monday (0) to Sunday in the reader's language."""
    name: str = get_day_names("wide", "stand-alone", locale=get_locale() or "en")[number]
    return name[:1].upper() + name[1:]


def weekdays() -> list[SelectChoice]:
    return [SelectChoice(number, weekday_name(number)) for number in range(7)]


def weekday_field() -> SelectField:
    return SelectField(_("Weekday"), choices=weekdays, coerce=int, validators=[InputRequired()])


def opening_state_field() -> SelectField:
    """Whether a new appointment waits for an answer; confirming it writes to the patient."""
    words = [SelectChoice(state.value, word_for(state)) for state in OPENING_STATES]
    return SelectField(_("State"), choices=words, validators=[InputRequired()])


class CancelForm(FlaskForm):
    """Who calls the appointment off, and why."""

    by = SelectField(_("Whose wish was it?"), choices=SIDES, default="", validators=[Optional()])
    reason = TextLine(_("Reason"), validators=[InputRequired(), Length(max=LONGEST_REASON)])


class MoveForm(FlaskForm):
    """Where an appointment is to go."""

    starts_at = MomentField(_("New start"), validators=[InputRequired()])
    doctor = ChoiceField(
        _("Doctor"), interface=ScopedInterface(Doctor), value_name="doctor_id", validators=[InputRequired()]
    )
    overbook_reason = TextLine(
        _("Reason to overbook"),
        description=_("Only where the time is taken or outside the doctor's hours."),
        validators=[Optional(), Length(max=LONGEST_REASON)],
    )
