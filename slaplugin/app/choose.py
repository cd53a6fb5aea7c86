"""The pass over all wanted actions of a cycle: owners, limits, what has to wait (stop 6b).

Sequential and pure but for the hook that may name an assignee; in order of (due, ticket), so that
``plan`` shows what ``sync`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from slaplugin.app.errors import HookError
from slaplugin.app.options import Limits
from slaplugin.app.outcome import LimitUse, Write
from slaplugin.app.ports import Agent
from slaplugin.core.actions import ActionRow
from slaplugin.core.model import Timeline
from slaplugin.core.plan import DYNAMIC_OWNERS, REASSIGNMENTS, TicketPlan

Ask = Callable[[Timeline, str | None, Sequence[Agent]], str | None]


@dataclass(frozen=True, slots=True)
class World:
    """What the choices of a cycle start from."""

    agents: Mapping[str, Sequence[Agent]]
    """Group -> who can own its tickets, in a stable order."""
    owned: Mapping[str, int]
    """Login -> open tickets, where the host does not tell."""
    last_assigned: Mapping[str, Mapping[str, int]]
    """Group -> login -> instant of our last assignment."""
    writes_before: int
    """Done within the last hour."""
    reassignments_before: int
    ask: Ask
    unlisted: Mapping[str, str] = field(default_factory=dict)
    """Group -> why the host does not tell who can own its tickets."""
    held: str | None = None
    """Why nothing at all is written (``pause``, ``dry_run``)."""
    resting: Mapping[str, str] = field(default_factory=dict)
    """Channel -> why it is told nothing for the time being."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer of the pass: what to do, and how far the limits are used."""

    writes: tuple[Write, ...]
    limits: tuple[LimitUse, ...]
    failed: Mapping[str, HookError]
    """Tickets whose deciding hook failed: they are held, and nothing of theirs is written."""


def dynamic_groups(plans: Iterable[TicketPlan]) -> frozenset[str]:
    """The groups whose people must be known before :func:`choose`."""
    choosing = (plan for plan in plans if plan.timeline is not None)
    return frozenset(group for plan in choosing if (group := _group_of(plan)) is not None)


def _group_of(plan: TicketPlan) -> str | None:
    """The group the ticket is being moved to, else the one it is in."""
    moves = [row.value for row in plan.wanted if row.kind == "set_group"]
    return moves[-1] if moves else plan.group


def choose(plans: Sequence[TicketPlan], world: World, limits: Limits) -> Choice:
    """Resolve owners and hold back what waits or is over a limit."""
    wanted = [(row, plan) for plan in plans for row in plan.wanted]
    wanted.sort(key=lambda item: (item[0].due_at, item[1].ticket))
    made = _Pass(world, limits)
    writes = [made.decide(row, plan) for row, plan in wanted]
    kept = tuple(write for write in writes if write.action.ticket not in made.failed)
    return Choice(kept, made.uses(), made.failed)


class _Pass:
    """What one pass has given away so far."""

    def __init__(self, world: World, limits: Limits) -> None:
        self.world = world
        self.limits = limits
        self.owned = dict(world.owned)
        self.turns = {group: dict(at) for group, at in world.last_assigned.items()}
        self.turn = 1 << 62
        self.failed: dict[str, HookError] = {}
        self.writes = 0
        self.reassignments = 0

    def decide(self, row: ActionRow, plan: TicketPlan) -> Write:
        """What becomes of one wanted action."""
        if row.kind in REASSIGNMENTS and plan.wait_until is not None:
            return Write(row, plan.number, "skipped", "waits: somebody is at work on the ticket")
        if row.kind == "set_owner" and row.value in DYNAMIC_OWNERS:
            if (refusal := self.world.unlisted.get(_group_of(plan) or "")) is not None:
                return _refused(row, plan, refusal)
            try:
                named = self._named(row, plan)
            except HookError as error:
                self.failed[plan.ticket] = error
                return Write(row, plan.number, "skipped", str(error))
            if named is None or named == plan.owner:
                return _nobody(row, plan)
            row = replace(row, value=named)
        held = self.world.held or self._waits(row)
        return Write(row, plan.number, "skipped" if held else "planned", held)

    def _waits(self, row: ActionRow) -> str | None:
        if row.kind == "notify":
            return self.world.resting.get(row.value)
        return self._over_limit(row)

    def _over_limit(self, row: ActionRow) -> str | None:
        self.writes += 1
        self.reassignments += row.kind in REASSIGNMENTS
        for use in self.uses():
            if use.reached and (row.kind in REASSIGNMENTS or use.name.startswith("writes")):
                return f"held back by limits.{use.name} = {use.allowed}"
        return None

    def uses(self) -> tuple[LimitUse, ...]:
        """The limits with what this pass wanted of them."""
        limits, world = self.limits, self.world
        writes, moves = self.writes, self.reassignments
        before, moved = world.writes_before, world.reassignments_before
        return (
            LimitUse("writes_per_cycle", limits.writes_per_cycle, 0, writes),
            LimitUse("writes_per_hour", limits.writes_per_hour, before, writes),
            LimitUse("reassignments_per_cycle", limits.reassignments_per_cycle, 0, moves),
            LimitUse("reassignments_per_hour", limits.reassignments_per_hour, moved, moves),
        )

    # ------------------------------------------------------------------ owners

    def _named(self, row: ActionRow, plan: TicketPlan) -> str | None:
        """The login that the step's way of choosing gives; None: nobody."""
        group = _group_of(plan)
        agents = self.world.agents.get(group or "", ())
        login = self.world.ask(plan.timeline, group, agents) if plan.timeline else None
        if login is None:
            login = self._by_rule(str(row.value), agents, plan, group or "")
        if login is not None:
            self._given(login, plan.owner, group or "")
        return login

    def _by_rule(
        self, rule: str, agents: Sequence[Agent], plan: TicketPlan, group: str
    ) -> str | None:
        logins = [agent.login for agent in agents]
        if rule == "previous":
            known = plan.previous_owner
            return known if known in logins or not logins else None
        # Whoever let the clock run out is not the answer to it, unless there is nobody else.
        others = [agent for agent in agents if agent.login != plan.owner] or list(agents)
        if rule == "least_loaded" and others:
            return min(others, key=self._load).login
        if rule == "round_robin" and others:
            turns = self.turns.get(group, {})
            return min(others, key=lambda agent: turns.get(agent.login, -1)).login
        return None

    def _load(self, agent: Agent) -> int:
        base = agent.open_tickets
        extra = self.owned.get(agent.login, 0)
        if base is None:
            return extra
        return base + extra - self.world.owned.get(agent.login, 0)

    def _given(self, login: str, before: str | None, group: str) -> None:
        self.owned[login] = self.owned.get(login, 0) + 1
        if before is not None:
            self.owned[before] = self.owned.get(before, 0) - 1
        self.turns.setdefault(group, {})[login] = self.turn
        self.turn += 1


def _nobody(row: ActionRow, plan: TicketPlan) -> Write:
    reason = f"nobody to choose by {row.value}"
    return Write(replace(row, status="skipped", result=reason), plan.number, "skipped", reason)


def _refused(row: ActionRow, plan: TicketPlan, reason: str) -> Write:
    """Nobody can be chosen now: a failure of this assignment, tried again like any other."""
    failed = replace(row, status="failed", attempts=row.attempts + 1, result=reason)
    return Write(failed, plan.number, "failed", reason)
