"""A policy set as values: calendars, clocks, layers, targets, steps (policy-language §2-§8).

Everything here is written by an admin and parsed elsewhere; what follows from it (inheritance,
matching, the cascade) is worked out in :mod:`slaplugin.core.rulebook`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from slaplugin.core.calendars import CalendarSpec
from slaplugin.core.conditions import ALWAYS_TRUE, Condition
from slaplugin.core.objectives import Objective


@dataclass(frozen=True, slots=True)
class Duration:
    """Open time of the target's calendar (policy-language §3)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """``Nbd``: the same wall time N open days later (details 25)."""

    days: int


@dataclass(frozen=True, slots=True)
class ByTime:
    """``{by: "12:00", after: 1bd}``; ``wall`` None is ``close`` (details 26)."""

    wall: int | None
    """Seconds after local midnight."""
    after: int | None = None
    """Open days after the start's day; None: the first open day on which it is not over."""


@dataclass(frozen=True, slots=True)
class NoTarget:
    """``none``: explicitly no target; stops inheritance."""


Goal = Duration | BusinessDays | ByTime | NoTarget


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """One way in which a policy defines a clock; the first that applies counts (details 28)."""

    goal: Goal
    calendar: str | None = None
    when: Condition = ALWAYS_TRUE
    priority: str | None = None
    """Of a by-priority table: the host's or the common name, or ``default``; None elsewhere."""


@dataclass(frozen=True, slots=True)
class Tighten:
    """What a running clock does when its target gets shorter (rule R8)."""

    how: Literal["retroactive", "floor", "restart"] = "retroactive"
    floor: int = 0


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """``change:`` of a policy (rule R8)."""

    tighten: Tighten = Tighten()
    loosen: Literal["extend", "keep"] = "extend"


@dataclass(frozen=True, slots=True)
class StepTime:
    """When a step is due (policy-language §8, details 42)."""

    kind: Literal["start", "share", "before", "breach", "after", "met"]
    share: Fraction = Fraction(0)
    """Of the target, for ``share``: 75% is 3/4."""
    offset: int = 0
    """Seconds of open time, for ``before`` and ``after``."""


@dataclass(frozen=True, slots=True)
class StepAction:
    """One entry of a step's ``do``."""

    kind: Literal["mark", "tag", "priority", "group", "owner", "note", "notify", "field", "state"]
    value: Any = None
    """tag, priority, group, owner, note text; a tuple of channels for ``notify``;
    (name, value) for ``field``."""
    only_raise: bool = False
    restore: bool = False
    """``on_recover: restore``."""
    written: Any = None
    """As the policy file has it: ``"mark"`` or a mapping (for display and ``expect_steps``)."""

    @property
    def is_put_back(self) -> bool:
        """Whether it is taken back when its clock recovers: never a state (decision 135)."""
        return self.restore and self.kind in _PUT_BACK


_PUT_BACK = frozenset({"priority", "group", "owner", "field"})


@dataclass(frozen=True, slots=True)
class Step:
    """An action once per clock instance (policy-language §8)."""

    at: str
    """As written: the step's name."""
    when: StepTime
    do: tuple[StepAction, ...]
    clocks: frozenset[str] | None = None
    """None: every clock of the policy."""
    retarget: bool = False
    """Its changes count like anybody's (rule R15)."""

    @property
    def key(self) -> str:
        """Steps with equal ``at`` and ``do`` are the same step (details 42)."""
        return f"{self.at}|{[action.written for action in self.do]!r}"


Mode = Literal["observe", "mark", "act"]
MarksRule = Literal["keep", "while_overdue"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something stands in the policy files; lines and columns count from 1."""

    file: str
    line: int
    column: int
    path: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A named, ranked, effective-dated layer, as written: None means "as the parent has it"."""

    name: str
    parent: str | None = None
    rank: int | None = None
    when: Condition = ALWAYS_TRUE
    effective_from: date | None = None
    effective_until: date | None = None
    calendar: str | None = None
    targets: Mapping[str, tuple[TargetEntry, ...]] = field(default_factory=dict)
    pause: frozenset[str] | None = None
    reopen_within: int | None = None
    """Seconds of real time."""
    change: ChangeRule | None = None
    mode: Mode | None = None
    enforce_from: date | None = None
    steps: tuple[Step, ...] | None = None
    objectives: tuple[Objective, ...] | None = None
    marks: MarksRule | None = None
    count_unanswered: bool | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class EventPattern:
    """Matches an event all of whose named keys equal (a tuple: any of) (details 36)."""

    event: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


SPAM = EventPattern("tag_added", {"tag": "spam"})


Cycle = Literal["once", "each", "resume", "accumulate"]


@dataclass(frozen=True, slots=True)
class CustomClock:
    """A clock of the admin's own (policy-language §5, details 22 and 47)."""

    name: str
    like: str | None = None
    party: str | None = None
    cycle: Cycle = "each"
    runs_while: Condition | None = None
    start: tuple[EventPattern, ...] = ()
    stop: tuple[EventPattern, ...] = ()
    pause: Condition | None = None
    void: tuple[EventPattern, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PolicySet:
    """All files of a policy directory as one value; policies are flat, parents before children."""

    calendars: Mapping[str, CalendarSpec] = field(default_factory=dict)
    clocks: Mapping[str, CustomClock] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()
    void: tuple[EventPattern, ...] = (SPAM,)
    priorities: Mapping[str, str] = field(default_factory=dict)
    """Host priority -> urgent, high, normal or low (settings ``priorities.*``)."""
    profile: str | None = None
    """Whose native choices stand in for our defaults (core/profiles)."""
    hash: str = ""
    """SHA-256 over text, resolved closed dates and engine version."""
    text: Mapping[str, str] = field(default_factory=dict)
    """File name -> contents, kept whole in the store under the hash."""
