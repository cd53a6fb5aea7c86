"""The pause audit: waits that stop the clocks while it is our turn.

A wait is a stretch in which the ticket counted as waiting on the customer (R7). Nothing here judges
a person: a finding is a wait that somebody should look at, with the tickets to look at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slaplugin.core.calendars import Span
from slaplugin.core.calendars.spans import clip, merge
from slaplugin.core.causes.lost import Window, ticket_name
from slaplugin.core.causes.unanswered import PUBLIC, unanswered
from slaplugin.core.causes.values import ParkedHow, Parker, Parking, PauseAudit
from slaplugin.core.model import ClockInstance, Event
from slaplugin.core.past import Past, Stage

LAST_TENTH = 10
"""``near_due``: no more than this part of the target is left."""
JUST_ANSWERED = 900
"""Seconds: an answer that shortly before makes a wait an ordinary one."""
RENEWALS = 2
"""``again``: from this many renewals on."""


@dataclass(frozen=True, slots=True)
class _Wait:
    spans: tuple[Span, ...]
    """The stretches of waiting; between them the ticket lay open, and nobody said a word."""
    agent: str | None
    group: str | None
    renewals: int

    @property
    def start(self) -> int:
        return self.spans[0][0]

    @property
    def end(self) -> int:
        return self.spans[-1][1]

    @property
    def seconds(self) -> int:
        return sum(end - start for start, end in self.spans)


class Parkings:
    """The waits that ended in a window or still last, fed one ticket at a time.

    The pasts need their spans (``detail``); without them no clock is found to be saved or near its
    due, and the rest is the same.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._found: list[Parking] = []
        self._waits: defaultdict[str | None, int] = defaultdict(int)
        self._seconds = 0

    def add(self, past: Past) -> None:
        """Look at one ticket's waits."""
        questions = unanswered(past.events, past.as_of)
        for wait in _waits(past):
            if not self._concerns(wait, past.as_of):
                continue
            self._waits[wait.agent] += 1
            self._seconds += wait.seconds
            parking = _looked_at(wait, past, questions)
            if parking.how:
                self._found.append(parking)

    def _concerns(self, wait: _Wait, now: int) -> bool:
        lasts = wait.end == now
        return self._window.holds(wait.end - 1 if lasts else wait.end)

    def result(self) -> PauseAudit:
        """Everything seen so far."""
        found = sorted(self._found, key=lambda item: (-item.unanswered, item.start, item.ticket.id))
        return PauseAudit(
            waits=sum(self._waits.values()),
            seconds=self._seconds,
            found=tuple(found),
            agents=tuple(sorted(self._agents(), key=lambda line: (-line.parked, str(line.agent)))),
        )

    def _agents(self) -> Iterator[Parker]:
        by_agent: defaultdict[str | None, list[Parking]] = defaultdict(list)
        for item in self._found:
            by_agent[item.agent].append(item)
        for agent, items in by_agent.items():
            yield Parker(
                agent=agent,
                waits=self._waits[agent],
                parked=len(items),
                unanswered=sum(item.unanswered for item in items),
                saved=sum(len(item.saved) for item in items),
            )


def _waits(past: Past) -> Iterator[_Wait]:
    """Neighbouring waiting stages are one wait, and so are waits with no word between them."""
    running: list[Stage] = []
    for stage in past.stages:
        if running and not stage.waiting and _word_between(past.events, running[0], stage):
            yield _wait(past, running)
            running = []
        if stage.waiting:
            running.append(stage)
    if running:
        yield _wait(past, running)


def _word_between(events: Sequence[Event], first: Stage, after: Stage) -> bool:
    """The ticket was worked on, closed, or spoken about before it waited again."""
    if after.closed:
        return True
    return any(event.kind in PUBLIC and first.start < event.at < after.end for event in events)


def _wait(past: Past, stages: Sequence[Stage]) -> _Wait:
    start, end = stages[0].start, stages[-1].end
    spans = merge((stage.start, stage.end) for stage in stages)
    sets = [event for event in past.events if _sets_waiting(event) and start <= event.at < end]
    actor = sets[0].actor if sets else None
    group = stages[0].facts.get("group")
    return _Wait(
        spans=tuple(spans),
        agent=None if actor is None or actor.role != "agent" else actor.name or actor.key,
        group=None if group is None else str(group),
        renewals=max(0, len(sets) - 1),
    )


def _sets_waiting(event: Event) -> bool:
    return event.kind == "state_changed" and event.data.get("kind") == "waiting_customer"


def _looked_at(wait: _Wait, past: Past, questions: Sequence[Span]) -> Parking:
    idle = [span for waited in wait.spans for span in clip(questions, *waited)]
    length = sum(end - start for start, end in idle)
    signs: tuple[tuple[ParkedHow, bool], ...] = (
        ("unanswered", length > 0),
        ("near_due", _near_due(wait, past)),
        ("again", wait.renewals >= RENEWALS),
    )
    return Parking(
        ticket=ticket_name(past),
        how=tuple(how for how, seen in signs if seen),
        start=wait.start,
        end=wait.end,
        agent=wait.agent,
        group=wait.group,
        unanswered=length,
        saved=tuple(_saved(past.instances, idle)),
    )


def _near_due(wait: _Wait, past: Past) -> bool:
    answered = any(
        event.kind == "agent_reply" and wait.start - JUST_ANSWERED <= event.at <= wait.start
        for event in past.events
    )
    return not answered and any(_ends_soon(each, wait.start) for each in past.instances)


def _ends_soon(instance: ClockInstance, at: int) -> bool:
    """The clock was running and had no more than the last part of its target left."""
    pauses = any(span.kind == "paused" and span.start == at for span in instance.spans)
    if not pauses or not isinstance(instance.target, int):
        return False
    left = instance.target - _counted_before(instance, at)
    return 0 <= left * LAST_TENTH <= instance.target


def _counted_before(instance: ClockInstance, at: int) -> int:
    counted = ((span.start, span.end) for span in instance.spans if span.kind == "counted")
    return sum(end - start for start, end in clip(counted, instance.started_at, at))


def _saved(instances: Sequence[ClockInstance], idle: Sequence[Span]) -> Iterator[tuple[str, int]]:
    """Clocks that would have passed their target had the idle part of their pauses counted."""
    for instance in instances:
        if instance.outcome != "met" or not isinstance(instance.target, int):
            continue
        pauses = [(span.start, span.end) for span in instance.spans if span.kind == "paused"]
        unpaused = sum(
            end - start for first, last in merge(idle) for start, end in clip(pauses, first, last)
        )
        if instance.elapsed + unpaused > instance.target:
            yield instance.clock, instance.instance
