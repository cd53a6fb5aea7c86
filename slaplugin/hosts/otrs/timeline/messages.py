"""Messages as events: who speaks to whom, and what is only a machine (policy-language §6).

Direction and visibility come from the message, never from the kind of its history entry (facts 7).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slaplugin.core.model import Actor, Event
from slaplugin.hosts.otrs.names import NOBODY
from slaplugin.hosts.otrs.timeline.order import Place
from slaplugin.hosts.otrs.timeline.past import SYSTEM, Past
from slaplugin.hosts.otrs.timeline.raw import WEB, Article, Entry
from slaplugin.hosts.otrs.wire import number

_ONE_REQUEST = 2
_THIRD_PARTY = Actor(None, "third_party")


def messages(past: Past, places: Mapping[int, Place]) -> Iterator[Event]:
    """Every message that was written in this ticket."""
    merge_notes = frozenset(_merge_notes(past))
    opening = past.opening
    for article_id, entry in past.said.items():
        article = past.articles[article_id]
        kind = "auto_message" if article_id in merge_notes else kind_of(past, article, entry)
        yield from message(past, article, (entry, places[entry.index]), (kind, article == opening))


def message(
    past: Past, article: Article, spot: tuple[Entry, Place], told: tuple[str, bool]
) -> Iterator[Event]:
    """The event of one message; a logged inbound call is two: the question and the answer.

    ``told`` is the event's kind, and whether the ticket was created with it.
    """
    (entry, place), (kind, opening) = spot, told
    data: dict[str, Any] = {"message": str(article.id), "channel": channel_of(article, entry)}
    on_behalf = kind == "customer_message" and entry.by != NOBODY
    live = on_behalf and article.channel == "phone"
    data |= {"on_behalf": True} if on_behalf else {}
    data |= {"live": True} if live else {}
    data |= {"opening": True} if opening else {}
    actor = _speaker(past, article, entry, kind)
    yield Event(place.at_ms, place.seq, f"a{article.id}", kind, data, actor)
    if live:
        yield Event(place.at_ms, place.seq + 1, f"a{article.id}r", "agent_reply", data, actor)


def kind_of(past: Past, article: Article, entry: Entry) -> str:
    """The kind of event that a message is."""
    if not article.visible:
        return "third_party_message" if _from_outside(article, entry) else "note"
    if article.sender == "customer":
        return "customer_message"
    if article.sender == "system" or entry.by == NOBODY or past.bot(entry.by):
        return "auto_message"
    return "agent_reply"


def channel_of(article: Article, entry: Entry) -> str:
    """``email``, ``phone``, ``web``, ``note``, ``chat``; the portal writes internal messages."""
    by_portal = entry.type in WEB or (entry.type == "FollowUp" and article.channel == "note")
    return "web" if by_portal else article.channel


def _from_outside(article: Article, entry: Entry) -> bool:
    """A mail that answers an internal one: the host hides it, since it is not the customer's."""
    return article.sender == "customer" and article.channel == "email" and entry.by == NOBODY


def _speaker(past: Past, article: Article, entry: Entry, kind: str) -> Actor:
    if article.sender == "system" and entry.by == NOBODY:
        return SYSTEM
    if kind == "third_party_message":
        return Actor(_THIRD_PARTY.key, _THIRD_PARTY.role, article.author or None)
    if article.sender == "customer" and entry.by == NOBODY:
        return past.customer(article)
    if kind == "auto_message" and article.sender == "system":
        return SYSTEM
    return past.agent(entry.by) if entry.by != NOBODY else SYSTEM


def _merge_notes(past: Past) -> Iterator[int]:
    """The visible note that a merge leaves on the merged ticket; it answers nobody (facts 5)."""
    for merge in past.changes("Merged"):
        if number(merge.part(1)) != past.raw.id:
            continue
        for other in past.preceding(merge):
            article = past.articles.get(other.article)
            if article is not None and article.sender == "agent" and article.channel == "note":
                yield article.id
                break
