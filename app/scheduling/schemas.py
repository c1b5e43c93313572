"""Appointments and slots as the API's document describes them; what is answered is made in `shapes`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields, validate

from app.scheduling.explaining import Because
from app.scheduling.models import Appointment
from app.scheduling.queries import find_visit_ids
from app.scheduling.shapes import appointment_fields
from app.scheduling.slots import NoSlots
from app.scheduling.states import AppointmentStatus, CancelledBy


class AppointmentSchema(Schema):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    service_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    patient_name = fields.String(required=True)
    patient_phone = fields.String(allow_none=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    status = fields.String(required=True, validate=validate.OneOf(list(AppointmentStatus)))
    type = fields.String(allow_none=True)
    source = fields.String(required=True)
    notes = fields.String(allow_none=True)
    cancelled_by = fields.String(allow_none=True, validate=validate.OneOf(list(CancelledBy)))
    cancel_reason = fields.String(allow_none=True)
    external_id = fields.String(allow_none=True)
    visit_id = fields.Integer(allow_none=True)
    series_id = fields.Integer(allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """What `shapes` makes of one row, or of a page of them with one statement for their visits."""
        several = self.many if many is None else many
        rows: list[Appointment] = list(obj) if several and isinstance(obj, Iterable) else [obj]
        visits = find_visit_ids([row.id for row in rows])
        dumped = [appointment_fields(row, visit_id=visits.get(row.id)) for row in rows]
        return dumped if several else dumped[0]


class BookedSchema(AppointmentSchema):
    """An appointment that was booked just now: nobody has to look for its visit."""

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return appointment_fields(obj, visit_id=None)


class NewAppointmentSchema(Schema):
    """`patient_id`, or `patient_name` with `patient_phone`."""

    clinic_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    service_id = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)
    patient_id = fields.Integer()
    patient_name = fields.String()
    patient_phone = fields.String()
    status = fields.String(validate=validate.OneOf([AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED]))
    type = fields.String()
    notes = fields.String()
    overbook_reason = fields.String()
    hold_id = fields.Integer()


class NewHoldSchema(Schema):
    clinic_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    service_id = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)


class HoldSchema(NewHoldSchema):
    """`hold_id` is what `POST /appointments` takes; the time is free again at `expires_at`."""

    id = fields.Integer(required=True)
    hold_id = fields.Integer(required=True)
    ends_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)


class AppointmentChangesSchema(Schema):
    type = fields.String(allow_none=True)
    notes = fields.String(allow_none=True)


class CancellationSchema(Schema):
    reason = fields.String(required=True)
    by = fields.String(validate=validate.OneOf([CancelledBy.PATIENT, CancelledBy.CLINIC, CancelledBy.DOCTOR]))


class MoveSchema(Schema):
    """Without `ends_at` it lasts as long as the service does."""

    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime()
    doctor_id = fields.Integer()
    overbook_reason = fields.String()


class SeriesSchema(Schema):
    """`rule` is RFC 5545's: FREQ=DAILY, WEEKLY or MONTHLY with INTERVAL, BYDAY, BYMONTHDAY, and COUNT or UNTIL."""

    clinic_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    service_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)
    rule = fields.String(required=True)


class NewSeriesSchema(SeriesSchema):
    """`occurrences` are the starts that are wanted; without them all that the rule names."""

    occurrences = fields.List(fields.AwareDateTime())
    status = fields.String(validate=validate.OneOf([AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED]))
    type = fields.String()
    notes = fields.String()


class SlotSchema(Schema):
    doctor_id = fields.Integer(required=True)
    start = fields.AwareDateTime(required=True)
    end = fields.AwareDateTime(required=True)


class ExplanationSchema(Schema):
    """Each of `rules` has its `rule`, whether it `offers` the time, and what the rule says."""

    offered = fields.Boolean(required=True)
    code = fields.String(required=True, validate=validate.OneOf(list(Because)))
    detail = fields.String(required=True)
    rules = fields.List(fields.Dict(keys=fields.String()), required=True)


class SlotAnswerSchema(Schema):
    result = fields.List(fields.Nested(SlotSchema), required=True)
    reason = fields.String(required=True, allow_none=True, validate=validate.OneOf(list(NoSlots)))


class PlannedSchema(Schema):
    """`starts_at` is null where the clocks skip the local time; `code` says why a time cannot be had."""

    local_time = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)
    free = fields.Boolean(required=True)
    code = fields.String(required=True, allow_none=True)
    next_free = fields.List(fields.Nested(SlotSchema), required=True)


class SeriesPlanSchema(Schema):
    occurrences = fields.List(fields.Nested(PlannedSchema), required=True)


class SeriesCancellationSchema(CancellationSchema):
    """Those that begin at `from` or later; without it those to come."""

    since = fields.AwareDateTime(data_key="from")
