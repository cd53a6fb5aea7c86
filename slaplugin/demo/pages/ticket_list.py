"""The page with the list of tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slaplugin.demo.pages import parts, views
from slaplugin.demo.pages.markup import Markup, el, join

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk
    from slaplugin.demo.pages.views import Listing

_COLUMNS = ("Number", "Title", "Customer", "Group", "Owner", "Priority", "State", "Tags")
_SLA_COLUMNS = ("SLA due", "SLA state")


def page(desk: Desk, view: str, number: int) -> str:
    """The list of an overview as a whole page."""
    found = views.listing(desk, view, number)
    body = join(
        el("h1", found.overview.label, " ", el("small", _range(found), class_="quiet")),
        _table(desk, found) if found.rows else el("p", found.overview.empty, class_="empty"),
        _pager(found),
    )
    return parts.frame(desk, found.overview.label, body, found.counts, found.overview.name)


def _range(found: Listing) -> str:
    total = found.counts[found.overview.name]
    if total <= views.PAGE_SIZE:
        return f"{total} tickets" if total != 1 else "1 ticket"
    first = (found.page - 1) * views.PAGE_SIZE + 1
    return f"{first}–{first + len(found.rows) - 1} of {total} tickets"


def _table(desk: Desk, found: Listing) -> Markup:
    fields = views.field_labels(desk)
    names = [*_COLUMNS, *[name for name in _SLA_COLUMNS if _field(name) in fields], "Updated"]
    options = views.option_labels(desk).get("sla_state", {})
    head = el("tr", *[el("th", name, scope="col") for name in names])
    rows = [_row(desk, row, found.tags[row["id"]], names, options) for row in found.rows]
    return el("table", el("thead", head), el("tbody", *rows), class_="tickets")


def _field(column: str) -> str:
    return {"SLA due": "sla_due_at", "SLA state": "sla_state"}[column]


def _row(
    desk: Desk, row: Row, tags: list[str], names: list[str], options: dict[str, str]
) -> Markup:
    state = row.get("sla_state")
    cells = {
        "Number": el("a", f"#{row['number']}", href=f"/tickets/{row['id']}"),
        "Title": el("a", row["title"], href=f"/tickets/{row['id']}", class_="title"),
        "Customer": _customer(row),
        "Group": el("span", row["group_name"]),
        "Owner": parts.person(row["owner_name"]),
        "Priority": parts.priority(row["priority_name"]),
        "State": el("span", row["state_name"]),
        "Tags": parts.chips(tags),
        "SLA due": parts.due(desk, row.get("sla_due_at")),
        "SLA state": parts.badge(state, options.get(state or "")),
        "Updated": parts.moment(row["updated_at"]),
    }
    tones = {parts.tone(word) for word in [*tags, state or ""]}
    style = "bad" if "bad" in tones else "warn" if "warn" in tones else None
    shown = [el("td", cells[name], data_label=name, class_=_css(name)) for name in names]
    return el("tr", *shown, class_=style)


def _customer(row: Row) -> Markup:
    vip = el("abbr", "VIP", title="This customer is a VIP", class_="vip")
    organization = row["organization_name"]
    return join(
        row["customer_name"],
        join(" ", vip) if row["customer_vip"] else None,
        el("small", organization, class_="quiet block") if organization else None,
    )


def _css(name: str) -> str:
    return name.lower().replace(" ", "-")


def _pager(found: Listing) -> Markup | None:
    if found.last_page == 1:
        return None
    links = []
    for label, number in (("← Newer", found.page - 1), ("Older →", found.page + 1)):
        if 1 <= number <= found.last_page:
            address = f"/?view={found.overview.name}&page={number}"
            links.append(el("a", label, href=address))
    return el("nav", *links, class_="pager", aria_label="Pages")
