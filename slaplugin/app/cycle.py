"""One cycle: what changed, what fell due, what was held; then the choices, then the writes.

Killed at any point, the next cycle gives the same answer: a bookmark is saved with the tickets of
its page, and a ticket with wanted actions stays due until they are settled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from slaplugin.app.apply import Applier
from slaplugin.app.brakes import written_within_the_hour
from slaplugin.app.choose import Choice, World, choose, dynamic_groups
from slaplugin.app.desk import LIVE_SINCE, RESTORED_ANEW, RESTORED_AT, Desk, Run, begin, telling
from slaplugin.app.errors import HostPermanentError
from slaplugin.app.feeds import Feeds
from slaplugin.app.hold import Held, concerns_ticket, hold, unknown
from slaplugin.app.outcome import CycleReport, TicketProblem, Write
from slaplugin.app.overlay import read_only
from slaplugin.app.pausing import HELD, is_paused
from slaplugin.app.ports import Agent, AuditEntry, TicketRow
from slaplugin.app.resting import resting
from slaplugin.app.retention import retain_daily
from slaplugin.app.sync import Outcome
from slaplugin.app.tenure import Tenure, tenure
from slaplugin.app.work import Work
from slaplugin.core.plan import TicketPlan

_DRY = "not written: dry_run is set"


def plan(desk: Desk) -> CycleReport:
    """What :func:`sync` would do now; writes neither to the host nor to the store."""
    desk = replace(desk, store=read_only(desk.store))
    run = begin(desk, only_looking=True)
    with tenure(desk, run.now) as held:
        return _Cycle(run, held).look()


def sync(desk: Desk) -> CycleReport:
    """One cycle for real.

    Raises HostError when the pull could not be finished (exit code 3; what was read is kept),
    LeaseHeldError while another process writes, StoreError when the store cannot be used.
    """
    with tenure(desk, desk.host.now()) as held:
        return cycle(desk, held)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a cycle is wanted."""

    pull: bool = True
    """Ask the helpdesk for news; else only hinted tickets and what has fallen due are looked at."""
    hinted: Sequence[str] = ()
    """Tickets that somebody says have changed."""
    patience: int | None = None
    """Seconds after which no further page of news is asked for; the report is ``unfinished``."""


EVERYTHING = Extent()


def cycle(desk: Desk, held: Tenure, extent: Extent = EVERYTHING) -> CycleReport:
    """One cycle under a lease that is held already; raises like :func:`sync`.

    Whatever its extent, each ticket that a write is wanted on is read afresh.
    """
    run = begin(desk)
    adopt(run, live=True)
    report = _Cycle(run, held, extent.patience).act(extent)
    retain_daily(run, held)
    return report


def adopt(run: Run, *, live: bool) -> None:
    """Note a policy set that is new to the store and, with ``live``, the first live cycle."""
    first = live and run.is_first
    anew = live and run.desk.store.flag(RESTORED_ANEW) is not None
    if not (first or run.is_new_set or anew):
        return
    with run.desk.store.tx() as tx:
        if anew:
            tx.set_flag(RESTORED_AT, str(run.context.restored_at))
            tx.set_flag(RESTORED_ANEW, None)
        if first:
            tx.set_flag(LIVE_SINCE, str(run.live_since))
        if run.is_new_set:
            tx.save_policy_set(run.judge.current, run.now)
            payload = {"hash": run.policy_set, "files": sorted(run.judge.current.text)}
            tx.audit(AuditEntry("policy_loaded", run.now, payload))


@dataclass(slots=True)
class _Found:
    """What the judging of a cycle's tickets has come to."""

    plans: dict[str, TicketPlan] = field(default_factory=dict)
    problems: dict[str, TicketProblem] = field(default_factory=dict)
    told: list[Write] = field(default_factory=list)
    evaluated: int = 0
    loaded: int = 0
    hidden: dict[str, int] = field(default_factory=dict)
    owners: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Ticket -> whose open ticket it was in the store, and whose it is now."""

    def take(self, result: Outcome | Held) -> None:
        """Note one ticket's result; the latest look at a ticket counts."""
        if isinstance(result, Held):
            self.plans.pop(result.row.id, None)
            self.problems[result.row.id] = result.problem
            return
        self.evaluated += 1
        known = result.known
        before, owner = _open_owner(known.was), _open_owner(known.row)
        if before != owner:
            self.owners[result.ticket] = (before, owner)
        else:
            self.owners.pop(result.ticket, None)
        self.loaded += result.known.is_new
        self.problems.pop(result.ticket, None)
        self.plans.pop(result.ticket, None)
        if result.plan.wanted:
            self.plans[result.ticket] = result.plan
        for action in result.plan.actions:
            if action.status == "skipped" and not action.kind.endswith("_tag"):
                self.told.append(Write(action, result.plan.number, "skipped", action.result))
            elif action.status != "planned":
                self.hidden[action.status] = self.hidden.get(action.status, 0) + 1


