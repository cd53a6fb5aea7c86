"""The figures of tickets, by the formulas of ``docs/metrics.md``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

from tests.recount.attained import Known, is_judged, plain
from tests.recount.contract import THEIRS, calendar_of
from tests.recount.hours import DAY, midnights, open_seconds, period, week_hour
from tests.recount.lives import NOW
from tests.recount.stages import Stage, seen

AGES = (1, 3, 7, 14, 30)
CHANNELS = {"web": "self_service", "twitter status": "social", "carrier pigeon": "other"}
Lap = tuple[int, int]


@dataclass
class Course:
    """What was seen of one ticket, event by event."""

    born: int
    owed: bool = False
    answered_at: int | None = None
    unanswered_at: int | None = None
    asked_at: int | None = None
    """Since when a further message waits for an answer."""
    asked_while_closed: int | None = None
    next_responses: list[Lap] = field(default_factory=list)
    assigned_at: int | None = None
    assignable: bool = False
    replies: list[int] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)
    reopenings: list[int] = field(default_factory=list)
    closed: bool = False

    @property
    def waits_for_first(self) -> bool:
        return self.owed and self.answered_at is None and self.unanswered_at is None


def course(ticket: Known) -> Course:
    """The ticket's life as the formulas look at it."""
    found = Course(ticket.life.events[0].at)
    for event, now in seen(ticket.life):
        closed = now.facts["state_kind"] == "closed"
        if event.kind == "created":
            _born(found, event.data, ticket)
        elif event.kind == "agent_reply":
            _answer(found, event.at)
        elif event.kind == "customer_message":
            _ask(found, event.at)
        elif event.kind == "deleted":
            break
        elif event.kind == "owner_changed" and found.assignable and now.facts["owner"]:
            found.assigned_at, found.assignable = event.at, False
        _closes(found, event.at, closed)
    return found


def _born(found: Course, data: dict[str, Any], ticket: Known) -> None:
    by, facts = data["by"], ticket.life.facts
    asks = by == "customer" or bool(data.get("on_behalf"))
    found.owed = asks or (by == "system" and "customer.id" in facts)
    found.assignable = facts.get("owner") is None
    if found.owed:  # what a system opens for a customer is the customer's message, too
        found.messages.append(found.born)
    if data.get("live") and found.owed:
        _answer(found, found.born)


def _answer(found: Course, at: int) -> None:
    found.replies.append(at)
    if found.waits_for_first:
        found.answered_at = at
    if found.asked_at is not None:
        found.next_responses.append((found.asked_at, at))
    found.asked_at = found.asked_while_closed = None


def _ask(found: Course, at: int) -> None:
    found.messages.append(at)
    if found.closed:
        found.asked_while_closed = found.asked_while_closed or at
    elif not found.waits_for_first:
        found.asked_at = found.asked_at or at


def _closes(found: Course, at: int, closed: bool) -> None:
    if closed and not found.closed:
        found.closes.append(at)
        found.assignable = False
        found.asked_at = None
        if found.waits_for_first:
            found.unanswered_at = at
    elif found.closed and not closed:
        found.reopenings.append(at)
        if found.asked_while_closed is not None and not found.waits_for_first:
            found.asked_at = found.asked_while_closed
        found.asked_while_closed = None
    found.closed = closed


# ---------------------------------------------------------------------- times


class Measured:
    """A ticket with its course; every time is (wall, open) seconds."""

    def __init__(self, ticket: Known) -> None:
        self.ticket = ticket
        self.course = course(ticket)

    @property
    def counts(self) -> bool:
        """Removed tickets and those that are tagged as spam are in no figure."""
        last = self.ticket.stages[-1].facts
        return last["state_kind"] != "removed" and "spam" not in last["tags"]

    @property
    def solved_at(self) -> int | None:
        return self.course.closes[-1] if self.course.closed else None

    def changes(self, fact: str) -> int:
        """From one name to another, in hand: what changed while closed counts when it reopens."""
        names = [stage.facts[fact] for stage in self.ticket.stages if stage.start < stage.end
                 and not stage.is_closed and stage.facts[fact] is not None]  # fmt: skip
        return sum(one != other for one, other in pairwise(names))

    def time(self, start: int, end: int) -> tuple[int, int]:
        """Of [start, end) on the wall and within the hours that were the ticket's then."""
        return end - start, sum(
            open_seconds(calendar_of(stage.chosen_by), max(start, stage.start), min(end, stage.end))
            for stage in self.ticket.stages
        )

    def spent(self, which: Any) -> tuple[int, int]:
        """In the stages that hold, up to the last close."""
        until = self.solved_at or NOW
        times = [
            self.time(stage.start, min(stage.end, until))
            for stage in self.ticket.stages
            if stage.start < min(stage.end, until) and which(stage)
        ]
        return sum(wall for wall, _ in times), sum(inside for _, inside in times)


