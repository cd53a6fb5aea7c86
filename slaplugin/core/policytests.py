"""Policy tests as values (policy-language §9, details 6, 9 and 41).

A test file is read elsewhere; here every instant is already UTC epoch seconds and every duration
whole seconds, so that a runner compares numbers with numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slaplugin.core.model import ClockInstance, Event, Ticket
from slaplugin.core.objectives import Objective
from slaplugin.core.policies import Origin, PolicySet

INSTANT_KEYS = frozenset({"started_at", "stopped_at", "due_at", "breached_at"})
"""Keys of an instance whose expected value is UTC epoch seconds (or None)."""
DURATION_KEYS = frozenset({"elapsed", "paused", "remaining"})
"""Keys of an instance whose expected value is whole seconds (or None)."""
INSTANCE_KEYS = (
    INSTANT_KEYS
    | DURATION_KEYS
    | {
        "clock",
        "instance",
        "policy",
        "calendar",
        "party",
        "status",
        "outcome",
        "void_reason",
        "target",
        "breach_reason",
        "waived",
        "confidence",
    }
)
STEP_KEYS = frozenset({"at", "clock", "instance", "step", "do", "status"})
MARK_KEYS = frozenset({"mark", "due", "state", "policy"})
OBJECTIVE_KEYS = frozenset(
    {
        "share",
        "met",
        "counted",
        "hits",
        "misses",
        "waived",
        "void",
        "unanswered",
        "low_confidence",
        "not_due",
        "credit",
    }
)


@dataclass(frozen=True, slots=True)
class ExpectedClock:
    """What one clock of a case should look like; only the named keys are compared.

    ``instances`` holds one mapping per instance, in order, keyed as :data:`INSTANCE_KEYS`:
    instants in UTC epoch seconds, durations in seconds, ``target`` in seconds or as text
    (``2bd``, ``by 12:00``), None for "has no value". ``exactly_one`` is true where the file has a
    mapping instead of a list; the number of instances counts in both forms.
    """

    instances: tuple[Mapping[str, Any], ...]
    exactly_one: bool


@dataclass(frozen=True, slots=True)
class TestCase:
    """One case: a ticket, what happened to it, and what must come of it."""

    __test__ = False  # not a test class for pytest

    name: str
    ticket: Ticket
    """Facts flat, by their full names, with the defaults of details 36."""
    events: tuple[Event, ...]
    """In the order of the file; ``seq`` is the id or the place (details 9)."""
    policy_set: PolicySet
    origin: Origin
    as_of: int | None = None
    """UTC epoch seconds; None: the instant of the last event (details 8)."""
    expect: Mapping[str, ExpectedClock] | None = None
    expect_steps: tuple[Mapping[str, Any], ...] | None = None
    """Keyed as :data:`STEP_KEYS`; ``at`` in UTC epoch seconds, ``do`` a tuple as written."""
    expect_marks: Mapping[str, Any] | None = None
    """Keyed as :data:`MARK_KEYS`; ``due`` in UTC epoch seconds or None."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """A policy set that must be rejected (details 41)."""

    name: str
    message_contains: tuple[str, ...]
    """Every one must occur in the messages, without regard to case."""
    messages: tuple[str, ...]
    """What reading the set found wrong, one text a problem; empty: it was accepted."""
    origin: Origin
    why: str = ""


@dataclass(frozen=True, slots=True)
class ObjectiveCase:
    """Attainment of some instances at one instant (details 6 and 46)."""

    name: str
    objective: Objective
    now: int
    """UTC epoch seconds."""
    instances: tuple[ClockInstance, ...]
    expect: Mapping[str, Any]
    """Keyed as :data:`OBJECTIVE_KEYS`; ``share`` a Fraction or None, ``credit`` as written."""
    policy_set: PolicySet
    """For the calendars that ``during`` and ``calendar`` name."""
    origin: Origin
    why: str = ""


@dataclass(frozen=True, slots=True)
class PolicyTestFile:
    """All cases of one file, in its order."""

    file: str
    cases: tuple[TestCase, ...] = ()
    errors: tuple[ErrorCase, ...] = ()
    objective_cases: tuple[ObjectiveCase, ...] = field(default=())
