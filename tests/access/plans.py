"""What is sent to the routes that take more than the key of a row: addresses, queries, bodies.

A value "@patient" is the row of that name in `World.rows` of the kind that is asked about; inside a longer text it is
"@{patient}". A form that is left out of an edit page's plan is sent as the page gives it. "QueueView.act POST:call" is
one of several plans of that route.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

NAME = re.compile(r"^@(\w+)$|@\{(\w+)\}")


@dataclass(frozen=True)
class Plan:
    """`path` fills the parameters of the address; `by` is a role that may do it to its own row; `fresh` is asked by
    somebody who has just signed in.

    `files` are sent with the form: by field their name and text.

    `leaves` says which answers may leave something in the database: the successful ones of a route that changes rows,
    unless said otherwise ("never" is what a GET has).
    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    leaves: Literal["", "always", "success", "never"] = ""
    fresh: bool = False
    by: str = "admin"

    def names_rows(self) -> bool:
        return any(NAME.search(text) for text in _texts([self.path, self.query, self.json, self.form, self.headers]))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


BOOKING = {"clinic_id": "@clinic", "service_id": "@service", "doctor_id": "@doctor"}
SERIES = {**BOOKING, "patient_id": "@patient", "rule": "FREQ=DAILY;COUNT=2"}
REPEATED = {"interval": "1", "frequency": "WEEKLY", "times": "2", "status": "requested"}
HOURS = {"weekday": "5", "start_time": "09:00", "end_time": "12:00"}
PERSON = {"username": "new.user", "first_name": "New", "last_name": "User", "email": "new.user@clinic.example"}
PERIOD = {"from": "2030-05-01", "to": "2030-05-31"}
DRAFT = {"clinic_id": "@clinic", "patient_id": "@patient", "doctor_id": "@doctor"}
LINE = {"description": "Treatment", "unit_price": "10.00"}

LOOKUPS = ("patients", "doctors", "clinics", "services", "specialties", "diagnoses")
MEDICINE = {"medicine": "Ibuprofen", "dose": "1 tablet"}

PEOPLE: dict[str, Plan] = {
    "AccountView.this_form_post POST": Plan(
        form={"first_name": "New", "last_name": "Name", "email": "new.name@clinic.example"}
    ),
    "PatientApi.by_phone GET": Plan(path={"phone": "@phone"}, query={"clinic_id": "@clinic"}),
    "PatientApi.post POST": Plan(json={"clinic_id": "@clinic", "name": "New Patient", "phone": "+493012345699"}),
    "PatientApi.patch PATCH:contact": Plan(json={"email": "changed@mail.example"}),
    "PatientApi.patch PATCH:clinical": Plan(json={"allergies": "changed"}),
    "PatientView.add POST": Plan(
        form={"clinic": "@clinic", "name": "New Patient", "phone": "", "preferred_doctor": "@doctor"}
    ),
    "ClinicView.add POST": Plan(
        form={
            "code": "new",
            "name": "New",
            "country": "DE",
            "timezone": "Europe/Berlin",
            "currency": "EUR",
            "language": "en",
        }
    ),
    "DoctorView.add POST": Plan(form={"name": "Dr. New", "share_bp": "50"}),
    "WorkplaceView.add POST": Plan(form={"doctor": "@doctor", "clinic": "@other_clinic", "room": "7"}),
    "OfferView.add POST": Plan(form={"doctor": "@doctor", "service": "@service2", "price_minor": "20.00"}),
    "ServiceView.add POST": Plan(
        form={
            "clinic": "@clinic",
            "name": "New",
            "duration_minutes": "20",
            "price_minor": "20.00",
            "buffer_before_minutes": "0",
            "buffer_after_minutes": "0",
            "tax_rate_bp": "0",
        }
    ),
    "SpecialtyView.add POST": Plan(form={"name": "New"}),
    "HolidayView.add POST": Plan(form={"clinic": "@clinic", "day": "2031-01-01", "name": "New Year"}),
    "UserView.add POST": Plan(
        form={**PERSON, "role_names": "Receptionist", "clinic_ids": "@clinic", "password": "a long new password"}
    ),
}

