"""The start page: what needs doing now, by role, each a link to where it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_appbuilder import IndexView, expose
from flask_babel import lazy_gettext as _

from app.kernel import clock
from app.people.roles import Role
from app.reporting.todo import MOST_COUNTED, Work, count_work
from app.web import permissions
from app.web.formatters import number
from app.web.security import current_actor
from app.web.zones import chosen_clinic, clinics, clinics_in_reach

Place = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Notice:
    """How a kind of work reads. `act`: the right that doing it takes; `place`: endpoint and question of the page."""

    label: Any
    hint: Any
    icon: str
    state: str
    act: tuple[str, str]
    place: Place


BOARD: Final[Place] = ("QueueView.board", {})
NOTICES: Final[Mapping[Work, Notice]] = {
    Work.WAITING_TOO_LONG: Notice(
        _("Waiting for more than an hour"),
        _("Call them, or tell them how long it will be."),
        "ti-hourglass",
        "state-bad",
        ("Queue", "call"),
        BOARD,
    ),
    Work.LATE: Notice(
        _("Expected and not here yet"),
        _("Check them in, or call them."),
        "ti-calendar-time",
        "state-wait",
        ("Appointment", "check_in"),
        ("QueueView.board", {"_anchor": "expected"}),
    ),
    Work.REQUESTS: Notice(
        _("Requests to confirm"),
        _("The patient waits for an answer."),
        "ti-calendar-question",
        "state-new",
        ("Appointment", "confirm"),
        ("AppointmentView.list", {"_flt_0_status": "requested"}),
    ),
    Work.FAILED_MESSAGES: Notice(
        _("Messages that could not be sent"),
        _("See why, and send them again."),
        "ti-mail",
        "state-bad",
        ("Notification", "retry"),
        ("NotificationView.list", {"_flt_0_status": "failed"}),
    ),
    Work.DRAFTS: Notice(
        _("Drafts to issue"),
        _("Invoices that have no number yet."),
        "ti-file-invoice",
        "state-new",
        ("Invoice", "issue"),
        ("InvoiceView.list", {"_flt_0_status": "draft"}),
    ),
    Work.OVERDUE: Notice(
        _("Overdue invoices"),
        _("Issued, past their due date and not paid in full."),
        "ti-coins",
        "state-wait",
        ("Invoice", "list"),
        ("InvoiceView.list", {"_flt_0_status": ["issued", "partially_paid"], "_flt_2_due_date": "today"}),
    ),
    Work.ONLINE_PAYMENTS: Notice(
        _("Online payments to look at"),
        _("Money came in that fits no open amount."),
        "ti-receipt-refund",
        "state-bad",
        ("Payment", "list"),
        ("PaymentView.list", {"_flt_0_status": "pending"}),
    ),
    Work.OPEN_VISITS: Notice(
        _("Visits of an earlier day still open"),
        _("That day is not closed: complete them, or mark who left."),
        "ti-moon",
        "state-wait",
        ("Queue", "move"),
        BOARD,
    ),
    Work.OPEN_APPOINTMENTS: Notice(
        _("Appointments of earlier days still open"),
        _("Nobody was checked in: mark who did not come."),
        "ti-user-off",
        "state-off",
        ("Appointment", "no_show"),
        ("AppointmentView.list", {"_flt_0_status": "confirmed", "_flt_2_starts_at": "today"}),
    ),
}
# Where a doctor does what the desk does on the board.
OWN_BOARD: Final[Place] = ("DoctorPortalView.today", {})
# The page where each role spends its day, for people with several roles too.
MAIN_PAGES: Final = (
    (Role.DOCTOR, "DoctorPortalView.today", "ti-stethoscope", _("To my patients")),
    (Role.RECEPTIONIST, "QueueView.board", "ti-list-numbers", _("To the queue")),
    (Role.ADMIN, "QueueView.board", "ti-list-numbers", _("To the queue")),
    (Role.ACCOUNTANT, "InvoiceView.list", "ti-file-invoice", _("To the invoices")),
)


class HomeView(IndexView):
    """`/`; who belongs to no clinic reads why the menu is empty."""

    @expose("/")
    def index(self) -> Any:
        actor = current_actor()
        if not (actor.everywhere or actor.clinic_ids or actor.doctor_id):
            return self.render_template("reporting/nowhere.html")
        return self.render_template("reporting/home.html", title=_("Home"), todo=todo(), main_page=main_page())


def todo() -> list[dict[str, Any]]:
    """What this reader has to do, the most pressing first, as stat cards take it."""
    actor, chosen = current_actor(), chosen_clinic()
    kinds = [kind for kind, notice in NOTICES.items() if permissions.allows(actor, *notice.act)]
    zones = {key: clinics()[key].zone for key in clinics_in_reach() if chosen in (None, key)}
    counts = count_work(kinds, zones, actor=actor, now=clock.now())
    return [_card(NOTICES[kind], counts[kind]) for kind in kinds if counts[kind]]


def _card(notice: Notice, count: int) -> dict[str, Any]:
    endpoint, question = OWN_BOARD if notice.place[0] == "QueueView.board" and not _at_desk() else notice.place
    shown = number(min(count, MOST_COUNTED)) + ("+" if count > MOST_COUNTED else "")
    return {
        "label": notice.label,
        "value": shown,
        "hint": notice.hint,
        "icon_name": notice.icon,
        "state": notice.state,
        "url": url_for(endpoint, **question),
    }


def _at_desk() -> bool:
    return permissions.allows(current_actor(), "Queue", "list")


def main_page() -> dict[str, Any] | None:
    """The page where this reader spends the day."""
    for role, endpoint, icon, label in MAIN_PAGES:
        if role in current_actor().roles:
            return {"url": url_for(endpoint), "icon": icon, "label": label}
    return None
