"""Chunks as they are now: kept ones whose rows have not changed, the others made anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from slaplugin.app.history import RUN, KeyRange, PastStore
from slaplugin.app.whatif import PastTicket, past_ticket
from slaplugin.columnar.columns import columns_of
from slaplugin.columnar.file import ColumnsFile, Kept
from slaplugin.columnar.pack import Parted, joined, packed, unpacked
from slaplugin.columnar.shapes import Shapes

CHUNK = RUN
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
    _unpacked: dict[int, PastTicket] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By place: an engine asks for the same few tickets again."""

    def tickets(self) -> Iterator[PastTicket]:
        """Every ticket."""
        parts = Parted(self.timelines)
        return (unpacked(parts[place], self.host) for place in range(len(parts)))

    def some(self, places: Iterable[int]) -> Iterator[PastTicket]:
        """The tickets at these places."""
        parts = Parted(self.timelines)
        return (self._ticket(parts, place) for place in places)

    def ticket(self, place: int) -> PastTicket:
        """The ticket at this place."""
        return self._ticket(Parted(self.timelines), place)

    def _ticket(self, parts: Parted, place: int) -> PastTicket:
        found = self._unpacked.get(place)
        if found is None:
            found = self._unpacked[place] = unpacked(parts[place], self.host)
        return found


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
            kept = self._timelines(number, _Rows(self._store, keys_of(number)))
        return Chunk(self._host, number, kept.body)

    def columns(self, number: int, profile: str | None) -> Chunk:
        """The chunk with the columns that a family of helpdesks has; None: our own rules."""
        with self._store.reading():
            rows = _Rows(self._store, keys_of(number))
            chunk = Chunk(self._host, number, self._timelines(number, rows).body)
            columns = self._columns(chunk, rows, profile)
        return Chunk(self._host, number, chunk.timelines, columns.body)

    def _timelines(self, number: int, rows: _Rows) -> Kept:
        kept = self._file.timelines(self._host, number)
        if kept is not None and rows.are(kept):
            if kept.mark != rows.mark:
                self._file.mark_timelines(self._host, number, replace(kept, mark=rows.mark))
            return kept
        stored = self._store.past_tickets(self._host, keys_of(number))
        pasts = [past for each in stored if (past := past_ticket(each)) is not None]
        made = Kept(rows.mark, rows.digest, joined(map(packed, pasts)))
        self._file.keep_timelines(self._host, number, made)
        return made

    def _columns(self, chunk: Chunk, rows: _Rows, profile: str | None) -> Kept:
        place = (self._host, chunk.number, profile or "")
        kept = self._file.columns(*place)
        if kept is not None and rows.are(kept):
            if kept.mark != rows.mark:
                self._file.mark_columns(place, replace(kept, mark=rows.mark))
            return kept
        body = columns_of(list(chunk.tickets()), _shapes(profile))
        made = Kept(rows.mark, rows.digest, body)
        self._file.keep_columns(place, made)
        return made


class _Rows:
    """The rows of a chunk as one view of the store has them."""

    def __init__(self, store: PastStore, keys: KeyRange) -> None:
        self._store = store
        self._keys = keys
        self.mark = store.past_mark(keys)

    @cached_property
    def digest(self) -> bytes:
        """Costs as much as reading them."""
        return self._store.past_digest(self._keys)

    def are(self, kept: Kept) -> bool:
        """Whether they are still those that something was made from."""
        return (self.mark != b"" and kept.mark == self.mark) or kept.digest == self.digest


@lru_cache(maxsize=8)
def _shapes(profile: str | None) -> Shapes:
    return Shapes(profile)
