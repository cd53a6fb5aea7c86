"""A chunk as columns: flat arrays of numbers, and the texts that the codes in them stand for.

Made without numpy, so that only reading needs it. All integers are 64 bits wide in this machine's
order; the file is derived and never travels. Instants are UTC epoch seconds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slaplugin.app.whatif import PastTicket
from slaplugin.columnar.pack import packed_value, unpacked_value
from slaplugin.columnar.shapes import NEVER, Shape, Shapes
from slaplugin.core.clocks.facts import frozen
from slaplugin.core.model import ClockInstance

FORMAT = 4
"""Changes whenever what stands in a chunk does."""
NONE = -(2**62)
"""No instant, no number."""
UNANSWERED, VOID = 1, 2
UNSHAPED = -1


class Codes:
    """Values and the small numbers that stand for them, in the order in which they came."""

    def __init__(self) -> None:
        self._codes: dict[Any, int] = {}
        self.values: list[Any] = []

    def of(self, value: Any) -> int:
        """The value's code."""
        key = (type(value), value)
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.values)
            self.values.append(value)
        return code


@dataclass(slots=True)
class Table:
    """Named columns of equal length."""

    columns: Mapping[str, array[int]]

    @classmethod
    def of(cls, names: Iterable[str]) -> Table:
        """Without rows yet."""
        return cls({name: array("q") for name in names})

    def add(self, *values: int) -> None:
        """One row, in the order of the names."""
        for column, value in zip(self.columns.values(), values, strict=True):
            column.append(value)

    def dump(self) -> dict[str, bytes]:
        """Each column's bytes."""
        return {name: column.tobytes() for name, column in self.columns.items()}


TICKETS = ("shaped", "last", "resumed", "begun_anew", "touched", "current_only")
RUNS = ("ticket", "base", "number", "event", "start", "stop", "flags", "pieces")
PIECES = ("start", "end", "mode")
RECORDED = (
    "ticket",
    "event",
    "clock",
    "policy",
    "calendar",
    "standing",
    "target",
    "due",
    "stop",
    "elapsed",
    "paused",
    "breached",
)
Standing = tuple[str, str, bool, str]
"""(status, outcome, waived, confidence) of a recorded instance, as one code."""


@dataclass(slots=True)
class _Building:
    tickets: Table = field(default_factory=lambda: Table.of(TICKETS))
    runs: Table = field(default_factory=lambda: Table.of(RUNS))
    pieces: Table = field(default_factory=lambda: Table.of(PIECES))
    recorded: Table = field(default_factory=lambda: Table.of(RECORDED))
    facts: dict[str, tuple[array[int], Codes]] = field(default_factory=dict)
    codes: dict[str, Codes] = field(default_factory=dict)

    def code(self, name: str, value: Any) -> int:
        return self.codes.setdefault(name, Codes()).of(value)


def columns_of(pasts: Sequence[PastTicket], shapes: Shapes) -> bytes:
    """The columns of a chunk's tickets.

    A ticket has a shape if it is ordinary, all its clocks have come to their end, and so have all
    that is recorded of it; the others are for the plain engine alone.
    """
    building = _Building()
    for place, past in enumerate(pasts):
        shape = shapes.of(past) if _is_recorded(past) else None
        _add_ticket(building, past, shape)
        if shape is not None:
            events = {event.id: number for number, event in enumerate(past.events)}
            _add_runs(building, place, shape, events)
            for row in past.instances:
                _add_recorded(building, place, row.instance, events)
            _add_facts(building, place, past, shape)
    return packed_value(_dumped(building, [past.ticket.id for past in pasts]))


def _is_recorded(past: PastTicket) -> bool:
    """Everything of it is finished, and begins with an event that is still told."""
    known = {event.id for event in past.events}
    return bool(past.instances) and all(
        row.finished and row.instance.start_event in known for row in past.instances
    )


def _add_ticket(building: _Building, past: PastTicket, shape: Shape | None) -> None:
    if shape is None:
        building.tickets.add(0, NONE, UNSHAPED, NEVER, 0, 0)
        return
    building.tickets.add(
        1,
        shape.last,
        shape.resumed,
        shape.begun_anew,
        building.code("touched", shape.touched),
        building.code("current_only", past.ticket.current_only),
    )


def _add_runs(building: _Building, place: int, shape: Shape, events: Mapping[str, int]) -> None:
    for base, run in shape.runs:
        flags = UNANSWERED * run.unanswered | VOID * (run.void is not None)
        stop = NONE if run.stopped_at is None else run.stopped_at
        building.runs.add(
            place, base, run.number, events[run.event], run.start, stop, flags, len(run.pieces)
        )
        for start, end, mode in run.pieces:
            building.pieces.add(start, end, mode)


def _add_recorded(
    building: _Building, place: int, instance: ClockInstance, events: Mapping[str, int]
) -> None:
    standing = (instance.status, instance.outcome, instance.waived, instance.confidence)
    building.recorded.add(
        place,
        events[instance.start_event],
        building.code("clock", instance.clock),
        building.code("policy", instance.policy),
        building.code("calendar", instance.calendar),
        building.code("standing", standing),
        building.code("target", instance.target),
        _or_none(instance.due_at),
        _or_none(instance.stopped_at),
        instance.elapsed,
        instance.paused,
        _or_none(instance.breached_at if instance.outcome == "breached" else None),
    )


def _add_facts(building: _Building, place: int, past: PastTicket, shape: Shape) -> None:
    for name, value in {"created_by": shape.created_by, **past.ticket.facts}.items():
        column, codes = building.facts.setdefault(name, (array("q"), Codes()))
        while len(column) < place:
            column.append(-1)
        # Only which tickets have the same value is asked, never the value.
        column.append(codes.of(repr(frozen(value))))


def _or_none(value: int | None) -> int:
    return NONE if value is None else value


def _dumped(building: _Building, ids: Sequence[str]) -> dict[str, Any]:
    for column, _ in building.facts.values():
        column.extend([-1] * (len(ids) - len(column)))
    return {
        "tickets": building.tickets.dump(),
        "runs": building.runs.dump(),
        "pieces": building.pieces.dump(),
        "recorded": building.recorded.dump(),
        "ids": ids,
        "codes": {name: codes.values for name, codes in building.codes.items()},
        "facts": {
            name: (column.tobytes(), packed_value(codes.values))
            for name, (column, codes) in building.facts.items()
        },
    }


def loaded(data: bytes) -> dict[str, Any]:
    """The tables, codes and facts of :func:`columns_of`; columns still as bytes."""
    found: dict[str, Any] = unpacked_value(data)
    return found
