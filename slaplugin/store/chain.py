"""The audit chain: entries that cannot be changed, dropped or slipped in without being noticed.

Every transaction that records anything adds one link. An entry's digest is SHA-256 over a random
salt and its payload; a link's hash is SHA-256 over the link before it, its own number and, for each
entry in order, the entry's open part (kind, instant, host, ticket) and its digest. Payload and salt
lie in a table of their own: with both erased the digest tells nothing any more, and every link
still holds.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

from slaplugin.app.ports import AuditEntry

GENESIS = sha256(b"slaplugin audit chain, version 1").digest()
"""What the first link is chained to."""

SALT_BYTES = 16
_AT_ONCE = 500
"""Entries turned into rows at a time: a large transaction needs no second copy of itself."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk over the whole chain found."""

    verified: bool
    links: int
    """Links walked; up to the broken one, if one is."""
    entries: int
    erased: int
    """Entries whose payload was erased on request; the chain holds over them."""
    head: str | None
    """Hash of the last link, hex; None: nothing is recorded yet."""
    broken_link: int | None = None
    broken_entry: int | None = None
    reason: str | None = None


Sealed = tuple[AuditEntry, bytes]
"""An entry and its payload as stable JSON in UTF-8."""


def append(connection: sqlite3.Connection, entries: Sequence[Sealed]) -> None:
    """Add the entries as one link; to be called inside the transaction that they tell of."""
    last, before = connection.execute(
        "SELECT link_no, hash FROM audit_links ORDER BY link_no DESC LIMIT 1"
    ).fetchone() or (0, GENESIS)
    first = connection.execute("SELECT max(entry_no) FROM audit_entries").fetchone()[0] or 0
    link = last + 1
    chained = sha256(before + link.to_bytes(8, "big"))
    # The link comes first, because its entries refer to it; its hash is known at the end.
    connection.execute("INSERT INTO audit_links VALUES (?, ?, x'')", (link, entries[-1][0].at))
    for start in range(0, len(entries), _AT_ONCE):
        rows, payloads = _digested(entries[start : start + _AT_ONCE], first + 1 + start, link)
        for row in rows:
            chained.update(_open_part(*row[2:6]) + row[6])
        connection.executemany("INSERT INTO audit_entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO audit_payloads VALUES (?, ?, ?)", payloads)
    connection.execute(
        "UPDATE audit_links SET hash = ? WHERE link_no = ?", (chained.digest(), link)
    )


_Entry = tuple[int, int, int, str, str | None, str | None, bytes]
_Payload = tuple[int, bytes, str]


def _digested(
    entries: Sequence[Sealed], first: int, link: int
) -> tuple[list[_Entry], list[_Payload]]:
    """Rows for the two tables; ``first`` is the number of the first entry."""
    salts = os.urandom(SALT_BYTES * len(entries))
    rows: list[_Entry] = []
    payloads: list[_Payload] = []
    for number, (entry, payload) in enumerate(entries, first):
        offset = SALT_BYTES * (number - first)
        salt = salts[offset : offset + SALT_BYTES]
        digest = sha256(salt + payload).digest()
        rows.append((number, link, entry.at, entry.kind, entry.host, entry.ticket, digest))
        payloads.append((number, salt, payload.decode()))
    return rows, payloads


def _open_part(at: int, kind: str, host: str | None, ticket: str | None) -> bytes:
    # Lengths first, so that no two different entries are the same bytes.
    texts = f"{at},{len(kind)}:{kind}"
    if host is not None:
        texts += f",h{len(host)}:{host}"
    if ticket is not None:
        texts += f",t{len(ticket)}:{ticket}"
    return texts.encode()


def erase(connection: sqlite3.Connection, entries: Iterable[int]) -> None:
    """Forget payload and salt of these entries (by number); the chain stays verifiable."""
    connection.executemany(
        "UPDATE audit_payloads SET salt = NULL, payload = NULL WHERE entry_no = ?",
        ((number,) for number in entries),
    )


