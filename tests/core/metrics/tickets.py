"""Small tickets in Berlin's local time, for figures worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slaplugin.core.calendars import CalendarSpec, CalendarVersion
from slaplugin.core.metrics import Ladder, Measuring, TicketMetrics, metrics_of
from slaplugin.core.model import ClockInstance, Event, Ticket, Timeline
from slaplugin.core.past import Past, past_of
from slaplugin.core.policies import PolicySet
from slaplugin.core.rulebook import RuleBook

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600
DAY = 24 * HOUR
_NINE_TO_FIVE = ((9 * HOUR, 17 * HOUR),)
OFFICE = CalendarSpec(
    "office", (CalendarVersion("Europe/Berlin", (_NINE_TO_FIVE,) * 5 + ((),) * 2),)
)
NAMELESS = Ladder()
RULES = RuleBook.compile(PolicySet(calendars={"office": OFFICE}))


def at(text: str) -> int:
    """``09 14:30`` is that time of the 9th of March 2026, a Monday, in Berlin."""
    return int(datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=BERLIN).timestamp())


def event(when: str, kind: str, /, *, ours: bool = False, **data: Any) -> Event:
    second = at(when)
    return Event(second * 1000, 0, f"{kind}:{second}", kind, data, ours=ours)


def numbered(events: Iterable[Event]) -> tuple[Event, ...]:
    """In the order in which they are told."""
    return tuple(
        Event(each.at_ms, place, f"{place}", each.kind, each.data, each.actor, each.ours)
        for place, each in enumerate(events, start=1)
    )


def past(
    *events: Event, as_of: str = "31 12:00", clocks: tuple[ClockInstance, ...] = (), **facts: Any
) -> Past:
    timeline = Timeline(Ticket("desk", "1", facts={"group": "Support", **facts}), numbered(events))
    return past_of(timeline, RULES, clocks, at(as_of))


def figures(given: Past, ladder: Ladder = NAMELESS, rules: RuleBook = RULES) -> TicketMetrics:
    """Of a ticket that has a creation."""
    found = metrics_of(given, Measuring.by(rules, ladder))
    if found is None:
        raise ValueError("the ticket has no creation")
    return found