def _handled(stage: Stage) -> bool:
    owned = stage.facts["owner"] is not None and stage.facts["state_kind"] == "open"
    return owned and not stage.waiting


AT_SOLVE = {
    "requester_wait": lambda stage: not stage.is_closed and not stage.waiting,
    "agent_wait": lambda stage: stage.waiting,
    "on_hold": lambda stage: stage.facts["state_kind"] == "waiting_other",
    "handle_time": _handled,
    "unassigned": lambda stage: not stage.is_closed and stage.facts["owner"] is None,
    "age": lambda stage: True,
    "in_hand": lambda stage: not stage.is_closed,
}
PARTS = {"state": "state", "state_kind": "state_kind", "group": "group", "owner": "owner"}


def timed(each: Measured) -> Iterator[tuple[str, int, tuple[int, int]]]:
    """(figure, instant that it belongs to, time)."""
    told, born = each.course, each.course.born
    laps = [("next_response", lap) for lap in told.next_responses]
    ends = {"first_response": told.answered_at, "first_assignment": told.assigned_at,
            "first_resolution": told.closes[0] if told.closes else None,
            "full_resolution": each.solved_at}  # fmt: skip
    laps += [(key, (born, end)) for key, end in ends.items() if end is not None]
    for key, (start, end) in laps:
        yield key, end, each.time(start, end)
    if each.solved_at is not None:
        for key, which in AT_SOLVE.items():
            yield key, each.solved_at, each.spent(which)


def numbers(each: Measured) -> Iterator[tuple[str, int, int]]:
    """(figure, instant, number) of a solved ticket."""
    if each.solved_at is not None:
        told = each.course
        yield "replies", each.solved_at, len(told.replies)
        yield "messages", each.solved_at, len(told.messages)
        yield "hops", each.solved_at, each.changes("group")
        yield "handovers", each.solved_at, each.changes("owner")


def shares(each: Measured) -> Iterator[tuple[str, int, bool]]:
    """(share, instant, whether it is above the line)."""
    told, end = each.course, each.solved_at
    if told.answered_at is not None:
        yield "answered", told.answered_at, True
    if told.unanswered_at is not None:
        yield "answered", told.unanswered_at, False
    channel = _channel(each)
    if channel != "unknown":
        yield "self_service", told.born, channel == "self_service"
    if end is not None:
        yield "reopen_rate", end, bool(told.reopenings)
    if end is not None and told.owed:
        fresh = not told.reopenings
        single = sum(at <= end for at in told.messages) == 1 and not each.changes("group")
        yield "one_touch", end, fresh and sum(at <= end for at in told.replies) == 1
        yield "first_contact", end, fresh and single and told.answered_at is not None


def _channel(each: Measured) -> str:
    """A form that the staff typed in is nobody's self-service."""
    said = each.ticket.life.facts["channel"]
    if said is None:
        return "unknown"
    found = CHANNELS.get(said, said)
    by_agent = each.ticket.life.events[0].data["by"] == "agent"
    return "other" if found == "self_service" and by_agent else found


def counts(each: Measured) -> Iterator[tuple[str, int]]:
    """(count, instant)."""
    yield "created", each.course.born
    yield f"channel.{_channel(each)}", each.course.born
    yield from (("closed", at) for at in each.course.closes)
    yield from (("reopened", at) for at in each.course.reopenings)
    if each.solved_at is not None:
        yield "solved", each.solved_at


