"""Articles as events: who speaks to whom, and what is only a machine (policy-language §6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slaplugin.core.model import Actor, Event, Role
from slaplugin.hosts.zammad.names import NOBODY
from slaplugin.hosts.zammad.timeline.past import Past
from slaplugin.hosts.zammad.timeline.raw import Article, Row


def messages(past: Past) -> Iterator[Event]:
    """Every message that was written in this ticket."""
    for article, row in past.own_articles:
        yield from message(past, article, row)


def message(past: Past, article: Article, row: Row | None) -> Iterator[Event]:
    """The event of one message; a logged inbound call is two: the question and the answer."""
    kind = _kind(past, article)
    data: dict[str, Any] = {"message": str(article.id), "channel": article.type}
    if kind == "customer_message" and past.on_behalf(article):
        data["on_behalf"] = True
    call = data.get("on_behalf", False) and article.type == "phone"
    if call:
        data["live"] = True
    if past.opens(article):
        data["opening"] = True
    seq = (row.id if row else article.id) * 10
    actor = actor_of(past, article.by, _role(past, article, kind))
    yield Event(article.at, seq, f"a{article.id}", kind, data, actor)
    if call:
        yield Event(article.at, seq + 1, f"a{article.id}r", "agent_reply", data, actor)


def message_edits(past: Past) -> Iterator[Event]:
    """Messages that were hidden, shown or deleted later; they still count (§6)."""
    for row in past.rows:
        if row.object != "Ticket::Article":
            continue
        data: dict[str, Any] = {"message": str(row.about)}
        if row.type == "updated" and row.attribute == "internal":
            data |= {"field": "internal", "to": row.value_to == "true"}
            yield _edit(past, row, "message_changed", data)
        elif row.type == "created" and row.about not in past.articles:
            yield from _removed(past, row, data)


def _removed(past: Past, row: Row, data: dict[str, Any]) -> Iterator[Event]:
    """Only notes can be deleted, by their writer and soon after (facts 4.4, live facts 3).

    Whether it was internal, and when it went, is lost with it.
    """
    removal = _edit(past, row, "message_removed", data)
    note = replace(removal, id=f"a{row.about}", kind="note", data={**data, "channel": "note"})
    yield note
    yield replace(removal, seq=removal.seq + 1)


def actor_of(past: Past, account: int, role: Role) -> Actor:
    """An account in the role it had; the host itself has the key of its system user."""
    person = past.names.people.get(account)
    name = None if account == NOBODY or person is None else person.name
    return Actor(str(account), role, name)


def _edit(past: Past, row: Row, kind: str, data: dict[str, Any]) -> Event:
    actor = actor_of(past, row.by, past.role_of(row.by, row.at))
    return Event(row.at, row.id * 10, f"h{row.id}", kind, data, actor)


def _kind(past: Past, article: Article) -> str:
    if _was_internal(past, article):
        return "note"
    if article.sender == "System" or article.by == NOBODY or article.automatic:
        return "auto_message"
    if article.id in past.merge_notes or past.names.bot(article.by):
        return "auto_message"
    if article.sender == "Agent":
        return "agent_reply"
    return "customer_message" if _of_customer(past, article) else "third_party_message"


def _was_internal(past: Past, article: Article) -> bool:
    """Whether the message was internal when it was written."""
    for row in past.rows:
        if row.about == article.id and row.attribute == "internal" and row.type == "updated":
            return row.value_from == "true"
    return article.internal


def _of_customer(past: Past, article: Article) -> bool:
    """Written by the ticket's customer or somebody of the same organization."""
    if past.on_behalf(article):
        return True
    author = article.origin or article.by
    person = past.names.people.get(author)
    if person is None or author == past.customer_at(article.at):
        return True
    organization = past.organization_at(article.at)
    return organization is not None and organization in person.organizations


def _role(past: Past, article: Article, kind: str) -> Role:
    if article.by == NOBODY or article.sender == "System":
        return "system"
    if kind == "third_party_message":
        return "third_party"
    if article.sender == "Agent" or past.on_behalf(article):
        return "agent"
    return "customer"
