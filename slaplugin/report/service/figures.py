"""How the figures of a report are written, the same in every form."""

from __future__ import annotations

from fractions import Fraction

from slaplugin.report.times import duration


def percent(share: Fraction | None, digits: int = 2) -> str:
    """``89.99 %``, never rounded up: what is below a goal must not look as if it met it."""
    if share is None:
        return "–"
    scale = 10**digits
    whole, rest = divmod(share.numerator * 100 * scale // share.denominator, scale)
    text = f"{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".") if digits else str(whole)
    return f"{text} %"


def percent_number(share: Fraction | None) -> float | None:
    """The percentage to two digits for JSON and charts, not rounded up either."""
    return None if share is None else (share.numerator * 10_000 // share.denominator) / 100


def exact(share: Fraction | None) -> str | None:
    """``7/9``: the figure that others can compare with to the last digit."""
    return None if share is None else f"{share.numerator}/{share.denominator}"


def seconds(value: Fraction | int | None) -> int | None:
    """Whole seconds, halves up."""
    return None if value is None else int(Fraction(value) + Fraction(1, 2))


def time(value: Fraction | int | None) -> str:
    """``1h 50m``; from a day on without seconds, which nobody reads there."""
    whole = seconds(value)
    if whole is None:
        return "–"
    return duration(whole - whole % 60 if whole >= 3600 else whole)
