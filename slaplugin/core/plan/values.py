"""What planning needs to know, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from slaplugin.core.actions import ActionRow, Seen
from slaplugin.core.clocks.facts import frozen
from slaplugin.core.model import ClockInstance, Evaluation, StepRecord, Timeline
from slaplugin.core.policies import Step
from slaplugin.core.rulebook import RuleBook

MARK_STEP = "mark"
"""The ``step`` of an action row that writes or removes a mark."""
FIELD_STEP = "field"
"""The ``step`` of an action row that writes one of our own fields."""
RESTORED_STEP = "field restored"
"""The same, after somebody else had changed the field."""
DYNAMIC_OWNERS = frozenset({"least_loaded", "round_robin", "previous", "manager", "hook"})
"""Owners that are chosen in the pass over the whole cycle (policy-language §8)."""
REASSIGNMENTS = frozenset({"set_owner", "set_group"})
SETTLED = frozenset({"done", "adopted", "skipped", "uncertain"})
"""Statuses that are never acted on again."""


@dataclass(frozen=True, slots=True)
class Showing:
    """How marks and own fields are spelled on the host (settings ``tags.*``, ``fields.*``)."""

    at_risk: str = "sla-risk"
    breached: str = "sla-breach"
    prefix: str = "sla-"
    due: str | None = None
    policy: str | None = None
    state: str | None = None
    summary: str | None = None
    always: bool = False
    """``fields.when: always``: on every open ticket, not only from the first risk on."""

    def spelled(self, mark: str) -> str | None:
        """The tag of a mark; None for ``none``."""
        return {"at_risk": self.at_risk, "breached": self.breached}.get(mark)


class Words(Protocol):
    """What planning must know of the helpdesk; asked only when it is needed."""

    @property
    def account(self) -> str | None:
        """Our own account's key among the actors."""

    @property
    def priorities(self) -> Mapping[str, str]:
        """Host priority -> urgent, high, normal, low."""

    @property
    def channels(self) -> frozenset[str]:
        """Notification channels that exist."""


@dataclass(frozen=True, slots=True)
class HostWords:
    """:class:`Words` as plain values."""

    account: str | None = None
    priorities: Mapping[str, str] = field(default_factory=dict)
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Patience:
    """How planning waits. All in seconds."""

    quiet_for: int = 600
    """A reassignment waits that long after the owner or a public reply touched the ticket."""
    retry: int = 60
    """First pause before a refused write is tried again; doubles each time."""
    attempts: int = 3
    """After that many refusals an action stays failed."""


def _find(record: StepRecord, rules: RuleBook) -> Step | None:
    for layer in rules.layers:
        if layer.name == record.policy and record.position < len(layer.steps):
            step = layer.steps[record.position]
            return step if _is_picture(record, step) else None
    return None


def _is_picture(record: StepRecord, step: Step) -> bool:
    """Whether the record was made by the step; ``mode: mark`` leaves only ``mark`` of it."""
    if step.at != record.step:
        return False
    done = frozen(record.do)
    return done == ("mark",) or bool(done == frozen([action.written for action in step.do]))


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What is the same for every ticket of a cycle."""

    rules: RuleBook
    showing: Showing = Showing()
    words: Words = HostWords()
    patience: Patience = Patience()
    older: Callable[[], Sequence[RuleBook]] = tuple
    """Policy sets that were in force before, newest first; compiled only when asked for."""
    restored_at: int | None = None
    """When an older copy of the store took this one's place (UTC epoch seconds): what fell due
    before may have been done already, so it is not done again."""

    def step_of(self, record: StepRecord) -> Step | None:
        """The step as its policy set has it; None when no known set has such a step (any more).

        Finished instances keep the set they were finished with (R11), so older sets are asked
        after the one in force.
        """
        step = _find(record, self.rules)
        if step is not None:
            return step
        found = (_find(record, rules) for rules in self.older())
        return next((step for step in found if step is not None), None)

    def zone_of(self, calendar: str | None) -> str:
        """IANA zone of the contract's calendar, UTC where it has none."""
        known = self.rules.calendars.get(calendar or "")
        return known.zone if known else "UTC"


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket as planning sees it."""

    timeline: Timeline
    evaluation: Evaluation
    seen: Seen
    past: Sequence[ActionRow] = ()
    """Every action ever recorded for the ticket."""

    @property
    def prefix(self) -> str:
        """The beginning of every action key."""
        ticket = self.timeline.ticket
        return f"{ticket.host}:{ticket.id}"

    def row(self, key: str) -> ActionRow | None:
        return next((row for row in self.past if row.key == key), None)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is wanted: a step of an instance that has fallen due."""

    instance: ClockInstance
    record: StepRecord
    step: Step

    @property
    def key(self) -> str:
        return f"{self.instance.clock}:{self.instance.start_event}"

    @property
    def only_marks(self) -> bool:
        """The step does nothing but mark, by itself or by ``mode: mark``."""
        return all(action == "mark" for action in self.record.do)


@dataclass(frozen=True, slots=True)
class TicketPlan:
    """Stop 6, per ticket: what to do on the host, what only to record, and when to look again."""

    host: str
    ticket: str
    number: str
    actions: tuple[ActionRow, ...] = ()
    """Status ``planned``: to be written; any other: to be recorded as it stands."""
    next_check_at: int | None = None
    wait_until: int | None = None
    """Reassignments wait until then (``quiet_for``); None: nothing to wait for."""
    group: str | None = None
    """The group whose people may be chosen as owner."""
    owner: str | None = None
    previous_owner: str | None = None
    timeline: Timeline | None = None
    """Kept for the hook that chooses an assignee, only where one is to be chosen."""

    @property
    def wanted(self) -> tuple[ActionRow, ...]:
        """What would be written."""
        return tuple(action for action in self.actions if action.status == "planned")
