"""Who acts: the one value through which every service learns of its caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.kernel.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Actor:
    """`clinic_ids` are the clinics in reach; `everywhere` makes that all of them.

    `role_clinics` are those where a role is held; one that it does not name is held at all in reach.

    `doctor_id` is the doctor record of this person, `request_id` ties audit rows to one request.
    """

    name: str
    user_id: int | None = None
    roles: frozenset[str] = frozenset()
    clinic_ids: frozenset[int] = frozenset()
    doctor_id: int | None = None
    everywhere: bool = False
    request_id: str | None = None
    role_clinics: Mapping[str, frozenset[int]] = field(default_factory=dict)

    @property
    def is_system(self) -> bool:
        """The program itself: workers, imports, webhooks that were verified."""
        return self.user_id is None and self.everywhere

    def has_role(self, *roles: str, at: int | None = None) -> bool:
        """Whether the actor holds one of `roles`, at the clinic `at` where that is given, or is the program itself."""
        anywhere = self.is_system or not self.roles.isdisjoint(roles)
        return anywhere and (at is None or self.everywhere or at in self.clinics_as(*roles))

    def require_role(self, *roles: str, at: int | None = None) -> None:
        """Refuses: NotAllowed unless `has_role`."""
        if not self.has_role(*roles, at=at):
            raise NotAllowed

    def clinics_as(self, *roles: str) -> frozenset[int]:
        """The clinics where the actor holds one of `roles`."""
        held = self.roles.intersection(roles)
        return frozenset().union(*(self.role_clinics.get(role, self.clinic_ids) for role in held))

    def reaches(self, clinic_id: int) -> bool:
        return self.everywhere or clinic_id in self.clinic_ids


def system(name: str = "system", *, request_id: str | None = None) -> Actor:
    """The program acting by itself; `name` appears in the audit log."""
    return Actor(name=name, everywhere=True, request_id=request_id)


NOBODY = Actor(name="nobody")
