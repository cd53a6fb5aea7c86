"""From the host's words to a timeline: pure, and the only place that knows those words.

``to_timeline(raw, names)`` gives the same events with the same ids for the same ticket at any
later read: ids are the host's own (``h`` history row, ``a`` article, ``a…r`` the answer in a
logged call). Sequence numbers are ten times the row's id, so that events of one millisecond keep
the host's order. Sources: facts 4 and 5, live facts 4 and 5, decisions 0050 to 0053.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slaplugin.core.model import Event, Timeline
from slaplugin.hosts.zammad.names import Names
from slaplugin.hosts.zammad.timeline.changes import WAITING, changes, event, state_data
from slaplugin.hosts.zammad.timeline.facts import created_by, on_behalf, ticket_of
from slaplugin.hosts.zammad.timeline.messages import (
    actor_of,
    message,
    message_edits,
    messages,
)
from slaplugin.hosts.zammad.timeline.past import Past
from slaplugin.hosts.zammad.timeline.raw import (
    Article,
    RawTicket,
    Row,
    rows_of_history,
)
from slaplugin.hosts.zammad.wire import seconds

__all__ = ["RawTicket", "Row", "rows_of_history", "to_timeline"]


def to_timeline(raw: RawTicket, names: Names) -> Timeline:
    """The ticket's past. Raises TicketHeldError for a state that nobody knows."""
    past = Past(raw, names)
    return Timeline(ticket_of(past), _events(past))


def _events(past: Past) -> tuple[Event, ...]:
    found = [_created(past), *_waiting_from_start(past)]
    found.extend(messages(past))
    found.extend(message_edits(past))
    found.extend(changes(past))
    found.extend(_absorbed(past))
    return tuple(sorted(found, key=lambda event: event.order))


def _created(past: Past) -> Event:
    first = past.opening
    by = created_by(past)
    data: dict[str, Any] = {"by": by}
    if on_behalf(past):
        data["on_behalf"] = True
        if by == "agent" and first is not None and first.type == "phone":
            data["live"] = True
    if past.birth is not None:
        told = event(past, past.birth, "created", data)
        role = "customer" if by == "customer" else told.actor.role if told.actor else "system"
        actor = actor_of(past, past.creator, role)
        return Event(told.at_ms, told.seq, told.id, told.kind, told.data, actor)
    actor = actor_of(past, past.creator, past.role_of(past.creator, past.created_at))
    return Event(past.created_at, 0, "created", "created", data, actor)


def _waiting_from_start(past: Past) -> Iterator[Event]:
    """A ticket put down in a pending state waits from then on, its first message included.

    A creation carries no date, so the state is entered once more, after the first message (R7).
    """
    state = past.state(past.created_with("state"))
    if state.kind not in WAITING or past.birth is None:
        return
    until = seconds(past.created_with("pending_time").text)
    row, at, seq = past.birth, past.birth.at, past.birth.id * 10 + 5
    if past.opening is not None:
        article, born = past.own_articles[0]
        at, seq = article.at, born.id * 10 + 5 if born else seq
    told = event(past, row, "state_changed", state_data(state, until))
    yield Event(at, seq, f"h{row.id}s", told.kind, told.data, told.actor)


# -------------------------------------------------------------------------- merges


def _absorbed(past: Past) -> Iterator[Event]:
    """What each merged ticket brought along, at the true instant of the merge."""
    moved = _unclaimed(past)
    for row in past.rows:
        if row.type != "received_merge" or row.id_from is None:
            continue
        source = past.raw.absorbed.get(row.id_from)
        if source is not None:
            events = tuple(_until(row, _events(Past(_with_articles(source, past), past.names))))
        else:
            mine, moved = _split(moved, row.at)
            events = tuple(_of_deleted(past, row, mine))
        yield event(past, row, "absorbed", {"ticket": str(row.id_from), "events": events})


def _unclaimed(past: Past) -> list[Article]:
    """Messages that moved in from a ticket whose history is gone."""
    claimed = _claimed(past.raw)
    return [article for article in past.strangers() if article.id not in claimed]


def _claimed(raw: RawTicket) -> set[int]:
    """Messages that the histories of the absorbed tickets speak of, theirs in turn included."""
    found: set[int] = set()
    for source in raw.absorbed.values():
        found |= {row.about for row in source.rows if row.article}
        found |= _claimed(source)
    return found


def _with_articles(source: RawTicket, past: Past) -> RawTicket:
    """The source with its messages, wherever they are kept now."""
    own = {row.about for row in source.rows if row.article}
    pool = {**past.raw.articles, **source.articles}
    articles = {number: record for number, record in pool.items() if number in own}
    return RawTicket(source.ticket, source.history, articles, source.tags, source.absorbed)


def _until(row: Row, events: tuple[Event, ...]) -> Iterator[Event]:
    """The other ticket's events before the merge; its own ending is part of the merge."""
    return (event for event in events if event.at_ms < row.at)


def _split(articles: list[Article], at: int) -> tuple[list[Article], list[Article]]:
    return [a for a in articles if a.at <= at], [a for a in articles if a.at > at]


def _of_deleted(past: Past, row: Row, moved: list[Article]) -> Iterator[Event]:
    """A ticket that was merged and then deleted: only its messages are left.

    Its creation is that of the oldest one.
    """
    if not moved:
        return
    first = moved[0]
    role = past.role_of(first.by, first.at)
    data: dict[str, Any] = {"by": role}
    if past.on_behalf(first):
        data["on_behalf"] = True
    yield Event(
        first.at,
        first.id * 10 - 1,
        f"t{row.id_from}",
        "created",
        data,
        actor_of(past, first.by, role),
    )
    for article in moved:
        for told in message(past, article, None):
            opening = {"opening": True} if article is first else {}
            yield replace(told, data={**told.data, **opening})