SCHEDULING: dict[str, Plan] = {
    "AppointmentApi.post POST": Plan(json={**BOOKING, "patient_id": "@patient", "starts_at": "@free"}),
    "AppointmentApi.patch PATCH": Plan(json={"notes": "changed"}),
    "AppointmentApi.confirm POST": Plan(path={"pk": "@requested"}, json={}),
    "AppointmentApi.cancel POST": Plan(json={"reason": "ill"}),
    "AppointmentApi.no_show POST": Plan(path={"pk": "@past"}, json={}),
    "AppointmentApi.reschedule POST": Plan(json={"starts_at": "@free", "overbook_reason": "a test"}),
    "HoldApi.hold POST": Plan(json={**BOOKING, "starts_at": "@free"}),
    "HoldApi.release DELETE": Plan(path={"pk": "@slot_hold"}),
    "SeriesApi.plan POST": Plan(json={**SERIES, "starts_at": "@free"}, leaves="never"),
    "SeriesApi.book POST": Plan(json={**SERIES, "starts_at": "@free"}),
    "SeriesApi.cancel POST": Plan(path={"series_id": "@series"}, json={"reason": "ill"}),
    "SeriesView.repeat GET": Plan(path={"pk": "@in_series"}),
    "SeriesView.repeat POST:plan": Plan(path={"pk": "@in_series"}, form=REPEATED, leaves="never"),
    "SeriesView.repeat POST:book": Plan(
        path={"pk": "@in_series"}, form={**REPEATED, "book": "1", "chosen": "@series_next"}
    ),
    "SeriesView.cancel_series GET": Plan(path={"pk": "@in_series"}),
    "SeriesView.cancel_series POST": Plan(path={"pk": "@in_series"}, form={"by": "patient", "reason": "ill"}),
    "SlotApi.slots GET": Plan(query={**BOOKING, "from": "2030-05-13", "to": "2030-05-14"}),
    "SlotApi.explain GET": Plan(query={**BOOKING, "at": "@free"}),
    "AppointmentView.add POST": Plan(
        form={
            "clinic": "@clinic",
            "service": "@service",
            "doctor": "@doctor",
            "patient": "@patient",
            "starts_at": "@free_wall",
            "status": "confirmed",
        }
    ),
    "AppointmentView.confirm POST": Plan(path={"pk": "@requested"}),
    "AppointmentView.no_show POST": Plan(path={"pk": "@past"}),
    "AppointmentView.undo_no_show POST": Plan(path={"pk": "@missed"}),
    "AppointmentView.cancel POST": Plan(form={"by": "patient", "reason": "ill"}),
    "AppointmentView.reschedule POST": Plan(
        form={"starts_at": "@free_wall", "doctor": "@doctor", "overbook_reason": "a test"}
    ),
    "AppointmentView.action_post POST:confirm": Plan(form={"action": "confirm", "rowid": "@requested"}),
    "AppointmentView.action_post POST:no_show": Plan(form={"action": "no_show", "rowid": "@past"}),
    "WaitlistApi.post POST": Plan(json={"clinic_id": "@clinic", "patient_id": "@patient4", "service_id": "@service2"}),
    "WaitlistApi.patch PATCH": Plan(json={"notes": "changed"}),
    "WaitlistApi.offer POST": Plan(json={"doctor_id": "@doctor", "starts_at": "@free"}),
    "WaitlistView.add POST": Plan(
        form={"clinic": "@clinic", "patient": "@patient4", "service": "@service2", "urgency": "soon"}
    ),
    "WaitlistView.offer POST": Plan(form={"chosen": "@free_choice"}),
    "WaitlistView.answer POST:accept": Plan(path={"pk": "@waitlist_offer", "act": "accept"}),
    "WaitlistView.answer POST:decline": Plan(path={"pk": "@waitlist_offer", "act": "decline"}),
    "WaitlistView.answer POST:withdraw": Plan(path={"pk": "@waitlist_offer", "act": "withdraw"}),
    "WaitlistOfferApi.accept POST": Plan(json={}),
    "WaitlistOfferApi.decline POST": Plan(json={}),
    "WaitlistOfferApi.withdraw POST": Plan(json={}),
    "waitlist_pages.answer GET": Plan(path={"token": "nobodys"}),  # a true one opens it to everybody, that is its use
    "waitlist_pages.answer POST": Plan(path={"token": "nobodys"}, form={"act": "accept"}),
    "CalendarFeedView.own POST": Plan(form={"act": "make"}, by="doctor"),
    "CalendarFeedView.of_doctor POST:make": Plan(form={"act": "make"}),
    "CalendarFeedView.of_doctor POST:revoke": Plan(form={"act": "revoke"}),
    "calendar_feeds.read GET": Plan(path={"token": "nobodys"}),  # a true one opens it to everybody, that is its use
    "CalendarView.page GET": Plan(query={"clinic": "@clinic", "day": "2030-05-14"}),
    "CalendarView.day_list GET": Plan(query={"clinic": "@clinic", "day": "2030-05-14", "view": "week"}),
    "CalendarView.events GET": Plan(query={"clinic": "@clinic", "from": "2030-05-13", "to": "2030-05-19"}),
    "CalendarView.events GET:doctor": Plan(
        query={"clinic": "@clinic", "doctor": "@doctor", "from": "2030-05-13", "to": "2030-05-19"}
    ),
    "AvailabilityView.add POST": Plan(form={**HOURS, "doctor": "@doctor", "clinic": "@clinic"}),
    "AvailabilityDateView.add POST": Plan(
        form={"doctor": "@doctor", "clinic": "@clinic", "kind": "closed", "day": "2030-07-01"}
    ),
    "LeaveView.add POST": Plan(form={"doctor": "@doctor", "first_day": "2030-08-05", "last_day": "2030-08-09"}),
    "LeaveImpactView.affected GET": Plan(path={"pk": "@doctor_leave"}),
    "LeaveImpactView.rebook POST": Plan(
        path={"pk": "@doctor_leave"}, form={"chosen": "@in_leave", "time": "@{in_leave}/@{free}/@{doctor}"}
    ),
}

