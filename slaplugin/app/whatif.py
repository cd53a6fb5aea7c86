"""What if: stored tickets judged under a draft policy set, beside what was in force.

Before is what is recorded of finished instances, and what the sets in force say of open ones. After
is the draft as if it had always been in force: what live evaluation would have said. One ticket
after the other, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from slaplugin.app.desk import LIVE_SINCE
from slaplugin.app.judge import Judge, adoptions_of, recorded
from slaplugin.app.known import Known
from slaplugin.app.ports import (
    Adoption,
    PolicySource,
    Store,
    StoredInstance,
    StoredTicket,
    TicketRow,
)
from slaplugin.core.clocks.definitions import BUILTIN
from slaplugin.core.evaluate import outcomes
from slaplugin.core.model import ClockInstance, Event, Ticket, Timeline
from slaplugin.core.objectives import Objective
from slaplugin.core.policies import Policy, PolicySet
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.straight_plans import BASES
from slaplugin.core.suggest import Spent, Suggestion
from slaplugin.core.whatif import Bounds, Comparison, terms_of


@dataclass(frozen=True, slots=True)
class PastTicket:
    """What a verdict on the past of one ticket rests on."""

    ticket: Ticket
    events: tuple[Event, ...]
    """In order, each id once: the host's, observed ones, amendments."""
    instances: tuple[StoredInstance, ...]
    """As recorded, without spans, trace and steps."""
    open: bool
    """The ticket was, when it was last seen."""

    @property
    def timeline(self) -> Timeline:
        """What the engine needs."""
        return Timeline(self.ticket, self.events)

    @property
    def known(self) -> Known:
        """The same for the judge of the policy sets in force."""
        row = TicketRow(
            self.ticket.host,
            self.ticket.id,
            self.ticket.number,
            self.ticket.title,
            self.ticket.facts,
            self.ticket.current_only,
            first_seen_at=0,
            open=self.open,
        )
        return Known(row, self.events, instances=self.instances)


def past_ticket(stored: StoredTicket) -> PastTicket | None:
    """A stored ticket for reading its past; None: only its name is known."""
    if not stored.row.facts:
        return None
    told: dict[str, Event] = {}
    for event in (*stored.events, *stored.observed, *stored.amendments):
        told.setdefault(event.id, event)
    events = tuple(sorted(told.values(), key=lambda event: event.order))
    return PastTicket(stored.row.ticket, events, stored.instances, stored.row.open)


@dataclass(frozen=True, slots=True)
class Job:
    """What a what-if needs beside the tickets; plain values, to be sent to other processes."""

    current: PolicySet
    draft: PolicySet
    as_of: int
    """UTC epoch seconds."""
    bounds: Bounds = Bounds()
    adoptions: tuple[Adoption, ...] = ()
    live_since: int | None = None
    older: Mapping[str, PolicySet] = field(default_factory=dict)
    """Sets that were in force before, by their hash."""


def job_of(source: PolicySource, store: Store | None, draft: PolicySet, now: int) -> Job:
    """The job over a store; ``now`` in UTC epoch seconds.

    Raises ConfigurationError with every problem of the policies in force.
    """
    current = source.current()
    adoptions = adoptions_of(current.hash, store, now)
    hashes = {item.hash for item in adoptions} - {current.hash}
    older = {name: found for name in sorted(hashes) if (found := source.by_hash(name))}
    flag = store.flag(LIVE_SINCE) if store else None
    return Job(
        current,
        draft,
        now,
        adoptions=tuple(adoptions),
        live_since=now if flag is None else int(flag),
        older=older,
    )


class _Sets:
    """The policy sets of a job, as the judge asks for them."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def current(self) -> PolicySet:
        return self._job.current

    def by_hash(self, hash: str) -> PolicySet | None:
        return self._job.older.get(hash)


class WhatIf:
    """A job made ready: both rule books compiled."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.as_of = job.as_of
        self.judge = Judge(job.current, job.adoptions, _Sets(job), job.live_since)
        self.draft = RuleBook.compile(job.draft, live_since=job.live_since, only_targeted=True)

    def empty(self) -> Comparison:
        """Nothing compared yet."""
        sides = terms_of(self.judge.rules), terms_of(self.draft)
        return Comparison(*sides, self.job.bounds, self.as_of)

    def before(self, past: PastTicket) -> tuple[ClockInstance, ...]:
        """The ticket's instances as they count today."""
        found = recorded(past.instances)
        return self.judge.outcomes(past.known, self.as_of) if found is None else found

    def after(self, past: PastTicket) -> tuple[ClockInstance, ...]:
        """The ticket's instances under the draft."""
        return outcomes(past.timeline, self.draft, self.as_of)

    def add(self, comparison: Comparison, pasts: Iterable[PastTicket]) -> None:
        """Compare these tickets."""
        for past in pasts:
            comparison.add(past.ticket, self.before(past), self.after(past))


# ---------------------------------------------------------------------- first targets


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the instances of one clock took over a past period, and what could be promised."""

    clock: str
    counted: int
    """Instances that came to their stop."""
    unended: int
    """Those that did not: still open, or closed unanswered."""
    median: int | None
    """Seconds, of those that came to their stop."""
    suggestion: Suggestion | None


class Measured:
    """What clocks took; parts that were measured apart add up by :meth:`merge`."""

    def __init__(self) -> None:
        self.tickets = 0
        self.spent: dict[str, Spent] = {name: Spent() for name in BUILTIN if name in BASES}

    def merge(self, other: Measured) -> None:
        """Take in what was measured elsewhere."""
        self.tickets += other.tickets
        for clock, spent in other.spent.items():
            self.spent[clock].merge(spent)

    def result(self, share: Fraction) -> Sequence[Baseline]:
        """Every clock that has instances, in the order of policy-language §5."""
        return [
            Baseline(
                clock,
                sum(spent.ended.values()),
                sum(spent.unended.values()),
                spent.median,
                spent.suggest(share),
            )
            for clock, spent in self.spent.items()
            if spent.ended or spent.unended
        ]


class Measuring:
    """Measures clocks without any target, to set first ones (policy-language §5).

    Of ``calendars``, a policy set, the policies are left aside. Its only calendar is that of every
    clock, ``24x7`` where it has several or none (details 2).
    """

    def __init__(self, calendars: PolicySet, bounds: Bounds, as_of: int) -> None:
        about = tuple(Objective(Fraction(1), clock=name) for name in sorted(BASES))
        bare = PolicySet(
            calendars=calendars.calendars,
            policies=(Policy("measured", objectives=about),),
            profile=calendars.profile,
            void=calendars.void,
        )
        self._rules = RuleBook.compile(bare, only_targeted=True)
        self._bounds = bounds
        self._as_of = as_of

    def empty(self) -> Measured:
        """Nothing measured yet."""
        return Measured()

    def add(self, measured: Measured, pasts: Iterable[PastTicket]) -> None:
        """Measure these tickets."""
        for past in pasts:
            measured.tickets += 1
            for instance in outcomes(past.timeline, self._rules, self._as_of):
                ended = self._as_of if instance.stopped_at is None else instance.stopped_at
                if self._bounds.hold(ended):
                    measured.spent[instance.clock].add(instance)
