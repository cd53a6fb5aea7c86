"""Endpoints of tickets: list, search, show, create, change, delete, merge, history, links."""

from __future__ import annotations

from typing import Any

from slaplugin.demo import (
    access,
    articles,
    history,
    merge,
    people,
    render,
    search,
    tags,
    tickets,
)
from slaplugin.demo.api.call import Answer, Call
from slaplugin.demo.assets import Assets
from slaplugin.demo.db import Row
from slaplugin.demo.errors import ApiError, forbidden, invalid
from slaplugin.demo.history import Actor
from slaplugin.demo.people import NewUser
from slaplugin.demo.schema import PRIORITY, TICKET


def index(call: Call) -> Answer:
    """GET /tickets: by id, at most 100 a page."""
    rows = search.index(call.desk, call.who, search.page_of(call.sent, 100, 100))
    if call.expand:
        return Answer([render.ticket(call.desk, row, expand=True) for row in rows])
    if call.flag("full"):
        assets = Assets(call.desk)
        for row in rows:
            assets.add_ticket(row)
        return Answer({"record_ids": [row["id"] for row in rows], "assets": assets.answer()})
    return Answer([render.ticket(call.desk, row, ids=False) for row in rows])


def find(call: Call) -> Answer:
    """GET and POST /tickets/search."""
    rows = search.find(call.desk, call.who, call.sent)
    return Answer(search.answer(call.desk, rows, expand=call.expand))


def show(call: Call) -> Answer:
    """GET /tickets/{id} in its four flavours."""
    row = access.readable_ticket(call.desk, call.who, call.id(TICKET))
    if call.flag("all"):
        return Answer(_everything(call, row))
    if call.flag("full"):
        assets = Assets(call.desk)
        assets.add_ticket(row)
        return Answer({"id": row["id"], "assets": assets.answer()})
    return Answer(render.ticket(call.desk, row, ids=False, expand=call.expand))


def _everything(call: Call, row: Row) -> dict[str, Any]:
    assets = Assets(call.desk)
    assets.add_ticket(row)
    for article in _articles(call, row["id"]):
        assets.add_article(article)
    for priority_id in call.desk.db.column("SELECT id FROM ticket_priorities ORDER BY id"):
        assets.add(PRIORITY, priority_id)
    models = {model.replace("::", ""): records for model, records in assets.answer().items()}
    return {
        "ticket_id": row["id"],
        "ticket_article_ids": render.article_ids(call.desk, row["id"]),
        "assets": models,
        "links": merge.links_of(call.desk, row["id"])["links"],
        "tags": tags.names(call.desk, row["id"]),
        "mentions": [],
        "form_meta": {"filter": {}, "dependencies": None, "configure_attributes": []},
    }


def _articles(call: Call, ticket_id: int) -> list[Row]:
    sql = "SELECT * FROM articles WHERE ticket_id = ? ORDER BY id"
    rows = call.desk.db.all(sql, (ticket_id,))
    if call.who.may("ticket.agent"):
        return rows
    return [row for row in rows if not row["internal"]]


def create(call: Call) -> Answer:
    """POST /tickets with an optional first article and tags."""
    call.demand("ticket.agent", "ticket.customer")
    desk, who = call.desk, call.who
    by_customer = not who.may("ticket.agent")
    sent = dict(call.sent)
    guessed = None if by_customer else _guessed_customer(call, sent)
    new = tickets.NewTicket(sent, who.id, who.id if by_customer else guessed)
    row = tickets.create(desk, new)
    # In the order of the original: history tells a creation's tags by it (recordings, T25).
    _add_tags(call, row)
    first = _first_article(call, desk.record(TICKET, row["id"]))
    row = desk.record(TICKET, row["id"])
    history.notified(desk, row, "create", Actor(who.id, row["updated_at"]))
    if first is not None:
        articles.auto_reply(desk, row, first)
    return _written(call, row["id"], 201)


def _guessed_customer(call: Call, sent: Row) -> int | None:
    """`customer_id: "guess:mail@example.com"` finds or creates the customer."""
    wanted = str(sent.get("customer_id") or "")
    if not wanted.startswith("guess:"):
        return None
    del sent["customer_id"]
    email = wanted.removeprefix("guess:").strip()
    known = call.desk.db.value("SELECT id FROM users WHERE lower(email) = lower(?)", (email,))
    if known is not None:
        return int(known)
    return people.add_user(call.desk, NewUser(email, "", "", email), call.who.id)


