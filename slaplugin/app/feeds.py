"""Which tickets a cycle looks at, in portions that are committed one by one.

In this order: what changed on the host, tickets of changed customers and organizations, what fell
due, held tickets whose pause is over, tickets judged under an older policy set, missing ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from slaplugin.app.desk import Run
from slaplugin.app.errors import (
    HostLostError,
    HostPermanentError,
    HostTemporaryError,
)
from slaplugin.app.hold import Held
from slaplugin.app.measured import still_measured
from slaplugin.app.ports import TicketRef
from slaplugin.app.sweep import Sweep
from slaplugin.app.sync import Outcome
from slaplugin.app.work import Work

Results = list[Outcome | Held]
TICKETS = "tickets"
PARTIES = "parties"
NO_PARTIES: Mapping[str, Mapping[str, Any]] = {}
PORTION = 200
"""Tickets judged from the store per transaction."""


class Feeds:
    """The tickets of one cycle; each is judged once for each state the host shows of it."""

    def __init__(self, run: Run, work: Work, patience: int | None = None) -> None:
        """``patience``: seconds after which no further page of news is asked for in this cycle."""
        self.run = run
        self._until = None if patience is None else run.now + patience
        self.unfinished = False
        """There is more news, for the next cycle."""
        self.desk = run.desk
        self.work = work
        self.name = run.desk.host.name
        self.changed = 0
        """Tickets read because the host named them as changed."""
        self.stale = 0
        self._versions: dict[str, int] = {}
        """Ticket -> the host's stamp when it was judged in this cycle; 0 from the store."""

    def batches(self) -> Iterator[Results]:
        """Judge portion by portion; each is committed before it is handed on."""
        parties, bookmark = self._changed_parties()
        yield from self._pull(parties)
        yield from self._of_parties(parties, bookmark)
        yield from self.due()
        yield from self._of_older_set()
        if self.unfinished:
            return
        yield from Sweep(self.run, self.work, self).portion()

    def hinted(self, tickets: Sequence[str]) -> Iterator[Results]:
        """Tickets that somebody says have changed."""
        for first in range(0, len(tickets), PORTION):
            refs = [TicketRef(ticket, 0) for ticket in tickets[first : first + PORTION]]
            yield self.work.commit(self._read(refs))

    def due(self) -> Iterator[Results]:
        """What fell due, judged from the store; then held tickets whose pause is over, read."""
        store, now = self.desk.store, self.run.now
        yield from self._again(lambda limit: store.due(self.name, now, limit), read=False)
        yield from self._again(lambda limit: store.retry(self.name, now, limit), read=True)

    # ------------------------------------------------------------------ the host's changes

    def _changed_parties(self) -> tuple[dict[str, dict[str, Any]], str | None]:
        """Ticket -> facts of its customer or organization that may have changed."""
        found: dict[str, dict[str, Any]] = {}
        bookmark = None
        for page in self.desk.host.parties(self.desk.store.bookmark(self.name, PARTIES)):
            bookmark = page.bookmark
            for party in map(self.work.forgotten.party, page.items):
                for ticket in self.desk.store.tickets_of(self.name, party.kind, party.key):
                    found.setdefault(ticket, {}).update(party.facts)
        return found, bookmark

    def _pull(self, parties: dict[str, dict[str, Any]]) -> Iterator[Results]:
        for page in self.desk.host.changes(self.desk.store.bookmark(self.name, TICKETS)):
            latest = {ref.id: ref for ref in page.items}
            news = [ref for ref in latest.values() if not self._is_known(ref)]
            yield self.work.commit(self._read(news, parties), (TICKETS, page.bookmark))
            if self._until is not None and self.desk.host.now() >= self._until:
                # Whoever loads a hundred thousand tickets still acts on those that are due.
                self.unfinished = True
                return

    def _is_known(self, ref: TicketRef) -> bool:
        """Whether this very state was judged: overlapping pages repeat tickets."""
        if ref.names(self._versions.get(ref.id, 0)):
            return True
        row = self.desk.store.row(self.name, ref.id)
        if row is None or row.held is not None or not row.live:
            return False
        return ref.names(row.updated_at_ms)

    def _read(
        self, refs: Sequence[TicketRef], parties: Mapping[str, Mapping[str, Any]] = NO_PARTIES
    ) -> Results:
        """Judge tickets that the host names as changed."""
        self.changed += len(refs)
        self._versions.update((ref.id, ref.updated_at_ms) for ref in refs)
        return self._from_host([ref.id for ref in refs], parties)

    def _from_host(
        self, tickets: Sequence[str], parties: Mapping[str, Mapping[str, Any]] = NO_PARTIES
    ) -> Results:
        """Judge tickets as the host has them, read together.

        A host that fails ends the cycle; but where it was this ticket that ended the last one,
        too, the ticket is held and the others go on.
        """
        flag = f"stumbled:{self.name}"
        stumbled = self.desk.store.flag(flag)
        results: Results = []
        for ticket, found in self.desk.host.read_many(tickets):
            try:
                result = self.work.judge_read(ticket, found, parties.get(ticket))
            except (HostTemporaryError, HostPermanentError) as error:
                if stumbled != ticket:
                    self.work.commit(results)
                    self._note(flag, ticket)
                    raise
                result = self.work.held(ticket, error)
            else:
                if stumbled == ticket:
                    self._note(flag, None)
            self.desk.progress.advance()
            if result is not None:
                results.append(result)
        return results

    def _note(self, flag: str, ticket: str | None) -> None:
        """Which ticket ended the cycle; None: it was read since, so that was not the ticket's."""
        with self.desk.store.tx() as tx:
            tx.set_flag(flag, ticket)

    # ------------------------------------------------------------------ what the store knows

    def _of_parties(
        self, parties: dict[str, dict[str, Any]], bookmark: str | None
    ) -> Iterator[Results]:
        left = [ticket for ticket in sorted(parties) if ticket not in self._versions]
        results: Results = []
        for ticket in left:
            result = self._from_store(ticket, parties[ticket])
            if result is not None:
                results.append(result)
        yield self.work.commit(results, None if bookmark is None else (PARTIES, bookmark))

    def _from_store(
        self, ticket: str, party: dict[str, Any] | None = None
    ) -> Outcome | Held | None:
        self._versions[ticket] = 0
        self.desk.progress.advance()
        return self.work.judge(ticket, read=False, party=party)

    def _again(self, ask: Callable[[int], Sequence[str]], *, read: bool) -> Iterator[Results]:
        """Tickets that the store names, until it names none that was not judged yet."""
        while True:
            named = ask(PORTION + len(self._versions))
            fresh = [ticket for ticket in named if ticket not in self._versions][:PORTION]
            if not fresh:
                return
            yield self._portion(fresh, read=read)

    def _portion(self, tickets: Sequence[str], *, read: bool) -> Results:
        if read:
            self._versions.update(dict.fromkeys(tickets, 0))
            return self.work.commit([still_measured(one) for one in self._from_host(tickets)])
        results = (self._from_store(ticket) for ticket in tickets)
        return self.work.commit([result for result in results if result is not None])

    def _of_older_set(self) -> Iterator[Results]:
        """Open tickets last judged under another set, in portions over several cycles (R11)."""
        portion = self.desk.options.portion
        named = self.desk.store.stale(self.name, self.run.policy_set, portion + len(self._versions))
        fresh = [ticket for ticket in named if ticket not in self._versions][:portion]
        self.stale = len(fresh)
        for first in range(0, len(fresh), PORTION):
            yield self._portion(fresh[first : first + PORTION], read=False)

    # ------------------------------------------------------------------ for the sweep

    def read_news(self, refs: Sequence[TicketRef]) -> Results:
        """Judge those of which the store knows less than the host."""
        return self._read([ref for ref in refs if self._is_news(ref)])

    def _is_news(self, ref: TicketRef) -> bool:
        if self._versions.get(ref.id) or self._is_known(ref):
            return False
        row = self.desk.store.row(self.name, ref.id)
        return row.live if row else not ref.closed

    def held_lost(self, ticket: str, error: HostLostError) -> Held:
        """A ticket that is out of reach."""
        return self.work.held(ticket, error)
