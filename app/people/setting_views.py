"""The settings of each clinic, as one form."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField
from wtforms.validators import Optional

from app.kernel.clock import now
from app.people.models import Clinic
from app.people.settings import DisplayNames, change_settings, get_settings
from app.web.crud import CommandView, ScopedInterface
from app.web.form_fields import StateField
from app.web.security import current_actor

NAMES_SHOWN = {
    DisplayNames.NUMBER: _("The number alone"),
    DisplayNames.INITIALS: _("Number and initials"),
    DisplayNames.FIRST_NAME: _("Number and first name"),
}


def minutes(label: Any, hint: Any = "") -> IntegerField:
    return IntegerField(label, [Optional()], description=hint)


class SettingView(CommandView):
    """One form for each clinic."""

    datamodel = ScopedInterface(Clinic)
    resource = "Setting"
    route_base = "/settings"
    list_title, edit_title = _("Settings"), _("Change settings")
    list_columns = ["name", "code"]
    edit_columns = ["slot_grid_minutes", "notice_minutes", "horizon_days", "travel_minutes", "hold_minutes"]
    edit_columns += ["no_show_grace_minutes", "followup_days", "followup_price_percent"]
    edit_columns += ["waitlist_offer_minutes", "waitlist_lead_minutes", "feed_shows_names", "display_names"]
    edit_form_extra_fields = {
        "slot_grid_minutes": minutes(_("Appointments begin every (minutes)")),
        "notice_minutes": minutes(_("Booked at least ahead (minutes)")),
        "horizon_days": minutes(_("Booked at most ahead (days)")),
        "feed_shows_names": BooleanField(
            _("Calendar feeds show patients' names"),
            description=_("The names then go to the calendar service that a doctor uses."),
        ),
        "travel_minutes": minutes(_("A doctor's way from another clinic (minutes)")),
        "hold_minutes": minutes(_("A time is held for (minutes)")),
        "no_show_grace_minutes": minutes(
            _("No-show after the end (minutes)"),
            _("A confirmed appointment whose patient was not checked in becomes a no-show by itself after this time."),
        ),
        "followup_days": minutes(
            _("Follow-ups within (days)"),
            _("So long after a visit, an appointment with the same doctor may be of type “follow-up”; 0 for none."),
        ),
        "followup_price_percent": minutes(
            _("Price of a follow-up (%)"),
            _("Of the service's price, when the invoice of an appointment of the type “follow-up” is drafted."),
        ),
        "waitlist_offer_minutes": minutes(
            _("The waiting list has to answer within (minutes)"),
            _("A time that becomes free is kept so long for the first, then for the next; 0: only the desk offers."),
        ),
        "waitlist_lead_minutes": minutes(
            _("Offered to the waiting list at least ahead (minutes)"),
            _("How long before a time begins nobody is offered it any more: they still have to come."),
        ),
    }
    edit_form_extra_fields["display_names"] = StateField(
        _("In the waiting room a patient is called by"),
        kind=DisplayNames,
        words=NAMES_SHOWN.__getitem__,
        description=_("What the screens there and printed tickets show to everybody."),
    )
    base_order = ("name", "asc")
    exclude_route_methods = {"show", "export"}

    def row(self, pk: object, load: Any = ()) -> Clinic:
        """The clinic, with its settings as the form names them."""
        clinic: Clinic = super().row(pk, load)
        for name, value in asdict(get_settings(clinic.id)).items():
            setattr(clinic, name, value)
        return clinic

    def edit_command(self, pk: int, values: dict[str, Any]) -> None:
        values.pop("revision")
        change_settings(pk, values, actor=current_actor(), now=now())
