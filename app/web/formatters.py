"""How values read on a page: times and money by locale, states as badges, yes and no, a dash for nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit
from flask import Flask
from flask_babel import get_locale, get_timezone, gettext, lazy_gettext
from markupsafe import Markup, escape

from app.kernel.money import Money
from app.web.assets import icon

NOTHING = Markup('<span class="text-secondary" aria-hidden="true">–</span>')
# Filled by %, which escapes as format() does in a third of the time: a list has hundreds of these.
BADGE = Markup('<span class="badge state %s">%s %s</span>')
FIGURE = Markup('<span class="figure">%s</span>')
TIME = Markup('<time class="figure" datetime="%s">%s</time>')
# state -> colour class, icon, word. Appointments, visits, invoices, payments, notifications and dates share the words.
STATES = {
    "requested": ("state-new", "ti-calendar-question", lazy_gettext("Requested")),
    "confirmed": ("state-ready", "ti-calendar-check", lazy_gettext("Confirmed")),
    "checked_in": ("state-here", "ti-map-pin-check", lazy_gettext("Checked in")),
    "completed": ("state-done", "ti-check", lazy_gettext("Completed")),
    "cancelled": ("state-off", "ti-x", lazy_gettext("Cancelled")),
    "no_show": ("state-bad", "ti-user-off", lazy_gettext("No-show")),
    "waiting": ("state-wait", "ti-hourglass", lazy_gettext("Waiting")),
    "called": ("state-new", "ti-speakerphone", lazy_gettext("Called")),
    "in_progress": ("state-here", "ti-stethoscope", lazy_gettext("With doctor")),
    "left": ("state-off", "ti-door-exit", lazy_gettext("Left")),
    "urgent": ("state-bad", "ti-alert-triangle", lazy_gettext("Urgent")),
    "soon": ("state-wait", "ti-clock-exclamation", lazy_gettext("Soon")),
    "routine": ("state-off", "ti-point", lazy_gettext("Routine")),
    "booked": ("state-done", "ti-calendar-check", lazy_gettext("Booked")),
    "removed": ("state-off", "ti-x", lazy_gettext("Off the list")),
    "lapsed": ("state-off", "ti-clock-off", lazy_gettext("Lapsed")),
    "open": ("state-new", "ti-hourglass", lazy_gettext("No answer yet")),
    "accepted": ("state-done", "ti-check", lazy_gettext("Accepted")),
    "declined": ("state-off", "ti-x", lazy_gettext("Declined")),
    "expired": ("state-off", "ti-clock-off", lazy_gettext("Not answered")),
    "withdrawn": ("state-off", "ti-arrow-back-up", lazy_gettext("Taken back")),
    "normal": ("state-off", "ti-point", lazy_gettext("Normal")),
    "draft": ("state-off", "ti-pencil", lazy_gettext("Draft")),
    "issued": ("state-ready", "ti-send", lazy_gettext("Issued")),
    "partially_paid": ("state-wait", "ti-coins", lazy_gettext("Partially paid")),
    "paid": ("state-done", "ti-check", lazy_gettext("Paid")),
    "partially_refunded": ("state-here", "ti-receipt-refund", lazy_gettext("Partially refunded")),
    "refunded": ("state-here", "ti-receipt-refund", lazy_gettext("Refunded")),
    "discarded": ("state-off", "ti-trash", lazy_gettext("Discarded")),
    "void": ("state-off", "ti-ban", lazy_gettext("Void")),
    "pending": ("state-wait", "ti-clock", lazy_gettext("Pending")),
    "failed": ("state-bad", "ti-alert-triangle", lazy_gettext("Failed")),
    "sending": ("state-new", "ti-send", lazy_gettext("Sending")),
    "sent": ("state-ready", "ti-mail-forward", lazy_gettext("Sent")),
    "delivered": ("state-done", "ti-mail-check", lazy_gettext("Delivered")),
    "suppressed": ("state-off", "ti-bell-off", lazy_gettext("Suppressed")),
    "main": ("state-ready", "ti-star", lazy_gettext("Main diagnosis")),
    "secondary": ("state-off", "ti-point", lazy_gettext("Secondary")),
    "closed": ("state-off", "ti-calendar-off", lazy_gettext("Closed")),
    "extra": ("state-ready", "ti-calendar-plus", lazy_gettext("Extra")),
}


def init_app(app: Flask) -> None:
    """Give templates the functions below."""
    app.jinja_env.globals.update(
        show_value=show_value,
        state_badge=state_badge,
        money=money,
        number=number,
        local_time=local_time,
        time_text=time_text,
        local_date=local_date,
        file_size=file_size,
    )


def show_value(value: object) -> Markup | str:
    """A plain value for reading: yes and no, dates by locale, money, lists joined, a dash for nothing."""
    if value is None or value in ("", []):
        return NOTHING
    for kind, shown in READINGS:
        if isinstance(value, kind):
            return shown(value)
    return escape(value)


def state_badge(state: str | Enum | None) -> Markup:
    """A state as a badge of colour, icon and word; an unknown state as its own name."""
    if state is None:
        return NOTHING
    name = str(state.value if isinstance(state, Enum) else state)
    colour, symbol, word = STATES.get(name, ("state-off", "ti-point", name.replace("_", " ")))
    return BADGE % (colour, icon(symbol), word)


def money(amount: Money | None) -> Markup:
    """An amount with its currency's sign, by locale, in tabular figures."""
    if amount is None:
        return NOTHING
    text = format_currency(amount.decimal(), amount.currency, locale=get_locale() or "en")
    return FIGURE % text


