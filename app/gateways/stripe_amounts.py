"""Money as Stripe counts it, which is not how Unicode's currency data counts it for every currency.

Source: https://docs.stripe.com/currencies (zero-decimal, three-decimal and special cases).
"""

from __future__ import annotations

from app.kernel.money import Money, currency_digits

_WITHOUT_DECIMALS = {
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
}  # fmt: skip
_WITH_THREE_DECIMALS = {"BHD", "JOD", "KWD", "OMR", "TND"}


class NotChargeable(ValueError):
    """Stripe has no amount that says exactly this."""


def stripe_amount(money: Money) -> int:
    """`money` as the integer that Stripe's API takes for its currency. Raises NotChargeable.

    ISK and UGX have no cents, yet are sent with two; three-decimal currencies must end in 0.
    """
    shift = _stripe_digits(money.currency) - currency_digits(money.currency)
    amount, rest = (money.minor * 10**shift, 0) if shift >= 0 else divmod(money.minor, 10**-shift)
    if rest or (money.currency in _WITH_THREE_DECIMALS and amount % 10):
        raise NotChargeable(f"{money} {money.currency} is finer than what can be charged by card")
    return amount


def money_of(amount: int, currency: str) -> Money:
    """What Stripe's integer means; `currency` in any case. Raises NotChargeable for a fraction that we cannot hold."""
    code = currency.upper()
    shift = currency_digits(code) - _stripe_digits(code)
    minor, rest = (amount * 10**shift, 0) if shift >= 0 else divmod(amount, 10**-shift)
    if rest:
        raise NotChargeable(f"Stripe reports {amount} {code}, a fraction of the smallest unit")
    return Money(minor, code)


def _stripe_digits(currency: str) -> int:
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 3 if currency in _WITH_THREE_DECIMALS else 2