FRONTDESK: dict[str, Plan] = {
    "CheckInApi.check_in POST": Plan(json={}),
    "QueueView.board GET": Plan(query={"clinic": "@clinic"}),
    "QueueView.columns GET": Plan(query={"clinic": "@clinic", "doctor": "@doctor"}),
    "QueueView.expected GET": Plan(query={"clinic": "@clinic"}),
    "QueueView.act POST:check-in": Plan(form={"act": "check-in @{appointment}"}),
    "QueueView.act POST:call-next": Plan(form={"clinic": "@clinic", "act": "call-next @{doctor}"}),
    "QueueView.act POST:call": Plan(form={"act": "call @{visit} waiting"}),
    "QueueView.act POST:call-again": Plan(form={"act": "call-again @{called} called"}),
    "QueueView.act POST:in": Plan(form={"act": "in @{visit}"}),
    "QueueView.act POST:back": Plan(form={"act": "back @{called}", "reason": "by mistake"}),
    "QueueView.act POST:left": Plan(form={"act": "left @{visit}"}),
    "TicketView.paper GET": Plan(path={"visit_id": "@visit"}),
    "DisplayView.add POST": Plan(form={"clinic": "@clinic", "name": "New screen"}),
    "DisplayAddressView.address POST:make": Plan(form={"act": "make"}),
    "DisplayAddressView.address POST:revoke": Plan(form={"act": "revoke"}),
    # True tokens open these to everybody, that is their use.
    "waiting_rooms.display GET": Plan(path={"token": "nobodys"}),
    "waiting_rooms.display_now GET": Plan(path={"token": "nobodys"}),
    "ticket_pages.ticket GET": Plan(path={"token": "nobodys"}),
    "ticket_pages.ticket_now GET": Plan(path={"token": "nobodys"}),
    "QueueView.act POST:undo": Plan(form={"act": "undo @{visit}", "reason": "by mistake"}),
    "QueueView.act POST:urgent": Plan(form={"act": "urgent @{visit}", "reason": "in pain"}),
    "QueueView.act POST:hand-over": Plan(form={"act": "hand-over @{visit}", "to": "@other_doctor"}),
    "QueueView.act POST:hand-over-all": Plan(
        form={"clinic": "@clinic", "act": "hand-over-all @{doctor}", "to": "@other_doctor", "reason": "ill"}
    ),
    "QueueView.ask GET:back": Plan(path={"name": "back", "pk": "@visit"}),
    "QueueView.ask GET:hand-over": Plan(path={"name": "hand-over", "pk": "@visit"}),
    "QueueView.ask GET:hand-over-all": Plan(
        path={"name": "hand-over-all", "pk": "@doctor"}, query={"clinic": "@clinic"}
    ),
    "DoctorPortalView.act POST:call-next": Plan(form={"act": "call-next @{clinic}"}, by="doctor"),
    "DoctorPortalView.act POST:call": Plan(form={"act": "call @{visit}"}, by="doctor"),
    "DoctorPortalView.act POST:call-again": Plan(form={"act": "call-again @{called} called"}, by="doctor"),
    "DoctorPortalView.act POST:start": Plan(form={"act": "start @{visit}"}, by="doctor"),
    "DoctorPortalView.complete POST": Plan(path={"pk": "@started"}, form={"notes": "done"}, by="doctor"),
    "DoctorPatientsView.show GET": Plan(path={"pk": "@patient"}),
    "DoctorScheduleView.confirm POST": Plan(path={"pk": "@requested"}, by="doctor"),
    "DoctorScheduleView.cancel POST": Plan(path={"pk": "@appointment"}, form={"reason": "ill"}, by="doctor"),
    "CustomersApi.patient GET:id": Plan(path={"key": "@patient4"}),
    "CustomersApi.patient GET:email": Plan(path={"key": "@booked_email"}),
    "AppointmentPatientsApi.patient GET": Plan(path={"email": "@booked_email"}),
    "ConsultationView.consultation GET": Plan(path={"visit_id": "@started"}, by="doctor"),
    "ConsultationView.consultation GET:signed": Plan(path={"visit_id": "@completed"}, by="doctor"),
    "ConsultationView.act POST:begin": Plan(path={"visit_id": "@visit"}, form={"act": "begin"}, by="doctor"),
    "ConsultationView.act POST:save": Plan(
        path={"visit_id": "@started"}, form={"act": "save", "revision": "0", "notes": "changed"}, by="doctor"
    ),
    "ConsultationView.act POST:complete": Plan(
        path={"visit_id": "@started"}, form={"act": "complete", "revision": "0", "notes": "done"}, by="doctor"
    ),
    "ConsultationView.act POST:amend": Plan(
        path={"visit_id": "@completed"}, form={"act": "amend", "text": "added"}, by="doctor"
    ),
    "RecordApi.record GET": Plan(path={"pk": "@started"}, by="doctor"),
    "RecordApi.save PATCH": Plan(path={"pk": "@started"}, json={"revision": 0, "notes": "changed"}, by="doctor"),
    "RecordApi.amendments GET": Plan(path={"pk": "@completed"}, by="doctor"),
    "RecordApi.amend POST": Plan(path={"pk": "@completed"}, json={"text": "added"}, by="doctor"),
    "NoteTemplateView.add POST": Plan(form={"name": "New", "body": "new"}, by="doctor"),
    "NoteTemplateView.edit POST": Plan(
        form={"name": "Changed", "body": "changed", "revision": "@note_template_revision"}, by="doctor"
    ),
    "NoteTemplateApi.post POST": Plan(json={"name": "New", "body": "new"}, by="doctor"),
    "NoteTemplateApi.patch PATCH": Plan(json={"body": "changed"}, by="doctor"),
    "VisitView.add POST": Plan(
        form={
            "clinic": "@clinic",
            "patient": "@patient4",
            "doctor": "@doctor",
            "service": "@service",
            "priority": "normal",
        }
    ),
    "VisitView.invoice GET": Plan(path={"pk": "@completed"}),
    "QueueApi.call_next POST": Plan(json={"clinic_id": "@clinic", "doctor_id": "@doctor"}),
    "QueueApi.call POST": Plan(json={"visit_id": "@visit"}),
    "QueueApi.call_again POST": Plan(json={"visit_id": "@called", "expected_status": "called"}),
    "QueueApi.move POST": Plan(json={"visit_id": "@visit", "phase": "with_doctor"}),
    "QueueApi.leave POST": Plan(json={"visit_id": "@visit"}),
    "QueueApi.undo_check_in POST": Plan(json={"visit_id": "@visit", "reason": "by mistake"}),
    "QueueApi.prioritise POST": Plan(json={"visit_id": "@visit", "priority": "urgent", "reason": "in pain"}),
    "QueueApi.hand_over POST": Plan(json={"visit_id": "@visit", "doctor_id": "@other_doctor"}),
    "QueueApi.hand_over_all POST": Plan(
        json={"clinic_id": "@clinic", "from_doctor_id": "@doctor", "to_doctor_id": "@other_doctor", "reason": "ill"}
    ),
    "QueueApi.complete POST": Plan(json={"visit_id": "@started", "notes": "done"}, by="doctor"),
    "VisitApi.post POST": Plan(json={**BOOKING, "patient_id": "@patient4"}),
    "VisitApi.patch PATCH": Plan(path={"pk": "@started"}, json={"notes": "changed"}, by="doctor"),
}

