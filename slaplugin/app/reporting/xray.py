"""The X-ray: what a helpdesk without any policy could have promised, and where its time goes.

Two looks at the same past. The first measures clocks without a target and finds for each the
tightest one that a share of them would have met; the second judges the past by these targets, as a
report does. Names are left out on the way in, so that no part of the page can show any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from slaplugin import __version__
from slaplugin.app.desk import Quiet, telling
from slaplugin.app.history import History, Wanted, never, where_time_was_lost
from slaplugin.app.judge import Judge
from slaplugin.app.ports import Adoption, Progress, TicketRow
from slaplugin.app.reporting.gather import Basis, gather, with_unread
from slaplugin.app.reporting.making import ReportStore
from slaplugin.app.reporting.report import Ask, Provenance, Report
from slaplugin.core.attainment import Contracts
from slaplugin.core.calendars.walltime import DAY, zone_named
from slaplugin.core.dimensions import Dimension, parse_dimensions, values_of
from slaplugin.core.metrics import Measuring
from slaplugin.core.model import ClockInstance
from slaplugin.core.officehours import USUAL, OfficeHours, guessed_hours
from slaplugin.core.past import Past
from slaplugin.core.periods import CalendarPeriod, Period
from slaplugin.core.policies import PolicySet
from slaplugin.core.pseudonyms import People
from slaplugin.core.suggest import Spent, Suggestion
from slaplugin.core.weekhours import HOURS, week_hour

MEASURED = ("first_response", "next_response", "update", "resolution", "assignment")
"""Clocks that are looked at, in the order of policy-language §5."""
PROMISED = ("first_response", "next_response", "resolution")
"""Those that a first policy promises."""
SURE = 20
"""A promise that rests on fewer instances is told as a guess."""
_COURSES: tuple[tuple[Period, int], ...] = (("day", 21), ("week", 200), ("month", 1200))
"""The course is told by such periods for fewer than so many days: more of them nobody can read."""
_BY = ("priority", "group")
_Place = tuple[str, str, str | None]
"""Clock, by what, and its value, as in :class:`Promise`."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the instances of a clock took, of all tickets or of those of one priority or group."""

    clock: str
    by: str
    """``priority``, ``group``, or empty: of all tickets."""
    value: str | None
    """The priority or group at the end of the instance; None: the ticket had none."""
    ended: int
    """Instances that came to their stop."""
    unended: int
    """Those that did not: still open, or closed unanswered."""
    median: int | None
    """Seconds of office hours, of those that came to their stop."""
    suggestion: Suggestion | None
    """None: nothing can be promised."""

    @property
    def sure(self) -> bool:
        """Whether enough instances are behind it."""
        return self.suggestion is not None and self.suggestion.counted >= SURE


class Drafting(Protocol):
    """Makes policy sets; they are valid by the rules of policy files, ConfigurationError else."""

    def measuring(self, hours: OfficeHours) -> PolicySet:
        """One whose clocks run without targets."""

    def draft(self, hours: OfficeHours, targets: Mapping[str, int]) -> PolicySet:
        """The first policy with these targets (clock -> seconds of office hours)."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at, and how."""

    store: ReportStore
    host: str
    as_of: int
    """The present, UTC epoch seconds."""
    first: CalendarPeriod
    zone: str
    """IANA zone of office hours, days and weeks."""
    share: Fraction
    """Of the instances that are to be in time."""
    hours: OfficeHours | None = None
    """None: they are guessed."""
    progress: Progress = Quiet()

    @property
    def since(self) -> int:
        """UTC epoch seconds: the beginning of the first period."""
        return self.first.bounds(self.zone)[0]

    @property
    def wanted(self) -> Wanted:
        return Wanted(since=self.since)

    @property
    def ask(self) -> Ask:
        """The question of the second look."""
        return Ask(
            first=self.first,
            last=CalendarPeriod.around(self.first.per, self.zone, self.as_of),
            zone=self.zone,
            breakdowns=tuple(parse_dimensions([by]) for by in _BY),
            people=People("off"),
        )


@dataclass(frozen=True, slots=True)
class XRay:
    """Everything that the page says."""

    look: Look
    hours: OfficeHours
    promises: tuple[Promise, ...]
    report: Report
    """Judged by :attr:`targets`; without titles, addresses and agents."""

    @property
    def overall(self) -> tuple[Promise, ...]:
        """Of all tickets, one a clock."""
        return tuple(each for each in self.promises if not each.by)

    @property
    def targets(self) -> Mapping[str, int]:
        """Clock -> seconds of office hours that could have been promised."""
        return _targets(self.promises)


