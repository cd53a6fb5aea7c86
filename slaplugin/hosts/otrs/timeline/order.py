"""The order within one second, where the host's depends on who asked for it (facts 6).

An answer given together with a closing or waiting state was given before it (decision 0053), and an
owner who is taken away because the ticket closes still owned it when it closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slaplugin.hosts.otrs.timeline.past import UNLOCKING, Past
from slaplugin.hosts.otrs.timeline.raw import Entry

_STEP = 10
"""Room between entries, for the second event of a call."""

Key = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry's event belongs: UTC epoch seconds, and its turn in that second."""

    at: int
    seq: int

    @property
    def at_ms(self) -> int:
        return self.at * 1000


def places(past: Past) -> Mapping[int, Place]:
    """The place of each entry, by its index."""
    keys: dict[int, Key] = {one.index: (one.at, one.index, 0, 0) for one in past.entries}
    for entry in past.entries:
        if past.waiting_or_ended(entry):
            keys[entry.index] = _after_answer(past, entry)
            for reset in _resets_before(past, entry):
                at, index, _, _ = keys[entry.index]
                keys[reset.index] = (at, index, 2, reset.index)
    found: dict[int, Place] = {}
    turn: dict[int, int] = {}
    for index, key in sorted(keys.items(), key=lambda item: item[1]):
        turn[key[0]] = turn.get(key[0], 0) + 1
        found[index] = Place(key[0], turn[key[0]] * _STEP)
    return found


def _after_answer(past: Past, entry: Entry) -> Key:
    last = entry
    for other in past.following(entry):
        if other.type == "StateUpdate":
            break
        if past.said.get(other.article) == other:
            last = other
    return (last.at, last.index, 1, entry.index)


def _resets_before(past: Past, entry: Entry) -> list[Entry]:
    found: list[Entry] = []
    for other in past.preceding(entry):
        if other.type == "StateUpdate":
            break
        if other.type in UNLOCKING and (other.type == "Unlock" or not other.parts):
            found.append(other)
    return found