# ---------------------------------------------------------------------- all of them


def measured(tickets: Iterable[Known]) -> list[Measured]:
    """The tickets that count."""
    return [each for each in map(Measured, tickets) if each.counts]


def summary(values: list[int]) -> dict[str, int]:
    """Count, total, mean and median to whole seconds (halves up), the nearest rank of 90 %."""
    ranked = sorted(values)
    half = len(ranked) // 2
    median = Fraction(ranked[half] + ranked[-half - 1], 2)
    return {
        "count": len(ranked),
        "total": sum(ranked),
        "mean": _halves_up(Fraction(sum(ranked), len(ranked))),
        "median": _halves_up(median),
        "p90": ranked[ceil(len(ranked) * 9 / 10) - 1],
        "largest": ranked[-1],
    }


def _halves_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


@dataclass
class Figures:
    """Of one period, or of all of them."""

    times: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    shares: dict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    parts: dict[tuple[str, Any], list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def figures(found: Iterable[Measured], per: str, zone: str) -> dict[str | None, Figures]:
    """By period, and under None the same once more without periods."""
    told: dict[str | None, Figures] = defaultdict(Figures)
    for each in found:
        for key, at, time in timed(each):
            _both(
                told, per, zone, at, lambda cell, key=key, time=time: cell.times[key].append(time)
            )
        for key, at, number in numbers(each):
            _both(told, per, zone, at, lambda cell, k=key, n=number: cell.numbers[k].append(n))
        for key, at, above in shares(each):
            _both(told, per, zone, at, lambda cell, k=key, a=above: cell.shares[k].update([a]))
        for key, at in counts(each):
            _both(told, per, zone, at, lambda cell, key=key: cell.counts.update([key]))
        for key, at, time in parts(each):
            _both(told, per, zone, at, lambda cell, k=key, t=time: cell.parts[k].append(t))
    return told


def _both(told: dict[str | None, Figures], per: str, zone: str, at: int, add: Any) -> None:
    add(told[period(per, zone, at)])


def parts(each: Measured) -> Iterator[tuple[tuple[str, Any], int, tuple[int, int]]]:
    """((of, name), instant, time): by state of the whole life, by group and owner in hand."""
    if each.solved_at is None:
        return
    for of, fact in PARTS.items():
        names = dict.fromkeys(stage.facts[fact] for stage in each.ticket.stages)
        for name in names:
            time = each.spent(
                lambda stage, fact=fact, name=name, of=of: (
                    stage.facts[fact] == name and (of.startswith("state") or not stage.is_closed)
                )
            )
            if time[0]:
                yield (of, name), each.solved_at, time


def backlog(found: Iterable[Measured], zone: str) -> dict[str, list[int]]:
    """Open tickets by age at the end of every local day that is over."""
    told: dict[str, list[int]] = {}
    everyone = list(found)
    for day, end in midnights(zone):
        if end <= NOW:
            told[day.isoformat()] = by_age(everyone, end)
    return told


def by_age(found: Iterable[Measured], at: int) -> list[int]:
    """How many are open right before an instant, by real days since their creation."""
    ages = [0] * (len(AGES) + 1)
    for each in found:
        if each.course.born < at:
            stage = [one for one in each.ticket.stages if one.start < at][-1]
            if not stage.is_closed:
                ages[sum(at - each.course.born >= limit * DAY for limit in AGES)] += 1
    return ages


def by_hour(found: Iterable[Measured], zone: str, which: str, bounds: tuple[int, int]) -> list[int]:
    """``messages`` or ``replies`` of some time, Monday 00:00 first."""
    instants = (at for each in found for at in getattr(each.course, which))
    hours = Counter(week_hour(zone, at) for at in instants if bounds[0] <= at < bounds[1])
    return [hours[hour] for hour in range(168)]


def promise(ticket: Known) -> str:
    """What became of our targets on a ticket: ``missed``, ``kept``, or ``none`` judged."""
    told = {plain(row) for row in ticket.rows if is_judged(row) and row["clock"] != THEIRS}
    return "missed" if "misses" in told else "kept" if "hits" in told else "none"
