"""Escalations between groups where none are named for it (decision 147)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.recount.attained import is_judged
from tests.recount.contract import THEIRS
from tests.recount.measured import Measured
from tests.recount.stages import Stage


@dataclass
class Escalation:
    """A move to hands that are new to the ticket, or one that we made."""

    kind: str
    at: int
    end: str = ""
    ended_at: int | None = None
    wall: int = 0
    inside: int = 0


def in_hand(each: Measured) -> Iterator[Stage]:
    """What lasted, and while it was not closed."""
    until = each.solved_at
    for stage in each.ticket.stages:
        before = until is None or stage.start < until
        if before and stage.start < stage.end and not stage.is_closed:
            yield stage


def escalations(each: Measured) -> list[Escalation]:
    """In order, each with what became of it; ``path`` is how the ticket came up."""
    found: list[Escalation] = []
    path: list[str] = []
    running: Escalation | None = None
    for stage in in_hand(each):
        group = stage.facts["group"]
        moved = path and group != path[-1]
        if moved and running is not None:
            running.end = "returned" if group in path else "passed_on"
            running.ended_at, running = stage.start, None
        if moved and group not in path:
            ours = _is_ours(each, group, stage.start)
            running = Escalation("automatic" if ours else "functional", stage.start)
            found.append(running)
        path = path[: path.index(group)] if group in path else path
        path.append(group)
        if running is not None:
            wall, inside = each.time(stage.start, stage.end)
            running.wall += wall
            running.inside += inside
    if running is not None:
        running.end = "open" if each.solved_at is None else "solved"
        running.ended_at = each.solved_at
    return found


def _is_ours(each: Measured, group: str, at: int) -> bool:
    events = [event for event in each.ticket.life.events if event.at <= at]
    moves = [event for event in events if event.kind == "group_changed"]
    return next(event.ours for event in reversed(moves) if event.data["to"] == group)


def first_miss(each: Measured) -> int | None:
    """When a target of ours was first missed: beyond doubt, and not excused."""
    sure = [row["breached_at_s"] for row in each.ticket.rows
            if is_judged(row) and row["outcome"] == "breached" and not row["waived"]
            and row["confidence"] == "high" and row["clock"] != THEIRS]  # fmt: skip
    return min(sure, default=None)


def told(each: Measured) -> Iterator[tuple[str, int]]:
    """(count, instant of the move)."""
    missed = first_miss(each)
    for one in escalations(each):
        key = f"escalations.{one.kind}"
        yield key, one.at
        yield f"{key}.{one.end}", one.at
        if missed is not None and missed <= one.at:
            yield f"{key}.after_miss", one.at
        if one.end == "solved" and (missed is None or one.ended_at < missed):
            yield f"{key}.in_time", one.at
