"""Steps and marks (policy-language §8, details 42-44)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slaplugin.core.policies import BusinessDays, Duration, Step

from .life import Life, Record

RISK, BREACH, AFTER = 1, 2, 3
DAY_KINDS = ("share", "before", "after")
DEFAULT_STEPS = (("75%", "share", 3, 4), ("breach", "breach", 0, 1))


@dataclass(frozen=True)
class Rung:
    at: str
    kind: str
    num: int
    den: int
    offset: int
    do: tuple[Any, ...]
    place: int
    marks: bool
    key: str


def rungs(life: Life) -> list[Rung]:
    policy = life.target.given.policy
    if policy is None or not life.has_goal:
        return []
    mode = life.cascade.inherited(policy, "mode") or "act"
    if mode == "observe":
        return []
    steps = life.cascade.inherited(policy, "steps")
    if steps is None:
        return [
            Rung(at, kind, num, den, 0, ("mark",), place, True, f"{at}|['mark']")
            for place, (at, kind, num, den) in enumerate(DEFAULT_STEPS)
        ]
    found = []
    for place, step in enumerate(steps):
        if step.clocks is not None and life.clock not in step.clocks:
            continue
        rung = _rung(step, place)
        if mode == "mark":
            if not rung.marks:
                continue
            rung = _only_mark(rung)
        found.append(rung)
    return found


def _only_mark(rung: Rung) -> Rung:
    return Rung(
        rung.at, rung.kind, rung.num, rung.den, rung.offset, ("mark",), rung.place, True, rung.key
    )


def _rung(step: Step, place: int) -> Rung:
    do = tuple(action.written for action in step.do)
    share = step.when.share
    return Rung(
        step.at,
        step.when.kind,
        share.numerator,
        share.denominator,
        step.when.offset,
        do,
        place,
        any(action.kind == "mark" for action in step.do),
        f"{step.at}|{list(do)!r}",
    )


def due_of(life: Life, rung: Rung, now: int) -> int | None:
    """When the step is due, if the clock ran from ``now`` on."""
    if rung.kind == "start":
        return life.started_at
    if rung.kind == "breach":
        return life.breached_at
    if rung.kind == "met":
        return None
    target = life.target
    if isinstance(target.goal, Duration):
        room = life.allowed() - target.base
        amount = {
            "share": -(-room * rung.num // rung.den),
            "before": room - rung.offset,
            "after": room + rung.offset,
        }[rung.kind]
        if amount <= 0:
            return _first_active(life, max(life.started_at, target.anchor), now)
        return life.reach(target.base + amount, now)
    due = life.due(now)
    if due is None:
        return None
    opening = life.cascade.openings[target.day_calendar]
    start = target.anchor
    if rung.kind == "after":
        return _when_on(life, opening.after(due, rung.offset), now)
    room = opening.seconds(start, due)
    amount = -(-room * rung.num // rung.den) if rung.kind == "share" else room - rung.offset
    return _when_on(life, start if amount <= 0 else opening.after(start, amount), now)


def _first_active(life: Life, since: int, now: int) -> int | None:
    for start, end, kind, _ in life.pieces(now):
        if kind == "counted" and end > since:
            return max(start, since)
    return None


def _when_on(life: Life, at: int | None, now: int) -> int | None:
    """Not while the clock is stopped or outside every policy: when it runs again."""
    for start, end, kind, _ in life.pieces(now):
        if at is not None and kind == "off" and start <= at < end:
            at = end
    return at


def severity(life: Life, rung: Rung, now: int) -> tuple[int, int, int]:
    if rung.kind in ("share", "before"):
        if isinstance(life.target.goal, Duration):
            room = life.allowed() - life.target.base
            share = -(-room * rung.num // rung.den)
            amount = share if rung.kind == "share" else max(0, room - rung.offset)
            return (RISK, life.target.base + amount, rung.place)
        return (RISK, due_of(life, rung, now) or 0, rung.place)
    rank = {"start": 0, "breach": BREACH, "after": AFTER, "met": 4}[rung.kind]
    return (rank, rung.offset if rung.kind == "after" else 0, rung.place)


def _record(life: Life, rung: Rung, at: int, now: int, status: str) -> None:
    policy = life.target.given.policy
    since = life.cascade.inherited(policy, "enforce_from")
    opening = life.cascade.openings[life.target.given.calendar]
    if since is not None and at < opening.midnight(since):
        status = "adopted"
    life.fired[rung.key] = Record(
        at, rung.at, rung.do, status, severity(life, rung, now), rung.kind, rung.marks
    )


def fire(life: Life, now: int, before: int) -> None:
    """Fire what is due in [now, before) while nothing but time changes."""
    if life.phase != "run" or not life.has_goal:
        return
    is_paused = not life.is_active(now)
    for rung in rungs(life):
        if rung.key in life.fired:
            continue
        if is_paused and isinstance(life.target.goal, Duration) and rung.kind != "breach":
            continue
        due = due_of(life, rung, now)
        if is_paused and isinstance(life.target.goal, BusinessDays) and rung.kind in DAY_KINDS:
            due = _caught_up(life, rung, now, before)
        if due is not None and due < before:
            _record(life, rung, max(due, now), now, "fired")


def _caught_up(life: Life, rung: Rung, now: int, before: int) -> int | None:
    """The pause moves the due, and so the share of it, but time passes faster than that."""

    def is_past(at: int) -> bool:
        due = due_of(life, rung, at)
        return due is not None and due <= at

    low, high = now, before
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_past(middle) else (middle + 1, high)
    return low


def fire_met(life: Life, at: int) -> None:
    for rung in rungs(life):
        if rung.kind == "met" and rung.key not in life.fired:
            _record(life, rung, at, at, "fired")


def overtake(life: Life, now: int) -> None:
    """A target that comes to a running instance: of what is past only the most severe fires."""
    past = []
    for rung in rungs(life):
        due = due_of(life, rung, now)
        if due is None:
            continue
        if due < now or (rung.kind == "breach" and due == now):
            past.append(rung)
    if not past:
        return
    past.sort(key=lambda rung: severity(life, rung, now))
    for rung in past:
        if rung.key not in life.fired:
            _record(life, rung, now, now, "fired" if rung is past[-1] else "skipped")


# ---------------------------------------------------------------------- marks


def is_at_risk(life: Life, now: int) -> bool:
    for rung in rungs(life):
        if rung.kind not in ("share", "before") or not rung.marks:
            continue
        due = due_of(life, rung, now)
        stands_still = isinstance(life.target.goal, Duration) and not life.is_active(now)
        if due is None or due > now or (due == now and stands_still):
            continue
        since = life.cascade.inherited(life.target.given.policy, "enforce_from")
        opening = life.cascade.openings[life.target.given.calendar]
        record = life.fired.get(rung.key)
        at = record.at if record else due
        if since is None or at >= opening.midnight(since):
            return True
    return False


def counts_as_breached(life: Life) -> bool:
    if life.breached_at is None:
        return False
    policy = life.target.given.policy
    open_now = life.phase == "run"
    if life.cascade.inherited(policy, "marks") == "while_overdue" and not open_now:
        return False
    return any(
        record.kind in ("breach", "after") and record.marks and record.status != "adopted"
        for record in life.fired.values()
    )


def looked_at(lives: list[Life]) -> Iterator[Life]:
    for life in lives:
        if life.not_applicable or not life.has_goal or life.party == "customer":
            continue
        if (life.cascade.inherited(life.target.given.policy, "mode") or "act") != "observe":
            yield life
