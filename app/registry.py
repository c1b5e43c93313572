"""Every view, API, socket namespace and menu entry of the product, in menu order, and nothing else."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder, BaseView
from flask_babel import lazy_gettext as _

from app.billing import stripe_deliveries  # noqa: F401 - registers what the worker delivers
from app.billing.api import EarningsApi, InvoiceApi, PatientPaymentsApi
from app.billing.earnings_views import DoctorEarningsView
from app.billing.views import InvoiceView, PaymentView
from app.billing.webhooks import webhooks
from app.documents.api import InvoiceFilesApi
from app.documents.prescription_api import PrescriptionFileApi
from app.documents.prescription_views import PrescriptionFileView
from app.documents.statement_views import EarningsStatementView
from app.documents.views import InvoiceFilesView
from app.frontdesk import deliveries as frontdesk_deliveries  # noqa: F401 - registers what the worker delivers
from app.frontdesk.api import CheckInApi, PatientVisitsApi, QueueApi, VisitApi
from app.frontdesk.clinical_api import AttachmentApi, PrescriptionApi, VisitAttachmentsApi, VisitPrescriptionsApi
from app.frontdesk.clinical_lookups import offer_code_lookup
from app.frontdesk.clinical_views import ClinicalView
from app.frontdesk.consultation_views import ConsultationView
from app.frontdesk.display_views import DisplayAddressView, DisplayView, waiting_rooms
from app.frontdesk.doctor_api import (
    AppointmentPatientsApi,
    CustomersApi,
    DoctorDayApi,
    DoctorPatientsApi,
    DoctorScheduleApi,
)
from app.frontdesk.doctor_patient_views import DoctorPatientsView, PatientShortcuts
from app.frontdesk.doctor_views import DoctorPortalView
from app.frontdesk.record_api import NoteTemplateApi, RecordApi
from app.frontdesk.schedule_views import DoctorScheduleView
from app.frontdesk.sockets import Desk
from app.frontdesk.template_views import NoteTemplateView
from app.frontdesk.ticket_views import TicketView, ticket_pages
from app.frontdesk.views import QueueView
from app.frontdesk.visit_views import VisitView
from app.messaging import deliveries as messaging_deliveries  # noqa: F401 - registers what the worker delivers
from app.messaging.api import NotificationApi
from app.messaging.views import NotificationView
from app.people.api import ClinicApi, DoctorApi, PatientApi, ServiceApi, SpecialtyApi
from app.people.catalogue_views import (
    ClinicView,
    DoctorView,
    HolidayView,
    OfferView,
    ServiceView,
    SpecialtyView,
    WorkplaceView,
)
from app.people.lookups import offer_lookups
from app.people.role_views import RoleView
from app.people.setting_views import SettingView
from app.people.user_views import AccountView, UserView
from app.people.views import PatientView
from app.reporting.home_views import HomeView
from app.reporting.views import AuditView
from app.scheduling import deliveries as scheduling_deliveries  # noqa: F401 - registers what the worker delivers
from app.scheduling import tasks as scheduling_tasks  # noqa: F401 - registers what the worker does by itself
from app.scheduling.api import AppointmentApi, HoldApi, PatientAppointmentsApi, SlotApi
from app.scheduling.calendar_views import CalendarView
from app.scheduling.feed_api import AppointmentFileApi
from app.scheduling.feed_views import AppointmentFileView, CalendarFeedView, calendar_feeds
from app.scheduling.hours_views import AvailabilityDateView, AvailabilityView, LeaveView
from app.scheduling.leave_views import LeaveImpactView
from app.scheduling.offer_views import waitlist_pages
from app.scheduling.series_api import SeriesApi
from app.scheduling.series_views import SeriesView
from app.scheduling.views import AppointmentView
from app.scheduling.waitlist_api import WaitlistApi, WaitlistOfferApi
from app.scheduling.waitlist_views import OfferedTimesView, WaitlistView
from app.web.choices import ChoiceView
from app.web.health import health
from app.web.lookups import LookupView
from app.web.openapi import OpenApiView
from app.web.security import Security

FRAME: dict[str, Any] = {"security_manager_class": Security, "update_perms": False, "indexview": HomeView}

# The sidebar, in the order of the day: view and icon; named by the view's `resource`, labelled by its `list_title`.
MENU: tuple[tuple[type[BaseView], str], ...] = (
    (QueueView, "ti-list-numbers"),
    (DoctorPortalView, "ti-stethoscope"),
    (DoctorScheduleView, "ti-calendar-time"),
    (DoctorPatientsView, "ti-users-group"),
    (DoctorEarningsView, "ti-coins"),
    (CalendarView, "ti-calendar-week"),
    (AppointmentView, "ti-calendar"),
    (WaitlistView, "ti-clock-up"),
    (PatientView, "ti-users"),
    (VisitView, "ti-walk"),
    (InvoiceView, "ti-file-invoice"),
    (PaymentView, "ti-coins"),
    (NotificationView, "ti-mail"),
)
# Below it, folded away: what is set up once.
SETUP = "Setup"
SETUP_MENU: tuple[tuple[type[BaseView], str], ...] = (
    (DoctorView, "ti-user-heart"),
    (ServiceView, "ti-list-details"),
    (AvailabilityView, "ti-clock"),
    (SpecialtyView, "ti-tags"),
    (ClinicView, "ti-building-hospital"),
    (HolidayView, "ti-calendar-off"),
    (DisplayView, "ti-device-tv"),
    (SettingView, "ti-adjustments"),
    (UserView, "ti-user-cog"),
    (RoleView, "ti-shield-lock"),
    (AuditView, "ti-history"),
)

# Pages and REST that the sidebar does not lead to.
WITHOUT_MENU: tuple[type[BaseView], ...] = (
    LookupView,
    OpenApiView,
    AccountView,
    ChoiceView,
    ConsultationView,
    NoteTemplateView,
    WorkplaceView,
    OfferView,
    AvailabilityDateView,
    LeaveView,
    LeaveImpactView,
    SeriesView,
    OfferedTimesView,
    InvoiceFilesView,
    AppointmentFileView,
    CalendarFeedView,
    PatientShortcuts,
    EarningsStatementView,
    ClinicalView,
    PrescriptionFileView,
    DisplayAddressView,
    TicketView,
)
APIS: tuple[type[BaseView], ...] = (
    PatientApi,
    ClinicApi,
    DoctorApi,
    ServiceApi,
    SpecialtyApi,
    AppointmentApi,
    AppointmentFileApi,
    PatientAppointmentsApi,
    SeriesApi,
    WaitlistApi,
    WaitlistOfferApi,
    SlotApi,
    HoldApi,
    CheckInApi,
    QueueApi,
    VisitApi,
    RecordApi,
    NoteTemplateApi,
    PatientVisitsApi,
    VisitPrescriptionsApi,
    PrescriptionApi,
    PrescriptionFileApi,
    VisitAttachmentsApi,
    AttachmentApi,
    InvoiceApi,
    InvoiceFilesApi,
    PatientPaymentsApi,
    EarningsApi,
    DoctorDayApi,
    DoctorScheduleApi,
    DoctorPatientsApi,
    AppointmentPatientsApi,
    CustomersApi,
    NotificationApi,
)


def register(app: Flask, builder: AppBuilder) -> None:
    """Register everything on this app."""
    offer_lookups()
    offer_code_lookup()
    relate()
    app.register_blueprint(health)
    app.register_blueprint(webhooks)
    app.register_blueprint(calendar_feeds)
    app.register_blueprint(waitlist_pages)
    app.register_blueprint(waiting_rooms)
    app.register_blueprint(ticket_pages)
    for guarded_otherwise in (webhooks, waitlist_pages):
        app.extensions["csrf"].exempt(guarded_otherwise)
    app.extensions["socketio"].on_namespace(Desk("/"))
    builder.add_link("Home", href="/", label=_("Home"), icon="ti-home")
    for view, icon in MENU:
        builder.add_view(view, view.resource, label=view.list_title, icon=icon, href=getattr(view, "menu_address", ""))
    group = {"category": SETUP, "category_label": _("Set-up"), "category_icon": "ti-settings"}
    for view, icon in SETUP_MENU:
        builder.add_view(view, view.resource, label=view.list_title, icon=icon, **group)
    for view in WITHOUT_MENU:
        builder.add_view_no_menu(view)
    for api in APIS:
        builder.add_api(api)


def relate() -> None:
    """The lists on a record's page that come from domains above the record's own."""
    PatientView.related_views = [AppointmentView, WaitlistView, VisitView, InvoiceView]
    AppointmentView.related_views = [VisitView, NotificationView]
    DoctorView.related_views = [WorkplaceView, OfferView, AvailabilityView, AvailabilityDateView, LeaveView]
