"""The waiting list and what is on offer, for programs, under /api/v1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Response

from app.kernel.clock import now
from app.kernel.db import transaction
from app.scheduling import waitlist, waitlist_answers, waitlist_offers
from app.scheduling.shapes import slot_fields
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from app.scheduling.waitlist_queries import list_suiting
from app.scheduling.waitlist_requests import offer_request
from app.scheduling.waitlist_schemas import (
    EntrySchema,
    NewEntrySchema,
    NewOfferSchema,
    OfferSchema,
    SuitingSchema,
    WishesSchema,
)
from app.web.idempotency import idempotent
from app.web.openapi import Documented
from app.web.resources import ResourceApi, by, documented, expose, json_object, requires
from app.web.security import current_actor


class WaitlistApi(ResourceApi):
    resource_name = "waitlist"
    resource = "Waitlist"
    model = WaitlistEntry
    schema = EntrySchema
    base_order = ("waiting_since", "asc")
    order_columns = ["waiting_since"]
    filter_columns = ["clinic", "doctor", "patient", "service", "status", "urgency"]
    arguments = {
        "clinic_id": by(WaitlistEntry.clinic_id),
        "doctor_id": by(WaitlistEntry.doctor_id),
        "patient_id": by(WaitlistEntry.patient_id),
        "service_id": by(WaitlistEntry.service_id),
        "status": by(WaitlistEntry.status),
        "urgency": by(WaitlistEntry.urgency),
    }
    load = ["clinic"]

    def create(self, values: dict[str, Any]) -> WaitlistEntry:
        return waitlist.add_entry(values, actor=current_actor(), now=now())

    def change(self, pk: int, values: dict[str, Any], revision: int | None) -> WaitlistEntry:
        return waitlist.change_entry(pk, values, revision=revision, actor=current_actor(), now=now())

    def remove(self, pk: int) -> None:
        waitlist.remove_entry(pk, actor=current_actor(), now=now())

    @expose("/<int:pk>/times", methods=["GET"])
    @requires("offer")
    @documented("Free times that would suit an entry", answer=SuitingSchema, many=True, whole=True)
    def times(self, pk: int) -> Response:
        row = self.row(pk)
        found = list_suiting(row, actor=current_actor(), now=now())
        return self.result([slot_fields(*slot, row.clinic.timezone) for slot in found.times])

    @expose("/<int:pk>/offer", methods=["POST"])
    @requires("offer")
    @documented("Offer a time to an entry", body=NewOfferSchema, answer=OfferSchema, status=201)
    @idempotent
    def offer(self, pk: int) -> Response:
        self.row(pk)
        asked = offer_request(json_object())
        with transaction(current_actor()):
            made = waitlist_offers.offer_time(pk, **asked, actor=current_actor(), now=now())
        return self.result(OfferSchema().dump(made), 201)

    def facts(self, name: str, method: Any) -> Documented:
        found = super().facts(name, method)
        bodies = {"post": NewEntrySchema, "patch": WishesSchema}
        return replace(found, body=bodies.get(name, found.body))


class WaitlistOfferApi(ResourceApi):
    """What was offered, and the answers to it."""

    resource_name = "waitlist-offers"
    resource = "Waitlist"
    model = WaitlistOffer
    schema = OfferSchema
    base_order = ("id", "desc")
    order_columns = ["starts_at", "expires_at"]
    filter_columns = ["clinic", "doctor", "status"]
    arguments = {
        "clinic_id": by(WaitlistOffer.clinic_id),
        "entry_id": by(WaitlistOffer.entry_id),
        "doctor_id": by(WaitlistOffer.doctor_id),
        "status": by(WaitlistOffer.status),
    }
    load = ["clinic"]

    @expose("/<int:pk>/accept", methods=["POST"])
    @requires("answer")
    @documented("Book an offered time for its patient", answer=OfferSchema)
    @idempotent
    def accept(self, pk: int) -> Response:
        return self._answered(pk, waitlist_answers.accept)

    @expose("/<int:pk>/decline", methods=["POST"])
    @requires("answer")
    @documented("Say that the patient does not want an offered time", answer=OfferSchema)
    @idempotent
    def decline(self, pk: int) -> Response:
        return self._answered(pk, waitlist_answers.decline)

    @expose("/<int:pk>/withdraw", methods=["POST"])
    @requires("answer")
    @documented("Take an offer back", answer=OfferSchema)
    @idempotent
    def withdraw(self, pk: int) -> Response:
        return self._answered(pk, waitlist_answers.withdraw)

    def _answered(self, pk: int, command: Callable[..., Any]) -> Response:
        with transaction(current_actor()):
            command(pk, actor=current_actor(), now=now())
        return self.answer(self.row(pk))
