"""Listing and searching tickets: caps, paging, sorting, the text search (live facts 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slaplugin.demo import conditions, render
from slaplugin.demo.access import ticket_scope
from slaplugin.demo.assets import Assets
from slaplugin.demo.errors import broken, refused
from slaplugin.demo.schema import TICKET

if TYPE_CHECKING:
    from slaplugin.demo.access import Identity
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk


@dataclass(frozen=True, slots=True)
class Page:
    """How much to list and where to begin; `number` counts from 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """Rows to skip."""
        return (self.number - 1) * self.size


def page_of(sent: dict[str, Any], default: int, cap: int) -> Page:
    """The page that was asked for; `per_page` and `limit` mean the same and are cut silently."""
    number = _count(sent.get("page"), 1)
    if number < 1:
        raise refused("PG::InvalidRowCountInResultOffsetClause: OFFSET must not be negative")
    wanted = sent.get("per_page")
    size = _count(wanted if wanted is not None else sent.get("limit"), default)
    return Page(number, min(max(size, 0), cap))


def _count(value: Any, default: int) -> int:
    try:
        return default if value is None or value == "" else int(value)
    except (TypeError, ValueError):
        return 0


def index(desk: Desk, who: Identity, page: Page) -> list[Row]:
    """Readable tickets by ascending id; sorting and filters do not exist here."""
    scope, values = ticket_scope(desk, who)
    return desk.db.all(
        f"SELECT * FROM tickets WHERE {scope} ORDER BY id LIMIT ? OFFSET ?",  # noqa: S608
        (*values, page.size, page.offset),
    )


def find(desk: Desk, who: Identity, sent: dict[str, Any]) -> list[Row]:
    """Readable tickets by condition or text; a `query` key makes a condition count for nothing."""
    page = page_of(sent, 50, 200)
    where, values = ticket_scope(desk, who)
    extra = _filter(desk, sent)
    if extra is not None:
        where, values = f"{where} AND {extra.text}", [*values, *extra.values]
    order = order_sql(desk, TICKET.table, sent)
    return desk.db.all(
        f"SELECT tickets.* FROM tickets{conditions.JOINS} WHERE {where}"  # noqa: S608
        f" ORDER BY {order} LIMIT ? OFFSET ?",
        (*values, page.size, page.offset),
    )


def _filter(desk: Desk, sent: dict[str, Any]) -> conditions.Sql | None:
    query = sent.get("query")
    if query is not None:
        return _text(str(query))
    if "condition" not in sent:
        return None
    return conditions.to_sql(desk, sent["condition"])


def _text(query: str) -> conditions.Sql | None:
    """Case-sensitive substring of title, number or an article; `*` and nothing match all."""
    if query.strip() in ("", "*"):
        return None
    like = f"%{query.strip()}%"
    return conditions.Sql(
        "EXISTS (SELECT 1 FROM articles WHERE articles.ticket_id = tickets.id AND ("
        'tickets.title LIKE ? OR tickets.number LIKE ? OR body LIKE ? OR "from" LIKE ?'
        ' OR "to" LIKE ? OR subject LIKE ?))',
        (like,) * 6,
    )


def order_sql(desk: Desk, table: str, sent: dict[str, Any], default: str = "updated_at") -> str:
    """ORDER BY text: columns and directions are matched by position, the rest is dropped.

    500 for an unknown column or direction (facts 2.4).
    """
    columns, words = _list(sent.get("sort_by")), _list(sent.get("order_by"))
    known = set(desk.db.column("SELECT name FROM pragma_table_info(?)", (table,)))
    for column in columns:
        if column not in known:
            raise broken(f"Found invalid column '{column}' for sorting.")
    for word in words:
        if word.lower() not in ("asc", "desc"):
            raise broken(f"Found invalid order by value {word}. Please use 'asc' or 'desc'.")
    pairs = list(zip(columns, words, strict=False))
    if columns and not words:
        pairs = [(columns[0], "asc")]
    if not pairs:
        direction = "desc" if default == "updated_at" else "asc"
        pairs = [(default, words[0] if words else direction)]
    return ", ".join(f'{table}."{column}" {word}' for column, word in pairs)


def _list(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    parts = value if isinstance(value, list) else str(value).split(",")
    return [str(part).strip() for part in parts]


def answer(desk: Desk, rows: list[Row], *, expand: bool) -> Any:
    """The search's answer: a list with names, or ids with assets; the count is this page's."""
    if expand:
        return [render.ticket(desk, row, expand=True) for row in rows]
    assets = Assets(desk)
    for row in rows:
        assets.add_ticket(row)
    ids = [row["id"] for row in rows]
    return {"tickets": ids, "tickets_count": len(ids), "assets": assets.answer()}
