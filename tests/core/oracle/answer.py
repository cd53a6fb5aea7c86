"""The keys of policy-language §9, steps and marks, from what the clocks went through."""

from __future__ import annotations

from typing import Any

from slaplugin.core.policies import BusinessDays, ByTime, Duration, NoTarget

from . import ladder
from .changes import Changing
from .life import Life


class Answering(Changing):
    """The verdict."""

    def answer(self) -> dict[str, list[dict[str, Any]]]:
        """Per clock the instances, with the keys of policy-language §9."""
        return {
            name: [self._row(life) for life in clock.lives] for name, clock in self.clocks.items()
        }

    def _row(self, life: Life) -> dict[str, Any]:
        end = self.as_of if life.phase == "run" else life.ended_at
        low = self.cascade.is_low(life.clock, self.ticket.current_only)
        row: dict[str, Any] = {
            "clock": life.clock,
            "instance": life.number,
            "party": life.party,
            "started_at": life.started_at,
            "outcome": self._outcome(life),
            "breached_at": life.breached_at,
            "breach_reason": life.breach_reason,
            "void_reason": None,
            "stopped_at": None,
            "confidence": "low" if low else "high",
        }
        if life.not_applicable:
            zero = {"due_at": None, "remaining": None, "elapsed": 0, "paused": 0}
            return row | zero | {"status": "not_applicable", "waived": False}
        gone = life.phase in ("void", "out")
        is_paused = life.phase == "run" and not life.is_active(self.as_of)
        row["status"] = "void" if gone else "stopped" if life.phase == "stop" else "running"
        if is_paused:
            row["status"] = "paused"
        row["void_reason"] = life.void_reason if gone else None
        row["stopped_at"] = None if life.phase == "run" else life.ended_at
        shown = not gone and (not is_paused or isinstance(life.target.goal, ByTime))
        due = life.due(end)
        row["due_at"] = due if shown else None
        row["remaining"] = None if gone else life.remaining(end)
        row["elapsed"] = life.elapsed(end)
        row["paused"] = life.total("paused", end)
        row["policy"] = life.target.given.policy
        row["calendar"] = life.target.given.calendar
        row["target"] = _target(life.target.goal)
        row["waived"] = (
            life.breached_at is not None
            and life.amended_after_breach
            and (due is None or end <= due)
        )
        return row

    def steps(self) -> list[dict[str, Any]]:
        order = {name: place for place, name in enumerate(self.clocks)}
        found = [
            (record.at, order[life.clock], life.number, record.severity, record)
            for life in self._lives()
            for record in life.fired.values()
        ]
        found.sort(key=lambda row: row[:4])
        return [
            {
                "at": record.at,
                "clock": list(self.clocks)[place],
                "instance": number,
                "step": record.step,
                "do": record.do,
                "status": record.status,
            }
            for _, place, number, _, record in found
        ]

    def marks(self) -> dict[str, Any]:
        nothing = {"mark": "none", "due": None, "state": "none", "policy": None}
        if self.ended:
            return nothing
        rows = {id(life): self._row(life) for life in self._lives()}
        lives = list(ladder.looked_at(self._lives()))
        opened = [life for life in lives if life.phase == "run"]
        risk = any(ladder.is_at_risk(life, self.as_of) for life in opened)
        breached = any(
            ladder.counts_as_breached(life) and not rows[id(life)]["waived"] for life in lives
        )
        overdue = False
        for life in opened:
            due = life.due(self.as_of)
            overdue = overdue or (due is not None and due < self.as_of)
        dues = [
            (rows[id(life)]["due_at"], place)
            for place, life in enumerate(opened)
            if rows[id(life)]["due_at"] is not None
        ]
        paused = [rows[id(life)]["status"] == "paused" for life in opened]
        state = "none"
        if overdue:
            state = "overdue"
        elif risk:
            state = "at_risk"
        elif opened:
            state = "paused" if all(paused) else "ok"
        return {
            "mark": "breached" if breached else "at_risk" if risk else "none",
            "due": min(dues)[0] if dues else None,
            "state": state,
            "policy": rows[id(opened[min(dues)[1]])]["policy"] if dues else None,
        }


def _target(goal: object) -> int | str | None:
    match goal:
        case Duration(seconds=seconds):
            return seconds
        case BusinessDays(days=days):
            return f"{days}bd"
        case ByTime(wall=None):
            return "by close"
        case ByTime(wall=wall) if wall is not None:
            return f"by {wall // 3600:02d}:{wall % 3600 // 60:02d}"
        case NoTarget() | None:
            return None
    raise AssertionError(goal)