STARTED = {"visit_id": "@started"}
CONSULTATION: dict[str, Plan] = {
    **{f"ClinicalView.{part} GET": Plan(path=STARTED, by="doctor") for part in ("diagnoses", "prescriptions")},
    "ClinicalView.attachments GET": Plan(path=STARTED, by="doctor"),
    "ClinicalView.add_diagnosis POST": Plan(path=STARTED, form={"code": "ZQ1", "kind": "main"}, by="doctor"),
    "ClinicalView.change_diagnosis POST": Plan(path=STARTED, form={"act": "remove"}, by="doctor"),
    "ClinicalView.prescribe POST:issue": Plan(
        path=STARTED, form={"act": "issue", "items-0-medicine": "Ibuprofen", "form_key": "key"}, by="doctor"
    ),
    "ClinicalView.prescribe POST:copy": Plan(
        path=STARTED, form={"act": "copy @{prescription}"}, leaves="never", by="doctor"
    ),
    "ClinicalView.cancel_prescription POST": Plan(form={"reason": "wrong dose"}, by="doctor"),
    "ClinicalView.attach POST": Plan(path=STARTED, files={"file": ("new.txt", "a new result")}, by="doctor"),
    "ClinicalView.remove_attachment POST": Plan(form={}, by="doctor"),
    "ClinicalView.content GET": Plan(by="doctor"),
    "ClinicalView.preview GET": Plan(path={"attachment_id": "@picture"}, by="doctor"),
    "PrescriptionFileView.pdf GET": Plan(by="doctor"),
    "VisitPrescriptionsApi.prescriptions GET": Plan(path={"pk": "@started"}, by="doctor"),
    "VisitPrescriptionsApi.prescribe POST": Plan(path={"pk": "@started"}, json={"items": [MEDICINE]}, by="doctor"),
    "PrescriptionApi.cancel POST": Plan(json={"reason": "wrong dose"}, by="doctor"),
    "PrescriptionFileApi.pdf GET": Plan(by="doctor"),
    "VisitAttachmentsApi.attachments GET": Plan(path={"pk": "@started"}, by="doctor"),
    "VisitAttachmentsApi.attach POST": Plan(
        path={"pk": "@started"}, files={"file": ("new.txt", "a new result")}, by="doctor"
    ),
    "AttachmentApi.content GET": Plan(by="doctor"),
}

