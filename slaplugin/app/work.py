"""Judging single tickets, from the host or from the store, whatever may go wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.app.brakes import require_plausible
from slaplugin.app.desk import Run
from slaplugin.app.errors import HostGoneError, SlapluginError, TicketHeldError
from slaplugin.app.forgotten import forgotten_of
from slaplugin.app.hold import POISON, Held, concerns_ticket, hold, record_held, unknown
from slaplugin.app.known import Known, Reading, from_host, from_store
from slaplugin.app.ports import ReadResult, StoredTicket, Transaction
from slaplugin.app.sync import Outcome, record, sync_ticket
from slaplugin.app.tenure import Tenure
from slaplugin.core.model import Event


@dataclass(frozen=True, slots=True)
class _Asked:
    """A ticket to judge, with what the store has of it."""

    ticket: str
    stored: StoredTicket | None
    party: Mapping[str, Any] | None
    """Facts of its customer or organization that changed."""


class Work:
    """Reads, judges and records tickets of one host for one run, under the writer's lease."""

    def __init__(self, run: Run, tenure: Tenure) -> None:
        self.run = run
        self.tenure = tenure
        self.name = run.desk.host.name
        self.forgotten = forgotten_of(run.desk.store, self.name, lambda: run.judge.tested)
        self._gone = 0
        """Open tickets that were found deleted in this run, each for itself."""

    def judge(
        self, ticket: str, *, read: bool, party: Mapping[str, Any] | None = None
    ) -> Outcome | Held | None:
        """Stops 1 to 6a for one ticket; a poison ticket comes back as held.

        None: the host has no such ticket and we never knew it. What goes through is a host that
        does not work: HostTemporaryError, and HostPermanentError that is not about the ticket.
        """
        stored = self.run.desk.store.ticket(self.name, ticket)
        # A held ticket has news that could not be read: what the store knows is not enough.
        if read or (stored is not None and stored.row.held is not None):
            return self._judged(_Asked(ticket, stored, party), self._fetch(ticket))
        return self._judged(_Asked(ticket, stored, party), None)

    def judge_read(
        self, ticket: str, found: ReadResult, party: Mapping[str, Any] | None = None
    ) -> Outcome | Held | None:
        """:meth:`judge` for a ticket that was read together with others."""
        stored = self.run.desk.store.ticket(self.name, ticket)
        return self._judged(_Asked(ticket, stored, party), found)

    def _fetch(self, ticket: str) -> ReadResult:
        try:
            return self.run.desk.host.read(ticket)
        except SlapluginError as error:
            return error

    def _judged(self, asked: _Asked, found: ReadResult | None) -> Outcome | Held | None:
        self.tenure.renew()
        try:
            known, now = self._known(asked, found)
            return sync_ticket(known, self.run, now, asked.party)
        except HostGoneError:
            return self.gone(asked.ticket)
        except POISON as error:
            if not concerns_ticket(error):
                raise
            return self.held(asked.ticket, error)

    def held(self, ticket: str, error: Exception) -> Held:
        """The ticket, left alone for a while because of an error that is about it."""
        row = self.run.desk.store.row(self.name, ticket)
        row = row or unknown(self.name, ticket, self.run.now)
        return hold(row, error, self.run.now, self.run.desk.options)

    def _known(self, asked: _Asked, found: ReadResult | None) -> tuple[Known, int]:
        """The ticket and the instant as of which it is known, UTC epoch seconds."""
        if found is None:
            return self._stored(asked.ticket, asked.stored), self.run.now
        if isinstance(found, SlapluginError):
            raise found
        desk = self.run.desk
        actions = desk.store.actions_of(self.name, asked.ticket) if asked.stored else ()
        reading = Reading(self.forgotten.without(found), asked.stored, tuple(actions))
        return from_host(reading, self.run.context, desk.options), found.read_at

    def _stored(self, ticket: str, stored: StoredTicket | None) -> Known:
        if stored is None:
            raise LookupError(f"the store names ticket {ticket} and does not have it")
        return from_store(stored, self.run.desk.store.actions_of(self.name, ticket))

    def gone(self, ticket: str, *, alone: bool = True) -> Outcome | Held | None:
        """Deleted on the host: its clocks end, and it is never looked at again.

        BrakeError where one after the other is gone, found ``alone`` and not by a sweep.
        """
        stored = self.run.desk.store.ticket(self.name, ticket)
        if stored is None:
            return None
        if alone and stored.row.open:
            self._brake()
        known = from_store(stored, self.run.desk.store.actions_of(self.name, ticket))
        known = replace(known, row=replace(known.row, open=False, missing="gone"))
        if not any(event.kind == "deleted" for event in known.timeline.events):
            event = _deleted(self.run.now)
            known = replace(known, new_observed=(event,), timeline_changed=True)
        try:
            outcome = sync_ticket(known, self.run, self.run.now)
        except POISON as error:
            return hold(known.row, error, self.run.now, self.run.desk.options)
        row = replace(outcome.known.row, next_check_at=None)
        return replace(outcome, known=replace(outcome.known, row=row))

    def _brake(self) -> None:
        self._gone += 1
        if self._gone > self.run.desk.options.missing_floor:
            known = sum(1 for _ in self.run.desk.store.ids(self.name, open_only=True))
            require_plausible(self.run.desk, self._gone, known)

    def commit(
        self, results: Sequence[Outcome | Held], bookmark: tuple[str, str] | None = None
    ) -> list[Outcome | Held]:
        """Record results in one transaction, with the bookmark that they bring us to.

        A ticket that the store cannot keep is held and the others are recorded without it;
        what was recorded in the end comes back.
        """
        if not results and bookmark is None:
            return []
        with self.run.desk.store.tx() as tx:
            kept = [self._record(tx, result) for result in results]
            if bookmark is not None:
                tx.save_bookmark(self.name, *bookmark)
        self.tenure.renew()
        if not self.run.only_looking:
            self._tell(kept)
        return kept

    def _record(self, tx: Transaction, result: Outcome | Held) -> Outcome | Held:
        if isinstance(result, Held):
            record_held(tx, result, self.run.now)
            return result
        try:
            with tx.part():
                record(tx, result, self.run.now)
        except TicketHeldError as error:
            row = self.run.desk.store.row(self.name, result.ticket)
            row = row or unknown(self.name, result.ticket, self.run.now)
            held = hold(row, error, self.run.now, self.run.desk.options)
            record_held(tx, held, self.run.now)
            return held
        return result

    def _tell(self, results: Sequence[Outcome | Held]) -> None:
        """Observers hear of a transition once it is recorded."""
        for result in results:
            for entry in () if isinstance(result, Held) else result.entries:
                self.run.desk.hooks.transition(entry)


def _deleted(now: int) -> Event:
    return Event(at_ms=now * 1000, seq=0, id="observed:deleted", kind="deleted")
