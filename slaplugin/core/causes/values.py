"""What the analysis of missed clocks says. Instants UTC epoch seconds, lengths whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from slaplugin.core.model import BreachReason

CauseKind = Literal["late", "unassigned", "agent", "after_hours", "parked", "waiting"]
COUNTED: tuple[CauseKind, ...] = ("late", "unassigned", "agent")
"""They share out the time that the clock counted: their seconds add up to it."""
BESIDE: tuple[CauseKind, ...] = ("after_hours", "parked", "waiting")
"""Time in which the customer waited as well, and the clock did not count."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Where a stretch of a clock's time went."""

    kind: CauseKind
    """``late``: over before the ticket was here (a clock that began in another ticket, before a
    merge or a split); ``unassigned``: nobody owned the ticket; ``agent``: somebody did;
    ``after_hours``: outside the calendar; ``parked``: paused although a message of the customer
    had no answer; ``waiting``: paused otherwise."""
    group: str | None = None
    agent: str | None = None
    """Login, for ``agent``; None there: people are not shown."""


@dataclass(frozen=True, slots=True)
class TicketName:
    """How a report names a ticket."""

    id: str
    number: str
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """One missed clock and where its time went."""

    ticket: TicketName
    clock: str
    instance: int
    policy: str | None
    at: int
    """When it was missed."""
    elapsed: int
    """What the clock counted, up to its stop or to now."""
    over: int
    """How much of it came after the breach."""
    open: bool
    """It still runs."""
    seconds: Mapping[Cause, int]
    reason: BreachReason | None = None
    changed_by: tuple[str, ...] = ()
    """Kinds of the events that changed its target (``retarget``); none: the policy set did, or they
    are not stored any more."""


@dataclass(frozen=True, slots=True)
class Share:
    """One cause over all missed clocks."""

    cause: Cause
    seconds: int
    misses: tuple[Miss, ...]
    """Those that the cause has a part in, the largest part first."""


@dataclass(frozen=True, slots=True)
class CauseReport:
    """Where the time of missed clocks went."""

    misses: tuple[Miss, ...]
    """The furthest past their breach first."""
    counted: tuple[Share, ...]
    """Of :data:`COUNTED` kinds, the largest first; together all time that the clocks counted."""
    beside: tuple[Share, ...]
    """Of :data:`BESIDE` kinds, the largest first."""
    week: tuple[int, ...]
    """Misses by the hour of the local week (168, Monday 00:00 first)."""

    @property
    def lost(self) -> int:
        """All time that the missed clocks counted."""
        return sum(share.seconds for share in self.counted)


ParkedHow = Literal["unanswered", "near_due", "again"]


@dataclass(frozen=True, slots=True)
class Parking:
    """A wait that looks like parking."""

    ticket: TicketName
    how: tuple[ParkedHow, ...]
    """``unanswered``: a message of the customer had no answer meanwhile; ``near_due``: begun in the
    last tenth of a clock's time, with no answer right before; ``again``: the wait was renewed
    twice or more with no word to or from the customer between."""
    start: int
    end: int
    agent: str | None
    """Who set it; None: nobody that the helpdesk names."""
    group: str | None
    unanswered: int
    """Seconds of real time in which a message had no answer."""
    saved: tuple[tuple[str, int], ...]
    """Clocks (name, ordinal) that were met only because that time was not counted."""


@dataclass(frozen=True, slots=True)
class Parker:
    """Somebody's waits in one line."""

    agent: str | None
    waits: int
    parked: int
    """How many of them are listed as parking."""
    unanswered: int
    """Seconds, as in :class:`Parking`."""
    saved: int
    """Clocks that were met only by it."""


@dataclass(frozen=True, slots=True)
class PauseAudit:
    """What was found in the waits of a period."""

    waits: int
    seconds: int
    """Real time of all waits."""
    found: tuple[Parking, ...]
    """The longest without an answer first."""
    agents: tuple[Parker, ...]
    """Those with findings, the most first."""
