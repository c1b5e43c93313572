"""The outside world: which providers this installation has, chosen by its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.gateways.mail import DemoMail, MailGateway, SmtpMail
from app.gateways.stripe import StripeApi, StripeGateway


@dataclass(frozen=True, slots=True)
class Gateways:
    """The channels of this installation; None where one is off. Kept at `app.extensions["gateways"]`."""

    stripe: StripeGateway | None
    mail: MailGateway | None


def gateways_for(config: Mapping[str, Any]) -> Gateways:
    """The channels that the settings (`STRIPE_...`, `SMTP_URL`, `MAIL_FROM`, `DEMO`) give."""
    return Gateways(stripe=_stripe(config), mail=_mail(config))


def _stripe(config: Mapping[str, Any]) -> StripeGateway | None:
    if not config.get("STRIPE_SECRET_KEY"):
        return None
    return StripeApi(
        config["STRIPE_SECRET_KEY"],
        webhook_secret=config.get("STRIPE_WEBHOOK_SECRET") or "",
        api_base=config.get("STRIPE_API_BASE") or "",
    )


def _mail(config: Mapping[str, Any]) -> MailGateway | None:
    if config.get("SMTP_URL"):
        return SmtpMail(config["SMTP_URL"], sender=config["MAIL_FROM"])
    return DemoMail() if config.get("DEMO") else None
