"""The screens of waiting rooms: which calls each shows and speaks, and by what private address."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.audit import Audited
from app.kernel.columns import Entity, Revised, UtcDateTime
from app.people.models import Clinic


class Display(Audited, Revised, Entity):
    """A screen that shows whom a clinic calls, to whoever knows its address; only the token's SHA-256 is kept.

    `languages` are spoken in their order (none: the clinic's own), `rooms` are those whose calls it shows (none: all).
    """

    __tablename__ = "display"
    __table_args__ = (
        UniqueConstraint("clinic_id", "name", name="uq_display_name"),
        UniqueConstraint("token_hash", name="uq_display_token"),
        CheckConstraint("token_hash IS NULL OR revoked_at IS NULL", name="ck_display_revoked"),
    )
    audit_hidden: ClassVar[frozenset[str]] = frozenset({"token_hash"})

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(80))
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    rooms: Mapped[list[str]] = mapped_column(JSON, default=list)
    chimes: Mapped[bool] = mapped_column(default=True)
    speaks: Mapped[bool] = mapped_column(default=True)
    token_hash: Mapped[str | None] = mapped_column(String(64))
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    clinic: Mapped[Clinic] = relationship()

    def __str__(self) -> str:
        return self.name

    @property
    def has_address(self) -> bool:
        return self.token_hash is not None
