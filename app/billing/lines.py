"""What is typed or sent as the lines of an invoice, read and checked before anything is priced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.billing.errors import NotARate, NotLines, TaxRateOutOfRange, TooManyLines
from app.billing.requests import amount_in
from app.billing.rules import LARGEST_QUANTITY
from app.kernel.errors import Invalid, Refusal
from app.kernel.money import BASIS_POINTS, Money
from app.people.fields import Check, checked, line, row_id, whole_number

MOST_LINES: Final = 200
LONGEST_DESCRIPTION: Final = 400


@dataclass(frozen=True, slots=True)
class LineValues:
    """One line as asked for; what is None comes from the service. `discount` is off the whole line."""

    service_id: int | None = None
    description: str | None = None
    quantity: int | None = None
    unit_price: Money | None = None
    discount: Money | None = None
    tax_rate: int | None = None


def read_lines(raw: object, *, currency: str) -> list[LineValues]:
    """Lines from plain values: amounts as decimal texts in `currency`, `tax_rate` in percent as a decimal text.

    Refuses: Invalid with every problem, named "lines.0.quantity".
    """
    if not isinstance(raw, list | tuple):
        raise NotLines(field="lines")
    if len(raw) > MOST_LINES:
        raise TooManyLines(field="lines", most=MOST_LINES)
    problems, read = LineProblems(), []
    for index, one in enumerate(raw):
        with problems.of_line(index):
            read.append(_read_line(one, currency))
    problems.refuse()
    return read


class LineProblems:
    """Collects what is wrong with several lines, to tell it all at once."""

    def __init__(self) -> None:
        self._found: dict[str, list[str | Refusal]] = {}

    @contextmanager
    def of_line(self, index: int) -> Iterator[None]:
        try:
            yield
        except Invalid as invalid:
            for name, messages in invalid.errors.items():
                self._found[f"lines.{index}.{name}"] = messages

    def refuse(self) -> None:
        """Refuses: Invalid where anything was found."""
        if self._found:
            raise Invalid(self._found)


def percentage(raw: object) -> int:
    """A rate in percent as a decimal text, "7.5", in 1/10,000. Refuses: NotARate, TaxRateOutOfRange."""
    try:
        scaled = Decimal(str(raw).strip()) * 100
    except ArithmeticError:
        raise NotARate(field="tax_rate") from None
    if not isinstance(raw, str | int) or not scaled.is_finite() or abs(scaled) > BASIS_POINTS**2 or scaled % 1:
        raise NotARate(field="tax_rate")
    if not 0 <= scaled <= BASIS_POINTS:
        raise TaxRateOutOfRange(field="tax_rate")
    return int(scaled)


def _read_line(raw: object, currency: str) -> LineValues:
    if not isinstance(raw, Mapping):
        raise NotLines(field="line")

    checks: dict[str, Check] = {
        "service_id": row_id,
        "description": line(LONGEST_DESCRIPTION),
        "quantity": whole_number(1, LARGEST_QUANTITY),
        "unit_price": amount_in(currency),
        "discount": amount_in(currency),
        "tax_rate": percentage,
    }
    return LineValues(**checked(raw, checks))
