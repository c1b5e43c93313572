"""What times and amounts look like in JSON: ISO 8601 with the clinic's offset, HH:MM, decimal strings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields

from app.kernel.errors import N_
from app.kernel.money import Money
from app.web.zones import currency_of, zone_of


class ClinicTime(fields.DateTime):
    """An instant: written with the offset of the row's clinic ("2030-05-06T09:30:00+02:00"), read with any offset."""

    default_error_messages = {
        "invalid": N_("This is not a date and time in ISO 8601."),
        "naive": N_("The offset from UTC is missing (2030-05-06T09:30:00+02:00)."),
    }

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(ZoneInfo(zone_of(obj))).isoformat(timespec="seconds")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or "T" not in value:
            raise self.make_error("invalid")
        if moment.tzinfo is None:
            raise self.make_error("naive")
        return moment


class WallTime(fields.String):
    """A time of day on the clinic's wall: "09:30"."""

    def _serialize(self, value: time | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:%H:%M}"


class Amount(fields.String):
    """Money in major units: minor units (`Amount(attribute="price_minor")`) or a Money as "12.50"; read as text."""

    default_error_messages = {"invalid": N_('This must be an amount as text, such as "12.50".')}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None or isinstance(value, Money):
            return None if value is None else str(value)
        currency = currency_of(obj)
        if currency is None:
            raise LookupError(f"{type(obj).__name__} has an amount and no currency")
        return str(Money(value, currency))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        try:
            readable = isinstance(value, str) and Decimal(value).is_finite()
        except InvalidOperation:
            readable = False
        if not readable:
            raise ValidationError(self.error_messages["invalid"])
        return str(value)
