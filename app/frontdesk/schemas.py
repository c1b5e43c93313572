"""Visits and the board as the API's document describes them; what is answered is made in `shapes` and `board`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields, validate

from app.frontdesk.board import list_shown
from app.frontdesk.clinical_schemas import PrescriptionSchema
from app.frontdesk.models import Visit
from app.frontdesk.states import Phase, Priority, VisitStatus
from app.frontdesk.vitals import MEASURES
from app.kernel.clock import now
from app.scheduling.schemas import AppointmentSchema
from app.web.security import current_actor

STATUS = validate.OneOf(list(VisitStatus))


class VisitSchema(Schema):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    service_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    appointment_id = fields.Integer(allow_none=True)
    queue_number = fields.Integer(required=True)
    priority = fields.String(required=True, validate=validate.OneOf(list(Priority)))
    priority_reason = fields.String(allow_none=True)
    status = fields.String(required=True, validate=STATUS)
    phase = fields.String(allow_none=True, validate=validate.OneOf(list(Phase)))
    business_date = fields.Date(required=True)
    check_in_time = fields.AwareDateTime(required=True)
    called_time = fields.AwareDateTime(allow_none=True)
    start_time = fields.AwareDateTime(allow_none=True)
    end_time = fields.AwareDateTime(allow_none=True)
    estimated_start = fields.AwareDateTime(allow_none=True)
    appointment_time = fields.AwareDateTime(allow_none=True)
    patient_name = fields.String(required=True)
    service_name = fields.String(required=True)
    doctor_name = fields.String(required=True)
    room = fields.String(allow_none=True)
    notes = fields.String(allow_none=True, metadata={"description": "For the treating doctor alone"})
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """What `board.list_shown` makes of one row, or of a page of them in a fixed number of statements."""
        several = self.many if many is None else many
        rows: list[Visit] = list(obj) if several and isinstance(obj, Iterable) else [obj]
        dumped = list_shown(rows, actor=current_actor(), now=now())
        return dumped if several else dumped[0]


class NewVisitSchema(Schema):
    """A walk-in."""

    clinic_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    service_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    priority = fields.String(validate=validate.OneOf(list(Priority)))
    priority_reason = fields.String(allow_none=True, metadata={"description": "Needed for who is urgent"})


class VisitChangesSchema(Schema):
    notes = fields.String(allow_none=True)


class VisitActSchema(Schema):
    visit_id = fields.Integer(required=True)
    expected_status = fields.String(validate=STATUS)


class CallAgainSchema(VisitActSchema):
    called_time = fields.AwareDateTime(metadata={"description": "The visit's `called_time` when this was decided"})


class PhaseMoveSchema(VisitActSchema):
    phase = fields.String(required=True, validate=validate.OneOf(list(Phase)))
    reason = fields.String(metadata={"description": "Needed on the way back to waiting"})


class DepartureSchema(VisitActSchema):
    reason = fields.String()


class UrgencySchema(VisitActSchema):
    priority = fields.String(required=True, validate=validate.OneOf(list(Priority)))
    reason = fields.String(required=True)


class HandOverSchema(VisitActSchema):
    doctor_id = fields.Integer(required=True)
    reason = fields.String()
    expected_doctor_id = fields.Integer(metadata={"description": "Whose patient it was when this was decided"})


class HandOverAllSchema(Schema):
    clinic_id = fields.Integer(required=True)
    from_doctor_id = fields.Integer(required=True)
    to_doctor_id = fields.Integer(required=True)
    reason = fields.String(required=True)


class NotHandedOverSchema(Schema):
    visit_id = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class HandedOverSchema(Schema):
    handed_over = fields.List(fields.Nested(VisitSchema), required=True)
    skipped = fields.List(fields.Nested(NotHandedOverSchema), required=True)


class CompletionSchema(VisitActSchema):
    notes = fields.String()


class NextCallSchema(Schema):
    clinic_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    expected_visit_id = fields.Integer(metadata={"description": "Who was next when this was decided"})


class PhasesSchema(Schema):
    waiting = fields.List(fields.Nested(VisitSchema), required=True)
    with_doctor = fields.List(fields.Nested(VisitSchema), required=True)
    completed = fields.List(fields.Nested(VisitSchema), required=True)


class BoardSchema(Schema):
    clinic_id = fields.Integer(required=True)
    business_date = fields.Date(required=True)
    version = fields.Integer(required=True)
    phases = fields.Nested(PhasesSchema, required=True)


class CheckedInSchema(AppointmentSchema):
    visit = fields.Nested(VisitSchema, required=True)


class NamedSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)


class AmendmentSchema(Schema):
    id = fields.Integer(required=True)
    author = fields.String(required=True)
    text = fields.String(required=True)
    is_private = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


class NewAmendmentSchema(Schema):
    """`is_private` is for the own eyes, as private notes are."""

    text = fields.String(required=True)
    is_private = fields.Boolean()


VitalsSchema = Schema.from_dict(
    {
        name: fields.Float(
            allow_none=True,
            validate=validate.Range(float(measure.low), float(measure.high)),
            metadata={"description": measure.unit},
        )
        for name, measure in MEASURES.items()
    },
    name="VitalsSchema",
)


class RecordChangesSchema(Schema):
    """What is not sent stays as it is; `revision` is the one that was read."""

    revision = fields.Integer(required=True)
    notes = fields.String(allow_none=True)
    private_notes = fields.String(allow_none=True)
    vitals = fields.Nested(VitalsSchema)


class RecordSchema(Schema):
    """For the treating doctor alone."""

    revision = fields.Integer(required=True)
    notes = fields.String(required=True, allow_none=True)
    private_notes = fields.String(required=True, allow_none=True)
    vitals = fields.Nested(VitalsSchema, required=True)
    body_mass_index = fields.Float(required=True, allow_none=True)
    signed_at = fields.AwareDateTime(required=True, allow_none=True)
    signed_by = fields.String(required=True, allow_none=True)


class NoteTemplateSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    body = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class NewNoteTemplateSchema(Schema):
    name = fields.String(required=True)
    body = fields.String(required=True)


class NoteTemplateChangesSchema(Schema):
    name = fields.String()
    body = fields.String()


class PastVisitSchema(Schema):
    visit = fields.Nested(VisitSchema, required=True)
    service = fields.Nested(NamedSchema, required=True)
    payment_status = fields.String(allow_none=True)
    appointment = fields.Nested(AppointmentSchema, allow_none=True)
    amendments = fields.List(fields.Nested(AmendmentSchema), required=True)
    prescriptions = fields.List(
        fields.Nested(PrescriptionSchema),
        allow_none=True,
        metadata={"description": "For the treating doctor alone"},
    )
