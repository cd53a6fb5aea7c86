"""A ticket's raw past as values: history entries and messages, in the order they happened.

Texts become instants here. In the hour that comes twice a year the message's epoch, or the ticket's
age, tells which pass is meant; where nothing tells, it is the later one, as the host reads it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr

from slaplugin.hosts.otrs.timeline.spelling import parts_of
from slaplugin.hosts.otrs.wire import Record, Zone, local, number, text

_CHANNELS = {1: "email", 2: "phone", 3: "note", 4: "chat"}
"""Ids of the host's own channels; later products may name others (facts 5, 13)."""
_NEAR = 5
"""Seconds between a message's epoch and its text."""
_AGED = 600
"""Seconds between the host's answer and the age that it tells; zones differ by more."""

WEB = frozenset({"WebRequestCustomer"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One history entry; ``at`` is UTC epoch seconds."""

    index: int
    """Place in the host's order."""
    at: int
    type: str
    name: str
    by: int
    article: int
    """Id of the message it is bound to; 0: none."""
    snapshot: tuple[int, int, int, int, int]
    """Ids of queue, state, priority, owner and type after the change."""
    id: str
    """Made of what the host shows, with the place among equal entries (facts 6)."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The fields of the name; empty for plain text."""
        return parts_of(self.name)

    def part(self, position: int) -> str:
        """One field of the name, empty where it is missing (names are cut at 200 characters)."""
        parts = self.parts
        return parts[position] if position < len(parts) else ""


@dataclass(frozen=True, slots=True)
class Article:
    """One message; ``at`` is UTC epoch seconds. Its text is not kept."""

    id: int
    at: int
    by: int
    sender: str
    """``agent``, ``customer`` or ``system``."""
    visible: bool
    """For the customer."""
    channel: str
    subject: str = ""
    author: str = ""
    """Display name of the sender."""
    address: str = ""
    """His mail address."""


@dataclass(frozen=True, slots=True)
class RawTicket:
    """Everything read about one ticket."""

    ticket: Record
    entries: tuple[Entry, ...]
    articles: Mapping[int, Article]
    absorbed: Mapping[int, RawTicket] = field(default_factory=dict)
    """Tickets merged into this one, by id; one that cannot be read any more is missing."""

    @property
    def id(self) -> int:
        return number(self.ticket.get("TicketID"))

    @property
    def birth(self) -> Entry | None:
        """The creation; a message put in over the API has a ``NewTicket`` of its own (facts 7)."""
        births = [one for one in self.entries if one.type == "NewTicket" and not one.article]
        return births[0] if births else None


def raw_of(ticket: Record, history: Iterable[Record], zone: Zone, now: int) -> RawTicket:
    """A ticket and its history as values; ``now`` is the host's, UTC epoch seconds."""
    records = ticket.get("Article")
    found = [_article(record, zone) for record in records or () if isinstance(record, Mapping)]
    articles = {article.id: article for article in found}
    moments = _Moments(zone, ticket, now)
    moments.learn(records or (), articles)
    entries = sorted(_entries(history, moments), key=lambda entry: (entry.at, entry.index))
    return RawTicket(ticket, tuple(entries), articles)


def created_at(ticket: Record, zone: Zone, now: int) -> int:
    """The creation, UTC epoch seconds; the age tells the pass of an hour that comes twice."""
    moment = local(text(ticket.get("Created")))
    told = now - number(ticket.get("Age"))
    choices = (zone.epoch(moment), zone.epoch(moment, first=True))
    near = [at for at in choices if "Age" in ticket and abs(at - told) <= _AGED]
    return near[0] if near else choices[0]


class _Moments:
    """Instants of texts, with what is known about the pass they belong to."""

    def __init__(self, zone: Zone, ticket: Record, now: int) -> None:
        self._zone = zone
        self._known = {text(ticket.get("Created")): created_at(ticket, zone, now)}

    def learn(self, records: Iterable[Record], articles: Mapping[int, Article]) -> None:
        for record in records:
            article = articles[number(record.get("ArticleID"))]
            self._known.setdefault(text(record.get("CreateTime")), article.at)

    def at(self, stamp: str) -> int:
        known = self._known.get(stamp)
        return self._zone.seconds(stamp) if known is None else known


def _entries(history: Iterable[Record], moments: _Moments) -> Iterable[Entry]:
    seen: Counter[tuple[str, ...]] = Counter()
    for index, record in enumerate(history):
        keys = ("CreateTime", "HistoryType", "Name", "CreateBy", "ArticleID")
        same = tuple(text(record.get(key)) for key in keys)
        seen[same] += 1
        yield Entry(
            index=index,
            at=moments.at(same[0]),
            type=same[1],
            name=same[2],
            by=number(same[3]),
            article=number(same[4]),
            snapshot=_snapshot(record),
            id=_identity(same, seen[same]),
        )


def _snapshot(record: Record) -> tuple[int, int, int, int, int]:
    return (
        number(record.get("QueueID")),
        number(record.get("StateID")),
        number(record.get("PriorityID")),
        number(record.get("OwnerID")),
        number(record.get("TypeID")),
    )


def _identity(same: tuple[str, ...], place: int) -> str:
    digest = hashlib.sha256("\0".join((*same, str(place))).encode()).hexdigest()
    return f"h{digest[:16]}"


def _article(record: Record, zone: Zone) -> Article:
    author, address = parseaddr(text(record.get("From")))
    return Article(
        id=number(record.get("ArticleID")),
        at=_article_at(record, zone),
        by=number(record.get("CreateBy")),
        sender=text(record.get("SenderType")),
        visible=number(record.get("IsVisibleForCustomer")) == 1,
        channel=_channel(record),
        subject=text(record.get("Subject")),
        author=author if address and "@" in address else text(record.get("From")),
        address=address if "@" in address else "",
    )


def _article_at(record: Record, zone: Zone) -> int:
    moment = local(text(record.get("CreateTime")))
    first, later = zone.epoch(moment, first=True), zone.epoch(moment)
    return first if abs(first - number(record.get("IncomingTime"))) <= _NEAR else later


def _channel(record: Record) -> str:
    known = _CHANNELS.get(number(record.get("CommunicationChannelID")))
    return known or text(record.get("CommunicationChannel")).lower() or "note"
