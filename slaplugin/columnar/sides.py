"""Both sides of a comparison as columns, and the pairs of their instances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from slaplugin.columnar.columns import NONE
from slaplugin.columnar.drafts import Draft
from slaplugin.columnar.kinds import Kinds
from slaplugin.columnar.opentime import Bools, Ints
from slaplugin.columnar.tables import Tables
from slaplugin.columnar.verdicts import OUTCOMES, UNANSWERED_CLOSE, Verdicts
from slaplugin.core.model import ClockInstance
from slaplugin.core.objectives import Verdict
from slaplugin.core.whatif import Bounds, Standing
from slaplugin.core.whatif.pairs import REASONS, Standings

STANDINGS: tuple[Standing, ...] = ("none", *get_args(Verdict))
_NONE = 0
_CONFIDENCE = ("high", "low")
_BIT = {reason: 1 << place for place, reason in enumerate(REASONS)}


@dataclass(slots=True)
class Side:
    """One row per instance of one side; texts by their place in the lists at the end."""

    ticket: Ints
    event: Ints
    clock: Ints
    policy: Ints
    calendar: Ints
    target: Ints
    """Of equal targets equal; -1: none."""
    standing: Ints
    """Place in :data:`STANDINGS`; outside the period ``none``."""
    decided: Ints
    due: Ints
    elapsed: Ints
    paused: Ints
    ended: Bools
    """It came to its own stop."""
    inside: Bools
    """Decided in the period that is looked at."""
    clocks: Sequence[str]
    policies: Sequence[str | None]
    calendars: Sequence[str | None]
    targets: Sequence[int | str]

    def within(self, bounds: Bounds) -> None:
        """Look only at what was decided in the period."""
        if bounds.since is not None:
            self.inside &= self.decided >= bounds.since
        if bounds.until is not None:
            self.inside &= self.decided < bounds.until
        self.standing = np.where(self.inside, self.standing, _NONE)


def recorded_side(tables: Tables, judged: Bools, standings: Standings, as_of: int) -> Side:
    """What is recorded of the judged tickets; all of it is finished."""
    rows = np.flatnonzero(judged[tables.recorded["ticket"]])
    column = {name: values[rows] for name, values in tables.recorded.items()}
    targets = tables.codes("target")
    aimed = np.array([value is not None for value in targets], np.bool_)
    target = np.where(aimed[column["target"]], column["target"], -1) if len(rows) else rows
    told = tables.codes("standing")
    policies = tables.codes("policy")
    stands = _standing_of(
        (column["standing"], column["policy"], (target >= 0).astype(np.int64)),
        lambda standing, policy, aims: standings.of(
            _sample(told[standing], policies[policy], aims == 1)
        ),
    )
    breached, stop = column["breached"], column["stop"]
    decided = np.where(breached != NONE, breached, np.where(stop != NONE, stop, as_of))
    return Side(
        column["ticket"],
        column["event"],
        column["clock"],
        column["policy"],
        column["calendar"],
        target,
        stands,
        decided,
        column["due"],
        column["elapsed"],
        column["paused"],
        np.zeros(len(rows), np.bool_),
        np.ones(len(rows), np.bool_),
        tables.codes("clock"),
        policies,
        tables.codes("calendar"),
        targets,
    )


def draft_side(verdicts: Verdicts, draft: Draft, standings: Standings, as_of: int) -> Side:
    """What the draft says; every instance has stopped."""
    plans = draft.plans.all
    limited = np.array([each.choice is not None for each in plans], np.bool_)
    places = np.arange(len(plans), dtype=np.int64)
    plan = verdicts.plan
    names = [each.policy if each.choice is not None else None for each in plans]
    stands = _standing_of(
        (
            verdicts.outcome,
            plan,
            verdicts.void.astype(np.int64),
            verdicts.low.astype(np.int64),
        ),
        lambda outcome, number, void, low: standings.of(
            _sample(
                ("void" if void else "stopped", OUTCOMES[outcome], False, _CONFIDENCE[low]),
                names[number],
                plans[number].choice is not None,
            )
        ),
    )
    count = len(verdicts)
    return Side(
        verdicts.ticket,
        verdicts.event,
        verdicts.clock,
        plan,
        plan,
        np.where(limited[plan], places[plan], -1) if count else plan,
        stands,
        np.where(verdicts.breached != NONE, verdicts.breached, verdicts.stop),
        verdicts.due,
        verdicts.used,
        verdicts.paused,
        ~verdicts.void & (verdicts.outcome != UNANSWERED_CLOSE),
        np.ones(count, np.bool_),
        [each.name for each in draft.clocks],
        names,
        [each.calendar.name for each in plans],
        [each.total for each in plans],
    )


def _sample(standing: tuple[Any, Any, bool, Any], policy: str | None, aims: bool) -> ClockInstance:
    """An instance that stands as all of its kind do: (status, outcome, waived, confidence)."""
    status, outcome, waived, confidence = standing
    target = 1 if aims else None
    return ClockInstance(
        "", 1, status, outcome, 0, "", policy, target=target, waived=waived, confidence=confidence
    )


def _standing_of(columns: Sequence[Ints], stands: Callable[..., Standing]) -> Ints:
    """The standing of each row, asked once for each combination of values."""
    return Kinds(columns).each(lambda values: STANDINGS.index(stands(*values)))


# ---------------------------------------------------------------------- pairs


@dataclass(frozen=True, slots=True)
class Pairs:
    """One row per instance of either side."""

    ticket: Ints
    clock: Ints
    was: Ints
    now: Ints
    moved: Ints
    """Seconds between the due times; 0 where a side has none."""
    inside: Bools
    """One of the sides was decided in the period."""
    reasons: Ints
    """Bits by the places in REASONS."""
    clocks: Sequence[str]

    @property
    def changed(self) -> Bools:
        """It counts otherwise."""
        different: Bools = self.was != self.now
        return different


def paired(before: Side, after: Side) -> Pairs:
    """Each instance of one side beside the same one of the other."""
    clocks = list(dict.fromkeys((*before.clocks, *after.clocks)))
    every, old, new = _matched(*_keys(before, after, clocks))
    both = (old >= 0) & (new >= 0)
    due = _of(before.due, old, NONE), _of(after.due, new, NONE)
    dated = both & (due[0] != NONE) & (due[1] != NONE)
    clock = every % len(clocks)
    return Pairs(
        np.where(old >= 0, _of(before.ticket, old, 0), _of(after.ticket, new, 0)),
        clock,
        _of(before.standing, old, _NONE),
        _of(after.standing, new, _NONE),
        np.where(dated, due[1] - due[0], 0),
        _of(before.inside, old, 0).astype(np.bool_) | _of(after.inside, new, 0).astype(np.bool_),
        _reasons(before, after, (old, new)),
        clocks,
    )


def _keys(before: Side, after: Side, clocks: Sequence[str]) -> tuple[Ints, Ints]:
    """A number for each instance: equal ones are the same ticket, event and clock."""
    events = 1 + max(int(side.event.max(initial=0)) for side in (before, after))
    found = []
    for side in (before, after):
        places = np.array([clocks.index(name) for name in side.clocks], np.int64)
        clock = places[side.clock] if len(side.clock) else side.clock
        found.append((side.ticket * events + side.event) * len(clocks) + clock)
    return found[0], found[1]


def _matched(before: Ints, after: Ints) -> tuple[Ints, Ints, Ints]:
    """(every key once and in order, its place in ``before``, its place in ``after``).

    -1: it is not there. A key occurs at most once on a side.
    """
    keys = np.concatenate((before, after))
    order = np.argsort(keys, kind="stable").astype(np.int64)
    ordered = keys[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    last = np.append(first[1:], len(ordered)) - 1 if len(first) else first
    old, new = order[first], order[last] - len(before)
    return (
        ordered[first],
        np.where(old < len(before), old, -1).astype(np.int64),
        np.where(new >= 0, new, -1).astype(np.int64),
    )


def _of(values: Ints | Bools, rows: Ints, missing: int) -> Ints:
    if not len(values):
        return np.full(len(rows), missing, np.int64)
    return np.where(rows >= 0, values[rows], missing).astype(np.int64)


def _reasons(before: Side, after: Side, rows: tuple[Ints, Ints]) -> Ints:
    """As :func:`slaplugin.core.whatif.pairs.reasons_of` gives them."""
    old, new = rows
    targets = _shared((before.target, before.targets), (after.target, after.targets), rows)
    calendars = _shared(
        (before.calendar, before.calendars), (after.calendar, after.calendars), rows
    )
    paused = _of(before.paused, old, 0), _of(after.paused, new, 0)
    elapsed = _of(before.elapsed, old, 0), _of(after.elapsed, new, 0)
    same = calendars[0] == calendars[1]
    bits = np.where(targets[0] != targets[1], _BIT["target"], 0)
    bits |= np.where(~same, _BIT["calendar"], 0)
    bits |= np.where(same & (paused[0] != paused[1]), _BIT["pause"], 0)
    wall = elapsed[0] + paused[0], elapsed[1] + paused[1]
    bits |= np.where(same & (wall[0] != wall[1]), _BIT["hours"], 0)
    bits = np.where(bits == 0, _BIT["record"], bits)
    one_sided = (old < 0) | (new < 0) | ((targets[0] < 0) != (targets[1] < 0))
    return np.where(one_sided, _BIT["clock"], bits).astype(np.int64)


_Coded = tuple[Ints, Sequence[Any]]
"""Codes, and the values that they stand for."""


def _shared(old: _Coded, new: _Coded, rows: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """The rows of both sides, coded by one list of values; -1: none."""
    values = list(dict.fromkeys((*old[1], *new[1])))
    found = []
    for (codes, own), some in zip((old, new), rows, strict=True):
        places = np.array([*[values.index(value) for value in own], -1], np.int64)
        found.append(places[_of(codes, some, -1)])
    return found[0], found[1]
