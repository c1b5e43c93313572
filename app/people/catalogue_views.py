"""The screens of clinics, doctors, services, specialties, holidays and settings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _

from app.kernel.clock import now
from app.people import catalogue, clinics, doctors
from app.people.clinic_forms import country_field, currency_field, timezone_field
from app.people.models import Clinic, Doctor, DoctorClinic, DoctorService, Holiday, Service, Specialty
from app.people.roles import Role
from app.web.crud import CommandView, ScopedInterface
from app.web.security import current_actor

TERMS = ["duration_minutes", "buffer_before_minutes", "buffer_after_minutes", "price_minor", "tax_rate_bp", "share_bp"]
ADDRESS = ["address", "phone", "email", "tax_id"]


class OwnTermsHidden(CommandView):
    """What a doctor earns is the administration's and the accountant's to see."""

    def withheld(self, act: str) -> Collection[str]:
        return () if current_actor().has_role(Role.ADMIN, Role.ACCOUNTANT) else ("share_bp", "user")


class ServiceView(OwnTermsHidden):
    datamodel = ScopedInterface(Service)
    resource = "Service"
    route_base = "/services"
    list_title, show_title = _("Services"), _("Service")
    add_title, edit_title = _("New service"), _("Change service")
    list_columns = ["name", "duration_minutes", "price_minor", "tax_rate_bp", "clinic", "is_active"]
    show_columns = ["name", "clinic", *TERMS, "is_active", "updated_at"]
    add_columns = ["clinic", "name", *TERMS]
    edit_columns = ["name", *TERMS, "is_active"]
    number_columns = ["duration_minutes"]
    delete_warning = _("A service with a history is no longer offered; one without is deleted for good.")
    search_columns = ["clinic", "is_active"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    description_columns = {
        "price_minor": _("Without tax, in the clinic's currency."),
        "share_bp": _("Where it is empty, the share of the doctor applies."),
    }
    delete_row_message = _("Deleted, or no longer offered where there is a history.")

    def add_command(self, values: dict[str, Any]) -> Service:
        values.pop("revision")
        return catalogue.create_service(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> Service:
        revision = values.pop("revision")
        return catalogue.update_service(pk, values, revision=revision, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        catalogue.remove_service(pk, actor=current_actor(), now=now())


class WorkplaceView(OwnTermsHidden):
    datamodel = ScopedInterface(DoctorClinic)
    resource = "Doctor"
    route_base = "/workplaces"
    list_title, show_title = _("Clinics"), _("Clinic of a doctor")
    add_title, edit_title = _("New clinic of a doctor"), _("Change clinic of a doctor")
    titles_within = {"clinic": _("Doctors")}
    names_clinic = True
    delete_label = _("Remove")
    delete_warning = _("Does the doctor no longer work at this clinic?")
    list_columns = ["doctor", "clinic", "room", "daily_maximum", "share_bp"]
    show_columns = ["doctor", "clinic", "room", "daily_maximum", "share_bp"]
    add_columns = ["doctor", "clinic", "room", "daily_maximum", "share_bp"]
    edit_columns = ["room", "daily_maximum", "share_bp"]
    search_columns = ["doctor", "clinic"]
    number_columns = ["daily_maximum"]
    description_columns = {
        "daily_maximum": _("Leave it empty for no limit. Walk-ins are not counted."),
        "share_bp": _("Where it is empty, the share of the doctor applies."),
    }

    def add_command(self, values: dict[str, Any]) -> DoctorClinic:
        return doctors.add_workplace(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> DoctorClinic:
        return doctors.change_workplace(pk, values, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        doctors.end_workplace(pk, actor=current_actor(), now=now())


class OfferView(CommandView):
    datamodel = ScopedInterface(DoctorService)
    resource = "Doctor"
    route_base = "/offers"
    list_title, show_title = _("Offered services"), _("Offered service")
    add_title, edit_title = _("New offered service"), _("Change offered service")
    number_columns = ["duration_minutes", "price"]
    delete_label = _("Remove")
    delete_warning = _("Does the doctor no longer offer this service?")
    empty_hint = _("Without entries a doctor offers every service of the clinic.")
    list_columns = ["doctor", "service", "duration_minutes", "price"]
    show_columns = ["doctor", "service", "service.clinic", "duration_minutes", "price"]
    add_columns = ["doctor", "service", "duration_minutes", "price_minor"]
    edit_columns = ["duration_minutes", "price_minor"]
    search_columns = ["doctor", "service"]
    label_columns = {"duration_minutes": _("Own duration (minutes)"), "price_minor": _("Own price")}
    label_columns |= {"price": _("Own price"), "service.clinic": _("Clinic")}
    load_columns = ["service.clinic"]

    def add_command(self, values: dict[str, Any]) -> DoctorService:
        return doctors.add_offer(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> DoctorService:
        return doctors.change_offer(pk, values, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        doctors.end_offer(pk, actor=current_actor(), now=now())


class DoctorView(OwnTermsHidden):
    datamodel = ScopedInterface(Doctor)
    resource = "Doctor"
    route_base = "/doctors"
    list_title, show_title = _("Doctors"), _("Doctor")
    add_title, edit_title = _("New doctor"), _("Change doctor")
    list_columns = ["name", "specialty", "phone", "email", "is_active"]
    show_columns = ["specialty", "phone", "email", "share_bp", "user", "is_active"]
    delete_warning = _("A doctor with a history is deactivated; one without is deleted for good.")
    add_columns = ["name", "specialty", "user", "phone", "email", "share_bp"]
    edit_columns = [*add_columns, "is_active"]
    search_columns = ["specialty", "is_active"]
    show_template = "people/doctor.html"
    order_columns = ["name"]
    base_order = ("name", "asc")
    label_columns = {"user": _("Signs in as")}
    description_columns = {"share_bp": _("Of each payment without tax; a clinic or a service may have another.")}
    delete_row_message = _("Deleted, or deactivated where there is a history.")
    related_views = [WorkplaceView, OfferView]

    def add_command(self, values: dict[str, Any]) -> Doctor:
        values.pop("revision")
        return doctors.create_doctor(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> Doctor:
        revision = values.pop("revision")
        return doctors.update_doctor(pk, values, revision=revision, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        doctors.remove_doctor(pk, actor=current_actor(), now=now())


class SpecialtyView(CommandView):
    datamodel = ScopedInterface(Specialty)
    resource = "Specialty"
    route_base = "/specialties"
    list_title, show_title = _("Specialties"), _("Specialty")
    add_title, edit_title = _("New specialty"), _("Change specialty")
    list_columns = show_columns = add_columns = edit_columns = ["name"]
    base_order = ("name", "asc")
    related_views = [DoctorView]

    def add_command(self, values: dict[str, Any]) -> Specialty:
        return catalogue.create_specialty(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> Specialty:
        return catalogue.update_specialty(pk, values, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        catalogue.remove_specialty(pk, actor=current_actor(), now=now())


class HolidayView(CommandView):
    datamodel = ScopedInterface(Holiday)
    resource = "Holiday"
    route_base = "/holidays"
    list_title, show_title = _("Holidays"), _("Holiday")
    add_title, edit_title = _("New holiday"), _("Change holiday")
    list_columns = show_columns = ["day", "name", "clinic"]
    add_columns = ["clinic", "day", "name"]
    edit_columns = ["day", "name"]
    search_columns = ["clinic", "day"]
    order_columns = ["day"]
    base_order = ("day", "desc")
    empty_hint = _("On a holiday the clinic offers no times.")

    def heading(self, row: Holiday) -> str:
        return row.name

    def add_command(self, values: dict[str, Any]) -> Holiday:
        return catalogue.create_holiday(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> Holiday:
        return catalogue.update_holiday(pk, values, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        catalogue.remove_holiday(pk, actor=current_actor(), now=now())


class ClinicView(CommandView):
    datamodel = ScopedInterface(Clinic)
    resource = "Clinic"
    route_base = "/clinics"
    list_title, show_title = _("Clinics"), _("Clinic")
    add_title, edit_title = _("New clinic"), _("Change clinic")
    list_columns = ["name", "code", "phone", "timezone", "currency", "is_active"]
    show_columns = ["code", "country", "timezone", "currency", "language", *ADDRESS, "is_active"]
    show_template = "people/clinic.html"
    delete_warning = _("A clinic with a history is closed; one without is deleted for good.")
    add_columns = ["name", "code", "country", "timezone", "currency", "language", *ADDRESS]
    edit_columns = [*add_columns, "is_active"]
    search_columns = ["is_active"]
    base_order = ("name", "asc")
    description_columns = {
        "code": _("Short and lasting: imports and addresses use it."),
        "currency": _("Fixed after the first invoice."),
        "language": _("As in en or pt_BR."),
    }
    add_form_extra_fields = {
        "country": country_field(),
        "timezone": timezone_field(),
        "currency": currency_field(),
    }
    edit_form_extra_fields = add_form_extra_fields
    delete_row_message = _("Deleted, or closed where there is a history.")
    related_views = [WorkplaceView, ServiceView, HolidayView]

    def add_command(self, values: dict[str, Any]) -> Clinic:
        values.pop("revision")
        return clinics.create_clinic(values, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> Clinic:
        revision = values.pop("revision")
        return clinics.update_clinic(pk, values, revision=revision, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        clinics.remove_clinic(pk, actor=current_actor(), now=now())
