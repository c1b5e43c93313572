"""Which channels the settings switch on."""

from __future__ import annotations

from app.gateways import gateways_for
from app.gateways.mail import DemoMail, SmtpMail
from app.gateways.stripe import StripeApi

NOTHING = {
    "STRIPE_SECRET_KEY": "",
    "STRIPE_API_BASE": "https://api.stripe.com",
    "SMTP_URL": "",
    "MAIL_FROM": "a@b.example",
}


def test_a_channel_without_its_settings_is_off() -> None:
    gateways = gateways_for(NOTHING | {"DEMO": False})
    assert gateways.stripe is None
    assert gateways.mail is None


def test_in_the_demo_mail_is_a_visible_fake() -> None:
    assert isinstance(gateways_for(NOTHING | {"DEMO": True}).mail, DemoMail)


def test_settings_switch_a_channel_on_in_the_demo_too() -> None:
    settings = {"STRIPE_SECRET_KEY": "sk_test_local", "SMTP_URL": "smtp://127.0.0.1:25", "DEMO": True}
    gateways = gateways_for(NOTHING | settings)
    assert isinstance(gateways.stripe, StripeApi)
    assert isinstance(gateways.mail, SmtpMail)
