"""The page on which a patient answers an offer of the waiting list, by a private address and without a login.

Looking at it changes nothing: programs that read mail follow links. It acts on POST alone; the token of the address is
what a forger does not have, so that no session is needed either.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import force_locale

from app.kernel.actor import system
from app.kernel.clock import now
from app.kernel.db import transaction
from app.kernel.errors import Refusal
from app.scheduling import waitlist_answers
from app.scheduling.models import Appointment
from app.scheduling.states import OPEN
from app.scheduling.waitlist_errors import OfferOver
from app.scheduling.waitlist_models import WaitlistOffer
from app.scheduling.waitlist_queries import find_offer, is_answerable
from app.web.languages import asked_language, in_country, offered_languages
from app.web.links import OFFER, row_of
from app.web.replies import message_of

waitlist_pages = Blueprint("waitlist_pages", __name__)

PATIENT = system("patient, by the link of an offer")
ACTS: dict[str, Any] = {
    "accept": lambda pk: waitlist_answers.accept(pk, actor=PATIENT, now=now()),
    "decline": lambda pk: waitlist_answers.decline(pk, actor=PATIENT, now=now()),
    "leave": lambda pk: waitlist_answers.decline(pk, leave_list=True, actor=PATIENT, now=now()),
}


@waitlist_pages.route(f"/{OFFER}/<token>", methods=["GET", "POST"])
def answer(token: str) -> Response:
    """What is offered, and what was said to it."""
    pressed = request.form.get("act", "")
    offer = find_offer(row_of(OFFER, token) or 0) or abort(404)
    refusal, key = None, offer.id
    if request.method == "POST":
        act = ACTS.get(pressed) or abort(400)
        try:
            with transaction(PATIENT):
                act(key)
        except Refusal as refused:
            refusal = refused
            if pressed == "accept":
                with transaction(PATIENT):
                    _end_unless_over(key, refused)
        offer = find_offer(key) or abort(404)
    return _page(offer, refusal)


def _end_unless_over(offer_id: int, refusal: Refusal) -> None:
    """A time that cannot be had goes to nobody who waits for an answer to it."""
    if not isinstance(refusal, OfferOver):
        waitlist_answers.give_up(offer_id, actor=PATIENT, now=now())


def booked_by(offer: WaitlistOffer) -> Appointment | None:
    """The appointment that came of an offer, as it is now, while it is still to come."""
    booked = offer.appointment
    return booked if booked is not None and booked.status in OPEN and booked.starts_at > now() else None


def _page(offer: WaitlistOffer, refusal: Refusal | None) -> Response:
    """The page in the patient's language, else in the browser's, as it is written in the clinic's country."""
    known = offer.entry.patient.language
    language = known if known in offered_languages() else asked_language() or offer.clinic.language
    with force_locale(in_country(language, offer.clinic.country)):
        page = render_template(
            "scheduling/offer.html",
            offer=offer,
            is_open=is_answerable(offer, now()),
            booked=booked_by(offer),
            refusal=message_of(refusal) if refusal else None,
        )
    response = make_response(page, refusal.status if refusal else 200)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
