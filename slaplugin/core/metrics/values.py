"""What one ticket's past amounts to: times, counts, escalations.

Every time is told twice: *wall* seconds, as on the clock on the wall, and *open* seconds, those of
them inside the hours of the ticket's calendar. What each figure means is in
:mod:`slaplugin.core.metrics.glossary`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Standing = Literal["counted", "merged", "removed", "void"]
"""``merged``, ``removed`` and ``void`` (spam) tickets are left out of every figure (0146)."""

EscalationKind = Literal["functional", "hierarchical", "automatic"]
EscalationEnd = Literal["solved", "returned", "passed_on", "open"]


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A time in seconds, on the wall and within opening hours."""

    wall: int = 0
    open: int = 0

    def __add__(self, other: Elapsed) -> Elapsed:
        return Elapsed(self.wall + other.wall, self.open + other.open)


NO_TIME = Elapsed()


def total(times: Iterable[Elapsed]) -> Elapsed:
    """The sum of several times."""
    return sum(times, NO_TIME)


@dataclass(frozen=True, slots=True)
class Lap:
    """A time with both its ends, UTC epoch seconds; it belongs to the period of its end."""

    start: int
    end: int
    open: int
    """Seconds of it within opening hours."""

    @property
    def wall(self) -> int:
        """Seconds from end to end."""
        return self.end - self.start

    @property
    def elapsed(self) -> Elapsed:
        """Both lengths, as figures add them up."""
        return Elapsed(self.wall, self.open)


@dataclass(frozen=True, slots=True)
class Part:
    """The share of one state, group or owner in a ticket's time."""

    name: str | None
    """None: no group, nobody."""
    elapsed: Elapsed


@dataclass(frozen=True, slots=True)
class Course:
    """How a ticket went: who spoke, who took it, when it was done. Instants UTC epoch seconds."""

    owed: bool
    """A customer waits for a first response (R3, details 19)."""
    unanswered_at: int | None
    """It was closed then, without any answer; what follows is no first response (details 15)."""
    first_response: Lap | None
    next_responses: tuple[Lap, ...]
    first_assignment: Lap | None
    """None also for a ticket that was created with an owner or closed without one."""
    first_resolution: Lap | None
    full_resolution: Lap | None
    """To the last close, time closed in between included; None while the ticket is open."""
    replies: tuple[int, ...]
    """Public messages of agents and calls taken, those of absorbed tickets included; in order."""
    messages: tuple[int, ...]
    """The customer's messages, the opening one and those of absorbed tickets included; in order."""
    closed_at: tuple[int, ...]
    reopened_at: tuple[int, ...]
    hops: int
    """Moves from one group to another; those made while closed count from the reopening."""
    handovers: int
    """Changes from one owner to another; those made while closed count from the reopening."""

    @property
    def solved_at(self) -> int | None:
        """The last close of a ticket that is closed."""
        return None if self.full_resolution is None else self.full_resolution.end


@dataclass(frozen=True, slots=True)
class Times:
    """Where a ticket's time went, from its creation to its last close, or to the present.

    ``by_state`` and ``by_state_kind`` add up to ``age``; ``by_group`` and ``by_owner`` add up to
    ``in_hand``; ``requester_wait`` and ``agent_wait`` add up to ``in_hand`` and ``inherited``.
    """

    age: Elapsed
    in_hand: Elapsed
    """Not closed."""
    requester_wait: Elapsed
    """Neither closed nor waiting on the customer; ``inherited`` included (R12)."""
    agent_wait: Elapsed
    """Waiting on the customer (R7)."""
    on_hold: Elapsed
    """Waiting on somebody else (``waiting_other``)."""
    handle_time: Elapsed
    """In a state of kind ``open``, with an owner, not waiting on the customer."""
    unassigned: Elapsed
    """Not closed and without an owner."""
    inherited: Elapsed
    """What the customers of absorbed tickets had waited before this one was created (R12)."""
    by_state: tuple[Part, ...]
    by_state_kind: tuple[Part, ...]
    by_group: tuple[Part, ...]
    by_owner: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Escalation:
    """A ticket handed to more competent or more powerful hands. UTC epoch seconds."""

    kind: EscalationKind
    at: int
    source: str | None
    """The former group, or the former owner where the group stayed."""
    target: str
    """The group it was moved to, or the owner where the group stayed."""
    end: EscalationEnd
    ended_at: int | None
    """None while it lasts."""
    elapsed: Elapsed
    """Time in those hands while not closed."""
    after_miss: bool
    """A target of the ticket had been missed by then."""
    in_time: bool | None
    """Solved in those hands before any target was missed; None where it was not solved there."""


@dataclass(frozen=True, slots=True)
class TicketMetrics:
    """All figures of one ticket."""

    ticket: str
    """The host's id."""
    created_at: int
    """UTC epoch seconds."""
    standing: Standing
    channel: str
    """``self_service``, ``email``, ``phone``, ``chat``, ``other`` (core/metrics/channels)."""
    course: Course
    times: Times
    escalations: tuple[Escalation, ...]
    missed: bool | None
    """A target of ours was missed (not waived); None: none has been judged yet."""
    one_touch: bool | None
    """Solved by exactly one reply and never reopened; None: not solved, or no customer's."""
    first_contact: bool | None
    """Solved at the first contact; None as for ``one_touch``."""

    @property
    def solved_at(self) -> int | None:
        """UTC epoch seconds; None: it is not."""
        return self.course.solved_at
