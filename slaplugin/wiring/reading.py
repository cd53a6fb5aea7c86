"""What the store says about tickets, as documents: for commands and for the web surface alike."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from slaplugin.app.errors import StoreError

if TYPE_CHECKING:
    from slaplugin.app.board import Board
    from slaplugin.app.judge import Judge
    from slaplugin.app.overview import Urgent
    from slaplugin.app.ports import Store, TicketRow
    from slaplugin.core.actions import Seen
    from slaplugin.core.model import MarkName
    from slaplugin.core.policies import PolicySet
    from slaplugin.report import Explanation, StatusRow
    from slaplugin.settings import Settings, Tags
    from slaplugin.store import SqliteStore
    from slaplugin.web import Overview

MOST_LISTED = 5000
"""Urgent clocks and held tickets that an overview lists; it counts all."""
_LEAST_ROOM = 10 * 1024 * 1024
"""Bytes on the disk below which the store counts as full: the next commits will fail."""


def status_rows(
    store: Store, judge: Judge, host: str, now: int, *, everything: bool = False
) -> Iterator[StatusRow]:
    """The clocks of ``status`` at ``now`` (UTC epoch seconds), roughly the earliest due first."""
    from slaplugin.app.overview import urgent_clocks

    return map(status_row, urgent_clocks(store, judge, host, now, everything=everything))


def status_row(item: Urgent) -> StatusRow:
    """One open clock as reports want it."""
    from slaplugin.report import StatusRow

    return StatusRow(
        ticket=item.ticket,
        instance=item.instance,
        mark=item.mark,
        overdue=item.overdue,
        owner=item.row.seen.owner,
        group=item.row.seen.group,
        held=item.row.held,
    )


def held_json(row: TicketRow) -> dict[str, Any]:
    """A held ticket: why, and when it is tried again."""
    from slaplugin.report.times import iso

    return {
        "ticket": row.id,
        "number": row.number,
        "why": row.held,
        "until": iso(row.held_until),
    }


def looks(seen: Seen) -> dict[str, str | None]:
    """How the ticket looked last: after our own writes that is newer than its events."""
    if seen.state is None:
        return {}  # it was never read
    return {name: getattr(seen, name) for name in ("group", "priority", "state", "owner")}


def mark_shown(seen: frozenset[str], tags: Tags) -> MarkName:
    """The mark that the ticket carries on the helpdesk."""
    if tags.breached in seen:
        return "breached"
    return "at_risk" if tags.at_risk in seen else "none"


_T = TypeVar("_T")


class Listed(Sequence[Mapping[str, Any]], Generic[_T]):
    """Documents that are made when somebody reads them: metrics count, and read none."""

    def __init__(self, items: Sequence[_T], document: Callable[[_T], Mapping[str, Any]]) -> None:
        self._items = items
        self._document = document

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> Mapping[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Mapping[str, Any]]: ...

    def __getitem__(self, place: int | slice) -> Mapping[str, Any] | Sequence[Mapping[str, Any]]:
        if isinstance(place, slice):
            return Listed(self._items[place], self._document)
        return self._document(self._items[place])


class SetsOfStore:
    """The port ``PolicySource`` over the copies that the store keeps.

    In force is the set that the last cycle adopted, so that clocks are shown as they were judged.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sets: dict[str, PolicySet | None] = {}

    def current(self) -> PolicySet:
        """The set of the last cycle; StoreError before the first."""
        adopted = self._store.adoptions()
        found = self.by_hash(adopted[-1].hash) if adopted else None
        if found is None:
            raise StoreError("the store knows no policy set yet: the first cycle is still to come")
        return found

    def by_hash(self, hash: str) -> PolicySet | None:
        """A set that was in force once; None where the store has no copy."""
        if hash not in self._sets:
            from slaplugin.wiring import stored_set

            self._sets[hash] = stored_set(self._store, hash)
        return self._sets[hash]


