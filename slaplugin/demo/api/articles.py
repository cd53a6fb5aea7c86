"""Endpoints of articles and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slaplugin.demo import access, articles, history, render, tags
from slaplugin.demo.api.call import Answer, Call
from slaplugin.demo.errors import ApiError, broken, forbidden
from slaplugin.demo.history import Actor
from slaplugin.demo.schema import ARTICLE, TICKET

if TYPE_CHECKING:
    from slaplugin.demo.db import Row


def by_ticket(call: Call) -> Answer:
    """GET /ticket_articles/by_ticket/{id}: all, never paged; customers do not see internal ones."""
    row = access.readable_ticket(call.desk, call.who, call.id(TICKET))
    sql = "SELECT * FROM articles WHERE ticket_id = ? ORDER BY id"
    rows = call.desk.db.all(sql, (row["id"],))
    agent = call.who.may("ticket.agent")
    return Answer(
        [render.article(call.desk, each) for each in rows if agent or not each["internal"]]
    )


def show(call: Call) -> Answer:
    """GET /ticket_articles/{id}."""
    return Answer(render.article(call.desk, _article(call, "read")))


def create(call: Call) -> Answer:
    """POST /ticket_articles; needs `create` on the ticket's group, not `change`."""
    desk, who = call.desk, call.who
    ticket = access.permitted_ticket(desk, who, call.sent.get("ticket_id"), "create")
    article = articles.post(desk, ticket, call.sent, who.id)
    ticket = desk.record(TICKET, ticket["id"])
    history.notified(desk, ticket, "update", Actor(who.id, ticket["updated_at"]))
    return Answer(render.article(desk, article), 201)


def update(call: Call) -> Answer:
    """PUT /ticket_articles/{id}: only the visibility can be changed."""
    row = articles.edit(call.desk, _article(call, "change"), call.sent, call.who.id)
    return Answer(render.article(call.desk, row))


def destroy(call: Call) -> Answer:
    """DELETE /ticket_articles/{id}: one's own notes only."""
    articles.remove(call.desk, _article(call, "read"), call.who.id)
    return Answer({})


def _article(call: Call, level: str) -> Row:
    row = call.desk.record(ARTICLE, call.id(ARTICLE))
    access.permitted_ticket(call.desk, call.who, row["ticket_id"], level)
    if row["internal"] and not call.who.may("ticket.agent"):
        raise forbidden()
    return row


def list_tags(call: Call) -> Answer:
    """GET /tags?object=Ticket&o_id=ID: not access-checked on 5.5, empty for a missing ticket."""
    if call.sent.get("object") != "Ticket":
        return Answer({"tags": []})
    return Answer({"tags": tags.names(call.desk, call.sent.get("o_id"))})


def add_tag(call: Call) -> Answer:
    """POST /tags/add: true, whether or not anything changed."""
    ticket = _tagged(call)
    tags.add(call.desk, ticket, tags.cleaned(call.sent.get("item")), call.who.id)
    return Answer(True, 201)


def remove_tag(call: Call) -> Answer:
    """DELETE /tags/remove with a body or query: true, whether or not anything changed."""
    ticket = _tagged(call)
    tags.remove(call.desk, ticket, tags.cleaned(call.sent.get("item")), call.who.id)
    return Answer(True)


def _tagged(call: Call) -> Row:
    if call.sent.get("object") != "Ticket":
        raise broken(f"uninitialized constant {call.sent.get('object')}")
    if call.sent.get("o_id") is None:
        raise ApiError(404, "Couldn't find Ticket without an ID")
    return access.permitted_ticket(call.desk, call.who, call.sent["o_id"], "change")


def tag_list(call: Call) -> Answer:
    """GET /tag_list, admin.tag."""
    call.demand("admin.tag")
    return Answer(tags.listing(call.desk))


def tag_search(call: Call) -> Answer:
    """GET /tag_search?term=."""
    return Answer(tags.matching(call.desk, str(call.sent.get("term") or "")))
