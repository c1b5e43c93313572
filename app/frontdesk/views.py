"""Reception's board."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from flask import flash, jsonify, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.frontdesk import arrivals, handover, queue
from app.frontdesk.board import board_tag, get_board
from app.frontdesk.board_page import IN_TEMPLATES, board_page
from app.frontdesk.drawn import drawn
from app.frontdesk.expected import MOST_SHOWN, find_doctors_here, list_expected
from app.frontdesk.question_views import QUESTIONS, given_doctor, given_reason, question_page, told_of
from app.frontdesk.states import Phase, Priority, VisitStatus
from app.kernel.actor import Actor
from app.kernel.clock import day_bounds, now
from app.kernel.db import transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal
from app.people.queries import list_doctors_of, list_services_of
from app.people.roles import Role
from app.web.assets import asset_url
from app.web.choices import clinic_of_page
from app.web.pages import html_lang
from app.web.replies import message_of, wants_problem
from app.web.scoped import key_of
from app.web.security import current_actor
from app.web.zones import clinics, clinics_as


class QueueView(BaseView):
    """The three columns, who is expected, and walking in."""

    resource = class_permission_name = "Queue"
    route_base = "/queue"
    default_view = "board"
    list_title = _("Queue")

    @expose("/")
    @has_access
    @permission_name("list")
    def board(self) -> Any:
        clinic_id = board_clinic()
        if clinic_id is None:
            return self.render_template("frontdesk/no_board.html", title=self.list_title)
        shown = columns_of(clinic_id)
        return self.render_template(
            "frontdesk/board.html",
            title=self.list_title,
            columns=self._columns(shown),
            doctors=list_doctors_of(clinic_id),
            services=list_services_of(clinic_id),
            reach=clinics_as(Role.RECEPTIONIST),
            clinics=clinics(),
            **expected_at(clinic_id) | shown,
        )

    @expose("/columns")
    @has_access
    @permission_name("list")
    def columns(self) -> Any:
        """The part of the page that changes when the board does; 304 while neither it nor the question changed.

        `X-Now` is the server's time of each answer, also of one that a browser takes out of its cache.
        """
        shown = columns_of(board_clinic() or 0)
        build = asset_url("board.js")  # which understands the columns as they are drawn now
        tag = f"{board_tag(shown['page'].board, current_actor())}-{shown['page'].chosen}-{html_lang()}-{build}"
        response = make_response("" if request.if_none_match.contains(tag) else self._columns(shown))
        response.set_etag(tag)
        response.headers.update({"Cache-Control": "private, no-cache", "X-Now": shown["now"].isoformat()})
        return response.make_conditional(request)

    def _columns(self, part: dict[str, Any]) -> str:
        draw = lambda: str(self.render_template("frontdesk/columns.html", **part))  # noqa: E731
        return drawn((part["clinic_id"], part["page"].chosen, html_lang()), part["page"].board, draw, now=part["now"])

    @expose("/expected")
    @has_access
    @permission_name("list")
    def expected(self) -> Any:
        """The part of the page that changes when appointments do."""
        return self.render_template("frontdesk/expected.html", **expected_at(board_clinic() or 0))

    @expose("/act", methods=["POST"])
    @has_access
    @permission_name("move")
    def act(self) -> Any:
        """One act of the board; one that was told too little is asked again."""
        pressed = request.form.get("act", "")
        act, key, seen = read_press(pressed, ACTS)
        name = pressed.partition(" ")[0]
        return carried_out(
            lambda who: act(key, seen, who),
            back=page_behind(),
            or_else=(lambda refusal: self._ask_again(name, key, refusal.status)) if name in QUESTIONS else None,
        )

    @expose("/ask/<name>/<int:pk>")
    @has_access
    @permission_name("move")
    def ask(self, name: str, pk: int) -> Any:
        """What an act needs to be told first: a page, or the form of it for a dialog."""
        page = question_page(name, pk, clinic_id=board_clinic())
        template = "frontdesk/ask_form.html" if "part" in request.args else "frontdesk/ask.html"
        template = "frontdesk/ask_more.html" if name == "more" else template
        return self.render_template(template, title=page["question"].title, back=page_behind(), **page)

    def _ask_again(self, name: str, key: int, status: int) -> Any:
        if status != Invalid.status:
            return redirect(page_behind())
        page = question_page(name, key, clinic_id=board_clinic())
        shown = self.render_template("frontdesk/ask.html", title=page["question"].title, back=page_behind(), **page)
        return make_response(shown, status)


def board_clinic() -> int | None:
    """The clinic whose board is shown; None without any. Refuses: NotFound."""
    return clinic_of_page(request.args.get("clinic") or request.form.get("clinic"), clinics_as(Role.RECEPTIONIST))


def page_behind() -> str:
    """Where somebody comes from who acts on the queue: the board, or a doctor's own page."""
    if clinics_as(Role.RECEPTIONIST):
        return url_for("QueueView.board", **shown_part())
    return url_for("DoctorPortalView.today")


def shown_part() -> dict[str, Any]:
    """What the address says about the part of the board that is shown."""
    given = {name: request.args.get(name) or request.form.get(name) for name in ("clinic", "doctor", "q")}
    return {name: value for name, value in given.items() if value}


