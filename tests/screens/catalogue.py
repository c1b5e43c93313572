"""Every screen of the product, as the demo's users see it; the tests look at it and `make screenshots` draws it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from app.demo.clinics import USERS
from tests.screens import steps
from tests.screens.steps import Step

NOBODY = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """What `role`, a user of the demo, sees at an address after a step.

    A name in braces in the address is a row of records.py. `refused` is what a script of the page is answered.
    """

    role: str
    name: str
    address: str
    step: Step | None = None
    status: int = 200
    refused: int = 0
    on_phone: bool = False  # looks like this on a phone only
    own_language: bool = False  # is in another language than its reader's

    @property
    def id(self) -> str:
        return f"{self.role}-{self.name}" if self.role else self.name


def seen_by(role: str, *screens: tuple[Any, ...]) -> tuple[Screen, ...]:
    """Screens from name, address, step, status."""
    return tuple(Screen(role, *screen) for screen in screens)


def in_own_language(role: str, *screens: tuple[Any, ...]) -> tuple[Screen, ...]:
    """Screens in the language of a clinic or of a patient, whoever looks at them."""
    return tuple(replace(screen, own_language=True) for screen in seen_by(role, *screens))


def records(role: str, at: str, key: str, *more: tuple[Any, ...]) -> tuple[Screen, ...]:
    """The pages of a generated view, and what an empty form is told."""
    name = at.replace("/", "-")
    return seen_by(
        role,
        (name, f"/{at}/list/"),
        (f"{name}-show", f"/{at}/show/{{{key}}}"),
        (f"{name}-add", f"/{at}/add"),
        (f"{name}-refused", f"/{at}/add", steps.send_record, 422),
        (f"{name}-edit", f"/{at}/edit/{{{key}}}"),
        *more,
    )


SIGNING_IN = seen_by(
    NOBODY,
    ("sign-in", "/login/"),
    ("sign-in-wrong", "/login/", steps.sign_in_wrongly, 401),
    ("sign-in-first", "/patients/list/", None, 401),
)

HOME = tuple(Screen(role, "home", "/") for role in ("admin", "reception", "doctor", "accountant"))

QUEUE = (
    *seen_by(
        "reception",
        ("queue", "/queue/"),
        ("queue-of-doctor", "/queue/?doctor={doctor}"),
        ("queue-expected-none", "/queue/?q=zzzz"),
        ("queue-more", "/queue/", steps.more_of_visit),
        ("queue-more-called", "/queue/", steps.more_of_called),
        ("queue-left", "/queue/", partial(steps.ask, "left")),
        ("queue-undo", "/queue/", partial(steps.ask, "undo")),
        ("queue-priority", "/queue/", partial(steps.ask, "normal")),
        ("queue-hand-over", "/queue/", partial(steps.ask, "hand-over")),
        ("queue-hand-over-all", "/queue/?doctor={doctor}", steps.hand_over_all),
        ("queue-back", "/queue/", steps.send_back),
        ("queue-ask-page", "/queue/ask/undo/{waiting}"),
        ("queue-ask-doctor-page", "/queue/ask/hand-over/{waiting}"),
        ("queue-more-page", "/queue/ask/more/{waiting}"),
        ("queue-more-page-called", "/queue/ask/more/{called}"),
        ("queue-walk-in", "/queue/", steps.walk_in),
        ("queue-walk-in-nobody", "/queue/", steps.find_nobody_in_walk_in),
        ("queue-account-menu", "/queue/", steps.account_menu),
        ("queue-language-menu", "/queue/", steps.language_menu),
    ),
    Screen("reception", "queue-walk-in-refused", "/queue/", steps.refuse_walk_in, refused=422),
    Screen("reception", "queue-keys", "/queue/", steps.keys_of_queue),
    Screen("reception", "queue-sidebar", "/queue/", steps.sidebar, on_phone=True),
)

WAITING_ROOM = (
    *in_own_language(
        NOBODY,
        ("display", "/queue/display/{display_english}"),
        ("display-announces", "/queue/display/{display_english}", steps.announce),
        ("display-arabic", "/queue/display/{display_arabic}"),
        ("ticket-waiting", "/t/{waiting_token}"),
        ("ticket-called", "/t/{called_token}"),
        ("ticket-with-doctor", "/t/{inside_token}"),
        ("ticket-over", "/t/{completed_token}"),
        ("ticket-of-another-day", "/t/{past_token}"),
    ),
    *in_own_language("reception", ("ticket-paper", "/queue/ticket/{waiting}")),
    *seen_by(NOBODY, ("display-none", "/queue/display/nobodys", None, 404)),
    *records("admin", "displays", "display"),
    *seen_by(
        "admin",
        ("displays-address", "/displays/{display}/address"),
        ("displays-address-made", "/displays/{display}/address", steps.make_feed),
    ),
)

APPOINTMENTS = seen_by(
    "reception",
    ("calendar", "/calendar/"),
    ("calendar-week", "/calendar/?view=week&doctor={doctor}"),
    ("appointments", "/appointments/list/"),
    ("appointments-today", "/appointments/list/?_flt_0_starts_at=today"),
    ("appointments-chosen", "/appointments/list/?_flt_0_status=requested", steps.choose_row),
    ("appointments-show", "/appointments/show/{confirmed}"),
    ("appointments-requested", "/appointments/show/{requested}"),
    ("appointments-cancelled", "/appointments/show/{cancelled}"),
    ("appointments-missed", "/appointments/show/{missed}"),
    ("appointments-edit", "/appointments/edit/{confirmed}"),
    ("appointments-add", "/appointments/add"),
    ("appointments-add-patient", "/appointments/add", partial(steps.type_into, "#patient-search", "an")),
    ("appointments-times", "/appointments/add?patient={patient}&clinic=1", steps.offer_times),
    ("appointments-refused", "/appointments/add", steps.send_record, 422),
    ("appointments-repeat", "/appointments/repeat/{confirmed}"),
    ("appointments-repeat-plan", "/appointments/repeat/{confirmed}", steps.plan_series),
    ("appointments-cancel-series", "/appointments/cancel-series/{in_series}"),
    ("appointments-move", "/appointments/move/{confirmed}"),
    ("appointments-move-refused", "/appointments/move/{confirmed}", steps.move_nowhere, 422),
    ("leave-affected", "/availability/leave/{busy_leave}/affected"),
    ("leave-affected-all", "/availability/leave/{busy_leave}/affected?tick=all"),
    ("leave-affected-refused", "/availability/leave/{busy_leave}/affected", steps.move_nobody, 422),
    ("leave-affected-nobody", "/availability/leave/{leave}/affected"),
    ("leave-show", "/availability/leave/show/{busy_leave}"),
    ("appointments-cancel", "/appointments/cancel/{confirmed}"),
    ("appointments-cancel-refused", "/appointments/cancel/{confirmed}", steps.send_record, 422),
)

WAITLIST = (
    *seen_by(
        "reception",
        ("waitlist", "/waitlist/list/?_flt_0_status=waiting"),
        ("waitlist-all", "/waitlist/list/"),
        ("waitlist-show", "/waitlist/show/{entry}"),
        ("waitlist-show-offered", "/waitlist/show/{entry_with_offer}"),
        ("waitlist-take-back", "/waitlist/show/{entry_with_offer}", steps.confirm),
        ("waitlist-times", "/waitlist/offer/{entry}"),
        ("waitlist-times-refused", "/waitlist/offer/{entry_with_offer}", steps.send_record, 409),
        ("waitlist-add", "/waitlist/add"),
        ("waitlist-refused", "/waitlist/add", steps.send_record, 422),
        ("waitlist-earlier", "/waitlist/add?_flt_0_patient={patient}&appointment={confirmed}"),
        ("waitlist-edit", "/waitlist/edit/{entry}"),
        ("waitlist-offered", "/waitlist/offered/list/"),
    ),
    *seen_by(NOBODY, ("offer", "/offer/{offer_token}")),
)

PATIENTS = seen_by(
    "reception",
    ("patients", "/patients/list/"),
    ("patients-last-page", "/patients/list/?page_PatientView=19"),
    ("patients-none", "/patients/list/?q=zzzz"),
    ("patients-filter-menu", "/patients/list/", steps.filter_menu),
    ("patients-filters", "/patients/list/", steps.add_filters),
    ("patients-chips", "/patients/list/?_flt_0_gender=female&_flt_1_date_of_birth=1990-01-01"),
    ("patients-show", "/patients/show/{patient}"),
    ("patients-show-invoices", "/patients/show/{patient}", partial(steps.open_tab, 2)),
    ("patients-archived", "/patients/show/{archived}"),
    ("patients-add", "/patients/add"),
    ("patients-refused", "/patients/add", steps.send_record, 422),
    ("patients-edit", "/patients/edit/{patient}"),
    ("patients-confirm", "/patients/show/{patient}", steps.confirm),
)

VISITS = seen_by(
    "reception",
    ("visits", "/visits/list/"),
    ("visits-show", "/visits/show/{completed}"),
    ("visits-waiting", "/visits/show/{waiting}"),
    ("visits-invoice", "/visits/invoice/{waiting}"),
    ("visits-add", "/visits/add"),
    ("visits-refused", "/visits/add", steps.send_record, 422),
)

MONEY = (
    *seen_by(
        "reception",
        ("invoices", "/invoices/list/"),
        ("invoices-draft", "/invoices/show/{draft}"),
        ("invoices-issue", "/invoices/show/{draft}", steps.confirm),
        ("invoices-edit", "/invoices/edit/{draft}"),
        ("invoices-edit-refused", "/invoices/edit/{draft}", steps.type_nonsense_into_draft, 422),
        ("invoices-edit-issued", "/invoices/edit/{issued}"),
        ("invoices-issued", "/invoices/show/{issued}"),
        ("invoices-pay-refused", "/invoices/show/{issued}", steps.pay_too_much, 409),
        ("invoices-part-paid", "/invoices/show/{part_paid}"),
        ("invoices-paid", "/invoices/show/{paid}"),
        ("invoices-add", "/invoices/add"),
        ("invoices-refused", "/invoices/add", steps.send_record, 422),
        ("payments", "/payments/list/"),
        ("payments-show", "/payments/show/{payment}"),
    ),
    *seen_by(
        "accountant",
        ("invoices", "/invoices/list/"),
        ("invoices-issued", "/invoices/show/{issued}"),
        ("invoices-export", "/invoices/export"),
        ("invoices-export-refused", "/invoices/export?format=pdf&from=2020-01-01&to=2019-01-01", None, 422),
        ("payments", "/payments/list/"),
        ("payments-show", "/payments/show/{failed_payment}"),
        ("audit", "/audit/list/"),
        ("doctors-show", "/doctors/show/{doctor}"),
    ),
)

NOTICES = seen_by(
    "reception",
    ("notifications", "/notifications/list/"),
    ("notifications-sent", "/notifications/show/{sent}"),
    ("notifications-failed", "/notifications/show/{failed}"),
)

OWN = seen_by(
    "reception",
    ("account", "/account/form"),
    ("account-refused", "/account/form", steps.send_empty_account, 422),
    ("password", "/resetmypassword/form"),
    ("password-refused", "/resetmypassword/form", steps.send_record, 422),
    ("not-allowed", "/users/list/", None, 403),
    ("not-found", "/patients/show/999999", None, 404),
    ("server-error", "/patients/show/{damaged}", None, 500),
)

DOCTORS = (
    *seen_by(
        "doctor",
        ("today", "/doctor/"),
        ("today-on-its-own", "/doctor/today"),
        ("today-folds", "/doctor/", steps.unfold_day),
        ("consultation", "/doctor/consultations/{begun}"),
        ("consultation-wrong", "/doctor/consultations/{begun}", steps.mistype_a_sign),
        ("consultation-templates", "/doctor/consultations/{begun}", steps.template_menu),
        ("consultation-template", "/doctor/consultations/{begun}", steps.save_as_template),
        ("consultation-complete", "/doctor/consultations/{begun}", steps.complete_consultation),
        ("consultation-back", "/doctor/consultations/{begun}", steps.send_back),
        ("consultation-signed", "/doctor/consultations/{amended}"),
        ("consultation-amend-refused", "/doctor/consultations/{amended}", steps.amend_nothing, 422),
        ("consultation-waiting", "/doctor/consultations/{waiting}"),
        ("note-templates", "/doctor/templates/list/"),
        ("note-templates-show", "/doctor/templates/show/{note_template}"),
        ("note-templates-add", "/doctor/templates/add"),
        ("note-templates-refused", "/doctor/templates/add", steps.send_record, 422),
        ("note-templates-edit", "/doctor/templates/edit/{note_template}"),
        ("appointments", "/appointments/list/?_flt_0_starts_at=today"),
        ("appointments-show", "/appointments/show/{confirmed}"),
        ("patients", "/patients/list/"),
        ("patients-show", "/patients/show/{patient}"),
        ("patients-edit", "/patients/edit/{patient}"),
        ("visits", "/visits/list/"),
        ("visits-show", "/visits/show/{completed}"),
        ("availability", "/availability/list/"),
        ("availability-add", "/availability/add"),
        ("availability-dates-add", "/availability/dates/add"),
        ("calendar", "/calendar/"),
        ("feed", "/doctor/feed"),
        ("feed-made", "/doctor/feed", steps.make_feed),
    ),
    *seen_by(
        "doctor2",
        ("today", "/doctor/"),
        ("availability", "/availability/list/"),
        ("leave-affected", "/availability/leave/{busy_leave}/affected"),
    ),
    *seen_by("unknown", ("today", "/doctor/")),
)

PORTAL = (
    *seen_by(
        "doctor",
        ("my-schedule", "/doctor/schedule"),
        ("my-schedule-all", "/doctor/schedule?status=all"),
        ("my-schedule-cancel", "/doctor/schedule", steps.cancel_with_reason),
        ("my-schedule-refused", "/doctor/schedule?from=2030-05-02&to=2030-05-01", None, 422),
        ("my-schedule-none", "/doctor/schedule?from=2040-01-01"),
        ("my-patients", "/doctor/patients"),
        ("my-patients-by-spend", "/doctor/patients?sort=spend"),
        ("my-patients-none", "/doctor/patients?q=zzzz"),
        ("my-patient", "/doctor/patients/{patient}"),
        ("my-earnings", "/doctor/earnings"),
        ("my-earnings-tables", "/doctor/earnings?start_date=&end_date=", steps.open_figures),
        ("my-earnings-none", "/doctor/earnings?start_date=2040-01-01&end_date="),
        ("my-earnings-refused", "/doctor/earnings?start_date=2040-01-01&status=x", None, 422),
    ),
    *seen_by(
        "doctor2",
        ("my-schedule", "/doctor/schedule"),
        ("my-patients", "/doctor/patients"),
        ("my-earnings", "/doctor/earnings?start_date=&end_date="),
    ),
    *seen_by("unknown", ("my-earnings", "/doctor/earnings")),
)

CONSULTATION = (
    *seen_by(
        "doctor",
        ("consultation-diagnoses", "/doctor/consultations/{started}/diagnoses"),
        (
            "consultation-diagnoses-search",
            "/doctor/consultations/{started}/diagnoses",
            partial(steps.type_into, "#diagnosis-code", "acute inf"),
        ),
        ("consultation-diagnoses-signed", "/doctor/consultations/{completed}/diagnoses"),
        ("consultation-prescriptions", "/doctor/consultations/{started}/prescriptions"),
        ("consultation-prescriptions-copied", "/doctor/consultations/{started}/prescriptions", steps.another_medicine),
        ("consultation-attachments", "/doctor/consultations/{started}/attachments"),
    ),
    Screen(
        "doctor",
        "consultation-prescriptions-refused",
        "/doctor/consultations/{started}/prescriptions",
        steps.refuse_prescription,
        refused=422,
    ),
)

SETUP = (
    *records("admin", "doctors", "doctor"),
    *records("admin", "workplaces", "workplace"),
    *records("admin", "offers", "offer"),
    *records("admin", "services", "service"),
    *records("admin", "specialties", "specialty"),
    *records("admin", "availability", "hours"),
    *records("admin", "availability/dates", "date"),
    *records("admin", "availability/leave", "leave"),
    *records("admin", "clinics", "clinic"),
    *records("admin", "holidays", "holiday"),
    *records("admin", "users", "user"),
    *seen_by(
        "admin",
        ("doctors-show-services", "/doctors/show/{doctor_of_two}", partial(steps.open_tab, 1)),
        ("doctors-show-hours", "/doctors/show/{doctor_of_two}", partial(steps.open_tab, 2)),
        ("doctors-feed", "/doctors/{doctor_of_two}/feed"),
        ("roles", "/roles/list/"),
        ("roles-show", "/roles/show/{role}"),
        ("settings", "/settings/list/"),
        ("settings-edit", "/settings/edit/{clinic}"),
        ("audit", "/audit/list/"),
        ("audit-show", "/audit/show/{change}"),
        ("audit-show-new", "/audit/show/{creation}"),
        ("queue", "/queue/"),
        ("queue-setup-menu", "/queue/", steps.setup_menu),
        ("patients-show", "/patients/show/{patient}"),
        ("programming-interface", "/swagger/v1", steps.swagger),
    ),
)

ELSEWHERE = (
    *seen_by(
        "riverside",
        ("queue", "/queue/"),
        ("holidays-empty", "/holidays/list/"),
        ("not-in-reach", "/patients/show/{patient}", None, 404),
    ),
    *seen_by("nowhere", ("home", "/"), ("queue", "/queue/")),
)

SCREENS = (
    *SIGNING_IN,
    *HOME,
    *QUEUE,
    *WAITING_ROOM,
    *APPOINTMENTS,
    *WAITLIST,
    *PATIENTS,
    *VISITS,
    *MONEY,
    *NOTICES,
    *OWN,
    *DOCTORS,
    *PORTAL,
    *CONSULTATION,
    *SETUP,
    *ELSEWHERE,
)
ROLES = tuple(user[0] for user in USERS)
