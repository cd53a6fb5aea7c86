"""What a helpdesk says about its own SLAs, and what came of holding it against ours.

Instants are UTC epoch seconds, durations whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from slaplugin.app.agreements import Agreement, HostCalendar
from slaplugin.core.model import Timeline

EARLIEST = "due"
"""Instead of a clock's name: the host keeps one date for all its clocks, the earliest."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is compared: None where nothing is told."""

    due_at: int | None = None
    stopped_at: int | None = None
    consumed: int | None = None
    """Counted time; of a helpdesk working time, cut to whole minutes."""
    late: bool | None = None


NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class NativeClock:
    """One SLA number of the helpdesk."""

    clock: str
    """Our built-in clock that it corresponds to, or :data:`EARLIEST`."""
    field: str
    """The host's own name of the figure, for people."""
    figures: Figures
    target: int | None = None
    """What its agreement allows, where it tells."""
    instead: str | None = None
    """Another clock of ours that it may be as well: the host does not tell which."""
    last_stop: bool = False
    """``stopped_at`` is the latest of several (a close after a reopen), not the first."""


def target_of(used: int, left: int) -> int:
    """Seconds of the target whose used and remaining time are told in minutes, both cut down."""
    minutes = used + left
    return (minutes + (1 if minutes % 5 == 4 else 0)) * 60


@dataclass(frozen=True, slots=True)
class NativeTicket:
    """What the helpdesk keeps for one ticket."""

    id: str
    clocks: tuple[NativeClock, ...]
    agreement: str | None = None
    """The name of its SLA or level, where it tells; None: it names none."""
    terms: Agreement | None = None
    """What that agreement promises, where the account may read it."""
    hours: Mapping[str, HostCalendar] = field(default_factory=dict)
    """Calendars that the promises name; of a host that names none, the one it has by default."""


class Natives(Protocol):
    """A helpdesk's own SLA numbers. Every method may raise HostError."""

    @property
    def family(self) -> str:
        """``zammad``, ``otrs`` or ``rt``: the profile that counts as it does."""

    def of(self, ticket_ids: Sequence[str]) -> Iterator[NativeTicket]:
        """The numbers of these tickets, in few requests; tickets it does not show are left out."""

    def close(self) -> None:
        """Give the connections back."""


ReasonKind = Literal["proved", "told", "inferred"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two figures differ."""

    key: str
    """``reply``, ``waiting``, ``reopen``, ``agreement``, ``calendar`` … (docs/hosts/profiles)."""
    text: str
    kind: ReasonKind = "proved"
    """``proved``: counted that way, ours are the host's; ``told``: a fact of the ticket or of the
    host says so; ``inferred``: one whole target would make them so."""


Verdict = Literal["equal", "explained", "unexplained"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One clock of one ticket, both numbers side by side."""

    clock: str
    field: str
    ours: Figures
    host: Figures
    differs: tuple[str, ...] = ()
    """Names of the figures that differ."""
    reasons: tuple[Reason, ...] = ()
    open_questions: tuple[str, ...] = ()
    """Names of the figures that differ for no reason that was found."""

    @property
    def verdict(self) -> Verdict:
        """``unexplained`` as soon as one figure is."""
        if self.open_questions:
            return "unexplained"
        return "explained" if self.differs or self.reasons else "equal"


@dataclass(frozen=True, slots=True)
class Compared:
    """Everything about one ticket."""

    timeline: Timeline
    agreement: str | None
    clocks: tuple[Comparison, ...]
