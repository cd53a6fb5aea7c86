"""What a ticket adds to which figure, and at which instant: the period rule of the glossary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from slaplugin.core.metrics.channels import KNOWN
from slaplugin.core.metrics.values import Elapsed, TicketMetrics

RATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "answered": ("responded", ("responded", "unanswered")),
    "one_touch": ("one_touch", ("solved_asked",)),
    "first_contact": ("first_contact", ("solved_asked",)),
    "reopen_rate": ("solved_reopened", ("solved",)),
    "escalation_rate": ("solved_escalated", ("solved",)),
    "self_service": ("channel.self_service", tuple(f"channel.{name}" for name in KNOWN)),
}
"""Share -> the count above the line, and the counts whose sum is below it."""

_AT_SOLVE = (
    "requester_wait",
    "agent_wait",
    "on_hold",
    "handle_time",
    "unassigned",
    "age",
    "in_hand",
)
TIMES = (
    "first_response",
    "next_response",
    "first_assignment",
    "first_resolution",
    "full_resolution",
    *_AT_SOLVE,
    "escalation_time",
)
"""Every figure in seconds, in the order in which reports list them."""
NUMBERS = ("replies", "messages", "hops", "handovers")
"""Every whole number that a solved ticket has of its own."""


# Two dozen a ticket: a named tuple is made three times as fast as a frozen dataclass.
class Timed(NamedTuple):
    """A time, which belongs to the period of ``at`` (UTC epoch seconds)."""

    key: str
    at: int
    elapsed: Elapsed


class Numbered(NamedTuple):
    """A number of a solved ticket, at its last close."""

    key: str
    at: int
    value: int


class Counted(NamedTuple):
    """One more of something, at an instant."""

    key: str
    at: int


Observed = Timed | Numbered | Counted


def observed(found: TicketMetrics) -> Iterator[Observed]:
    """Everything that one ticket adds."""
    yield from _laps(found)
    yield from _volumes(found)
    yield from _escalations(found)
    if found.solved_at is not None:
        yield from _solved(found, found.solved_at)


def _laps(found: TicketMetrics) -> Iterator[Observed]:
    course = found.course
    laps = {
        "first_response": course.first_response,
        "first_assignment": course.first_assignment,
        "first_resolution": course.first_resolution,
        "full_resolution": course.full_resolution,
    }
    for key, lap in laps.items():
        if lap is not None:
            yield Timed(key, lap.end, lap.elapsed)
    for lap in course.next_responses:
        yield Timed("next_response", lap.end, lap.elapsed)


def _volumes(found: TicketMetrics) -> Iterator[Observed]:
    course = found.course
    yield Counted("created", found.created_at)
    yield Counted(f"channel.{found.channel}", found.created_at)
    for at in course.closed_at:
        yield Counted("closed", at)
    for at in course.reopened_at:
        yield Counted("reopened", at)
    if course.first_response is not None:
        yield Counted("responded", course.first_response.end)
    if course.unanswered_at is not None:
        yield Counted("unanswered", course.unanswered_at)


def _escalations(found: TicketMetrics) -> Iterator[Observed]:
    for escalation in found.escalations:
        key, at = f"escalations.{escalation.kind}", escalation.at
        yield Counted(key, at)
        yield Counted(f"{key}.{escalation.end}", at)
        if escalation.after_miss:
            yield Counted(f"{key}.after_miss", at)
        if escalation.in_time:
            yield Counted(f"{key}.in_time", at)
        if escalation.ended_at is not None:
            yield Timed("escalation_time", escalation.ended_at, escalation.elapsed)


def _solved(found: TicketMetrics, at: int) -> Iterator[Observed]:
    course = found.course
    for key in _AT_SOLVE:
        yield Timed(key, at, getattr(found.times, key))
    yield Numbered("replies", at, len(course.replies))
    yield Numbered("messages", at, len(course.messages))
    yield Numbered("hops", at, course.hops)
    yield Numbered("handovers", at, course.handovers)
    facts = {
        "solved": True,
        "solved_asked": course.owed,
        "solved_reopened": bool(course.reopened_at),
        "solved_escalated": bool(found.escalations),
        "one_touch": found.one_touch,
        "first_contact": found.first_contact,
    }
    for key, holds in facts.items():
        if holds:
            yield Counted(key, at)
