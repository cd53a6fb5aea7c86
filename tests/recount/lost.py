"""Where the time of missed clocks went, and waits that overlapped an unanswered message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from tests.recount.attained import Known, Row, counted, decision, is_judged, plain
from tests.recount.contract import THEIRS, calendar_for
from tests.recount.hours import open_seconds
from tests.recount.lives import NOW

Span = tuple[int, int]
Cause = tuple[str, str | None, str | None]
"""(kind, group, owner)."""


def unanswered(ticket: Known) -> list[Span]:
    """From the oldest open question to the next public answer; a call taken is answered at once."""
    found: list[Span] = []
    since: int | None = None
    for event in ticket.life.events:
        born = event.kind == "created" and (
            event.data["by"] == "customer" or event.data.get("on_behalf")
        )
        if since is None and (event.kind == "customer_message" or born):
            since = None if event.data.get("live") else event.at
        elif since is not None and event.kind in ("agent_reply", "deleted"):
            found.append((since, event.at))
            since = None
        if event.kind == "deleted":
            return found
    return found if since is None else [*found, (since, NOW)]


def missed(tickets: Iterable[Known], since: int, until: int) -> Iterator[tuple[Known, Row, int]]:
    """Missed clocks of ours by their own targets, decided in some time."""
    for ticket in tickets:
        for row in ticket.rows:
            if is_judged(row) and row["clock"] != THEIRS and _is_missed(row):
                at = decision(row)
                if since <= at < until:
                    yield ticket, row, at


def _is_missed(row: Row) -> bool:
    return plain(row) == "misses"


def causes(ticket: Known, row: Row) -> Counter[Cause]:
    """Every second of the clock, but for those in which the ticket was closed."""
    found: Counter[Cause] = Counter()
    for start, end, calendar, stage in counted(ticket, row):
        owner, group = stage.facts["owner"], stage.facts["group"]
        kind = ("agent", group, owner) if owner else ("unassigned", group, None)
        found[kind] += open_seconds(calendar, start, end)
        found["after_hours", group, None] += end - start - open_seconds(calendar, start, end)
    for start, end, calendar, group in paused(ticket, row):
        whole = open_seconds(calendar, start, end)
        parked = sum(
            open_seconds(calendar, max(start, first), min(end, last))
            for first, last in unanswered(ticket)
        )
        found["parked", group, None] += parked
        found["waiting", group, None] += whole - parked
        found["after_hours", group, None] += end - start - whole
    return +found


def paused(ticket: Known, row: Row) -> Iterator[tuple[int, int, str, str]]:
    """[start, end) with calendar and group of every stretch in which the clock stood still."""
    end = NOW if row["stopped_at_s"] is None else row["stopped_at_s"]
    vip = ticket.life.facts.get("customer.id") == "c1a"
    excluded = [(each.data["from"], each.data["to"]) for each in ticket.life.events
                if each.kind == "excluded"]  # fmt: skip
    for stage in ticket.stages:
        first, last = max(stage.start, row["started_at_s"]), min(stage.end, end)
        cuts = sorted({first, last, *(at for span in excluded for at in span)})
        for start, upto in pairwise(cuts):
            if not (first <= start and upto <= last):
                continue
            waits = row["clock"] == "resolution" and stage.waiting
            out = any(begin <= start and upto <= over for begin, over in excluded)
            closed = row["clock"] == "resolution" and stage.is_closed
            if (waits or out) and not closed:
                calendar = calendar_for(row["clock"], stage.chosen_by, vip=vip)
                yield start, upto, calendar, stage.facts["group"]


def over(ticket: Known, row: Row, at: int) -> int:
    """Seconds counted after the miss."""
    return sum(
        open_seconds(calendar, max(start, at), end) for start, end, calendar, _ in
        counted(ticket, row)
    )  # fmt: skip
