"""Merges: the merged ticket's messages move to the other, with their old times (facts 7).

The history does not say where a message came from. It is told by what is left: the times at which
either ticket existed, a ticket number in its subject or entry, the kind of entry that only begins a
ticket, what else its writer's request left behind, and the queue, state, priority, owner and type
that the entry was written under. Where all that fits both, the ticket that goes on keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.core.model import Event
from slaplugin.hosts.otrs.names import NOBODY, Names
from slaplugin.hosts.otrs.timeline.messages import message
from slaplugin.hosts.otrs.timeline.order import Place
from slaplugin.hosts.otrs.timeline.past import BEGINNINGS, Past
from slaplugin.hosts.otrs.timeline.raw import Entry, RawTicket
from slaplugin.hosts.otrs.wire import number, text

_FIRST = BEGINNINGS | {"NewTicket"}
_ONE_REQUEST = 2


@dataclass(frozen=True, slots=True)
class Merge:
    """One ticket (``source``) that was merged into another."""

    entry: Entry
    source: int
    into: int


def merges_of(raw: RawTicket) -> Iterator[Merge]:
    """Merges that a history speaks of; the entry is on both tickets."""
    for entry in raw.entries:
        if entry.type == "Merged":
            yield Merge(entry, number(entry.part(1)), number(entry.part(3)))


def merges_into(raw: RawTicket) -> list[Merge]:
    """Merges by which this ticket took others in."""
    return [merge for merge in merges_of(raw) if merge.into == raw.id]


def merged_into(raw: RawTicket) -> int | None:
    """The ticket that this one was merged into last."""
    found = [merge.into for merge in merges_of(raw) if merge.source == raw.id]
    return found[-1] if found else None


def settled(raw: RawTicket) -> RawTicket:
    """The ticket and those it absorbed, each with its own messages."""
    family = [raw, *_inside(raw)]
    if len(family) == 1 and not merges_into(raw):
        return raw
    owners = _owners(raw, family)
    return _with_own(raw, raw, owners)


def sole(family: RawTicket, raw: RawTicket) -> RawTicket:
    """One of the absorbed tickets of a settled family; itself where it is none of them."""
    return next((one for one in _inside(family) if one.id == raw.id), raw)


def leftover(source: RawTicket, names: Names) -> Iterator[Event]:
    """A merged ticket that cannot be read any more: only its messages are left.

    Its creation is that of the oldest one.
    """
    first = source.entries[0] if source.entries else None
    if first is None:
        return
    past = Past(source, first, names)
    customer = first.by == NOBODY
    by: dict[str, Any] = {"by": "customer" if customer else "agent"}
    at = first.at * 1000
    yield Event(at, 0, f"t{source.id}", "created", by, past.actor(first))
    for turn, (article_id, entry) in enumerate(past.said.items(), start=1):
        article = past.articles[article_id]
        kind = {"customer": "customer_message", "agent": "agent_reply"}.get(article.sender, "")
        kind = (kind or "auto_message") if article.visible else "note"
        place = Place(entry.at, turn * 10)
        yield from message(past, article, (entry, place), (kind, entry == first))


def _inside(raw: RawTicket) -> Iterator[RawTicket]:
    for source in raw.absorbed.values():
        yield source
        yield from _inside(source)


def _with_own(raw: RawTicket, pile: RawTicket, owners: dict[int, int]) -> RawTicket:
    own = [(one.at, raw is not pile, one) for one in pile.entries if _is_of(raw, pile, one, owners)]
    if raw is not pile:
        own += [(one.at, False, one) for one in raw.entries if one.article not in owners]
    own.sort(key=lambda item: (item[0], item[1], item[2].index))
    ids = {entry.article for _, _, entry in own}
    pool = {**pile.articles, **raw.articles}
    absorbed = {one.id: _with_own(one, pile, owners) for one in raw.absorbed.values()}
    return replace(
        raw,
        entries=tuple(replace(one, index=place) for place, (_, _, one) in enumerate(own)),
        articles={key: article for key, article in pool.items() if key in ids},
        absorbed=absorbed | _unread(raw, pile, owners),
    )


def _is_of(raw: RawTicket, pile: RawTicket, entry: Entry, owners: dict[int, int]) -> bool:
    owner = owners.get(entry.article)
    return raw is pile if owner is None else owner == raw.id


def _unread(raw: RawTicket, pile: RawTicket, owners: dict[int, int]) -> dict[int, RawTicket]:
    """Merged tickets that are gone, with the messages that they left."""
    found: dict[int, RawTicket] = {}
    for merge in merges_into(raw):
        entries = tuple(one for one in pile.entries if owners.get(one.article) == merge.source)
        if merge.source not in raw.absorbed and entries:
            ids = {one.article for one in entries}
            articles = {key: one for key, one in pile.articles.items() if key in ids}
            found[merge.source] = RawTicket({"TicketID": merge.source}, entries, articles)
    return found


# ---------------------------------------------------------------------- whose message


def _owners(pile: RawTicket, family: Sequence[RawTicket]) -> dict[int, int]:
    """Message id -> the ticket it was written in, for the messages of the pile."""
    lives = [_Life.of(one) for one in family]
    found: dict[int, int] = {}
    last = pile.id
    for entry in pile.entries:
        if not entry.article or entry.article not in pile.articles or entry.article in found:
            continue
        if entry.type == "SendAutoReply" and not _numbered(pile, entry, lives):
            found[entry.article] = last
            continue
        last = found[entry.article] = _owner(pile, entry, lives)
    return found


def _owner(pile: RawTicket, entry: Entry, lives: Sequence[_Life]) -> int:
    able = [life for life in lives if life.start <= entry.at <= life.end]
    if not able:
        return _gone(pile, entry)
    tests = (
        _numbered(pile, entry, able),
        [life for life in able if life.begins(entry)],
        [life for life in able if life.acted(entry)],
        [life for life in able if entry.snapshot in life.snapshots(entry.at)],
    )
    for fitting in tests:
        if len(fitting) == 1:
            return fitting[0].id
    return pile.id if any(life.id == pile.id for life in able) else able[0].id


def _gone(pile: RawTicket, entry: Entry) -> int:
    """Older than every ticket that can still be read: it came from one that cannot."""
    later = [merge for merge in merges_into(pile) if merge.entry.at >= entry.at]
    return next((one.source for one in later if one.source not in pile.absorbed), pile.id)


def _numbered(pile: RawTicket, entry: Entry, lives: Sequence[_Life]) -> list[_Life]:
    subject = pile.articles[entry.article].subject
    told = entry.part(0) if entry.type == "FollowUp" else ""
    return [
        life for life in lives if life.number and (life.number == told or life.number in subject)
    ]


@dataclass(frozen=True, slots=True)
class _Life:
    """When a ticket existed on its own, and what it was then; UTC epoch seconds."""

    id: int
    number: str
    start: int
    end: int
    own: tuple[Entry, ...]
    """Entries that no merge moves: all but those of messages."""

    @staticmethod
    def of(raw: RawTicket) -> _Life:
        own = [entry for entry in raw.entries if not entry.article]
        birth = raw.birth
        ends = [merge.entry.at for merge in merges_of(raw) if merge.source == raw.id]
        return _Life(
            raw.id,
            text(raw.ticket.get("TicketNumber")),
            birth.at if birth else 0,
            ends[-1] if ends else 2**62,
            tuple(own),
        )

    def begins(self, entry: Entry) -> bool:
        """Whether the message is the one with which the ticket began."""
        return entry.type in _FIRST and 0 <= entry.at - self.start <= _ONE_REQUEST

    def acted(self, entry: Entry) -> bool:
        """Whether the writer's own request left other entries here (an unlock time, a state)."""
        return entry.by != NOBODY and any(
            other.by == entry.by and abs(other.at - entry.at) <= 1 for other in self.own
        )

    def snapshots(self, at: int) -> set[tuple[int, ...]]:
        """What entries of the ticket carried at an instant: before that second, and in it."""
        earlier = [other.snapshot for other in self.own if other.at < at]
        return {*earlier[-1:], *(other.snapshot for other in self.own if other.at == at)}
