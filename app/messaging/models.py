"""What patients were told, or are about to be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.columns import Entity, EnumText, UtcDateTime, one_of
from app.messaging.states import Channel, NotificationStatus
from app.people.models import Clinic
from app.people.patient_models import Patient
from app.scheduling.models import Appointment

_FAILED = text("status = 'failed'")


class Notification(Entity):
    """One message to one patient. `dedupe_key` is unique: one notice per appointment, kind, channel and occasion."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("dedupe_key", name="uq_notification_dedupe_key"),
        one_of("status", NotificationStatus, "ck_notification_status"),
        one_of("channel", Channel, "ck_notification_channel"),
        Index("ix_notification_clinic_created", "clinic_id", "created_at", "id"),
        Index("ix_notification_patient", "patient_id"),
        Index("ix_notification_appointment", "appointment_id"),
        Index("ix_notification_offer", "offer_id"),
        Index("ix_notification_failed", "clinic_id", "created_at", postgresql_where=_FAILED, sqlite_where=_FAILED),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("waitlist_offer.id"))
    kind: Mapped[str] = mapped_column(String(40))
    channel: Mapped[Channel] = mapped_column(EnumText(Channel))
    status: Mapped[NotificationStatus] = mapped_column(EnumText(NotificationStatus), default=NotificationStatus.PENDING)
    dedupe_key: Mapped[str] = mapped_column(String(120))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    provider_id: Mapped[str | None] = mapped_column(String(200))
    last_error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    clinic: Mapped[Clinic] = relationship()
    patient: Mapped[Patient] = relationship()
    appointment: Mapped[Appointment | None] = relationship()

    def __str__(self) -> str:
        return self.subject