def columns_of(clinic_id: int) -> dict[str, Any]:
    board = get_board(clinic_id, actor=current_actor(), now=now())
    zone = clinics()[clinic_id].zone
    return {
        "page": board_page(board, key_of(request.args.get("doctor", ""))),
        "zone": zone,
        "day_ends": day_bounds(date.fromisoformat(board["business_date"]), zone)[1],
        "clinic_id": clinic_id,
        "now": now(),
        "doctors_here": find_doctors_here(clinic_id),
        **IN_TEMPLATES,
    }


def expected_at(clinic_id: int) -> dict[str, Any]:
    found = list_expected(clinic_id, q=request.args.get("q", ""), actor=current_actor(), now=now())
    return {
        "doctors_here": find_doctors_here(clinic_id),
        "expected": found[:MOST_SHOWN],
        "more_expected": len(found) > MOST_SHOWN,
        "zone": clinics()[clinic_id].zone,
        "clinic_id": clinic_id,
        "now": now(),
    }


Act = Callable[[int, VisitStatus | None, Actor], object]

ACTS: dict[str, Act] = {
    "check-in": lambda pk, _seen, who: arrivals.check_in(pk, actor=who, now=now()),
    "call-next": lambda pk, _seen, who: queue.call_next(
        board_clinic() or 0, pk, expected_visit_id=given_next(), actor=who, now=now()
    ),
    "call": lambda pk, seen, who: queue.call(pk, expected_status=seen, actor=who, now=now()),
    "call-again": lambda pk, seen, who: queue.call_again(
        pk, expected_status=seen, called_time=given_call(), actor=who, now=now()
    ),
    "in": lambda pk, seen, who: queue.move(pk, Phase.WITH_DOCTOR, expected_status=seen, actor=who, now=now()),
    "done": lambda pk, seen, who: queue.move(pk, Phase.COMPLETED, expected_status=seen, actor=who, now=now()),
    "back": lambda pk, seen, who: queue.move(
        pk, Phase.WAITING, expected_status=seen, reason=given_reason(), actor=who, now=now()
    ),
    "left": lambda pk, seen, who: queue.leave(pk, expected_status=seen, reason=given_reason(), actor=who, now=now()),
    "undo": lambda pk, seen, who: arrivals.undo_check_in(
        pk, given_reason(), expected_status=seen, actor=who, now=now()
    ),
    "urgent": lambda pk, seen, who: queue.set_priority(
        pk, Priority.URGENT, reason=given_reason(), expected_status=seen, actor=who, now=now()
    ),
    "normal": lambda pk, seen, who: queue.set_priority(
        pk, Priority.NORMAL, reason=given_reason(), expected_status=seen, actor=who, now=now()
    ),
    "hand-over": lambda pk, seen, who: handover.hand_over(
        pk,
        given_doctor("to"),
        reason=given_reason(),
        expected_status=seen,
        expected_doctor_id=given_doctor("from") or None,
        actor=who,
        now=now(),
    ),
    "hand-over-all": lambda pk, _seen, who: handover.hand_over_all(
        board_clinic() or 0, pk, given_doctor("to"), reason=given_reason(), actor=who, now=now()
    ),
}


def read_press(value: str, acts: Mapping[str, Act]) -> tuple[Act, int, VisitStatus | None]:
    """What a button says: act, key of the row, state that was seen ("call 17 waiting"). Refuses: Invalid."""
    name, number, seen, _call = _words(value)
    key = key_of(number)
    if name not in acts or key is None or (seen and seen not in set(VisitStatus)):
        raise Invalid(field="act")
    return acts[name], key, VisitStatus(seen) if seen else None


def given_call() -> datetime | None:
    """The call that was seen, as a button says it behind the state, in seconds since 1970; None where it does not.

    Refuses: Invalid.
    """
    call = _words(request.form.get("act", ""))[3]
    if call and not re.fullmatch(r"[0-9]{1,10}", call):
        raise Invalid(field="act")
    return datetime.fromtimestamp(int(call), UTC) if call else None


def given_next() -> int | None:
    """The visit that was seen as the next, as a button says it behind the state; None where it does not.

    Refuses: Invalid.
    """
    visit = _words(request.form.get("act", ""))[3]
    key = key_of(visit)
    if visit and key is None:
        raise Invalid(field="act")
    return key


def _words(pressed: str) -> list[str]:
    """Act, key, state, and the call or visit that was seen; "" for what is not said.

    "call-again 17 called 1893456120", "call-next 3 waiting 17"
    """
    return [*pressed.split(" ", 3), "", "", ""][:4]


def carried_out(
    act: Callable[[Actor], object], *, back: str, done: Any = "", or_else: Callable[[Refusal], Any] | None = None
) -> Any:
    """Carry an act out; a script is answered in JSON, a person with the page and a message on it.

    `done` is said then, on the next page. `or_else` makes the answer to a refusal; without it the person goes back.
    """
    actor = current_actor()
    try:
        with transaction(actor):
            outcome = act(actor)
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        if wants_problem():
            raise
        flash(message_of(refusal), "danger")
        return or_else(refusal) if or_else is not None else redirect(back)
    if done:
        flash(done, "success")
    return _answer(told_of(outcome), back)


def _answer(said: str | None, back: str) -> Any:
    if wants_problem():
        return jsonify({"ok": True} | ({"message": said} if said else {}))
    if said:
        flash(said, "success")
    return redirect(back)
