"""The stored past as a stream: what reports, what-if and exports read.

Tickets come in the order of their dense integer keys, so that work can be divided by ranges of them
and memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from slaplugin.app.explaining import with_spans
from slaplugin.app.judge import Judge, recorded
from slaplugin.app.known import Known, from_store
from slaplugin.app.ports import StoredTicket
from slaplugin.core.model import ClockInstance
from slaplugin.core.past import Past, past_of


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Tickets by their integer keys in the store, both ends inclusive."""

    first: int = 0
    last: int = 2**63 - 1


EVERY_KEY = KeyRange()
RUN = 2000
"""Keys of a run: what is derived from tickets is kept and checked by so many of them."""
COLUMNS = ".columns"
"""What the name of the file ends with that is derived from a store and lies beside it."""


class PastStore(Protocol):
    """The part of a store that holds the past. Raises StoreError."""

    def reading(self) -> AbstractContextManager[Any]:
        """One unchanging view for the block, whoever writes meanwhile."""

    def key_range(self, host: str) -> KeyRange | None:
        """The keys of the host's tickets; None: it has none."""

    def past_tickets(self, host: str, keys: KeyRange = EVERY_KEY) -> Iterator[StoredTicket]:
        """Every ticket of the range, whole, a few hundred at a time."""

    def past_mark(self, keys: KeyRange) -> bytes:
        """The same as before only if no row of the range has been written since; never the
        same for two different contents. Empty: nothing is known."""

    def past_digest(self, keys: KeyRange) -> bytes:
        """A hash over all rows of the range that a verdict rests on."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets a report is about; None: no bound."""

    since: int | None = None
    """UTC epoch seconds: tickets that were open, or to which something happened, from here on."""
    until: int | None = None
    """UTC epoch seconds, exclusive: tickets created before it."""
    customer: str | None = None
    """The customer's key, email or login as of today's row, without regard to case."""
    organization: str | None = None
    """The organization's key or name, without regard to case."""
    also: frozenset[str] = frozenset()
    """Ids or numbers of tickets to which something happened that their events do not tell: their
    bounds in time do not count."""


EVERYTHING = Wanted()


Detail = Callable[[Sequence[ClockInstance]], bool]
"""Whether spans and traces of a ticket's clocks are wanted: they cost more than all the rest."""


def never(_: Sequence[ClockInstance]) -> bool:
    """Verdicts alone."""
    return False


def always(_: Sequence[ClockInstance]) -> bool:
    """Every second of every clock."""
    return True


def where_time_was_lost(instances: Sequence[ClockInstance]) -> bool:
    """Tickets with a missed or paused clock: what causes and the pause audit look into."""
    return any(each.outcome == "breached" or each.paused for each in instances)


class History:
    """The pasts of one helpdesk's tickets as of one instant (UTC epoch seconds)."""

    def __init__(self, store: PastStore, judge: Judge, host: str, as_of: int) -> None:
        self._store = store
        self._judge = judge
        self._host = host
        self.as_of = as_of

    def pasts(
        self, wanted: Wanted = EVERYTHING, keys: KeyRange = EVERY_KEY, *, detail: Detail = never
    ) -> Iterator[Past]:
        """Every wanted ticket's past; where ``detail`` says so its clocks have spans and traces.

        Finished instances are as they were recorded, open ones as of :attr:`as_of`. Tickets that
        are only known by name (held at their first reading) have no past and are left out.
        """
        for stored in self._store.past_tickets(self._host, keys):
            if not stored.row.facts or not _concerns(stored, wanted):
                continue
            past = self._past(from_store(stored, ()), detail)
            if _within(past, wanted):
                yield past

    def _past(self, known: Known, detail: Detail) -> Past:
        instances = as_recorded(known, self._judge, self.as_of)
        if detail(instances):
            instances = with_spans(known, self._judge, self.as_of, instances)
        return past_of(known.timeline, self._judge.rules, instances, self.as_of)


def as_recorded(known: Known, judge: Judge, as_of: int) -> tuple[ClockInstance, ...]:
    """What is finished is read; only a ticket with something open is judged again."""
    found = recorded(known.instances)
    return judge.verdict(known, as_of).evaluation.instances if found is None else found


def _concerns(stored: StoredTicket, wanted: Wanted) -> bool:
    row, facts = stored.row, stored.row.facts
    return _is(
        wanted.customer, row.customer_key, facts.get("customer.email"), facts.get("customer.login")
    ) and _is(wanted.organization, row.organization_key, facts.get("organization.name"))


def _is(wanted: str | None, *names: object) -> bool:
    if wanted is None:
        return True
    return wanted.casefold() in {str(name).casefold() for name in names if name is not None}


def _within(past: Past, wanted: Wanted) -> bool:
    created = past.created_at
    if created is None:
        return False
    if not wanted.also.isdisjoint((past.ticket.id, past.ticket.number)):
        return True
    if wanted.until is not None and created >= wanted.until:
        return False
    if wanted.since is None or not past.closed:
        return True
    return past.events[-1].at >= wanted.since or any(
        map(partial(_goes_on, wanted.since), past.instances)
    )


def _goes_on(since: int, instance: ClockInstance) -> bool:
    """A clock that the ticket's close did not end runs, or was missed by time alone."""
    return instance.is_open or (instance.breached_at or 0) >= since
