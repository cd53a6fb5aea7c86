"""Articles and what their creation does to the ticket (facts 5.3-5.5, live facts 5)."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slaplugin.demo import history, stamps, tickets
from slaplugin.demo.access import permissions_of
from slaplugin.demo.desk import document
from slaplugin.demo.errors import forbidden, invalid
from slaplugin.demo.history import Actor
from slaplugin.demo.render import full_name
from slaplugin.demo.schema import (
    AGENT,
    ARTICLE_TYPES,
    CUSTOMER,
    EMAIL,
    NOBODY,
    NOTE,
    PHONE,
    SENDERS,
    SYSTEM,
    TICKET,
    WEB,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk

_SCRIPT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Draft:
    """An article about to be stored: its columns, and whether customers' access applies."""

    type_id: int
    sender_id: int
    internal: bool
    columns: Row


def post(desk: Desk, ticket: Row, sent: Mapping[str, Any], actor_id: int) -> Row:
    """Add an article to a ticket with everything that follows; the stored article.

    Raises 422 for a missing body or an unknown type. Defaults: note, by the sender's role, public.
    """
    draft = _draft(desk, ticket, sent, actor_id)
    actor = Actor(actor_id, desk.stamp(ticket["updated_at"]))
    if draft.sender_id == CUSTOMER and _is_customer(desk, actor_id):
        ticket = _reopen(desk, ticket, actor_id)
    article = _store(desk, ticket, draft, actor)
    history.article_event(desk, article, "created", actor)
    ticket = _follow_contact(desk, ticket, article, actor)
    if _is_outgoing(article):
        values = (str(article["subject"] or ""), str(article["to"] or ""))
        history.article_event(desk, article, "email", actor, values)
    return article


def _draft(desk: Desk, ticket: Row, sent: Mapping[str, Any], actor_id: int) -> Draft:
    body = sent.get("body")
    if not isinstance(body, str) or not body:
        raise invalid("Need at least an 'article body' field.")
    customer = _is_customer(desk, actor_id)
    type_id = _lookup("type", ARTICLE_TYPES, sent, NOTE)
    sender_id = _lookup("sender", SENDERS, sent, CUSTOMER if customer else AGENT)
    if customer:
        sender_id = CUSTOMER
    internal = sent.get("internal") in (True, "true", 1, "1") and not customer
    content_type = str(sent.get("content_type") or "text/plain")
    columns: Row = {
        "to": sent.get("to"),
        "cc": sent.get("cc"),
        "subject": sent.get("subject"),
        "content_type": content_type,
        "body": _SCRIPT.sub("", body) if content_type == "text/html" else body,
    }
    if sender_id == CUSTOMER and not customer:
        columns["origin_by_id"] = ticket["customer_id"]
    return Draft(type_id, sender_id, internal, columns)


def _lookup(name: str, known: Mapping[int, str], sent: Mapping[str, Any], default: int) -> int:
    wanted_id = sent.get(f"{name}_id")
    if wanted_id is not None:
        if int(wanted_id) not in known:
            raise invalid(f"Invalid value for param '{name}_id': {wanted_id}")
        return int(wanted_id)
    wanted = sent.get(name)
    if not wanted:
        return default
    for key, value in known.items():
        if value == wanted:
            return key
    raise invalid(f"No lookup value found for '{name}': \"{wanted}\"")


def _is_customer(desk: Desk, user_id: int) -> bool:
    return user_id != NOBODY and "ticket.agent" not in permissions_of(desk, user_id)


def _store(desk: Desk, ticket: Row, draft: Draft, actor: Actor) -> Row:
    columns = {
        "ticket_id": ticket["id"],
        "type_id": draft.type_id,
        "sender_id": draft.sender_id,
        "internal": int(draft.internal),
        "updated_by_id": actor.user_id,
        "created_by_id": actor.user_id,
        "created_at": actor.at,
        "updated_at": actor.at,
        **draft.columns,
    }
    columns["from"] = _from(desk, ticket, draft, actor)
    if draft.type_id == EMAIL:
        columns |= _mail_columns(desk, ticket, draft, actor)
    article_id = desk.db.insert("articles", columns)
    row = desk.db.get("articles", article_id)
    if row is None:
        raise LookupError(f"article {article_id} vanished while it was stored")
    return row


def _from(desk: Desk, ticket: Row, draft: Draft, actor: Actor) -> str:
    options = desk.options
    office = f"{options.support_name} <{options.support_email}>"
    if actor.user_id == NOBODY:
        return office
    author_id = ticket["customer_id"] if draft.sender_id == CUSTOMER else actor.user_id
    author = desk.db.get("users", author_id) or {}
    if draft.sender_id == CUSTOMER:
        email = str(author["email"])
        return email if draft.type_id == EMAIL else f"{full_name(author)} <{email}>"
    return f"{full_name(author)} via {office}" if draft.type_id == EMAIL else full_name(author)


def _mail_columns(desk: Desk, ticket: Row, draft: Draft, actor: Actor) -> Row:
    options = desk.options
    second = stamps.instant(actor.at).strftime("%Y%m%d%H%M%S")
    mark = hashlib.sha256(f"{ticket['id']}:{actor.at}:{actor.user_id}".encode()).hexdigest()
    if draft.sender_id == CUSTOMER:
        message_id = f"<{mark[:12]}@mail.example>"
        to = draft.columns["to"] or f"{options.support_name} <{options.support_email}>"
        preferences = document({"send-auto-response": True, "is-auto-response": False})
    else:
        message_id = f"<{second}.{ticket['id']}.{mark[:32]}@helpdesk.example.org>"
        to = draft.columns["to"] or _customer_mail(desk, ticket)
        preferences = document(_delivered(draft, actor.at))
    digest = hashlib.md5(message_id.encode(), usedforsecurity=False).hexdigest()
    return {
        "message_id": message_id,
        "message_id_md5": digest,
        "to": to,
        "preferences": preferences,
        "subject": draft.columns["subject"] or ticket["title"],
    }


