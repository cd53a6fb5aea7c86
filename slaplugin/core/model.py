"""The values everything else speaks in: tickets, events, clock instances.

Two units of time occur and never mix. An *event instant* is UTC epoch **milliseconds**, because
hosts stamp milliseconds and the order of events needs them. Every other instant is UTC epoch
**seconds**, because clocks count whole seconds (rule R1). Durations are whole seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

NO_DATA: Mapping[str, Any] = MappingProxyType({})

STATE_KINDS = (
    "new",
    "open",
    "waiting_customer",
    "waiting_other",
    "closed",
    "merged",
    "removed",
)
COMMON_PRIORITIES = ("urgent", "high", "normal", "low")

EVENT_KINDS = frozenset(
    {
        "created",
        "customer_message",
        "agent_reply",
        "note",
        "auto_message",
        "third_party_message",
        "message_changed",
        "message_removed",
        "state_changed",
        "closed",
        "reopened",
        "owner_changed",
        "group_changed",
        "priority_changed",
        "customer_changed",
        "type_changed",
        "field_changed",
        "tag_added",
        "tag_removed",
        "merged",
        "absorbed",
        "split_from",
        "deleted",
        "extended",
        "excluded",
        "reason_given",
        "pause_corrected",
    }
)
AMENDMENT_KINDS = frozenset({"extended", "excluded", "reason_given", "pause_corrected"})

Role = Literal["agent", "customer", "system", "third_party"]
Status = Literal["running", "paused", "stopped", "void", "not_applicable"]
Outcome = Literal["pending", "met", "breached", "closed_unanswered", "void", "not_applicable"]
BreachReason = Literal["overdue", "retarget"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, in the role that account had at that time (policy-language §6)."""

    key: str | None
    """The host's own account id, as text; None for the host itself."""
    role: Role
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An immutable fact about a ticket (policy-language §6).

    ``data`` holds the payload by the names of policy-details 36: ``to``, ``kind``, ``until``
    (ISO text or epoch seconds), ``closes``, ``by``, ``on_behalf``, ``live``, ``field``, ``tag``,
    ``into``, ``events`` (a tuple of :class:`Event`, for ``absorbed``), ``message_at``, ``ticket``,
    ``clock``, ``add`` (seconds), ``from``, ``message`` and ``channel`` (a message's id and
    means on the host: email, phone, web …).
    Instants inside ``data`` are UTC epoch seconds. ``opening`` marks the message with which the
    ticket was created: ``created`` tells by whom, for whom and whether live, so it moves no clock.
    """

    at_ms: int
    seq: int
    """The adapter's own order among events of one instant."""
    id: str
    """Identity that the adapter reproduces from any full read of the ticket."""
    kind: str
    data: Mapping[str, Any] = field(default_factory=lambda: NO_DATA)
    actor: Actor | None = None
    ours: bool = False
    """Caused by one of our own steps (rule R15)."""
    retarget: bool = False
    """A change of ours that its step wants to count like anybody's (rule R15)."""

    @property
    def at(self) -> int:
        """The instant in whole UTC epoch seconds, as clocks count it (rule R1)."""
        return self.at_ms // 1000

    @property
    def order(self) -> tuple[int, int]:
        """Sort key: the full instant, then the adapter's sequence (policy-language §6)."""
        return (self.at_ms, self.seq)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it was at its creation, with what is only known as of today.

    ``facts`` is flat, keyed by the full field names of policy-language §4: ``group``,
    ``priority`` (the host's name), ``owner``, ``state``, ``state_kind``, ``channel``, ``type``,
    ``tags`` (a tuple), ``customer.email``, ``customer.vip``, ``customer.fields.x``,
    ``organization.name``, ``fields.product``, ``facts.x``, ``created_by``. A missing key has no
    value.
    """

    host: str
    id: str
    number: str = ""
    title: str = ""
    url: str | None = None
    facts: Mapping[str, Any] = field(default_factory=lambda: NO_DATA)
    current_only: frozenset[str] = frozenset()
    """Facts of which only today's value is known (rule R14)."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A ticket and everything that happened to it; ``events`` need no particular order."""

    ticket: Ticket
    events: tuple[Event, ...]


SpanKind = Literal["counted", "closed", "paused"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a clock's life, UTC epoch seconds, ``end`` exclusive.

    The spans of an instance tile the time from its start to its stop (or to ``as_of``):
    counted + closed + paused seconds equal wall time (details 12).
    """

    start: int
    end: int
    kind: SpanKind
    cause: str
    """``open``, ``closed hours``, ``waiting``, ``excluded``, ``outside policy``, ``stopped`` …"""
    calendar: str

    @property
    def seconds(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class LayerTrace:
    """Why one policy did or did not give a clock its target (policy-language §4)."""

    policy: str
    rank: int
    matched: bool
    gave_target: bool
    why: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step of one instance that has fallen due (policy-language §8, details 42)."""

    at: int
    step: str
    """The text of the step's ``at``."""
    do: tuple[Any, ...]
    """The actions as written, after ``mode`` (a frozen picture, for comparison and display)."""
    status: Literal["due", "fired", "skipped", "adopted"]
    position: int
    """Place in the policy's list."""
    policy: str
    severity: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ClockInstance:
    """One run of a clock; the keys of policy-language §9. All instants UTC epoch seconds."""

    clock: str
    instance: int
    status: Status
    outcome: Outcome
    started_at: int
    start_event: str
    """Identity of the event that started it: with ticket and clock the key of the row."""
    policy: str | None = None
    calendar: str | None = None
    party: str = "us"
    void_reason: str | None = None
    stopped_at: int | None = None
    due_at: int | None = None
    target: int | str | None = None
    """Seconds, or the text of a ``bd`` or ``by`` target (details 13)."""
    elapsed: int = 0
    paused: int = 0
    remaining: int | None = None
    breached_at: int | None = None
    breach_reason: BreachReason | None = None
    waived: bool = False
    confidence: Literal["high", "low"] = "high"
    confidence_reason: str | None = None
    spans: tuple[Span, ...] = ()
    trace: tuple[LayerTrace, ...] = ()
    steps: tuple[StepRecord, ...] = ()

    @property
    def is_open(self) -> bool:
        """Still able to change by time passing alone."""
        return self.status in ("running", "paused")


MarkName = Literal["none", "at_risk", "breached"]
StateName = Literal["overdue", "at_risk", "paused", "ok", "none"]


@dataclass(frozen=True, slots=True)
class Marks:
    """What the ticket should show (policy-language §8, details 44)."""

    mark: MarkName = "none"
    due: int | None = None
    state: StateName = "none"
    policy: str | None = None
    clock: str | None = None
    """The clock whose due is shown (for ``fields.summary``)."""
    quiet: bool = True
    """No at-risk or breach step has fallen due yet on this ticket: it gets no write."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdict on one ticket at one instant: the answer of ``evaluate``."""

    as_of: int
    instances: tuple[ClockInstance, ...]
    marks: Marks
    next_check_at: int | None
    """Earliest instant after ``as_of`` at which time alone changes anything; None: never."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The facts in force at ``as_of`` (real ones, own changes included)."""