BILLING: dict[str, Plan] = {
    "InvoiceApi.post POST": Plan(json={**DRAFT, "lines": [LINE]}),
    "InvoiceApi.patch PATCH": Plan(path={"pk": "@draft"}, json={"due_date": "2030-06-30"}),
    "InvoiceApi.issue POST": Plan(path={"pk": "@draft"}, json={}),
    "InvoiceApi.pay POST": Plan(path={"pk": "@unpaid"}, json={"amount": "1.00", "method": "cash"}),
    "InvoiceApi.begin_online POST": Plan(path={"pk": "@unpaid"}, json={}),
    "InvoiceFilesApi.export GET:zip": Plan(query={**PERIOD, "format": "zip"}, leaves="success"),
    "InvoiceFilesApi.export GET:csv": Plan(query={**PERIOD, "format": "csv"}, leaves="success"),
    "InvoiceFilesApi.export GET:clinic": Plan(
        query={**PERIOD, "format": "csv", "clinic_id": "@clinic"}, leaves="success"
    ),
    "InvoiceFilesView.export GET": Plan(query={**PERIOD, "format": "pdf"}, leaves="success"),
    "DoctorEarningsView.export GET": Plan(leaves="success"),
    "EarningsStatementView.statement GET": Plan(leaves="success"),
    "InvoiceView.add POST": Plan(form={"clinic": "@clinic", "patient": "@patient", "doctor": "@doctor"}),
    "InvoiceView.edit GET": Plan(path={"pk": "@draft"}),
    "InvoiceView.action_post POST": Plan(form={"action": "issue", "rowid": "@draft"}),
    "InvoiceView.discard POST": Plan(path={"pk": "@draft"}),
    "InvoiceView.issue POST": Plan(path={"pk": "@draft"}),
    "InvoiceView.pay POST": Plan(path={"pk": "@unpaid"}, form={"amount": "1.00", "method": "cash"}),
    "InvoiceView.save POST": Plan(
        path={"pk": "@draft"}, form={"revision": "@draft_revision", "due_date": "2030-06-30"}
    ),
}