def number(value: int | Decimal) -> str:
    """A number by locale: 12,000."""
    return format_decimal(value, locale=get_locale() or "en")


def file_size(size: int) -> str:
    """Bytes in the unit that suits them, by locale: 312 kB, 4.2 MB."""
    kilobytes = size / 1024
    number, unit = (kilobytes, "kilobyte") if kilobytes < 1000 else (round(kilobytes / 1024, 1), "megabyte")
    whole = max(1, round(number)) if unit == "kilobyte" else number
    return str(format_unit(whole, f"digital-{unit}", "short", locale=get_locale() or "en"))


def local_time(moment: datetime | None, zone: str | None = None, style: str = "time") -> Markup:
    """An aware moment on the wall clock of `zone` (the page's own zone when None).

    `style`: "time" (14:30), "medium" (date and time), "full" (with the weekday) or "near" (so, without the year).
    """
    if moment is None:
        return NOTHING
    locale = get_locale() or "en"
    local = moment.astimezone(ZoneInfo(zone) if zone else get_timezone())
    text = _time_text(local.time().replace(second=0, microsecond=0), locale)
    if style == "medium":
        text = _both(date_text(local.date()), text, locale)
    if style in {"full", "near"}:
        text = _both(format_skeleton("yMMMEd" if style == "full" else "MMMEd", local, locale=locale), text, locale)
    return TIME % (local.isoformat(timespec="seconds"), text)


def time_text(moment: datetime, zone: str) -> str:
    """An aware moment on the wall clock of `zone`, as plain text: 14:30."""
    wall = moment.astimezone(ZoneInfo(zone)).time()
    return _time_text(wall.replace(second=0, microsecond=0), get_locale() or "en")


def local_date(day: date | None) -> Markup:
    """A calendar day by locale."""
    if day is None:
        return NOTHING
    return TIME % (day.isoformat(), date_text(day))


def date_text(day: date) -> str:
    """A calendar day by locale, as plain text."""
    return _date_text(day, get_locale() or "en")


def _both(day: str, wall: str, locale: Locale | str) -> str:
    """A date and a time, joined as the locale joins them."""
    return _joined(locale).replace("{1}", day).replace("{0}", wall)


@lru_cache(maxsize=200)
def _joined(locale: Locale | str) -> str:
    return str(get_datetime_format("medium", locale=locale)).replace("'", "")


@lru_cache(maxsize=5000)
def _date_text(day: date, locale: Locale | str) -> str:
    return format_date(day, "medium", locale=locale)


@lru_cache(maxsize=5000)
def _time_text(wall: time, locale: Locale | str) -> str:
    return format_time(wall, "short", locale=locale)


# Most particular first: True is a number too, and a datetime a date.
READINGS: list[tuple[Any, Callable[[Any], Markup | str]]] = [
    (bool, lambda value: gettext("Yes") if value else gettext("No")),
    (datetime, lambda value: local_time(value, style="medium")),
    (date, local_date),
    (time, lambda value: _time_text(value, get_locale() or "en")),
    (Money, money),
    (list | tuple | set, lambda items: Markup(", ").join(map(escape, items))),
]
