"""Values of custom fields after each change: what one entry lost, its neighbours may tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from slaplugin.hosts.otrs.names import fact
from slaplugin.hosts.otrs.timeline.past import Past
from slaplugin.hosts.otrs.timeline.spelling import FieldChange, field_change
from slaplugin.hosts.otrs.wire import is_stamp


class _Lost:
    """A value that history cut and nothing tells."""


LOST: Final = _Lost()


@dataclass(frozen=True, slots=True)
class Values:
    """A field's values around one change, as facts; LOST where nothing tells."""

    field: str
    before: Any
    to: Any


def values_after(past: Past) -> Mapping[int, Values]:
    """The changes after the creation, by the entry's index.

    A value that one entry cut is told by the next one's old value; the last one is today's.
    """
    told: dict[str, list[tuple[int, FieldChange]]] = {}
    for entry in past.changes("TicketDynamicFieldUpdate"):
        change = field_change(entry.name)
        if change is not None:
            told.setdefault(change.field, []).append((entry.index, change))
    return {index: values for one in told.values() for index, values in _chain(past, one).items()}


def _chain(past: Past, told: list[tuple[int, FieldChange]]) -> dict[int, Values]:
    found: dict[int, Values] = {}
    following: FieldChange | None = None
    for index, change in reversed(told):
        found[index] = Values(change.field, _before(past, change), _after(past, change, following))
        following = change
    return found


def _before(past: Past, change: FieldChange) -> Any:
    return LOST if change.before is None else told_value(past, change.field, change.before)


def _after(past: Past, change: FieldChange, following: FieldChange | None) -> Any:
    if change.to is not None:
        return told_value(past, change.field, change.to)
    if following is None:
        return fact(past.values.get(change.field), past.names.zone)
    return _before(past, following)


def told_value(past: Past, field: str, text: str) -> Any:
    """A value of history as a fact; tickets with a value tell whether the field holds several."""
    if not text:
        return None
    if field in past.names.lists or isinstance(past.values.get(field), list):
        return tuple(text.split(", "))
    return past.names.zone.seconds(text) if is_stamp(text) else text
