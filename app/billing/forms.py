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
from app.web.form_fields import RevisionField, TextLine

LINE_FIELDS = ("service_id", "description", "quantity", "unit_price", "discount", "tax_rate")


class PayForm(FlaskForm):
    """Money taken at the desk."""

    amount = TextLine(_("Amount"), validators=[InputRequired()])
    method = SelectField(
        _("Method"),
        choices=[
            SelectChoice(method.value, _(METHOD_WORDS[method]))
            for method in PaymentMethod
            if method is not PaymentMethod.STRIPE
        ],
    )
    reference = TextLine(_("Reference"), validators=[Length(max=120)], description=_("Receipt or transfer number"))


class DraftForm(FlaskForm):
    """A draft; the fields of its lines are named `lines-<index>-<name>` and read by `typed_lines`."""

    due_date = DateField(_("Due"), description=_("The day of issue where it is left empty"))
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
    return {**line, "service_id": int(service_id)} if service_id.isdecimal() else {**line}


def as_typed(line: InvoiceLine, currency: str) -> dict[str, str]:
    """A line of a draft as it is shown for typing."""
    return {
        "service_id": str(line.service_id or ""),
        "description": line.description,
        "quantity": str(line.quantity),
        "unit_price": str(Money(line.unit_price_minor, currency)),
        "discount": str(Money(line.discount_minor, currency)) if line.discount_minor else "",
        "tax_rate": f"{Decimal(line.tax_rate_bp) / 100:f}",
    }
