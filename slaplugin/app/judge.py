"""Stops 4 and 5 with the sets in force over time: open instances are derived, finished ones read.

R11: an edited set applies to open instances as if it had always been so, and a finished outcome
stays under the set it was finished with; a late event (R13) derives it anew under that same set.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from slaplugin.app.known import Known
from slaplugin.app.ports import Adoption, PolicySource, Store, StoredInstance
from slaplugin.app.standings import urgent_from
from slaplugin.core.adopt import evaluate_adopted
from slaplugin.core.evaluate import evaluate, outcomes
from slaplugin.core.model import ClockInstance, Evaluation, MarkName, Timeline
from slaplugin.core.policies import PolicySet
from slaplugin.core.rulebook import RuleBook

Identity = tuple[str, str]
BREACHES = (2, 3)
"""First part of a step's severity for ``breach`` and after-due steps."""
ENDED = ("merged", "removed")
"""Kinds of state of tickets that are gone: they carry no mark (details 44)."""


def identity(instance: ClockInstance) -> Identity:
    """With the ticket the key of an instance; the ordinal is for display."""
    return (instance.clock, instance.start_event)


def adoptions_of(current: str, store: Store | None, now: int) -> Sequence[Adoption]:
    """Every adoption of a set, that of the present one as of ``now`` where none is recorded.

    In order of their instants (UTC epoch seconds). ``current`` is its hash; ``store`` None: nothing
    was ever recorded.
    """
    adoptions = list(store.adoptions()) if store else []
    if not adoptions or adoptions[-1].hash != current:
        adoptions.append(Adoption(now, current))
    return adoptions


def recorded(rows: Sequence[StoredInstance]) -> tuple[ClockInstance, ...] | None:
    """A ticket's instances as they were recorded; None where one is open, to be judged again."""
    if rows and all(row.finished for row in rows):
        return tuple(row.instance for row in rows)
    return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """An evaluation and the rows to store for it."""

    evaluation: Evaluation
    instances: tuple[StoredInstance, ...]


