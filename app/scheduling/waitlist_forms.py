"""What the screens of the waiting list ask for beyond what its columns give, and how they word it."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from wtforms import DateField, RadioField, SelectMultipleField
from wtforms.validators import InputRequired, Optional

from app.scheduling.forms import weekday_name, weekdays
from app.scheduling.waitlist_models import Window
from app.web.formatters import NOTHING, date_text, show_value


class WeekdaysField(SelectMultipleField):
    """Any number of weekdays, Monday to Sunday; its value is the list of their numbers."""

    def plain(self, _zone: str) -> list[int]:
        return list(self.data or ())


def weekdays_field() -> WeekdaysField:
    return WeekdaysField(
        _("Weekdays"),
        choices=weekdays,
        coerce=int,
        description=_("Without any it is all of them."),
        validators=[Optional()],
    )


def since_field() -> DateField:
    return DateField(_("Waiting since"), description=_("Leave it empty for today."), validators=[Optional()])


class TimeChoiceForm(FlaskForm):
    """Which of the times that would suit is taken."""

    chosen = RadioField(_("Time"), choices=[], validate_choice=False, validators=[InputRequired()])


def window_in_words(window: Window) -> Markup | str:
    """When somebody could come: "from 3 March · Monday, Friday · 09:00–12:00"; a dash for any time."""
    days, times = _days(window), _times(window)
    names = ", ".join(weekday_name(day) for day in window.weekdays)
    parts = [escape(part) for part in (days, names, times) if part]
    return Markup(" · ").join(parts) if parts else NOTHING


def _days(window: Window) -> str:
    first, last = (date_text(day) if day else "" for day in (window.from_day, window.to_day))
    return _span(first, last, " – ")


def _times(window: Window) -> str:
    first, last = (str(show_value(at)) if at else "" for at in (window.from_time, window.to_time))
    return _span(first, last, "–")


def _span(first: str, last: str, dash: str) -> str:
    """Two ends in words; nothing where there is neither."""
    if first and last:
        return f"{first}{dash}{last}"
    if first:
        return str(gettext("from %(start)s", start=first))
    return str(gettext("until %(end)s", end=last)) if last else ""
