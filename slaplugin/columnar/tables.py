"""A chunk's columns as numpy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from slaplugin.app.errors import StoreError
from slaplugin.columnar.chunks import Chunk
from slaplugin.columnar.columns import loaded
from slaplugin.columnar.opentime import Ints
from slaplugin.columnar.pack import unpacked_value

_EMPTY = np.zeros(0, np.int64)


class Tables:
    """The tables of one chunk by name, each a mapping of columns."""

    def __init__(self, chunk: Chunk) -> None:
        if chunk.columns is None:
            raise StoreError(f"chunk {chunk.number} was read without its columns")
        found = loaded(chunk.columns)
        self.ids: Sequence[str] = found["ids"]
        self.size = len(self.ids)
        self.tickets = _columns(found["tickets"])
        self.runs = _columns(found["runs"])
        self.pieces = _columns(found["pieces"])
        self.recorded = _columns(found["recorded"])
        self._codes: Mapping[str, Sequence[Any]] = found["codes"]
        self._facts: Mapping[str, tuple[bytes, bytes]] = found["facts"]
        self._texts: dict[str, Sequence[str]] = {}

    def codes(self, name: str) -> Sequence[Any]:
        """The values that the codes of a column stand for."""
        return self._codes.get(name, ())

    def fact(self, name: str) -> Ints | None:
        """Code of each ticket's value, -1 where it has none; None: no ticket has one."""
        found = self._facts.get(name)
        return None if found is None else np.frombuffer(found[0], np.int64)

    def fact_text(self, name: str, place: int) -> str | None:
        """A text that is the same for the same value, in every chunk."""
        codes = self.fact(name)
        if codes is None or codes[place] < 0:
            return None
        if name not in self._texts:
            self._texts[name] = unpacked_value(self._facts[name][1])
        text: str = self._texts[name][codes[place]]
        return text


def _columns(found: Mapping[str, bytes]) -> dict[str, Ints]:
    return {name: np.frombuffer(data, np.int64) if data else _EMPTY for name, data in found.items()}
