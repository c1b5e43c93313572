"""What the desk types about money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.billing.models import InvoiceLine
from app.billing.states import PaymentMethod
from app.billing.words import METHOD_WORDS
from app.kernel.money import Money
from app.web.form_fields import AmountField, RevisionField, StateField, TextLine
from app.web.numbers import for_typing, plain_number

LINE_NUMBERS = ("unit_price", "discount", "tax_rate")
LINE_FIELDS = ("service_id", "description", "quantity", "unit_price", "discount", "tax_rate")


class PayForm(FlaskForm):
    """Money taken at the desk."""

    amount = AmountField(_("Amount"), validators=[InputRequired()])
    method = SelectField(
        _("Method"),
        choices=[
            SelectChoice(method.value, _(METHOD_WORDS[method]))
            for method in PaymentMethod
            if method is not PaymentMethod.STRIPE
        ],
    )
    reference = TextLine(_("Reference"), validators=[Length(max=120)], description=_("Receipt or transfer number"))


def method_field() -> StateField:
    """A way to pay, to filter by."""
    return StateField(_("Method"), kind=PaymentMethod, optional=True, words=lambda method: _(METHOD_WORDS[method]))


class DraftForm(FlaskForm):
    """A draft; the fields of its lines are named `lines-<index>-<name>` and read by `typed_lines`."""

    due_date = DateField(_("Due"), description=_("Left empty, it is the day of issue."))
    revision = RevisionField()

    def values(self, typed: Mapping[str, str]) -> dict[str, Any]:
        """The whole draft as programs send it."""
        return {"due_date": typed.get("due_date"), "lines": [as_sent(line) for line in typed_lines(typed)]}


def typed_lines(typed: Mapping[str, str]) -> list[dict[str, str]]:
    """The lines of a posted form in their order, without those that were left or made empty."""
    found = {int(match[1]) for name in typed if (match := re.fullmatch(r"lines-([0-9]{1,3})-[a-z_]+", name))}
    lines = [{name: typed.get(f"lines-{index}-{name}", "").strip() for name in LINE_FIELDS} for index in sorted(found)]
    filled = [{name: text for name, text in line.items() if text} for line in lines]
    return [line for line in filled if line.keys() - {"quantity"}]


def as_sent(line: Mapping[str, str]) -> dict[str, Any]:
    """A typed line as programs send it."""
    service_id = line.get("service_id", "")
    sent = {name: plain_number(text) if name in LINE_NUMBERS else text for name, text in line.items()}
    return {**sent, "service_id": int(service_id)} if service_id.isdecimal() else {**sent}


def as_typed(line: InvoiceLine, currency: str) -> dict[str, str]:
    """A line of a draft as it is shown for typing."""
    return {
        "service_id": str(line.service_id or ""),
        "description": line.description,
        "quantity": str(line.quantity),
        "unit_price": for_typing(Money(line.unit_price_minor, currency).decimal()),
        "discount": for_typing(Money(line.discount_minor, currency).decimal()) if line.discount_minor else "",
        "tax_rate": for_typing(Decimal(line.tax_rate_bp) / 100),
    }
