"""Tickets as msgpack and back: what a verdict rests on comes out equal."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from itertools import accumulate
from operator import attrgetter
from typing import Any

import msgspec

from slaplugin.app.errors import StoreError
from slaplugin.app.ports import StoredInstance
from slaplugin.app.whatif import PastTicket
from slaplugin.core.model import NO_DATA, ClockInstance, Event, Ticket
from slaplugin.core.quick import quick

_DATE, _SET = 1, 2
_LEFT_OUT = ("spans", "trace", "steps")
_KEPT = tuple(field.name for field in fields(ClockInstance) if field.name not in _LEFT_OUT)
_values_of = attrgetter(*_KEPT)
_instance = quick(ClockInstance)
_event = quick(Event)
_stored = quick(StoredInstance)
_NOTHING = ((), (), ())
_DERIVED = tuple(field.default for field in fields(StoredInstance)[4:])
"""What else a stored instance has is worked out from it, and no verdict asks for it."""

_PLAIN = frozenset({str, int, float, bool, type(None)})
_OURS, _RETARGET, _NESTED = 1, 2, 4
_WORD = 8
_UNREADABLE = (
    "the columns beside the store cannot be read ({}): delete them, they are derived and will be"
    " made anew"
)
_encode = msgspec.msgpack.Encoder().encode


def packed(past: PastTicket) -> bytes:
    """One ticket. What only shows who did something is left out: no verdict asks for it."""
    ticket = past.ticket
    sets = list(dict.fromkeys(row.policy_set for row in past.instances))
    return _encode(
        (
            ticket.id,
            ticket.number,
            ticket.title,
            _plain(ticket.facts),
            sorted(ticket.current_only),
            past.open,
            [_event_values(event) for event in past.events],
            sets,
            [
                (*_values_of(row.instance), sets.index(row.policy_set), row.finished, row.revision)
                for row in past.instances
            ],
        )
    )


def unpacked(data: bytes | memoryview, host: str) -> PastTicket:
    """The ticket of :func:`packed`; StoreError where the bytes are none."""
    try:
        identity, number, title, facts, current, is_open, events, sets, rows = _decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoreError(_UNREADABLE.format(error)) from error
    return PastTicket(
        Ticket(host, identity, number, title, None, _rich(facts), frozenset(current)),
        tuple([_event_of(values) for values in events]),
        tuple([_instance_of(values, sets) for values in rows]),
        is_open,
    )


def packed_value(value: Any) -> bytes:
    """A fact, a list of names: anything that a payload may hold."""
    return _encode(_plain(value))


def unpacked_value(data: bytes) -> Any:
    """The value of :func:`packed_value`; lists as tuples."""
    return _rich(_decode(data))


def joined(parts: Iterable[bytes]) -> bytes:
    """Several packed values as one: their number, the place where each ends, and they."""
    bodies = list(parts)
    ends = array("q", [len(bodies), *accumulate(map(len, bodies))])
    return b"".join((ends.tobytes(), *bodies))


class Parted:
    """What :func:`joined` made one, each part still packed; none is looked at before its turn.

    StoreError where the bytes are nothing of the kind.
    """

    def __init__(self, data: bytes) -> None:
        ends = array("q", data[:_WORD].ljust(_WORD, b"\xff"))
        if ends[0] < 0 or len(data) < _WORD * (1 + ends[0]):
            raise StoreError(_UNREADABLE.format("their beginning is no table of places"))
        ends.frombytes(data[_WORD : _WORD * (1 + ends[0])])
        self._ends = ends
        ends[0], self._size = 0, ends[0]
        self._bodies = memoryview(data)[_WORD * (1 + self._size) :]

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: int) -> memoryview:
        return self._bodies[self._ends[place] : self._ends[place + 1]]


def _event_values(event: Event) -> tuple[Any, ...]:
    flags = _OURS * event.ours | _RETARGET * event.retarget
    data: Any = None
    if event.data:
        data = dict(event.data)
        if not _PLAIN.issuperset(map(type, data.values())):
            flags |= _NESTED
            if "events" in data:
                data["events"] = [_event_values(inner) for inner in data["events"]]
            data = _plain(data)
    return (event.at_ms, event.seq, event.id, event.kind, data, flags)


def _event_of(values: Sequence[Any]) -> Event:
    at_ms, seq, identity, kind, data, flags = values
    if data is None:
        data = NO_DATA
    elif flags & _NESTED:
        if "events" in data:
            data["events"] = tuple(_event_of(inner) for inner in data["events"])
        data = _rich(data)
    ours, retarget = flags & _OURS > 0, flags & _RETARGET > 0
    event: Event = _event(at_ms, seq, identity, kind, data, None, ours, retarget)
    return event


def _instance_of(values: Sequence[Any], sets: Sequence[str]) -> StoredInstance:
    *kept, place, finished, revision = values
    instance = _instance(*kept, *_NOTHING)
    row: StoredInstance = _stored(instance, sets[place], finished, revision, *_DERIVED)
    return row


def _plain(value: Any) -> Any:
    """What msgpack can carry; dates and sets marked."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return msgspec.msgpack.Ext(_SET, _encode(sorted(map(_plain, value), key=repr)))
    if isinstance(value, date) and not isinstance(value, datetime):
        return msgspec.msgpack.Ext(_DATE, value.isoformat().encode())
    return value


def _rich(value: Any) -> Any:
    """Lists become tuples again; a mapping is changed in place."""
    if isinstance(value, list):
        return tuple([_rich(item) for item in value])
    if isinstance(value, dict):
        for name, item in value.items():
            if type(item) not in _PLAIN and not isinstance(item, tuple | date | frozenset):
                value[name] = _rich(item)
    return value


def _marked(code: int, data: memoryview) -> Any:
    if code == _DATE:
        return date.fromisoformat(bytes(data).decode())
    return frozenset(_rich(_decode(bytes(data))))


_decode = msgspec.msgpack.Decoder(ext_hook=_marked).decode
