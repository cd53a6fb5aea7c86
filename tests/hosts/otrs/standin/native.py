"""The helpdesk's own SLA clocks (facts 14): working minutes Mon-Fri 8 to 21, three targets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .catalog import Catalog, Targets
from .clock import Clock
from .model import CLOSED_TYPES, Article, Due, Ticket

OPENS, SHUTS = 8, 21
CLOCKS = (
    ("FirstResponse", "response", "Response"),
    ("Update", "update", "Update"),
    ("Solution", "solution", "Solution"),
)
"""Name in the ticket, attribute of :class:`Due`, name in history types and search filters."""


def _day(moment: datetime, hour: int) -> datetime:
    return moment.replace(hour=hour, minute=0, second=0, microsecond=0)


def working_seconds(clock: Clock, start: int, end: int) -> int:
    """Working seconds between two instants; negative when the end comes first."""
    if end < start:
        return -working_seconds(clock, end, start)
    total, moment, last = 0, clock.local(start), clock.local(end)
    while moment < last:
        if moment.weekday() < 5:
            begin, stop = max(moment, _day(moment, OPENS)), min(last, _day(moment, SHUTS))
            total += max(0, int((stop - begin).total_seconds()))
        moment = _day(moment, 0) + timedelta(days=1)
    return total


def after_working(clock: Clock, start: int, seconds: int) -> int:
    """The instant at which so many working seconds have passed."""
    moment = clock.local(start)
    while True:
        if moment.weekday() < 5:
            begin = max(moment, _day(moment, OPENS))
            room = int((_day(moment, SHUTS) - begin).total_seconds())
            if room > 0 and seconds <= room:
                return int((begin + timedelta(seconds=seconds)).timestamp())
            seconds -= max(0, room)
        moment = _day(moment, 0) + timedelta(days=1)


def first_response(ticket: Ticket) -> int | None:
    """The first agent article the customer sees, whatever its channel."""
    answers = (one.at for one in ticket.articles if one.sender == "agent" and one.visible)
    return min(answers, default=None)


def closed_states(catalog: Catalog) -> set[int]:
    return {state.id for state in catalog.states.values() if state.type == "closed"}


def closings(ticket: Ticket, catalog: Catalog) -> list[int]:
    closed = closed_states(catalog)
    changes = ("StateUpdate", "NewTicket")
    return [one.at for one in ticket.history if one.type in changes and one.state in closed]


def _update_from(articles: list[Article]) -> int | None:
    """Since when the update clock runs: the unanswered customer messages' first, or the answer."""
    since: int | None = None
    for article in reversed([one for one in articles if one.visible]):
        if article.sender == "agent":
            return article.at if since is None else since
        if article.sender == "customer":
            since = article.at
    return since


def due_times(ticket: Ticket, catalog: Catalog, clock: Clock) -> Due:
    """The native deadlines as the ticket row keeps them."""
    targets, kind = catalog.targets(ticket.queue, ticket.sla), catalog.states[ticket.state].type
    if kind in CLOSED_TYPES:
        return Due()
    due = Due()
    if targets.response and first_response(ticket) is None:
        due.response = after_working(clock, ticket.created, targets.response * 60)
    since = _update_from(ticket.message_order())
    if targets.update and since is not None and not kind.startswith("pending"):
        due.update = after_working(clock, since, targets.update * 60)
    if targets.solution and not closings(ticket, catalog):
        due.solution = after_working(clock, ticket.created, targets.solution * 60)
    return due


def late_clocks(ticket: Ticket, catalog: Catalog, now: int) -> list[str]:
    """History names of the clocks that are past due; by the row's last computed deadlines."""
    if catalog.states[ticket.state].type in CLOSED_TYPES:
        return []
    targets = catalog.targets(ticket.queue, ticket.sla)
    return [
        name
        for _, attribute, name in CLOCKS
        if getattr(targets, attribute) and 0 < getattr(ticket.due, attribute) <= now
    ]


def columns(ticket: Ticket, clock: Clock) -> dict[str, Any]:
    """The escalation columns of TicketGet, with their several units (facts 5)."""
    found: dict[str, Any] = {"EscalationTime": 0}
    for _, attribute, name in CLOCKS:
        found[f"Escalation{name}Time"] = getattr(ticket.due, attribute)
    running = [pair for pair in CLOCKS if getattr(ticket.due, pair[1])]
    for long_name, attribute, _ in running:
        found.update(_clock_columns(f"{long_name}Time", getattr(ticket.due, attribute), clock))
    if running:
        found.update(_next(min(getattr(ticket.due, pair[1]) for pair in running), clock))
    return found


def _working(clock: Clock, destination: int) -> int | str:
    """A number while there is time left, text afterwards: the server's own habit."""
    left = working_seconds(clock, clock.now(), destination)
    return str(left) if left < 0 else left


def _clock_columns(name: str, destination: int, clock: Clock) -> dict[str, Any]:
    left = destination - clock.now()
    found: dict[str, Any] = {
        name: left,
        f"{name}DestinationTime": destination,
        f"{name}DestinationDate": clock.text(destination),
        f"{name}WorkingTime": _working(clock, destination),
    }
    if left <= 0:
        found[f"{name}Escalation"] = 1
    return found


def _next(destination: int, clock: Clock) -> dict[str, Any]:
    minutes = abs(working_seconds(clock, clock.now(), destination)) // 60
    hours = f"{minutes // 60}h " if minutes >= 60 else ""
    return {
        "EscalationTime": destination - clock.now(),
        "EscalationDestinationTime": destination,
        "EscalationDestinationDate": clock.text(destination),
        "EscalationDestinationIn": f"{hours}{minutes % 60}m",
        "EscalationTimeWorkingTime": _working(clock, destination),
    }


def extended(ticket: Ticket, catalog: Catalog, clock: Clock) -> dict[str, Any]:
    """What ``Extended: 1`` adds, each only when it happened; minutes are working minutes."""
    targets = catalog.targets(ticket.queue, ticket.sla)
    found: dict[str, Any] = {}
    locks = [one.at for one in ticket.history if one.type == "Lock"]
    if locks:
        found["FirstLock"] = clock.text(min(locks))
    answered = first_response(ticket)
    if answered is not None:
        found["FirstResponse"] = clock.text(answered)
        if targets.response:
            spent = working_seconds(clock, ticket.created, answered)
            found |= _minutes("FirstResponse", spent, targets.response)
    found |= _solution(ticket, catalog, targets, clock)
    return found


def _solution(ticket: Ticket, catalog: Catalog, targets: Targets, clock: Clock) -> dict[str, Any]:
    """The latest closing, which stays after a reopening; the time closed between counts not."""
    closed = closings(ticket, catalog)
    if not closed:
        return {}
    spent = _open_seconds(ticket, closed_states(catalog), clock)
    found = _minutes("Solution", spent, targets.solution)
    if not targets.solution:
        del found["SolutionDiffInMin"]
    return {"Closed": clock.text(max(closed))} | found


def _open_seconds(ticket: Ticket, closed: set[int], clock: Clock) -> int:
    """Working seconds from creation to the latest closing, less the spans it was closed."""
    total = spent = 0
    since, ended = ticket.created, False
    for entry in ticket.ordered_history():
        if entry.type != "StateUpdate":
            continue
        if not ended:
            spent += working_seconds(clock, since, entry.at)
        since, ended = entry.at, entry.state in closed
        total = spent if ended else total
    return total


def _minutes(name: str, spent: int, target: int) -> dict[str, int]:
    return {f"{name}InMin": spent // 60, f"{name}DiffInMin": int((target * 60 - spent) / 60)}