class Judge:
    """Compiles each policy set that is needed once and remembers it.

    ``adoptions`` oldest first, the present set last; ``live_since`` in UTC epoch seconds.
    """

    def __init__(
        self,
        current: PolicySet,
        adoptions: Sequence[Adoption],
        source: PolicySource,
        live_since: int | None,
    ) -> None:
        self.current = current
        self._source = source
        self._live_since = live_since
        self._books: dict[str, RuleBook | None] = {}
        self.rules = self._compile(current)
        self._books[current.hash] = self.rules
        self._adoptions = tuple(adoptions)

    def _compile(self, policy_set: PolicySet) -> RuleBook:
        return RuleBook.compile(policy_set, live_since=self._live_since, only_targeted=True)

    def book(self, set_hash: str) -> RuleBook | None:
        """The compiled set of this hash; None where neither source nor store has it any more."""
        if set_hash not in self._books:
            found = self._source.by_hash(set_hash)
            self._books[set_hash] = self._compile(found) if found else None
        return self._books[set_hash]

    @property
    def tested(self) -> frozenset[str]:
        """Facts that a set in force now or once asks about."""
        return frozenset().union(*(book.tested for book in (self.rules, *self.older())))

    def older(self) -> tuple[RuleBook, ...]:
        """Sets in force before the present one, newest first."""
        hashes = dict.fromkeys(item.hash for item in reversed(self._adoptions))
        books = (self.book(name) for name in hashes if name != self.current.hash)
        return tuple(book for book in books if book is not None)

    def verdict(self, known: Known, as_of: int) -> Verdict:
        """Every instance of the ticket at ``as_of`` (UTC epoch seconds), finished ones as kept."""
        timeline = known.timeline
        derived = self._derive(timeline, as_of)
        kept = self._kept(known, timeline, as_of)
        if not kept:
            return Verdict(derived, self._rows(derived.instances, known, {}))
        evaluation = self._with_instances(derived, _with_kept(derived.instances, kept))
        return Verdict(evaluation, self._rows(evaluation.instances, known, kept))

    def outcomes(self, known: Known, as_of: int) -> tuple[ClockInstance, ...]:
        """The instances of :meth:`verdict` for reading in bulk; their steps may be left out."""
        timeline = known.timeline
        if len(self._eras(timeline)) == 1:
            derived = outcomes(timeline, self.rules, as_of)
        else:
            derived = self._derive(timeline, as_of).instances
        kept = self._kept(known, timeline, as_of)
        return _with_kept(derived, kept) if kept else derived

    def _derive(self, timeline: Timeline, as_of: int) -> Evaluation:
        eras = self._eras(timeline)
        if len(eras) == 1:
            return evaluate(timeline, self.rules, as_of, detail=False)
        return evaluate_adopted(timeline, eras, as_of, detail=False)

    def _eras(self, timeline: Timeline) -> list[tuple[int, RuleBook]]:
        """The sets that matter to a ticket; the first of them is as if it had always been."""
        born = min((event.at for event in timeline.events), default=0)
        before = [item for item in self._adoptions if item.at <= born]
        later = [item for item in self._adoptions if item.at > born]
        eras = [(item.at, self.book(item.hash)) for item in (*before[-1:], *later)]
        return [(at, book) for at, book in eras if book is not None] or [(born, self.rules)]

    def _kept(self, known: Known, timeline: Timeline, as_of: int) -> dict[Identity, StoredInstance]:
        """Instances finished under another set, read or derived anew under that set."""
        kept: dict[Identity, StoredInstance] = {}
        for row in known.instances:
            if not row.finished or row.policy_set == self.current.hash:
                continue
            fresh = row
            if known.timeline_changed:
                fresh = self._anew(row, timeline, as_of)
            if not fresh.instance.is_open:
                kept[identity(row.instance)] = fresh
        return kept

    def _anew(self, row: StoredInstance, timeline: Timeline, as_of: int) -> StoredInstance:
        book = self.book(row.policy_set)
        if book is None:
            return row
        verdict = evaluate(timeline, book, as_of, detail=False)
        for instance in verdict.instances:
            if identity(instance) == identity(row.instance):
                return replace(row, instance=instance)
        return row

    def _with_instances(
        self, derived: Evaluation, instances: tuple[ClockInstance, ...]
    ) -> Evaluation:
        """The evaluation with finished instances as they were kept, and the mark that follows."""
        if instances == derived.instances:
            return derived
        marks = replace(
            derived.marks, mark=self._mark(derived, instances), quiet=_are_quiet(instances)
        )
        return replace(derived, instances=instances, marks=marks)

    def _mark(self, derived: Evaluation, instances: tuple[ClockInstance, ...]) -> MarkName:
        if derived.facts.get("state_kind") in ENDED:
            return "none"
        fading = {layer.name for layer in self.rules.layers if layer.marks == "while_overdue"}
        if any(_shows_breach(instance, fading) for instance in instances):
            return "breached"
        at_risk = derived.marks.mark != "none" and any(_shows_risk(item) for item in instances)
        return "at_risk" if at_risk else "none"

    def _rows(
        self,
        instances: Iterable[ClockInstance],
        known: Known,
        kept: dict[Identity, StoredInstance],
    ) -> tuple[StoredInstance, ...]:
        revisions = {identity(row.instance): row.revision for row in known.instances}
        ticket_open = known.row.open
        calendars = self.rules.calendars
        return tuple(
            StoredInstance(
                instance=instance,
                policy_set=kept[key].policy_set if key in kept else self.current.hash,
                finished=_is_finished(instance, ticket_open),
                revision=revisions.get(key, 1),
                urgent_from=urgent_from(instance, calendars.get(instance.calendar or "")),
            )
            for instance in instances
            for key in (identity(instance),)
        )


def _with_kept(
    derived: tuple[ClockInstance, ...], kept: Mapping[Identity, StoredInstance]
) -> tuple[ClockInstance, ...]:
    """The instances with those in their places that are kept as they were."""
    names = [identity(item) for item in derived]
    instances = tuple(
        kept[name].instance if name in kept else item
        for name, item in zip(names, derived, strict=True)
    )
    return (*instances, *[row.instance for name, row in kept.items() if name not in names])


def _is_finished(instance: ClockInstance, ticket_open: bool) -> bool:
    """A clock that only left its policies may go on while its ticket is open (details 2)."""
    return not instance.is_open and not (ticket_open and instance.void_reason == "policy_left")


def _are_quiet(instances: Iterable[ClockInstance]) -> bool:
    return not any(
        record.severity[0] in (1, *BREACHES) and record.status != "adopted"
        for instance in instances
        for record in instance.steps
    )


def _shows_breach(instance: ClockInstance, fading: Container[str | None]) -> bool:
    if not instance.is_open and instance.policy in fading:
        return False
    if instance.outcome != "breached" or instance.waived or instance.party == "customer":
        return False
    return any(
        record.severity[0] in BREACHES and "mark" in record.do and record.status != "adopted"
        for record in instance.steps
    )


def _shows_risk(instance: ClockInstance) -> bool:
    return instance.is_open and any(
        record.severity[0] == 1 and "mark" in record.do and record.status != "adopted"
        for record in instance.steps
    )
