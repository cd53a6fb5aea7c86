"""The board as JSON: what ``/board.json`` answers. Instants ISO 8601 in UTC, durations seconds."""

from __future__ import annotations

from typing import Any

from slaplugin.app.board import Line, Today
from slaplugin.report.times import iso
from slaplugin.web.board.chosen import Chosen
from slaplugin.web.board.source import BoardHealth


def document(chosen: Chosen, health: BoardHealth, now: int) -> dict[str, Any]:
    """``{as_of, now, filters, counts, clocks, today, held, next_due, health}``."""
    board, query = chosen.board, chosen.query
    urgent = (*chosen.breached, *chosen.at_risk)
    upcoming = board.upcoming
    return {
        "as_of": iso(board.as_of),
        "now": iso(now),
        "filters": {
            "group": query.group,
            "policy": query.policy,
            "clock": query.clock,
            "only": query.only or None,
        },
        "counts": {
            name: chosen.counts.get(name, 0)
            for name in ("breached", "at_risk", "running", "paused")
        },
        "clocks": [_clock(line) for line in urgent],
        "today": [_today(policy, day, chosen) for policy, day in chosen.today.items()],
        "held": len(board.held),
        "next_due": None if upcoming is None else iso(upcoming.urgent.instance.due_at),
        "health": _health(health),
    }


def _clock(line: Line) -> dict[str, Any]:
    urgent = line.urgent
    row, instance = urgent.row, urgent.instance
    return {
        "ticket": {"id": row.id, "number": row.number, "title": row.title, "url": row.url},
        "clock": instance.clock,
        "instance": instance.instance,
        "policy": instance.policy,
        "group": row.seen.group,
        "owner": row.seen.owner,
        "mark": urgent.mark,
        "overdue": urgent.overdue,
        "status": instance.status,
        "due_at": iso(instance.due_at),
        "left_seconds": line.left,
        "calendar": line.calendar,
        "timezone": line.zone,
        "held": row.held,
    }


def _today(policy: str, day: Today, chosen: Chosen) -> dict[str, Any]:
    """``share`` is an exact fraction as text, ``37/38``; None while nothing is decided."""
    share = day.share
    return {
        "policy": policy,
        "share": None if share is None else f"{share.numerator}/{share.denominator}",
        "hits": day.hits,
        "misses": day.misses,
        "not_due": day.not_due,
        "timezone": chosen.board.zones.get(policy, "UTC"),
    }


def _health(health: BoardHealth) -> dict[str, Any]:
    return {
        "mode": health.mode,
        "last_cycle": iso(health.last_cycle),
        "trouble": health.trouble,
        "reload_problem": health.reload_problem,
        "dry_run": health.dry_run,
    }
