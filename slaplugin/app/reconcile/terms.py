"""The helpdesk's own targets and hours as worlds: the agreement it names, or one that would fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from slaplugin.app.agreements import HostCalendar
from slaplugin.app.reconcile.bench import Bench, Terms, World, spec_of
from slaplugin.app.reconcile.figures import MINUTE
from slaplugin.app.reconcile.values import NativeClock, NativeTicket, Reason, ReasonKind
from slaplugin.core.calendars import ALWAYS, Calendar, compile_calendars
from slaplugin.core.durations import format_duration
from slaplugin.core.model import ClockInstance

HostHours = HostCalendar | None
_ROUND = 5 * MINUTE
"""Targets that people set are multiples of it: others are taken for chance."""
_ROUND_AFTER_BREAKS = 15 * MINUTE
_EXACT = 2
"""Seconds: deadlines are exact but for one that is added at times (live facts 9)."""


def _whole(seconds: int, paused: bool) -> int | None:
    """The round target that ends there, if any does; breaks are counted in whole minutes."""
    step, tolerance = (_ROUND_AFTER_BREAKS, MINUTE) if paused else (_ROUND, _EXACT)
    whole = round(seconds / step) * step
    return whole if whole > 0 and abs(seconds - whole) <= tolerance else None


def _oddness(terms: Terms) -> int:
    """Whole hours are likelier than halves, and these than odd minutes."""
    steps = (3600, 1800, 900)
    return next((place for place, step in enumerate(steps) if not terms.seconds % step), len(steps))


@dataclass(frozen=True, slots=True)
class Offer:
    """A target with its calendar, and what it would mean."""

    terms: Terms
    reason: Reason

    def put_into(self, world: World) -> World:
        """The world under these terms."""
        return replace(world, terms=self.terms)


@dataclass(frozen=True, slots=True)
class Offers:
    """What is known of the terms of one number."""

    bench: Bench
    ticket: NativeTicket
    native: NativeClock
    ours: ClockInstance | None

    def known(self, clock: str) -> Iterator[Offer]:
        """Terms that the helpdesk tells: those of its agreement, a target that its figures give."""
        promise = self.ticket.terms.promises.get(self.native.clock) if self.ticket.terms else None
        if promise is not None:
            hours = self.ticket.hours.get(promise.calendar) if promise.calendar else None
            calendar = None if hours else ALWAYS
            yield self._offer(Terms(clock, promise.seconds, calendar, hours), "proved")
        elif self.native.target is not None:
            for calendar, hours in self._calendars():
                yield self._offer(Terms(clock, self.native.target, calendar, hours), "proved")

    def fitting(self, world: World, clock: str) -> Iterator[Offer]:
        """Whole targets that would end at the helpdesk's due; which one it has, it does not say."""
        due = self.native.figures.due_at
        if due is None:
            return
        started = [each for each in self.bench.evaluate(world).instances if each.clock == clock]
        found = [
            Terms(clock, seconds, calendar, hours)
            for item in started[-1:]
            for calendar, hours in self._calendars()
            if (seconds := _whole(self._allowed(item, due, calendar, hours), item.paused > 0))
        ]
        for terms in sorted(found, key=_oddness):
            yield self._offer(terms, "inferred")

    def _allowed(
        self, item: ClockInstance, due: int, calendar: str | None, hours: HostHours
    ) -> int:
        return self._compiled(calendar, hours).elapsed(item.started_at, due) - item.paused

    def _calendars(self) -> list[tuple[str | None, HostHours]]:
        ours = self.ours.calendar if self.ours else None
        found: list[tuple[str | None, HostHours]] = [(ours or ALWAYS, None)]
        found += [(None, hours) for hours in self.ticket.hours.values()]
        return found if (ALWAYS, None) in found else [*found, (ALWAYS, None)]

    def _compiled(self, calendar: str | None, hours: HostHours) -> Calendar:
        if hours is None:
            specs = self.bench.policy_set.calendars
            return compile_calendars(specs.values())[calendar or ALWAYS]
        return compile_calendars([spec_of(hours, hours.name)])[hours.name]

    def _offer(self, terms: Terms, kind: ReasonKind) -> Offer:
        return Offer(terms, Reason("agreement", self._text(terms, kind), kind))

    def _text(self, terms: Terms, kind: ReasonKind) -> str:
        calendar = terms.hours.name if terms.hours else terms.calendar
        ours = self._ours()
        target = format_duration(terms.seconds)
        if kind == "inferred":
            return f"the helpdesk counts as if its target were {target} in {calendar} ({ours})"
        named = f"'{self.ticket.agreement}' of " if self.ticket.agreement else ""
        return f"{named}the helpdesk allows {target} in {calendar} ({ours})"

    def _ours(self) -> str:
        if self.ours is None:
            return "ours does not run"
        if self.ours.target is None:
            return "we have no target"
        target = self.ours.target
        shown = format_duration(target) if isinstance(target, int) else target
        return f"we {shown} in {self.ours.calendar}"
