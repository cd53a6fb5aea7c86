"""A ticket's raw past: history rows and articles as values, in the order they happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from slaplugin.hosts.zammad.names import NOBODY, is_custom
from slaplugin.hosts.zammad.wire import Record, by_id, ms

_SENDERS = {1: "Agent", 2: "Customer", 3: "System"}
_TYPES = {
    1: "email",
    2: "sms",
    3: "chat",
    4: "fax",
    5: "phone",
    6: "twitter status",
    7: "twitter direct-message",
    8: "facebook feed post",
    9: "facebook feed comment",
    10: "note",
    11: "web",
    12: "telegram personal-message",
    13: "facebook direct-message",
    14: "whatsapp message",
}
"""Seeds of the host, the same in every version (facts 5.2); assets carry only the ids."""

_CUT = 500
"""Characters of a value that history keeps (facts 4.3)."""

_TOLD = frozenset(
    {
        "state",
        "priority",
        "group",
        "owner",
        "customer",
        "organization",
        "title",
        "type",
        "pending_time",
    }
)


@dataclass(frozen=True)
class RawTicket:
    """Everything read about one ticket, untouched. Without slots: it remembers its rows."""

    ticket: Record
    history: tuple[Record, ...]
    articles: Mapping[int, Record]
    """Own articles, those that moved in by a merge, and those that moved away."""
    tags: tuple[str, ...] = ()
    absorbed: Mapping[int, RawTicket] = field(default_factory=dict)
    """Tickets merged into this one, by id; one that was deleted since is missing."""

    @property
    def id(self) -> int:
        return int(self.ticket["id"])

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The history by (instant, id)."""
        return rows_of_history(self.history)


@dataclass(frozen=True, slots=True)
class Row:
    """One history row; ``at`` is UTC epoch milliseconds."""

    id: int
    at: int
    by: int
    object: str
    type: str
    attribute: str
    about: int
    """Id of the record it is about (``o_id``)."""
    id_from: int | None
    id_to: int | None
    value_from: str
    value_to: str

    @property
    def order(self) -> tuple[int, int]:
        return (self.at, self.id)

    @property
    def birth(self) -> bool:
        """The creation of the ticket."""
        return self.object == "Ticket" and self.type == "created"

    @property
    def article(self) -> bool:
        """The birth of an article."""
        return self.object == "Ticket::Article" and self.type == "created"

    @property
    def tag(self) -> bool:
        return self.attribute == "tag" and self.type in ("added", "removed")

    @property
    def change(self) -> bool:
        """A change of an attribute that a timeline tells (the host's own SLA columns are noise)."""
        told = self.attribute in _TOLD or is_custom(self.attribute)
        return self.object == "Ticket" and self.type == "updated" and told and not self._idle

    @property
    def _idle(self) -> bool:
        """Null that became empty text is written like a change; text that was cut may be one."""
        same = (self.id_from, self.value_from) == (self.id_to, self.value_to)
        return same and len(self.value_to) < _CUT

    @property
    def merge(self) -> bool:
        return self.type in ("merged_into", "received_merge")


@dataclass(frozen=True, slots=True)
class Article:
    """One message; ``at`` is UTC epoch milliseconds. Its text is not kept."""

    id: int
    at: int
    by: int
    type: str
    sender: str
    internal: bool
    """As it is now; the past is in the rows."""
    origin: int | None
    """On whose behalf it was written."""
    automatic: bool
    """By a trigger, a scheduler or an auto-responder."""
    mailed: bool
    """It came in as a mail; the incoming filter leaves its mark (facts 5.3)."""


def rows_of_history(records: Iterable[Record]) -> tuple[Row, ...]:
    """History rows by (instant, id): the host's order is not sorted by id (live facts 4)."""
    return tuple(sorted((_row(record) for record in records), key=lambda row: row.order))


def _row(record: Record) -> Row:
    return Row(
        id=int(record["id"]),
        at=ms(record["created_at"]),
        by=int(record.get("created_by_id") or NOBODY),
        object=str(record.get("object", "")),
        type=str(record.get("type", "")),
        attribute=str(record.get("attribute") or ""),
        about=int(record.get("o_id") or 0),
        id_from=record.get("id_from"),
        id_to=record.get("id_to"),
        value_from=str(record.get("value_from") or ""),
        value_to=str(record.get("value_to") or ""),
    )


def article_of(record: Record) -> Article:
    """A message from any flavour of its record."""
    preferences: Mapping[str, Any] = record.get("preferences") or {}
    automatic = preferences.get("is-auto-response") is True
    automatic = automatic or preferences.get("perform_origin") in ("trigger", "job")
    return Article(
        id=int(record["id"]),
        at=ms(record["created_at"]),
        by=int(record.get("created_by_id") or NOBODY),
        type=str(record.get("type") or _TYPES.get(record.get("type_id", 0), "")),
        sender=str(record.get("sender") or _SENDERS.get(record.get("sender_id", 0), "")),
        internal=bool(record.get("internal")),
        origin=record.get("origin_by_id"),
        automatic=automatic,
        mailed="is-auto-response" in preferences,
    )


def articles_of(records: Iterable[Record]) -> dict[int, Article]:
    """Messages by id."""
    return {number: article_of(record) for number, record in by_id(records).items()}
