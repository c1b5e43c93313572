"""Who acts: the one value through which every service learns of its caller."""

from __future__ import annotations

from dataclasses import dataclass

from app.kernel.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Actor:
    """`clinic_ids` are the clinics in reach; `everywhere` makes that all of them.

    `doctor_id` is the doctor record of this person, `request_id` ties audit rows to one request.
    """

    name: str
    user_id: int | None = None
    roles: frozenset[str] = frozenset()
    clinic_ids: frozenset[int] = frozenset()
    doctor_id: int | None = None
    everywhere: bool = False
    request_id: str | None = None

    @property
    def is_system(self) -> bool:
        """The program itself: workers, imports, webhooks that were verified."""
        return self.user_id is None and self.everywhere

    def has_role(self, *roles: str) -> bool:
        return self.is_system or not self.roles.isdisjoint(roles)

    def require_role(self, *roles: str) -> None:
        """Refuses: NotAllowed unless the actor holds one of `roles` (or is the program itself)."""
        if not self.has_role(*roles):
            raise NotAllowed

    def reaches(self, clinic_id: int) -> bool:
        return self.everywhere or clinic_id in self.clinic_ids


def system(name: str = "system", *, request_id: str | None = None) -> Actor:
    """The program acting by itself; `name` appears in the audit log."""
    return Actor(name=name, everywhere=True, request_id=request_id)


NOBODY = Actor(name="nobody")