OTHERS: dict[str, Plan] = {
    "AuthDBView.login POST": Plan(form={"username": "nobody", "password": "wrong"}, leaves="always"),
    "AuthDBView.logout GET": Plan(fresh=True),
    "SecurityApi.login POST": Plan(json={"username": "nobody", "password": "wrong"}, leaves="always"),
    "SecurityApi.refresh POST": Plan(json={}),
    "ResetMyPasswordView.this_form_post POST": Plan(
        form={"current_password": "wrong", "password": "another password", "repeated": "another password"}
    ),
    "RoleView.show GET": Plan(path={"pk": "1"}),
    "ChoiceView.language POST": Plan(form={"language": "es"}, leaves="success"),
    "ChoiceView.clinic POST": Plan(form={"clinic": "@clinic"}, leaves="never"),
    "OpenApiView.swagger GET": Plan(path={"version": "v1"}),
    **{f"LookupView.find GET:{name}": Plan(path={"name": name}) for name in LOOKUPS},
    "NotificationView.action POST": Plan(path={"name": "retry"}),
    "NotificationView.action_post POST": Plan(form={"action": "retry", "rowid": "@notification"}),
    "NotificationApi.retry POST": Plan(json={}),
    "webhooks.stripe POST": Plan(json={"id": "evt_1"}),
}

PLANS: dict[str, Plan] = {**PEOPLE, **SCHEDULING, **FRONTDESK, **CONSULTATION, **BILLING, **OTHERS}


def plans_of(route: str) -> dict[str, Plan]:
    """The plans of a route ("PatientApi.get GET") by their labels, "" where it has but one."""
    labelled = {name.removeprefix(route): plan for name, plan in PLANS.items() if name.partition(":")[0] == route}
    # A list's CSV leaves an audit row, whatever the list.
    return labelled or {"": Plan(leaves="success") if route.endswith(".export GET") else Plan()}
