"""Who is told when the waiting list has changed: the screens of its clinic, the patient, and the clock."""

from __future__ import annotations

from app.kernel import live, outbox
from app.people.rooms import clinic_room
from app.scheduling.waitlist_models import WaitlistOffer

OFFERED = "waitlist.offered"
OFFER_DUE = "waitlist.offer_due"


def waitlist_changed(clinic_id: int) -> None:
    live.announce("waitlist_updated", clinic_id=clinic_id, rooms=[clinic_room(clinic_id)], payload=dict)


def time_offered(offer: WaitlistOffer) -> None:
    """Tell the patient, and look again when the time to answer is over."""
    outbox.post(OFFERED, f"{OFFERED}:{offer.id}", {"offer_id": offer.id})
    outbox.post(OFFER_DUE, f"{OFFER_DUE}:{offer.id}", {"offer_id": offer.id}, due_at=offer.expires_at)
    waitlist_changed(offer.clinic_id)