def head(connection: sqlite3.Connection) -> str | None:
    """Hash of the last link, hex; None while nothing is recorded."""
    row = connection.execute(
        "SELECT hash FROM audit_links ORDER BY link_no DESC LIMIT 1"
    ).fetchone()
    return row[0].hex() if row else None


class _BrokenError(Exception):
    """Where and how the chain does not hold."""

    def __init__(self, reason: str, link: int | None = None, entry: int | None = None) -> None:
        super().__init__(reason)
        self.link = link
        self.entry = entry


class _Walk:
    """One pass over links and entries; :meth:`run` raises _BrokenError at the first flaw."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.links = self.entries = self.erased = 0
        self.last = GENESIS
        self._last_at = 0
        """Instant of the entry that was looked at last: its link bears the same."""
        self.hashes: set[bytes] = set()

    def run(self) -> None:
        entries = self._connection.execute(
            "SELECT e.link_no, e.entry_no, e.at, e.kind, e.host, e.ticket, e.digest,"
            " p.entry_no, p.salt, p.payload"
            " FROM audit_entries e LEFT JOIN audit_payloads p USING (entry_no) ORDER BY e.entry_no"
        )
        groups = groupby(entries, key=itemgetter(0))
        for number, at, stored in self._connection.execute(
            "SELECT link_no, at, hash FROM audit_links ORDER BY link_no"
        ):
            self._link((number, at, stored), groups)
        for number, rows in groups:
            entry = next(rows)[1]
            raise _BrokenError(
                f"entry {entry} names link {number}, which does not exist", number, entry
            )

    def _link(
        self, link: tuple[int, int, bytes], groups: Iterator[tuple[int, Iterator[Any]]]
    ) -> None:
        number, at, stored = link
        if number != self.links + 1:
            raise _BrokenError(f"link {self.links + 1} is missing", self.links + 1)
        owner, rows = next(groups, (None, iter(())))
        if owner != number:
            raise _BrokenError(f"the entries of link {number} are missing or out of order", number)
        chained = sha256(self.last + number.to_bytes(8, "big"))
        for row in rows:
            self._entry(row)
            chained.update(_open_part(*row[2:6]) + row[6])
        if chained.digest() != stored:
            raise _BrokenError(
                f"link {number} does not hold: an entry of it, or a link before it, was changed,"
                " removed, added or moved",
                number,
            )
        if at != self._last_at:
            raise _BrokenError(f"the instant of link {number} was changed", number)
        self.links, self.last = number, stored
        self.hashes.add(stored)

    def _entry(self, row: Sequence[Any]) -> None:
        link, entry, digest, side, salt, payload = row[0], row[1], *row[6:]
        if entry != self.entries + 1:
            raise _BrokenError(f"entry {self.entries + 1} is missing", link, self.entries + 1)
        self.entries, self._last_at = entry, row[2]
        if side is None:
            raise _BrokenError(f"the payload of entry {entry} was removed, not erased", link, entry)
        if salt is None and payload is None:
            self.erased += 1
        elif salt is None or payload is None or sha256(salt + payload.encode()).digest() != digest:
            raise _BrokenError(f"the payload of entry {entry} was changed", link, entry)


def verify(connection: sqlite3.Connection, outside: str | None = None) -> Verification:
    """Walk the whole chain; to be called inside a read transaction.

    ``outside`` is a head (hex) kept elsewhere, on a report for example: a chain that was cut off
    before it or written anew does not hold it any more, and only an outside copy can tell.
    """
    walk = _Walk(connection)
    broken: _BrokenError | None = None
    try:
        walk.run()
        if outside and bytes.fromhex(outside) not in walk.hashes:
            raise _BrokenError(
                f"the head {outside} is not in this chain: its end was cut off, or the chain was"
                " written anew after that head was noted"
            )
    except _BrokenError as error:
        broken = error
    return Verification(
        verified=broken is None,
        links=walk.links,
        entries=walk.entries,
        erased=walk.erased,
        head=head(connection),
        broken_link=broken.link if broken else None,
        broken_entry=broken.entry if broken else None,
        reason=str(broken) if broken else None,
    )
