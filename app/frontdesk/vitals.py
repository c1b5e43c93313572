"""Vital signs: which are kept, in which unit, and what is plausible of a living patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from app.frontdesk.errors import NotBelowSystolic, OutsideRange
from app.kernel.errors import Invalid

Readings = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Measure:
    """A vital sign in `unit`, plausible from `low` to `high`, both included, with that many `decimals`."""

    unit: str
    low: Decimal
    high: Decimal
    decimals: int = 0

    @property
    def step(self) -> Decimal:
        """The smallest difference that is kept."""
        return Decimal(1).scaleb(-self.decimals)


# From a premature newborn to the highest that was ever survived: what lies outside is a slip of the hand.
MEASURES: Final[Mapping[str, Measure]] = {
    "systolic": Measure("mmHg", Decimal(40), Decimal(300)),
    "diastolic": Measure("mmHg", Decimal(20), Decimal(200)),
    "pulse": Measure("/min", Decimal(20), Decimal(300)),
    "temperature": Measure("°C", Decimal(25), Decimal(45), decimals=1),
    "respiratory_rate": Measure("/min", Decimal(3), Decimal(100)),
    "oxygen_saturation": Measure("%", Decimal(40), Decimal(100)),
    "weight": Measure("kg", Decimal("0.3"), Decimal(500), decimals=1),
    "height": Measure("cm", Decimal(20), Decimal(260), decimals=1),
}
LONGEST_NUMBER: Final = 12


def reading(name: str, raw: object) -> Decimal:
    """A value as typed ("36,8") or sent (36.8), rounded to what is kept. Refuses: OutsideRange."""
    measure = MEASURES[name]
    value = _number(raw)
    if value is None or not measure.low <= value <= measure.high:
        raise OutsideRange(low=measure.low, high=measure.high, unit=measure.unit)
    return value.quantize(measure.step, ROUND_HALF_UP)


def _number(raw: object) -> Decimal | None:
    text = str(raw).strip().replace(",", ".")
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal) or len(text) > LONGEST_NUMBER:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def readings_after(before: Readings, changes: Mapping[str, object]) -> dict[str, Decimal]:
    """The readings with the changes made: None or blank takes one away, what is not named stays.

    Refuses: Invalid with every problem of every field, named "vitals.<sign>".
    """
    after, problems = dict(before), dict[str, list[Invalid]]()
    for name, raw in changes.items():
        try:
            if raw is None or (isinstance(raw, str) and not raw.strip()):
                after.pop(name, None)
            else:
                after[name] = reading(name, raw)
        except Invalid as problem:
            problems[f"vitals.{name}"] = [problem]
    if "systolic" in after and "diastolic" in after and after["diastolic"] >= after["systolic"]:
        problems.setdefault("vitals.diastolic", [NotBelowSystolic()])
    if problems:
        raise Invalid(problems)
    return {name: after[name] for name in MEASURES if name in after}


def body_mass_index(readings: Readings) -> Decimal | None:
    """Weight in kg by the square of the height in metres (WHO), to one decimal; None without both."""
    if "weight" not in readings or "height" not in readings:
        return None
    metres = readings["height"] / 100
    return (readings["weight"] / (metres * metres)).quantize(Decimal("0.1"), ROUND_HALF_UP)