def first_period(zone: str, now: int, days: int) -> CalendarPeriod:
    """The period in which ``days`` before now lies: of a length that leaves some forty at most."""
    per: Period = next((per for per, longest in _COURSES if days < longest), "quarter")
    return CalendarPeriod.around(per, zone, now - days * DAY)


def xray(look: Look, drafting: Drafting) -> XRay:
    """Both looks, in one unchanging view of the store. StoreError, ConfigurationError."""
    with look.store.reading():
        hours = look.hours or _guess(look) or USUAL
        with telling(look.progress, "Measuring"):
            promises = _promises(look, drafting.measuring(hours))
        draft = drafting.draft(hours, _targets(promises))
        with telling(look.progress, "Finding where the time went"):
            return XRay(look, hours, promises, _judged(look, draft))


def _targets(promises: Iterable[Promise]) -> dict[str, int]:
    return {
        each.clock: each.suggestion.target
        for each in promises
        if not each.by and each.clock in PROMISED and each.suggestion is not None
    }


def _guess(look: Look) -> OfficeHours | None:
    answers = [0] * HOURS
    zone = zone_named(look.zone)
    with telling(look.progress, "Finding office hours"):
        for stored in look.store.past_tickets(look.host):
            for event in stored.events:
                if event.kind == "agent_reply" and look.since <= event.at <= look.as_of:
                    answers[week_hour(zone, event.at)] += 1
            look.progress.advance()
    return guessed_hours(answers)


def _pasts(look: Look, rules: PolicySet, *, spans: bool = False) -> Iterator[Past]:
    judge = _judge(rules, look.as_of)
    history = History(look.store, judge, look.host, look.as_of)
    detail = where_time_was_lost if spans else never
    for past in history.pasts(look.wanted, detail=detail):
        yield replace(past, ticket=replace(past.ticket, title="", url=None))
        look.progress.advance()


class SinglePolicySet:
    """The port :class:`slaplugin.app.ports.PolicySource` over one set that was never in force."""

    def __init__(self, policy_set: PolicySet) -> None:
        self._set = policy_set

    def current(self) -> PolicySet:
        """The set."""
        return self._set

    def by_hash(self, hash: str) -> PolicySet | None:
        """The set, if it is this one."""
        return self._set if hash == self._set.hash else None


def _judge(policy_set: PolicySet, now: int) -> Judge:
    """As if the set had always been in force."""
    return Judge(policy_set, [Adoption(0, policy_set.hash)], SinglePolicySet(policy_set), now)


# ---------------------------------------------------------------------- the first look


def _promises(look: Look, rules: PolicySet) -> tuple[Promise, ...]:
    dimensions = parse_dimensions(_BY)
    spent: defaultdict[_Place, Spent] = defaultdict(Spent)
    for past in _pasts(look, rules):
        for place, instance in _places(past, dimensions, look):
            spent[place].add(instance)
    found = (_promise(place, each, look.share) for place, each in spent.items())
    return tuple(sorted((each for each in found if each.ended or each.unended), key=_order))


def _places(
    past: Past, dimensions: Sequence[Dimension], look: Look
) -> Iterator[tuple[_Place, ClockInstance]]:
    for instance in past.instances:
        ended = look.as_of if instance.stopped_at is None else instance.stopped_at
        if not look.since <= ended <= look.as_of:
            continue
        yield (instance.clock, "", None), instance
        values = values_of(dimensions, past, instance, ended)
        for by, value in zip(_BY, values, strict=True):
            yield (instance.clock, by, value), instance


def _promise(place: _Place, spent: Spent, share: Fraction) -> Promise:
    return Promise(
        *place,
        ended=sum(spent.ended.values()),
        unended=sum(spent.unended.values()),
        median=spent.median,
        suggestion=spent.suggest(share),
    )


def _order(promise: Promise) -> tuple[int, int, bool, str]:
    by = ("", *_BY).index(promise.by)
    return (by, MEASURED.index(promise.clock), promise.value is None, promise.value or "")


# ---------------------------------------------------------------------- the second look


def _judged(look: Look, draft: PolicySet) -> Report:
    rules = _judge(draft, look.as_of).rules
    basis = Basis(Contracts(rules, look.zone), Measuring.by(rules))
    given = Provenance(look.host, look.as_of, draft.hash, __version__, look.store.head())
    report = gather(_pasts(look, draft, spans=True), look.ask, basis, given)
    rows = (look.store.row(look.host, ticket) for ticket in set(report.named_by_id()))
    named = {row.id: _nameless(row) for row in rows if row is not None}
    held = map(_nameless, look.store.held(look.host))
    return with_unread(replace(report, rows=named), held)


def _nameless(row: TicketRow) -> TicketRow:
    """Its number alone."""
    return replace(row, title="", url=None, facts={}, customer_key=None, organization_key=None)