class StoreReading:
    """The port :class:`slaplugin.web.Reading`: the store through connections that cannot write.

    ``settings`` gives those in force, ``now`` UTC epoch seconds. Each thread has a judge of its
    own: what one remembers of calendars is not made for two at once.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        now: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        from slaplugin.app.board import Boards
        from slaplugin.web.reading import Throttled

        self._boards = Boards()
        self._settings = settings
        self._now = now
        self._lock = threading.Lock()
        self._store: SqliteStore | None = None
        self._local = threading.local()
        self._board = Throttled(self.make_board, monotonic)

    # ------------------------------------------------------------------ the port

    def trouble(self) -> str | None:
        """Why the store cannot be read, or will not take the next commit."""
        path = self._settings().store
        try:
            self.store().adoptions()
        except StoreError as error:
            return str(error)
        if not os.access(path, os.W_OK):
            return f"the store {path} cannot be written by this user"
        return _no_room(path)

    def overview(self) -> Overview:
        """How all open clocks stand, from the same pass as the wallboard."""
        from slaplugin.report.explain_json import status_json
        from slaplugin.web import Overview

        seen = self.board()
        clocks: Counter[tuple[str, str, str]] = Counter()
        for place, count in seen.counts.items():
            clocks[place.policy, place.clock, place.standing] += count
        return Overview(
            as_of=seen.as_of,
            clocks=clocks,
            urgent=Listed(
                seen.lines[:MOST_LISTED],
                lambda line: status_json(status_row(line.urgent), seen.as_of),
            ),
            total=len(seen.lines),
            held=Listed(seen.held[:MOST_LISTED], held_json),
            held_total=len(seen.held),
            next_due=self.store().next_check(self._settings().host_key, seen.as_of),
        )

    def every_clock(self, limit: int) -> tuple[int, Sequence[Mapping[str, Any]]]:
        """The open clocks that are due first; no more are read, since this is made for each who
        asks."""
        from slaplugin.report.explain_json import status_json
        from slaplugin.report.status import urgency

        now, host = self._now(), self._settings().host_key
        found = status_rows(self.store(), self.judge(now), host, now, everything=True)
        rows = sorted(islice(found, limit), key=urgency)
        return now, [status_json(row, now) for row in rows]

    def explanation(self, ticket: str) -> Mapping[str, Any] | None:
        """The document of ``explain``."""
        from slaplugin.report.explain_json import explanation_json

        explained = self.explained(ticket)
        return None if explained is None else explanation_json(explained)

    # ------------------------------------------------------------------ what pages are made of

    def board(self) -> Board:
        """The wallboard, worked out once for all who ask."""
        return self._board.get()

    def make_board(self) -> Board:
        """The wallboard as of now, by a pass of its own."""
        settings, now = self._settings(), self._now()
        return self._boards.make(
            self.store(), self.judge(now), settings.host_key, now, settings.timezone
        )

    def explained(self, ticket: str) -> Explanation | None:
        """Everything that the store can say about the ticket of this number or id."""
        host = self._settings().host_key
        named = (found for name, found in self.store().find(ticket) if name == host)
        return next(filter(None, map(self.explained_by_id, named)), None)

    def explained_by_id(self, ticket: str) -> Explanation | None:
        """Of the ticket of this id, whatever another one's number is."""
        from dataclasses import replace

        from slaplugin.app.explaining import Question, explain, story
        from slaplugin.app.judge import adoptions_of
        from slaplugin.app.known import from_store
        from slaplugin.report import Explanation
        from slaplugin.report.written import written_of

        store, host, now = self.store(), self._settings().host_key, self._now()
        stored = store.ticket(host, ticket)
        if stored is None:
            return None
        actions, judge = store.actions_of(host, ticket), self.judge(now)
        known, question = from_store(stored, actions), Question(now)
        evaluation = explain(known, judge, question)
        adoptions = adoptions_of(judge.current.hash, store, now)
        seen = stored.row.seen
        return Explanation(
            ticket=stored.ticket,
            evaluation=replace(evaluation, facts={**evaluation.facts, **looks(seen)}),
            written=written_of(actions),
            policy_set=judge.current.hash,
            held=stored.row.held,
            shown=mark_shown(seen.tags, self._settings().tags),
            story=story(known, judge, question, adoptions).of(evaluation.instances),
        )

    def store(self) -> SqliteStore:
        """The store; StoreError while there is none, or it cannot be read."""
        from slaplugin.store import SqliteStore

        path = self._settings().store
        with self._lock:
            if self._store is None or self._store.path != path:
                if not path.is_file():
                    raise StoreError(f"there is no store at {path} yet: the first cycle makes it")
                self._close()
                self._store = SqliteStore.open_readonly(path, timeout=5.0)
            return self._store

    def judge(self, now: int) -> Judge:
        """The calling thread's judge under the set in force."""
        from slaplugin.app.explaining import present_judge

        store = self.store()
        key = (id(store), tuple(store.adoptions()))
        if getattr(self._local, "key", None) != key:
            self._local.judge = present_judge(SetsOfStore(store), store, now)
            self._local.key = key
        judge: Judge = self._local.judge
        return judge

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None


def _no_room(path: Path) -> str | None:
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError as error:
        return f"the disk of {path} cannot be looked at: {error.strerror}"
    return None if free >= _LEAST_ROOM else f"the disk of {path} is full: {free} bytes are left"
