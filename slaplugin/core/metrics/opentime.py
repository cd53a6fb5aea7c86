"""Opening hours of a ticket: the calendar in force at each moment of its life (R9, R15)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks.facts import CALENDAR_FACT, TicketState
from slaplugin.core.metrics.values import Elapsed, Lap
from slaplugin.core.past import Past
from slaplugin.core.rulebook import RuleBook

Calendars = tuple[tuple[int, Calendar], ...]
"""The calendar in force from each instant (UTC epoch seconds) on, in order; the first one also
holds before its instant."""
CalendarsOf = Callable[[Past], Calendars]


class OpenTime:
    """Times of one ticket, judged second by second by the calendar in force (R9)."""

    __slots__ = ("_calendars",)

    def __init__(self, calendars: Calendars) -> None:
        self._calendars = calendars

    def elapsed(self, start: int, end: int) -> Elapsed:
        """The time in [start, end), UTC epoch seconds; none where the end is not after it."""
        if end <= start:
            return Elapsed()
        return Elapsed(end - start, self._open(start, end))

    def lap(self, start: int, end: int) -> Lap:
        """The same with its ends."""
        return Lap(start, end, self.elapsed(start, end).open)

    def _open(self, start: int, end: int) -> int:
        if len(self._calendars) == 1:
            return self._calendars[0][1].elapsed(start, end)
        return sum(
            calendar.elapsed(max(start, since), min(end, until))
            for since, until, calendar in self._pieces(start, end)
        )

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int, Calendar]]:
        since = start
        nexts = (*(at for at, _ in self._calendars[1:]), end)
        for (_, calendar), until in zip(self._calendars, nexts, strict=True):
            yield since, until, calendar
            since = max(since, until)


def always(calendar: Calendar) -> CalendarsOf:
    """One calendar for every ticket."""
    calendars = ((0, calendar),)
    return lambda past: calendars


def calendars_by(rules: RuleBook) -> CalendarsOf:
    """The calendar that a policy set gives a ticket, as for a clock without a target (details 2).

    Like the engine it overlooks what our own steps changed (R15) and obeys a hook's calendar.
    """
    only = rules.only_calendar
    steady = (
        ((0, only),) if all(layer.calendar in (None, only.name) for layer in rules.layers) else None
    )

    def calendars(past: Past) -> Calendars:
        # A fact that was ever set stays among the facts, without a value if need be.
        if steady is not None and CALENDAR_FACT not in past.stages[-1].facts:
            return steady
        return tuple(_changes(past, rules))

    return calendars


def _changes(past: Past, rules: RuleBook) -> Iterator[tuple[int, Calendar]]:
    state = TicketState(past.ticket, rules)
    created: int | None = None
    before: Calendar | None = None
    for event in past.events:
        if created is None and event.kind != "created":
            continue
        if created is None:
            created = event.at
            state.created(event)
        elif not event.data.get("opening"):
            state.apply(event)
        calendar = _in_force(state, rules, created)
        if calendar is not before:
            yield event.at, calendar
            before = calendar


def _in_force(state: TicketState, rules: RuleBook, created: int) -> Calendar:
    given = rules.default_calendar(state.view, state.fingerprint, created)
    wished = state.facts.get(CALENDAR_FACT)
    return rules.calendars.get(wished, given) if wished else given
