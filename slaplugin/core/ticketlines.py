"""One line a ticket: what one customer's or organization's whole picture is made of.

Instants UTC epoch seconds, durations whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slaplugin.core.attainment import ByTarget, Contracts
from slaplugin.core.attainment.measures import Judged
from slaplugin.core.causes.lost import Window, ticket_name
from slaplugin.core.causes.values import TicketName
from slaplugin.core.objectives import Verdict
from slaplugin.core.past import Past, Stage

_ENDED = ("merged", "removed")


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock instance of a ticket."""

    clock: str
    instance: int
    verdict: Verdict
    decided_at: int
    elapsed: int
    target: int | str | None
    due: int | None
    """Of one that runs; None: it is finished, or stands still."""


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One ticket as its customer may see it."""

    ticket: TicketName
    created_at: int
    closed_at: int | None
    """The last close; None: it is open."""
    state: str | None
    """The host's, or ``merged`` or ``removed``: such a ticket is as good as closed."""
    priority: str | None
    group: str | None
    ours: int
    """Seconds of the window in which it was open and our turn."""
    theirs: int
    """Seconds of the window in which it waited on the customer."""
    clocks: tuple[ClockLine, ...]
    """Those with a target that we are accountable for, in the ticket's order."""
    their_clocks: tuple[ClockLine, ...] = ()
    """Those that the customer is accountable for."""

    @property
    def open(self) -> bool:
        """It was not closed as of the report."""
        return self.closed_at is None

    @property
    def due(self) -> int | None:
        """The earliest due of its running clocks."""
        return min((each.due for each in self.clocks if each.due is not None), default=None)


class TicketLines:
    """The tickets of a window, fed one at a time."""

    def __init__(self, contracts: Contracts, window: Window) -> None:
        self._plain = ByTarget(contracts)
        self._theirs = ByTarget(contracts, "customer")
        self._window = window
        self._found: list[TicketLine] = []

    def add(self, past: Past) -> None:
        """Look at one ticket; one that was closed before the window, or came after it, is none."""
        line = self._line(past)
        if line is not None and self._concerns(line):
            self._found.append(line)

    def result(self) -> tuple[TicketLine, ...]:
        """Open ones first by their due, then the latest closed first."""
        return tuple(sorted(self._found, key=_order))

    def _concerns(self, line: TicketLine) -> bool:
        window = self._window
        ended = window.since if line.closed_at is None else line.closed_at
        return line.created_at < window.until and window.since <= ended

    def _line(self, past: Past) -> TicketLine | None:
        if not past.stages:
            return None
        last = past.stages[-1]
        facts = last.facts
        return TicketLine(
            ticket=ticket_name(past),
            created_at=past.stages[0].start,
            closed_at=_closed_at(past.stages) if past.closed else None,
            state=last.state_kind if last.state_kind in _ENDED else _text(facts.get("state")),
            priority=_text(facts.get("priority")),
            group=_text(facts.get("group")),
            ours=self._spent(past.stages, waiting=False),
            theirs=self._spent(past.stages, waiting=True),
            clocks=tuple(_clocks(self._plain.judged(past))),
            their_clocks=tuple(_clocks(self._theirs.judged(past))),
        )

    def _spent(self, stages: Iterable[Stage], *, waiting: bool) -> int:
        window = self._window
        return sum(
            max(0, min(stage.end, window.until) - max(stage.start, window.since))
            for stage in stages
            if not stage.closed and stage.waiting == waiting
        )


def _closed_at(stages: tuple[Stage, ...]) -> int:
    """The beginning of the last stretch of closed stages."""
    at = stages[-1].start
    for stage in reversed(stages):
        if not stage.closed:
            break
        at = stage.start
    return at


def _clocks(judged: Iterable[Judged]) -> Iterator[ClockLine]:
    for each in judged:
        instance = each.instance
        yield ClockLine(
            clock=instance.clock,
            instance=instance.instance,
            verdict=each.verdict,
            decided_at=each.decided_at,
            elapsed=instance.elapsed,
            target=instance.target,
            due=instance.due_at if instance.is_open else None,
        )


def _order(line: TicketLine) -> tuple[bool, bool, int, str]:
    if line.closed_at is None:
        return (False, line.due is None, line.due or line.created_at, line.ticket.id)
    return (True, False, -line.closed_at, line.ticket.id)


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)
