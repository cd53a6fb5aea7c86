"""Durations as people write them: `1h30m` (policy-language §3). Values are whole seconds."""

import re

_FORM = re.compile(r"(-)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def parse_duration(
    text: str,
    *,
    allow_zero: bool = False,
    allow_negative: bool = False,
    allow_days: bool = False,
) -> int:
    """Seconds of `90s`, `30m`, `4h`, `1h30m`, `15m20s`; with `allow_days` also `14d` of 24 hours.

    ValueError says what is allowed; a bare day is refused because it may mean either of two things.
    """
    found = _FORM.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        raise ValueError(f"{text!r} is no duration; write 90s, 30m, 4h or 1h30m")
    sign, days, hours, minutes, seconds = found.groups()
    if days is not None and not allow_days:
        raise ValueError(f"{text!r}: a day of what? write {int(days)}bd or {int(days) * 24}h")
    amounts = (int(amount or 0) for amount in (days, hours, minutes, seconds))
    total = sum(
        amount * unit for amount, unit in zip(amounts, (_DAY, _HOUR, _MINUTE, 1), strict=True)
    )
    if sign and not allow_negative:
        raise ValueError(f"{text!r} is negative; write a duration above zero, such as 30m")
    if total == 0 and not allow_zero:
        raise ValueError(f"{text!r} is no time; write a duration above zero, such as 30m, or none")
    return -total if sign else total


def format_duration(seconds: int) -> str:
    """`1h30m`, `15m20s`, `-20s`, `0s`: hours, minutes and seconds, parts of zero left out."""
    hours, rest = divmod(abs(seconds), _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    parts = ((hours, "h"), (minutes, "m"), (left, "s"))
    text = "".join(f"{amount}{unit}" for amount, unit in parts if amount)
    return f"{'-' if seconds < 0 else ''}{text}" or "0s"
