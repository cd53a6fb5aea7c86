"""The page of one ticket: facts, conversation with internal notes, history."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slaplugin.demo import tags
from slaplugin.demo.pages import parts, views
from slaplugin.demo.pages.markup import Markup, el, join
from slaplugin.demo.schema import ARTICLE_TYPES, SENDERS

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk

_TAGS = re.compile(r"<[^>]*>")
_CHANNELS = {"email": "e-mail", "phone": "phone call", "web": "web form", "note": "note"}


def page(desk: Desk, ticket_id: int) -> str | None:
    """The whole page, None when there is no such ticket."""
    row = views.ticket(desk, ticket_id)
    if row is None:
        return None
    counts = views.listing(desk, "open", 1).counts
    heading = el("h1", el("small", f"#{row['number']}", class_="quiet"), " ", row["title"])
    talk = el(
        "section",
        el("h2", "Conversation"),
        *[_article(article) for article in views.articles(desk, ticket_id)],
        class_="talk",
        aria_label="Conversation",
    )
    body = el("div", heading, el("div", talk, _facts(desk, row), class_="columns"), class_="ticket")
    past = _history(desk, ticket_id)
    return parts.frame(desk, f"#{row['number']}", join(body, past), counts, "")


def _facts(desk: Desk, row: Row) -> Markup:
    pairs: list[tuple[str, Markup]] = [
        ("State", el("span", row["state_name"])),
        ("Priority", parts.priority(row["priority_name"])),
        ("Group", el("span", row["group_name"])),
        ("Owner", parts.person(row["owner_name"])),
        ("Tags", parts.chips(tags.names(desk, row["id"]))),
        *_custom(desk, row),
        ("Customer", _customer(row)),
        ("Organization", parts.person(row["organization_name"])),
        ("Pending till", parts.moment(row["pending_time"])),
        ("Created", parts.moment(row["created_at"])),
        ("First response", parts.moment(row["first_response_at"])),
        ("Closed", parts.moment(row["close_at"])),
        ("Updated", parts.moment(row["updated_at"])),
    ]
    items = [el("div", el("dt", name), el("dd", value)) for name, value in pairs]
    return el("aside", el("h2", "Ticket"), el("dl", *items), class_="facts", aria_label="Ticket")


def _customer(row: Row) -> Markup:
    vip = el("abbr", "VIP", title="This customer is a VIP", class_="vip")
    return join(row["customer_name"], join(" ", vip) if row["customer_vip"] else None)


def _custom(desk: Desk, row: Row) -> list[tuple[str, Markup]]:
    options = views.option_labels(desk)
    pairs = []
    for name, label in views.field_labels(desk).items():
        value = row[name]
        text = options.get(name, {}).get(str(value), value)
        if name == "sla_due_at":
            shown = parts.due(desk, value)
        elif name == "sla_state":
            shown = parts.badge(value, str(text))
        else:
            shown = parts.person(None if value in (None, "") else str(text))
        pairs.append((label, shown))
    return pairs


def _article(row: Row) -> Markup:
    sender = SENDERS[row["sender_id"]]
    kind = ARTICLE_TYPES[row["type_id"]]
    author = "Automatic reply" if sender == "System" else row["origin"] or row["author"]
    taken = f", taken by {row['author']}" if row["origin"] else ""
    internal = bool(row["internal"])
    label = el("b", "Internal note", class_="internal-mark") if internal else None
    head = el(
        "header",
        label,
        el("strong", author),
        el("span", f"{sender}, {_CHANNELS.get(kind, kind)}{taken}", class_="quiet"),
        parts.moment(row["created_at"]),
    )
    body = row["body"]
    if row["content_type"] == "text/html":
        body = _TAGS.sub("", body)
    style = "internal" if internal else sender.lower()
    return el("article", head, el("p", body, class_="body"), class_=style)


def _history(desk: Desk, ticket_id: int) -> Markup:
    rows = views.history(desk, ticket_id)
    items = [
        el(
            "li",
            parts.moment(row["created_at"]),
            " ",
            el("strong", _author(row)),
            " ",
            *_sentence(desk, row),
        )
        for row in rows
    ]
    summary = el("summary", "History ", el("small", f"{len(rows)} entries", class_="quiet"))
    return el("details", summary, el("ol", *items), class_="history", id="history", open=True)


def _author(row: Row) -> str:
    return "System" if row["created_by_id"] == 1 else str(row["author"])


def _sentence(desk: Desk, row: Row) -> list[Markup | str]:
    kind, value = row["type"], row["value_to"] or "nothing"
    if row["attribute"] == "tag":
        verb = "added" if kind == "added" else "removed"
        return [f"{verb} the tag ", el("code", value)]
    if kind in ("merged_into", "received_merge"):
        other = row["id_to"] if kind == "merged_into" else row["id_from"]
        words = "merged this into " if kind == "merged_into" else "merged into this: "
        return [
            words,
            el("a", f"#{views.number_of(desk, other) or other}", href=f"/tickets/{other}"),
        ]
    if row["object"] == "Ticket::Article":
        return [
            {"created": "wrote an article", "email": f"sent a mail to {value}"}.get(
                kind, f"changed the article's {row['attribute']} to {value}"
            )
        ]
    if kind == "updated":
        name = str(row["attribute"]).replace("_", " ")
        if not row["value_from"]:
            return [f"set {name} to ", el("ins", value)]
        return [f"changed {name}: ", el("del", row["value_from"]), " → ", el("ins", value)]
    return ["opened the ticket" if kind == "created" else kind]
