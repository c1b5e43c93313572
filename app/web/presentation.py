"""How a column of a row reads on a generated page: times on the clinic's wall, amounts, states as badges."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import reduce
from typing import Any

from babel.numbers import format_percent
from flask_babel import get_locale, lazy_gettext
from markupsafe import Markup

from app.kernel.money import Money
from app.people.phones import format_phone
from app.web.formatters import NOTHING, local_time, money, show_value, state_badge
from app.web.zones import currency_of, zone_of

PHONE = Markup('<span class="figure" dir="ltr">%s</span>')  # in its own order in Arabic, too


def value_of(row: Any, column: str) -> Any:
    """What a row holds by a column's name, a dotted path ("patient.phone") or a method's name; None ends the way."""
    value = reduce(lambda found, part: getattr(found, part, None), column.split("."), row)
    return value() if callable(value) else value


def shown(row: Any, column: str) -> Markup | str:
    """The column of this row, as a reader sees it."""
    value = value_of(row, column)
    owner = value_of(row, column.rpartition(".")[0]) if "." in column else row
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        return local_time(value, zone_of(row), "medium")
    if isinstance(value, Enum):
        return state_badge(value)
    return _shown_by_name(column, value, owner)


def _shown_by_name(column: str, value: Any, owner: Any) -> Markup | str:
    """A value whose column's name says what it is."""
    if column.endswith("_minor") and (currency := currency_of(owner)):
        return money(Money(value, currency))
    if column.endswith("_bp"):
        return format_percent(Decimal(value) / 10_000, "#,##0.##%", locale=get_locale() or "en")
    return PHONE % format_phone(value, "ZZ") if column.endswith("phone") else show_value(value)