def _delivered(draft: Draft, at: int) -> dict[str, Any]:
    origin = {"perform_origin": "trigger"} if draft.sender_id == SYSTEM else {}
    return origin | {
        "email_address_id": 1,
        "delivery_retry": 1,
        "delivery_channel_id": 3,
        "delivery_status_message": None,
        "delivery_status": "success",
        "delivery_status_date": stamps.iso(at),
    }


def _customer_mail(desk: Desk, ticket: Row) -> str:
    return str(desk.db.value("SELECT email FROM users WHERE id = ?", (ticket["customer_id"],)))


def _is_outgoing(article: Row) -> bool:
    return bool(article["type_id"] == EMAIL and article["sender_id"] != CUSTOMER)


def _reopen(desk: Desk, ticket: Row, actor_id: int) -> Row:
    """A customer's follow-up opens closed and pending tickets, in the customer's name."""
    if desk.state_type(ticket["state_id"]) in ("new", "open", "merged", "removed"):
        return ticket
    state_id = desk.default_state("default_follow_up")
    return tickets.save(desk, ticket, {**ticket, "state_id": state_id}, actor_id)


def _follow_contact(desk: Desk, ticket: Row, article: Row, actor: Actor) -> Row:
    after = {**ticket, **_counters(desk, ticket, article)}
    communication = article["type_id"] != NOTE and not article["internal"]
    if communication and article["sender_id"] == AGENT:
        after |= _agent_contact(desk, after, article["created_at"])
    elif communication and article["sender_id"] == CUSTOMER:
        after |= _customer_contact(after, article["created_at"])
    at = max(actor.at, ticket["updated_at"])
    history.changes(desk, ticket, after, Actor(actor.user_id, at))
    after["updated_at"] = at
    if actor.user_id != NOBODY:
        after["updated_by_id"] = actor.user_id
    changed = {name: value for name, value in after.items() if ticket[name] != value}
    desk.db.update(TICKET.table, ticket["id"], changed)
    return after


def _counters(desk: Desk, ticket: Row, article: Row) -> Row:
    sql = "SELECT count(*) FROM articles WHERE ticket_id = ? AND sender_id <> ?"
    columns: Row = {"article_count": desk.db.value(sql, (ticket["id"], SYSTEM))}
    if ticket["create_article_type_id"] is None:
        columns["create_article_type_id"] = article["type_id"]
        columns["create_article_sender_id"] = article["sender_id"]
    return columns


def _agent_contact(desk: Desk, ticket: Row, at: int) -> Row:
    kind = desk.state_type(ticket["state_id"])
    columns: Row = {"last_contact_at": at, "last_contact_agent_at": at}
    if ticket["first_response_at"] is None:
        columns["first_response_at"] = at
    if kind in ("new", "open"):
        columns["last_owner_update_at"] = at
    if kind == "new":
        columns["state_id"] = desk.default_state("default_follow_up")
    return columns


def _customer_contact(ticket: Row, at: int) -> Row:
    """The default setting: follow-ups before an answer do not move the time (facts 5.4)."""
    last, agent = ticket["last_contact_customer_at"], ticket["last_contact_agent_at"]
    waiting = last is not None and last == ticket["last_contact_at"]
    answered = last is None or agent is None or agent // 1000 > last // 1000
    if waiting or not answered:
        return {}
    return {"last_contact_customer_at": at, "last_contact_at": at}


def auto_reply(desk: Desk, ticket: Row, first: Row) -> None:
    """The automatic mail on a customer's new ticket: sender System, by user 1 (live facts 5)."""
    if not desk.options.auto_reply or first["sender_id"] != CUSTOMER:
        return
    if first["type_id"] not in (EMAIL, PHONE, WEB):
        return
    title = html.escape(str(ticket["title"]), quote=False)
    post(
        desk,
        ticket,
        {
            "type": "email",
            "sender": "System",
            "content_type": "text/html",
            "subject": f"Received: {ticket['title']}",
            "body": f"<div>We have your message about {title} and will come back to you.</div>",
        },
        NOBODY,
    )


def edit(desk: Desk, article: Row, sent: Mapping[str, Any], actor_id: int) -> Row:
    """Change an article's visibility; the ticket is touched and the switch recorded."""
    if "internal" not in sent or bool(sent["internal"]) == bool(article["internal"]):
        return article
    internal = bool(sent["internal"])
    at = tickets.touch(desk, article["ticket_id"])
    values = {True: "true", False: "false"}
    before_after = (values[not internal], values[internal])
    history.article_changed(desk, article, "internal", before_after, Actor(actor_id, at))
    columns = {"internal": int(internal), "updated_at": at, "updated_by_id": actor_id}
    desk.db.update("articles", article["id"], columns)
    return {**article, **columns}


def remove(desk: Desk, article: Row, actor_id: int) -> None:
    """Delete one's own note; others are refused. Its history rows stay and point nowhere."""
    if article["created_by_id"] != actor_id or article["type_id"] != NOTE:
        raise forbidden("Not authorized (you can only delete your own notes)!")
    desk.db.execute("DELETE FROM articles WHERE id = ?", (article["id"],))
    at = tickets.touch(desk, article["ticket_id"])
    sql = "SELECT count(*) FROM articles WHERE ticket_id = ? AND sender_id <> ?"
    count = desk.db.value(sql, (article["ticket_id"], SYSTEM))
    desk.db.update(TICKET.table, article["ticket_id"], {"article_count": count, "updated_at": at})
