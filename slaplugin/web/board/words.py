"""Somebody else's titles made harmless, and times as a person says them."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from slaplugin.report import times

LONGEST_TITLE = 240
_MOST_MARKS = 3
"""Combining marks on one letter that any script needs."""
_JOINERS = frozenset("\u200c\u200d")
"""Zero width, but without them Persian and many emoji are spelled wrongly."""


def shown_title(title: str) -> str:
    """A ticket's title as one line of text.

    What turns the direction of the text, hides in it or stacks upon it is left out, a long one is
    cut. Never empty.
    """
    kept: list[str] = []
    marks = 0
    for character in title[: LONGEST_TITLE * 8]:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif marks <= _MOST_MARKS and (category not in _HIDDEN or character in _JOINERS):
            kept.append(character)
    text = " ".join("".join(kept).split())
    if not text.strip("".join(_JOINERS)):
        return "(no title)"
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1].rstrip() + "…"


_HIDDEN = frozenset({"Cf", "Cs", "Co", "Cn"})


def countdown(seconds: int) -> str:
    """``2h 05m``, below an hour ``5m 12s``, below a minute ``12s``; without a sign.

    static/board.js counts on in the same words.
    """
    minutes, secs = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m {secs:02d}s" if minutes else f"{secs}s"


def age(seconds: int) -> str:
    """How long ago, roughly: ``12 s``, ``5 min``, ``3 h``, ``2 days``."""
    for least, unit, word in ((172800, 86400, "days"), (7200, 3600, "h"), (120, 60, "min")):
        if seconds >= least:
            return f"{seconds // unit} {word}"
    return f"{max(0, seconds)} s"


def moment(at: int, zone: str, now: int) -> str:
    """``today 13:00 CET`` or ``Tue 10 Mar 13:00 CET``, in the named zone."""
    place = ZoneInfo(zone)
    same = times.day(at, place) == times.day(now, place) and abs(at - now) < 86400
    day = "today" if same else times.day(at, place)
    return f"{day} {datetime.fromtimestamp(at, place):%H:%M} {_zone_mark(at, place)}"


def _zone_mark(at: int, place: ZoneInfo) -> str:
    """``CET``; where the zone has no letters, its offset with ``UTC`` before it."""
    name = datetime.fromtimestamp(at, place).tzname() or str(place)
    return f"UTC{name}" if name[:1] in "+-" else name


def percent(share: Fraction) -> str:
    """``97.3 %``, rounded down: what was missed by little is not shown as met."""
    tenths = share.numerator * 1000 // share.denominator
    whole, rest = divmod(tenths, 10)
    return f"{whole}.{rest} %" if rest else f"{whole} %"