LABELS = {
    "active": lazy_gettext("Active"),
    "address": lazy_gettext("Address"),
    "allergies": lazy_gettext("Allergies"),
    "amount": lazy_gettext("Amount"),
    "appointment": lazy_gettext("Appointment"),
    "author": lazy_gettext("Author"),
    "billed_to": lazy_gettext("Billed to"),
    "body": lazy_gettext("Text"),
    "buffer_after_minutes": lazy_gettext("Kept free after (minutes)"),
    "buffer_before_minutes": lazy_gettext("Kept free before (minutes)"),
    "business_date": lazy_gettext("Date"),
    "called_time": lazy_gettext("Called"),
    "cancel_reason": lazy_gettext("Reason"),
    "cancelled_at": lazy_gettext("Cancelled"),
    "cancelled_by": lazy_gettext("Cancelled by"),
    "card_brand": lazy_gettext("Card"),
    "card_last4": lazy_gettext("Last digits"),
    "center_share": lazy_gettext("Clinic's share"),
    "check_in_time": lazy_gettext("Check-in"),
    "chimes": lazy_gettext("Chimes"),
    "clinic": lazy_gettext("Clinic"),
    "clinic_ids": lazy_gettext("Clinics"),
    "code": lazy_gettext("Code"),
    "columns": lazy_gettext("Columns"),
    "contact_patient": lazy_gettext("Contact person"),
    "content": lazy_gettext("Content"),
    "content_changed_at": lazy_gettext("Contents changed"),
    "content_hash": lazy_gettext("Fingerprint"),
    "content_type": lazy_gettext("Kind of file"),
    "country": lazy_gettext("Country"),
    "created_at": lazy_gettext("Created"),
    "created_by": lazy_gettext("Booked by"),
    "currency": lazy_gettext("Currency"),
    "custom_fields": lazy_gettext("Custom fields"),
    "daily_maximum": lazy_gettext("Appointments a day at most"),
    "date_of_birth": lazy_gettext("Date of birth"),
    "day": lazy_gettext("Date"),
    "days": lazy_gettext("Days"),
    "discount": lazy_gettext("Discount"),
    "doctor": lazy_gettext("Doctor"),
    "doctor_share": lazy_gettext("Doctor's share"),
    "due_date": lazy_gettext("Due"),
    "duration_minutes": lazy_gettext("Duration (minutes)"),
    "email": lazy_gettext("E-mail"),
    "end_time": lazy_gettext("End"),
    "ends_at": lazy_gettext("End"),
    "entered_by": lazy_gettext("Entered by"),
    "entry": lazy_gettext("Entry"),
    "expires_at": lazy_gettext("Answer until"),
    "external_id": lazy_gettext("External number"),
    "failure": lazy_gettext("Remark"),
    "filter": lazy_gettext("Filter"),
    "first_day": lazy_gettext("First day"),
    "first_name": lazy_gettext("First name"),
    "first_visit_date": lazy_gettext("First visit"),
    "form_key": lazy_gettext("Sent form"),
    "format": lazy_gettext("Format"),
    "from_day": lazy_gettext("Not before"),
    "from_time": lazy_gettext("Earliest"),
    "gender": lazy_gettext("Gender"),
    "id": lazy_gettext("Number"),
    "invoice": lazy_gettext("Invoice"),
    "is_active": lazy_gettext("Active"),
    "is_historic": lazy_gettext("From before"),
    "is_private": lazy_gettext("Private"),
    "issued_at": lazy_gettext("Issued"),
    "issued_by": lazy_gettext("Issued by"),
    "item_count": lazy_gettext("Medicines"),
    "kind": lazy_gettext("Kind"),
    "language": lazy_gettext("Language"),
    "languages": lazy_gettext("Languages"),
    "last_day": lazy_gettext("Last day"),
    "last_login": lazy_gettext("Last sign-in"),
    "last_name": lazy_gettext("Last name"),
    "last_seen_at": lazy_gettext("Last seen"),
    "last_used_at": lazy_gettext("Last read"),
    "last_visit_date": lazy_gettext("Last visit"),
    "lines": lazy_gettext("Lines"),
    "medical_history": lazy_gettext("Medical history"),
    "method": lazy_gettext("Method"),
    "name": lazy_gettext("Name"),
    "no_show_undone": lazy_gettext("No-show taken back"),
    "notes": lazy_gettext("Notes"),
    "number": lazy_gettext("Number"),
    "offer": lazy_gettext("Offered time"),
    "offered_by": lazy_gettext("Offered by"),
    "overbook_reason": lazy_gettext("Reason to overbook"),
    "paid": lazy_gettext("Paid so far"),
    "paid_at": lazy_gettext("Paid on"),
    "patient": lazy_gettext("Patient"),
    "phone": lazy_gettext("Phone"),
    "position": lazy_gettext("Place in the list"),
    "preferred_doctor": lazy_gettext("Preferred doctor"),
    "price": lazy_gettext("Price"),
    "priority": lazy_gettext("Priority"),
    "priority_reason": lazy_gettext("Why urgent"),
    "private_notes": lazy_gettext("Private notes"),
    "queue_number": lazy_gettext("Number"),
    "reason": lazy_gettext("Reason"),
    "receipt_url": lazy_gettext("Receipt"),
    "record_revision": lazy_gettext("Revision"),
    "reference": lazy_gettext("Reference"),
    "refunded": lazy_gettext("Amount refunded"),
    "removed_at": lazy_gettext("Removed"),
    "revision": lazy_gettext("Revision"),
    "revoked_at": lazy_gettext("Revoked"),
    "roles": lazy_gettext("Roles"),
    "room": lazy_gettext("Room"),
    "rooms": lazy_gettext("Rooms"),
    "rule": lazy_gettext("Repetition"),
    "series": lazy_gettext("Series"),
    "service": lazy_gettext("Service"),
    "settled_at": lazy_gettext("Settled"),
    "sha256": lazy_gettext("Fingerprint"),
    "share": lazy_gettext("Doctor's share (%)"),
    "signed_at": lazy_gettext("Signed"),
    "signed_by": lazy_gettext("Signed by"),
    "size": lazy_gettext("Size"),
    "source": lazy_gettext("Source"),
    "speaks": lazy_gettext("Speaks"),
    "specialty": lazy_gettext("Specialty"),
    "start_time": lazy_gettext("Start"),
    "starts_at": lazy_gettext("Start"),
    "status": lazy_gettext("State"),
    "status_reason": lazy_gettext("Remark"),
    "stripe_charge": lazy_gettext("Charge at the provider"),
    "stripe_intent": lazy_gettext("Request at the provider"),
    "subtotal": lazy_gettext("Subtotal"),
    "tags": lazy_gettext("Tags"),
    "tax": lazy_gettext("Tax"),
    "tax_id": lazy_gettext("Tax number"),
    "tax_rate": lazy_gettext("Tax in percent"),
    "text": lazy_gettext("Text"),
    "timezone": lazy_gettext("Time zone"),
    "title": lazy_gettext("Title"),
    "to_day": lazy_gettext("Not after"),
    "to_time": lazy_gettext("Latest"),
    "token_hash": lazy_gettext("Address"),
    "total": lazy_gettext("Total"),
    "total_cancellations": lazy_gettext("Cancellations"),
    "total_no_shows": lazy_gettext("No-shows"),
    "total_visits": lazy_gettext("Visits"),
    "type": lazy_gettext("Type"),
    "updated_at": lazy_gettext("Changed"),
    "uploaded_at": lazy_gettext("Uploaded"),
    "uploaded_by": lazy_gettext("Uploaded by"),
    "urgency": lazy_gettext("Urgency"),
    "user": lazy_gettext("User"),
    "username": lazy_gettext("User name"),
    "valid_from": lazy_gettext("Valid from"),
    "valid_to": lazy_gettext("Valid to"),
    "value": lazy_gettext("Value"),
    "visit": lazy_gettext("Visit"),
    "vitals": lazy_gettext("Vital signs"),
    "waiting_since": lazy_gettext("Waiting since"),
    "weekday": lazy_gettext("Weekday"),
    "weekdays": lazy_gettext("Weekdays"),
    "whatsapp_name": lazy_gettext("WhatsApp name"),
    "window": lazy_gettext("Could come"),
}


def label_for(column: str) -> Any:
    """A column's heading in words; a view names what is not listed here."""
    plain = column.removesuffix("_minor").removesuffix("_bp").removesuffix("_id")
    return LABELS.get(column) or LABELS.get(plain) or plain.replace("_", " ").replace(".", " ").capitalize()
