"""Office hours guessed from when answers are given: the first calendar of somebody without one.

Hours are told as policy files write them (policy-language §2): days to times, in local wall time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ENOUGH = 100
"""Answers below which nothing is guessed."""
_WORKED = 5
"""A day is worked when it has a fifth of what a day of the five busiest has."""
_MOST = (19, 20)
"""The shortest stretch of hours that holds so many of the answers is the office's day."""
_ROUND_THE_CLOCK = 20
"""Hours from which on the office never closes: what is missing is chance, not a night."""
_PART = re.compile(r"\s*([a-z][a-z,\- ]*?)\s+(\d\d?:\d\d.*?)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """A week's opening hours, and what they rest on."""

    hours: Mapping[str, str]
    """``{"mon-fri": "09:00-17:00"}``."""
    inside: int = 0
    """Of the answers that it was guessed from those that lie in it."""
    answers: int = 0
    """0: it was given, or is the usual office day for want of answers."""

    def __str__(self) -> str:
        """As :func:`parse_hours` reads it."""
        return "; ".join(f"{days} {times}" for days, times in self.hours.items())

    @property
    def guessed(self) -> bool:
        """They were read off the answers, and not given or assumed."""
        return self.answers > 0


USUAL = OfficeHours({"mon-fri": "09:00-17:00"})
ALWAYS = OfficeHours({"mon-sun": "00:00-24:00"})


def parse_hours(text: str) -> OfficeHours:
    """``mon-fri 09:00-17:00; sat 10:00-14:00``, or ``24x7``; ValueError for anything else.

    Days and times are only told apart here: what they mean is the policy reader's business.
    """
    if text.strip().lower() == "24x7":
        return ALWAYS
    found: dict[str, str] = {}
    for part in text.split(";"):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(
                f"{part.strip()!r} is no opening time: write for example 'mon-fri 09:00-17:00' or "
                "'mon-thu 08:00-12:00, 13:00-17:00; fri 08:00-14:00'"
            )
        found[match[1].lower()] = match[2]
    return OfficeHours(found)


def guessed_hours(answers: Sequence[int]) -> OfficeHours | None:
    """The office's week by its people's answers: one stretch of whole hours, the same every day.

    ``answers`` by hour of the local week (168, Monday 00:00 first). None: too few to tell.
    """
    whole = sum(answers)
    if whole < ENOUGH:
        return None
    by_day = [sum(answers[day * 24 : day * 24 + 24]) for day in range(7)]
    busy = median(sorted(by_day)[-5:])
    worked = [day for day in range(7) if by_day[day] * _WORKED >= busy and by_day[day]]
    by_hour = [sum(answers[day * 24 + hour] for day in worked) for hour in range(24)]
    first, last = _stretch(by_hour)
    hours = {",".join(_ranges(worked)): f"{first:02}:00-{last:02}:00"}
    return OfficeHours(hours, sum(by_hour[first:last]), whole)


def _stretch(by_hour: Sequence[int]) -> tuple[int, int]:
    """The shortest that holds :data:`_MOST`; of equally short ones the fullest, then the first."""
    part, of = _MOST
    wanted = sum(by_hour)
    found = [
        (last - first, -sum(by_hour[first:last]), first, last)
        for first in range(24)
        for last in range(first + 1, 25)
        if sum(by_hour[first:last]) * of >= wanted * part
    ]
    length, _, first, last = min(found)
    return (0, 24) if length >= _ROUND_THE_CLOCK else (first, last)


def _ranges(days: Sequence[int]) -> Iterator[str]:
    """``mon-fri``, ``mon``: neighbouring days as one."""
    for day in days:
        if day - 1 in days:
            continue
        last = day
        while last + 1 in days:
            last += 1
        yield DAYS[day] if last == day else f"{DAYS[day]}-{DAYS[last]}"
