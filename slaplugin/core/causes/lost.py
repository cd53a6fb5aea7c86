"""Where the time of missed clocks went: spans of the clock laid over stages of the ticket."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from slaplugin.core.calendars import Span as Stretch
from slaplugin.core.calendars.spans import clip, merge
from slaplugin.core.causes.unanswered import unanswered
from slaplugin.core.causes.values import (
    BESIDE,
    COUNTED,
    Cause,
    CauseKind,
    CauseReport,
    Miss,
    Share,
    TicketName,
)
from slaplugin.core.model import ClockInstance, Event, Span
from slaplugin.core.objectives import Objective, decided_at, verdict_on
from slaplugin.core.past import Past, Stage
from slaplugin.core.spans import CLOSED_HOURS
from slaplugin.core.weekhours import HOURS, week_hour

_CHANGES = frozenset(
    {
        "priority_changed",
        "group_changed",
        "owner_changed",
        "type_changed",
        "state_changed",
        "closed",
        "reopened",
        "customer_changed",
        "field_changed",
        "tag_added",
        "tag_removed",
        "absorbed",
        "split_from",
        "excluded",
        "pause_corrected",
    }
)
"""Events that can put a due time into the past (R8, R12, details 37)."""


@dataclass(frozen=True, slots=True)
class Window:
    """[since, until) in UTC epoch seconds, and the zone of hours and days."""

    since: int
    until: int
    zone: ZoneInfo

    def holds(self, at: int) -> bool:
        return self.since <= at < self.until


def ticket_name(past: Past) -> TicketName:
    """The ticket as a report names it."""
    ticket = past.ticket
    return TicketName(ticket.id, ticket.number, ticket.title, ticket.url)


class Causes:
    """The missed clocks of a window, fed one ticket at a time.

    A miss is what counts as one in attainment (details 46): waived and low-confidence clocks are
    none, and neither are those that the customer is accountable for. It belongs to the window in
    which it was decided. The pasts need their spans (``detail``).
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._misses: list[Miss] = []

    def add(self, past: Past) -> None:
        """Look at one ticket's clocks."""
        name = ticket_name(past)
        for instance in past.instances:
            at = _missed_at(instance, past.as_of)
            if at is not None and self._window.holds(at):
                self._misses.append(_miss(name, instance, past, at))

    def result(self) -> CauseReport:
        """Everything seen so far."""
        ranked = sorted(
            self._misses, key=lambda miss: (-miss.over, miss.ticket.id, miss.clock, miss.instance)
        )
        return CauseReport(
            misses=tuple(ranked),
            counted=tuple(shares(ranked, COUNTED)),
            beside=tuple(shares(ranked, BESIDE)),
            week=self._week(),
        )

    def _week(self) -> tuple[int, ...]:
        hours = Counter(week_hour(self._window.zone, miss.at) for miss in self._misses)
        return tuple(hours[hour] for hour in range(HOURS))


def _missed_at(instance: ClockInstance, now: int) -> int | None:
    if instance.party == "customer":
        return None
    objective = Objective(Fraction(1), clock=instance.clock)
    if verdict_on(objective, instance) != "misses":
        return None
    return decided_at(objective, instance, now)


def _miss(name: TicketName, instance: ClockInstance, past: Past, at: int) -> Miss:
    counted = [(span.start, span.end) for span in instance.spans if span.kind == "counted"]
    return Miss(
        ticket=name,
        clock=instance.clock,
        instance=instance.instance,
        policy=instance.policy,
        at=at,
        elapsed=instance.elapsed,
        over=_length(clip(counted, at, past.as_of)),
        open=instance.is_open,
        seconds=_by_cause(instance.spans, past),
        reason=instance.breach_reason,
        changed_by=_changed_by(instance, past.events),
    )


def _changed_by(instance: ClockInstance, events: Iterable[Event]) -> tuple[str, ...]:
    if instance.breach_reason != "retarget":
        return ()
    at_once = (event.kind for event in events if event.at == instance.breached_at)
    return tuple(dict.fromkeys(kind for kind in at_once if kind in _CHANGES))


def _by_cause(spans: Sequence[Span], past: Past) -> dict[Cause, int]:
    seconds: Counter[Cause] = Counter()
    open_questions = unanswered(past.events, past.as_of)
    for span in spans:
        if span.kind == "closed" and span.cause != CLOSED_HOURS:
            continue  # The ticket was closed, or no policy held: nobody waited after hours.
        for piece in _pieces(span, past.stages):
            for cause, length in _causes(piece, open_questions):
                seconds[cause] += length
    return {cause: length for cause, length in seconds.items() if length}


class _Piece(NamedTuple):
    """A part of a span in which the ticket did not change; stage None: it was not here yet."""

    kind: str
    start: int
    end: int
    stage: Stage | None


def _pieces(span: Span, stages: Sequence[Stage]) -> Iterator[_Piece]:
    born = stages[0].start if stages else span.end
    if span.start < born:
        yield _Piece(span.kind, span.start, min(span.end, born), None)
    for stage in stages:
        start, end = max(span.start, stage.start), min(span.end, stage.end)
        if start < end:
            yield _Piece(span.kind, start, end, stage)


def _causes(piece: _Piece, questions: Sequence[Stretch]) -> Iterator[tuple[Cause, int]]:
    kind, start, end, stage = piece
    length = end - start
    group = None if stage is None else _text(stage.facts.get("group"))
    if kind == "closed":
        yield Cause("after_hours", group), length
    elif kind == "paused":
        parked = _length(clip(questions, start, end))
        yield Cause("parked", group), parked
        yield Cause("waiting", group), length - parked
    elif stage is None:
        yield Cause("late"), length
    else:
        owner = _text(stage.facts.get("owner"))
        yield Cause("agent", group, owner) if owner else Cause("unassigned", group), length


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _length(spans: Iterable[Stretch]) -> int:
    return sum(end - start for start, end in merge(spans))


def shares(misses: Sequence[Miss], kinds: Sequence[CauseKind]) -> Iterator[Share]:
    """One share a cause of these kinds, the largest first."""
    behind: defaultdict[Cause, list[Miss]] = defaultdict(list)
    for miss in misses:
        for cause in miss.seconds:
            if cause.kind in kinds:
                behind[cause].append(miss)
    found = [_share(cause, each) for cause, each in behind.items()]
    yield from sorted(found, key=lambda share: (-share.seconds, repr(share.cause)))


def _share(cause: Cause, misses: Sequence[Miss]) -> Share:
    # The order of misses is kept among equal parts: furthest past the breach first.
    ranked = sorted(misses, key=lambda miss: -miss.seconds[cause])
    return Share(cause, sum(miss.seconds[cause] for miss in misses), tuple(ranked))
