"""What each role may do: the one table behind screens, REST and menus.

A resource is the `class_permission_name` of a view, an act its permission without "can_". Whatever is not listed is
refused. Which rows a role reaches is another question: see each domain's `scope.py`.
"""

from __future__ import annotations

from app.kernel.actor import Actor
from app.people.roles import Role

ADMIN, RECEPTION, DOCTOR, ACCOUNTANT = Role.ADMIN, Role.RECEPTIONIST, Role.DOCTOR, Role.ACCOUNTANT
EVERYBODY = frozenset(Role)
DESK = frozenset({ADMIN, RECEPTION})

Grants = dict[str, frozenset[Role]]


def crud(*, read: frozenset[Role], write: frozenset[Role], **more: frozenset[Role]) -> Grants:
    """The acts of a generated screen: `read` covers list, show and export, `write` add, edit and delete."""
    return {"list": read, "show": read, "export": read, "add": write, "edit": write, "delete": write} | more


GRANTS: dict[str, Grants] = {
    "Home": {"list": EVERYBODY},
    "Setup": {"list": EVERYBODY},  # a group of the sidebar, which shows with one of its entries
    "Account": {"list": EVERYBODY, "this_form_get": EVERYBODY, "this_form_post": EVERYBODY, "edit": EVERYBODY},
    "Patient": crud(
        read=frozenset({ADMIN, RECEPTION, DOCTOR}),
        write=DESK,
        edit=frozenset({ADMIN, RECEPTION, DOCTOR}),
        restore=DESK,
    ),
    "Appointment": crud(
        read=frozenset({ADMIN, RECEPTION, DOCTOR}),
        write=DESK,
        confirm=frozenset({ADMIN, RECEPTION, DOCTOR}),
        cancel=frozenset({ADMIN, RECEPTION, DOCTOR}),
        no_show=DESK,
        undo_no_show=DESK,
        reschedule=DESK,
        check_in=DESK,
        repeat=DESK,
        cancel_series=DESK,
    ),
    "Waitlist": crud(read=DESK, write=DESK, offer=DESK, answer=DESK),
    "CalendarFeed": {"own": frozenset({DOCTOR}), "edit": frozenset({ADMIN})},
    "Calendar": {"list": frozenset({ADMIN, RECEPTION, DOCTOR})},
    "Visit": crud(
        read=frozenset({ADMIN, RECEPTION, DOCTOR}),
        write=frozenset(),
        add=DESK,
        edit=frozenset({ADMIN, RECEPTION, DOCTOR}),
    ),
    "Queue": {
        "list": DESK,
        "show": frozenset({ADMIN, RECEPTION, DOCTOR}),
        "undo": DESK,
        "prioritise": DESK,
        "hand_over": DESK,
        "move": frozenset({ADMIN, RECEPTION, DOCTOR}),
        "call": frozenset({ADMIN, RECEPTION, DOCTOR}),
        "complete": frozenset({ADMIN, RECEPTION, DOCTOR}),
    },
    "Display": crud(read=frozenset({ADMIN}), write=frozenset({ADMIN})),
    "DoctorPortal": {"list": frozenset({DOCTOR})},
    "DoctorSchedule": {"list": frozenset({DOCTOR}), "confirm": frozenset({DOCTOR}), "cancel": frozenset({DOCTOR})},
    "DoctorPatients": {"list": frozenset({DOCTOR}), "show": frozenset({DOCTOR})},
    "DoctorEarnings": {"list": frozenset({DOCTOR})},
    "Consultation": {"show": frozenset({DOCTOR}), "edit": frozenset({DOCTOR})},
    "NoteTemplate": crud(read=frozenset({DOCTOR}), write=frozenset({DOCTOR}), export=frozenset()),
    "Clinical": {"list": frozenset({DOCTOR}), "show": frozenset({DOCTOR}), "edit": frozenset({DOCTOR})},
    "Invoice": crud(
        read=frozenset({ADMIN, RECEPTION, ACCOUNTANT}),
        write=DESK,
        issue=DESK,
        pay=DESK,
        export=frozenset({ADMIN, ACCOUNTANT}),
    ),
    "Payment": crud(
        read=frozenset({ADMIN, RECEPTION, ACCOUNTANT}), write=frozenset(), export=frozenset({ADMIN, ACCOUNTANT})
    ),
    "Doctor": crud(read=EVERYBODY, write=frozenset({ADMIN})),
    "Clinic": crud(read=EVERYBODY, write=frozenset({ADMIN})),
    "Service": crud(read=EVERYBODY, write=frozenset({ADMIN})),
    "Specialty": crud(read=EVERYBODY, write=frozenset({ADMIN})),
    "Availability": crud(read=EVERYBODY, write=frozenset({ADMIN, DOCTOR})),
    "Holiday": crud(read=EVERYBODY, write=frozenset({ADMIN})),
    "Setting": crud(read=frozenset({ADMIN}), write=frozenset({ADMIN})),
    "User": crud(read=frozenset({ADMIN}), write=frozenset({ADMIN})),
    "Role": {"list": frozenset({ADMIN}), "show": frozenset({ADMIN})},
    "Audit": {"list": frozenset({ADMIN, ACCOUNTANT}), "show": frozenset({ADMIN, ACCOUNTANT})},
    "Notification": {"list": DESK, "show": DESK, "retry": DESK},
}

# Whom the sidebar leads to a page, where that is fewer than may read it: the rest come by links.
IN_MENU: dict[str, frozenset[Role]] = {
    "Appointment": DESK,  # doctors have pages of their own ones
    "Patient": DESK,
    "Doctor": DESK,
    "Service": DESK,
    "Availability": frozenset({ADMIN, RECEPTION, DOCTOR}),
    "Clinic": frozenset({ADMIN}),
    "Specialty": frozenset({ADMIN}),
    "Holiday": frozenset({ADMIN}),
}

# Reached without signing in; each guards itself (a password, a provider's signature, a token).
PUBLIC_ENDPOINTS = frozenset(
    {
        "static",
        "appbuilder.static",
        "AuthDBView.login",
        "AuthDBView.logout",
        "SecurityApi.login",
        "SecurityApi.refresh",
        "ChoiceView.language",
        "health.healthz",
        "health.readyz",
        "health.metrics",
        "webhooks.stripe",
        "waitlist_pages.answer",  # a patient has no login: the signed token of the address is the key
        "waiting_rooms.display",  # a television has no login: the token of the address is the key
        "waiting_rooms.display_now",
        "ticket_pages.ticket",  # nor has a patient: the signed token of the address is the key
        "ticket_pages.ticket_now",
        "calendar_feeds.read",  # calendar programs cannot sign in: the token of the address is the key
    }
)


def allows(actor: Actor, resource: str, act: str) -> bool:
    """Whether one of the actor's roles may do `act`; "menu_access" asks for the entry in the sidebar."""
    grants = GRANTS.get(resource, {})
    roles = IN_MENU.get(resource, grants.get("list")) if act == "menu_access" else grants.get(act)
    return actor.has_role(*(roles or ()))
