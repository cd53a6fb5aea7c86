"""What the pages show, read from the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from slaplugin.demo.clock import epoch_ms
from slaplugin.demo.schema import TICKET

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk

ZONE = ZoneInfo("Europe/Berlin")
PAGE_SIZE = 60

_OPEN = "tickets.state_id IN (SELECT id FROM ticket_states WHERE state_type_id IN (1, 2, 3, 4))"
_TAGGED = (
    "EXISTS (SELECT 1 FROM tags JOIN tag_items ON tag_items.id = item_id"
    " WHERE ticket_id = tickets.id AND name LIKE ?)"
)
_SELECT = """SELECT tickets.*, groups.name AS group_name, states.name AS state_name,
  priorities.name AS priority_name, customer.firstname || ' ' || customer.lastname AS customer_name,
  customer.vip AS customer_vip, organizations.name AS organization_name,
  owner.firstname || ' ' || owner.lastname AS owner_name
  FROM tickets JOIN groups ON groups.id = group_id
  JOIN ticket_states states ON states.id = state_id
  JOIN ticket_priorities priorities ON priorities.id = priority_id
  JOIN users customer ON customer.id = customer_id JOIN users owner ON owner.id = owner_id
  LEFT JOIN organizations ON organizations.id = tickets.organization_id"""


@dataclass(frozen=True, slots=True)
class Overview:
    """A filter of the list with its words."""

    name: str
    label: str
    empty: str


OVERVIEWS = (
    Overview("open", "All open", "No open tickets."),
    Overview("breached", "Breached", "Nothing is breached."),
    Overview("at_risk", "At risk", "Nothing is at risk."),
    Overview("due_today", "Due today", "Nothing is due today."),
    Overview("all", "All", "There are no tickets yet."),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of an overview: rows, how many there are in each overview, tags by ticket id."""

    overview: Overview
    page: int
    rows: list[Row]
    counts: dict[str, int]
    tags: dict[int, list[str]]

    @property
    def last_page(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.counts[self.overview.name] // PAGE_SIZE))


def listing(desk: Desk, name: str, page: int) -> Listing:
    """The page `page` of the overview `name`; an unknown name is the first overview."""
    overview = next((each for each in OVERVIEWS if each.name == name), OVERVIEWS[0])
    where, values = _where(desk, overview.name)
    order = "tickets.updated_at DESC, tickets.id"
    if overview.name not in ("open", "all") and _has_due(desk):
        order = "tickets.sla_due_at IS NULL, tickets.sla_due_at, tickets.id"
    rows = desk.db.all(
        f"{_SELECT} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
        (*values, PAGE_SIZE, (page - 1) * PAGE_SIZE),
    )
    counts = {each.name: _count(desk, each.name) for each in OVERVIEWS}
    return Listing(overview, page, rows, counts, _tags(desk, [row["id"] for row in rows]))


def ticket(desk: Desk, ticket_id: int) -> Row | None:
    """One ticket with the names of what it refers to."""
    return desk.db.one(f"{_SELECT} WHERE tickets.id = ?", (ticket_id,))


def articles(desk: Desk, ticket_id: int) -> list[Row]:
    """The ticket's articles with their authors, oldest first."""
    return desk.db.all(
        "SELECT articles.*, author.firstname || ' ' || author.lastname AS author,"
        " origin.firstname || ' ' || origin.lastname AS origin FROM articles"
        " JOIN users author ON author.id = articles.created_by_id"
        " LEFT JOIN users origin ON origin.id = origin_by_id WHERE ticket_id = ?"
        " ORDER BY articles.created_at, articles.id",
        (ticket_id,),
    )


def history(desk: Desk, ticket_id: int) -> list[Row]:
    """History rows worth reading, latest first: no notifications, no computed columns."""
    return desk.db.all(
        "SELECT history.*, firstname || ' ' || lastname AS author FROM history"
        " JOIN users ON users.id = history.created_by_id WHERE ticket_id = ?"
        " AND type <> 'notification' AND (attribute IS NULL OR (attribute NOT LIKE 'last\\_%'"
        " ESCAPE '\\' AND attribute NOT IN ('close_at', 'first_response_at')))"
        " ORDER BY history.created_at DESC, history.id DESC",
        (ticket_id,),
    )


def number_of(desk: Desk, ticket_id: int) -> str | None:
    """The number of a ticket, for links to it."""
    number: str | None = desk.db.value("SELECT number FROM tickets WHERE id = ?", (ticket_id,))
    return number


def field_labels(desk: Desk) -> dict[str, str]:
    """Custom ticket fields: name -> label."""
    rows = desk.db.all("SELECT name, display FROM object_attributes WHERE object = 'Ticket'")
    custom = desk.custom_types(TICKET.model)
    return {row["name"]: row["display"] for row in rows if row["name"] in custom}


def option_labels(desk: Desk) -> dict[str, dict[str, str]]:
    """Labels of the keys of select fields: field -> key -> label."""
    import json

    rows = desk.db.all(
        "SELECT name, data_option FROM object_attributes WHERE object = 'Ticket' AND editable = 1"
    )
    return {row["name"]: json.loads(row["data_option"]).get("options") or {} for row in rows}


def _count(desk: Desk, name: str) -> int:
    where, values = _where(desk, name)
    return int(desk.db.value(f"SELECT count(*) FROM tickets WHERE {where}", values))  # noqa: S608


def _where(desk: Desk, name: str) -> tuple[str, list[object]]:
    fields = desk.custom_types(TICKET.model)
    if name == "all":
        return "1", []
    if name == "due_today":
        if not _has_due(desk):
            return "0", []
        return f"{_OPEN} AND tickets.sla_due_at <= ?", [_end_of_day(desk)]
    marks = {"breached": ("%breach%", "overdue"), "at_risk": ("%risk%", "at_risk")}
    if name not in marks:
        return _OPEN, []
    tag, state = marks[name]
    if "sla_state" in fields:
        return f"{_OPEN} AND ({_TAGGED} OR tickets.sla_state = ?)", [tag, state]
    return f"{_OPEN} AND {_TAGGED}", [tag]


def _has_due(desk: Desk) -> bool:
    return "sla_due_at" in desk.custom_types(TICKET.model)


def _end_of_day(desk: Desk) -> int:
    today = desk.clock.now().astimezone(ZONE).date()
    return epoch_ms(datetime.combine(today + timedelta(days=1), time(0), ZONE)) - 1


def _tags(desk: Desk, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {ticket_id: [] for ticket_id in ids}
    marks = ", ".join("?" * len(ids))
    sql = (
        "SELECT ticket_id, name FROM tags JOIN tag_items ON tag_items.id = item_id"  # noqa: S608
        f" WHERE ticket_id IN ({marks}) ORDER BY tags.id"
    )
    for row in desk.db.all(sql, ids):
        found[row["ticket_id"]].append(row["name"])
    return found