def _first_article(call: Call, row: Row) -> Row | None:
    article = call.sent.get("article")
    if not isinstance(article, dict):
        return None
    return articles.post(call.desk, row, article, call.who.id)


def _add_tags(call: Call, row: Row) -> None:
    wanted = call.sent.get("tags")
    items = wanted if isinstance(wanted, list) else str(wanted or "").split(",")
    for item in items:
        if str(item).strip():
            tags.add(call.desk, row, tags.cleaned(item), call.who.id)


def update(call: Call) -> Answer:
    """PUT /tickets/{id}: the sent keys, and an article in the same transaction."""
    desk, who = call.desk, call.who
    row = access.permitted_ticket(desk, who, call.id(TICKET), "change")
    article = call.sent.get("article")
    changed = tickets.change(desk, row, call.sent, who.id)
    if isinstance(article, dict):
        articles.post(desk, changed, article, who.id)
        changed = desk.record(TICKET, row["id"])
    if changed["updated_at"] != row["updated_at"]:
        history.notified(desk, changed, "update", Actor(who.id, changed["updated_at"]))
    return _written(call, row["id"], 200)


def _written(call: Call, ticket_id: int, status: int) -> Answer:
    row = call.desk.record(TICKET, ticket_id)
    return Answer(render.ticket(call.desk, row, expand=call.expand), status)


def destroy(call: Call) -> Answer:
    """DELETE /tickets/{id}, admins only."""
    row = call.desk.record(TICKET, call.id(TICKET))
    if not call.who.may("admin"):
        raise forbidden("Not authorized (admin permission required)!")
    tickets.delete(call.desk, row)
    return Answer(None, empty=True)


def show_history(call: Call) -> Answer:
    """GET /ticket_history/{id}."""
    call.desk.record(TICKET, call.id(TICKET))
    call.demand("ticket.agent")
    row = access.readable_ticket(call.desk, call.who, call.id(TICKET))
    return Answer(history.listing(call.desk, row))


def merge_tickets(call: Call) -> Answer:
    """PUT /ticket_merge/{source id}/{target number}."""
    call.demand("ticket.agent")
    number = call.path["number"]
    target_id = call.desk.db.value("SELECT id FROM tickets WHERE number = ?", (number,))
    if target_id is None:
        message = "The target ticket number could not be found."
        return Answer({"result": "failed", "message": message})
    source = access.permitted_ticket(call.desk, call.who, call.id(TICKET), "change")
    target = access.permitted_ticket(call.desk, call.who, target_id, "change")
    into, merged = merge.merge(call.desk, source, target, call.who.id)
    return Answer(
        {
            "result": "success",
            "target_ticket": render.ticket(call.desk, into, ids=False),
            "source_ticket": render.ticket(call.desk, merged, ids=False),
        }
    )


def list_links(call: Call) -> Answer:
    """GET /links of one ticket."""
    ticket_id = _sent_ticket(call, "link_object_value")
    return Answer(merge.links_of(call.desk, ticket_id))


def add_link(call: Call) -> Answer:
    """POST /links/add: both tickets are touched."""
    number = str(call.sent.get("link_object_source_number") or "")
    source_id = call.desk.db.value("SELECT id FROM tickets WHERE number = ?", (number,))
    if source_id is None:
        raise invalid(f"Couldn't find Ticket with number {number}")
    target_id = _sent_ticket(call, "link_object_target_value", "change")
    access.permitted_ticket(call.desk, call.who, source_id, "change")
    kind = str(call.sent.get("link_type") or "normal")
    merge.add_link(call.desk, kind, int(source_id), target_id)
    for ticket_id in (int(source_id), target_id):
        tickets.touch(call.desk, ticket_id)
    return Answer(True, 201)


def remove_link(call: Call) -> Answer:
    """DELETE /links/remove: both tickets are touched."""
    source_id = _sent_ticket(call, "link_object_source_value", "change")
    target_id = _sent_ticket(call, "link_object_target_value", "change")
    merge.remove_link(call.desk, source_id, target_id)
    for ticket_id in (source_id, target_id):
        tickets.touch(call.desk, ticket_id)
    return Answer(True)


def _sent_ticket(call: Call, name: str, level: str = "read") -> int:
    value = call.sent.get(name)
    if value is None:
        raise ApiError(404, "Couldn't find Ticket without an ID")
    return int(access.permitted_ticket(call.desk, call.who, value, level)["id"])
