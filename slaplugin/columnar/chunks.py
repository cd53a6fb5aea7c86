"""Chunks as they are now: kept ones whose rows have not changed, the others made anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from slaplugin.app.history import KeyRange, PastStore
from slaplugin.app.whatif import PastTicket, past_ticket
from slaplugin.columnar.columns import columns_of
from slaplugin.columnar.file import ColumnsFile
from slaplugin.columnar.pack import joined, packed, parted, tickets, unpacked
from slaplugin.columnar.shapes import Shapes

CHUNK = 2000
"""Keys of a chunk: so many tickets fit a processor's cache as columns."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The tickets of one range of keys, in the order of their keys."""

    host: str
    number: int
    timelines: bytes
    """Packed, as :mod:`slaplugin.columnar.pack` has it."""
    columns: bytes | None = None
    """As :mod:`slaplugin.columnar.columns` has them; None: not asked for."""

    def tickets(self) -> Iterator[PastTicket]:
        """Every ticket."""
        return tickets(self.timelines, self.host)

    def some(self, places: Sequence[int]) -> Iterator[PastTicket]:
        """The tickets at these places."""
        parts = parted(self.timelines)
        for place in places:
            yield unpacked(parts[place], self.host)


def keys_of(number: int) -> KeyRange:
    """The keys of a chunk."""
    return KeyRange(number * CHUNK, number * CHUNK + CHUNK - 1)


def chunk_numbers(store: PastStore, host: str) -> range:
    """The numbers of the chunks that hold the helpdesk's tickets."""
    keys = store.key_range(host)
    return range(0) if keys is None else range(keys.first // CHUNK, keys.last // CHUNK + 1)


class Chunks:
    """Where chunks come from: the store's rows, by way of the file beside it."""

    def __init__(self, store: PastStore, file: ColumnsFile, host: str) -> None:
        self._store = store
        self._file = file
        self._host = host

    def timelines(self, number: int) -> Chunk:
        """The chunk without columns."""
        with self._store.reading():
            return self._timelines(number, self._store.past_digest(keys_of(number)))

    def columns(self, number: int, profile: str | None) -> Chunk:
        """The chunk with the columns that a family of helpdesks has; None: our own rules."""
        with self._store.reading():
            digest = self._store.past_digest(keys_of(number))
            chunk = self._timelines(number, digest)
        place = (self._host, number, profile or "")
        kept = self._file.columns(*place)
        if kept is None or kept[0] != digest:
            body = columns_of(list(chunk.tickets()), _shapes(profile))
            self._file.keep_columns(place, digest, body)
            kept = digest, body
        return Chunk(self._host, number, chunk.timelines, kept[1])

    def _timelines(self, number: int, digest: bytes) -> Chunk:
        kept = self._file.timelines(self._host, number)
        if kept is None or kept[0] != digest:
            stored = self._store.past_tickets(self._host, keys_of(number))
            pasts = [past for each in stored if (past := past_ticket(each)) is not None]
            body = joined(map(packed, pasts))
            self._file.keep_timelines(self._host, number, digest, body)
            kept = digest, body
        return Chunk(self._host, number, kept[1])


@lru_cache(maxsize=8)
def _shapes(profile: str | None) -> Shapes:
    return Shapes(profile)