def _open_owner(row: TicketRow | None) -> str | None:
    return row.seen.owner if row is not None and row.open else None


class _Cycle:
    """One pass over everything that needs a look."""

    def __init__(self, run: Run, held: Tenure, patience: int | None = None) -> None:
        self.run_ = run
        self.desk = run.desk
        self.work = Work(run, held)
        self.feeds = Feeds(run, self.work, patience)
        self.found = _Found()

    def look(self) -> CycleReport:
        """Judge and choose."""
        before = self.desk.host.requests_made()
        self._judge(self.feeds.batches())
        choice = self._choose()
        self._hold(choice)
        return self._report(choice, choice.writes, self.desk.host.requests_made() - before)

    def act(self, extent: Extent) -> CycleReport:
        """Judge, choose and apply."""
        before = self.desk.host.requests_made()
        rest = self.feeds.batches() if extent.pull else self.feeds.due()
        self._judge(chain(self.feeds.hinted(extent.hinted), rest))
        choice = self._choose()
        self._hold(choice)
        writes = Applier(self.run_, self.work).apply(choice.writes)
        return self._report(choice, writes, self.desk.host.requests_made() - before)

    def _judge(self, batches: Iterable[Sequence[Outcome | Held]]) -> None:
        with telling(self.desk.progress, "Judging tickets"):
            for results in batches:
                for result in results:
                    self.found.take(result)

    def _choose(self) -> Choice:
        plans = list(self.found.plans.values())
        return choose(plans, self._world(plans), self.desk.options.limits)

    def _hold(self, choice: Choice) -> None:
        """Hold the tickets whose assignee hook failed."""
        held: list[Outcome | Held] = []
        for ticket, error in choice.failed.items():
            row = self.desk.store.row(self.desk.host.name, ticket)
            row = row or unknown(self.desk.host.name, ticket, self.run_.now)
            held.append(hold(row, error, self.run_.now, self.desk.options))
        for result in self.work.commit(held):
            self.found.take(result)

    def _world(self, plans: Sequence[TicketPlan]) -> World:
        desk = self.desk
        name, store = desk.host.name, desk.store
        writes, moves = written_within_the_hour(store, name, self.run_.now)
        groups = dynamic_groups(plans)
        agents, unlisted = self._agents(sorted(groups))
        return World(
            agents=agents,
            unlisted=unlisted,
            owned=self._owned() if groups else {},
            last_assigned={group: store.last_assigned(name, group) for group in groups},
            writes_before=writes,
            reassignments_before=moves,
            ask=desk.hooks.choose_assignee,
            held=self._held(),
            resting=resting(store, name, desk.notifier.channels(), self.run_.now),
        )

    def _agents(self, groups: Iterable[str]) -> tuple[dict[str, tuple[Agent, ...]], dict[str, str]]:
        """Group -> who can own its tickets, and group -> why that cannot be known."""
        agents: dict[str, tuple[Agent, ...]] = {}
        unlisted: dict[str, str] = {}
        for group in groups:
            try:
                agents[group] = tuple(self.desk.host.agents_of(group))
            except HostPermanentError as error:
                if error.status is not None and not concerns_ticket(error):
                    raise
                unlisted[group] = str(error)
        return agents, unlisted

    def _owned(self) -> Mapping[str, int]:
        """Open tickets by owner as of now; a plan's store does not know what was just read."""
        counts = Counter(self.desk.store.owned_counts(self.desk.host.name))
        if self.run_.only_looking:
            counts.subtract(was for was, _ in self.found.owners.values() if was)
            counts.update(now for _, now in self.found.owners.values() if now)
        return counts

    def _held(self) -> str | None:
        if self.desk.options.dry_run:
            return _DRY
        return HELD if self.run_.paused else None

    def _report(self, choice: Choice, writes: Iterable[Write], requests: int) -> CycleReport:
        problems = dict(self.found.problems)
        listed = sorted([*self.found.told, *writes], key=lambda write: write.order)
        failed = [
            TicketProblem(write.action.ticket, write.number, write.error or "write failed")
            for write in listed
            if write.status == "failed"
        ]
        return CycleReport(
            as_of=self.run_.now,
            changed_tickets=self.feeds.changed,
            evaluated=self.found.evaluated,
            requests=requests,
            writes=tuple(listed),
            limits=choice.limits,
            problems=(*problems.values(), *failed),
            loaded=self.found.loaded,
            stale=self.feeds.stale,
            notices=self._notices(),
            hidden=self.found.hidden,
            unfinished=self.feeds.unfinished,
        )

    def _notices(self) -> tuple[str, ...]:
        notices = []
        if self.desk.options.dry_run:
            notices.append(_DRY)
        if is_paused(self.desk.store):
            notices.append(HELD)
        if self.run_.is_new_set and not self.run_.is_first:
            notices.append(f"a new policy set is in force: {self.run_.policy_set[:12]}")
        return tuple(notices)
