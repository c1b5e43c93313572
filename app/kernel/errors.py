"""The four families of refusals that every rule and service speaks in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


def N_(text: str) -> str:  # noqa: N802 - gettext's name for "mark, do not translate yet"
    """Mark a text for the catalogues; whoever shows it translates it."""
    return text


class Refusal(Exception):
    """A request that is understood and not carried out.

    `template` is an English text with %(name)s places for `params`; adapters translate it.
    `field` names the input the refusal is about, where there is one.
    """

    code: ClassVar[str] = "refused"
    template: ClassVar[str] = N_("This cannot be done.")
    status: ClassVar[int] = 409

    def __init__(self, *, field: str | None = None, **params: Any) -> None:
        self.field = field
        self.params = params
        super().__init__(self.template % params)


class NotFound(Refusal):
    """The row does not exist, or not for this actor."""

    code = "not_found"
    template = N_("There is no such record.")
    status = 404


class NotAllowed(Refusal):
    """The row is in reach, but the act is not this role's."""

    code = "not_allowed"
    template = N_("You may not do this.")
    status = 403


class Conflict(Refusal):
    """The state of things does not admit the act now."""

    code = "conflict"
    template = N_("This no longer fits the present state.")
    status = 409


class Stale(Conflict):
    """Somebody else changed the row since it was read."""

    code = "stale"
    template = N_("Somebody else has changed this meanwhile. Your changes were not saved; look at the new state first.")


class Invalid(Refusal):
    """One or more fields are not acceptable; `errors` maps a field to its messages."""

    code = "invalid"
    template = N_("Please correct the marked fields.")
    status = 422

    def __init__(
        self,
        errors: Mapping[str, Sequence[str | Refusal]] | None = None,
        *,
        field: str | None = None,
        **params: Any,
    ) -> None:
        super().__init__(field=field, **params)
        self.errors: dict[str, list[str | Refusal]] = {name: list(texts) for name, texts in (errors or {}).items()}
        if field is not None and not self.errors:
            self.errors[field] = [self]
