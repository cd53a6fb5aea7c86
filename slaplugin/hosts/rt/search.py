"""Searches read to their true end.

Rows that the account may not see are dropped after a page is cut: a short page, even an empty one,
is not the end (facts 4). An SQL error is answered with 200 and nothing (facts 3). So an end is
believed only when something else confirms it.
"""

from __future__ import annotations

from slaplugin.app.errors import HostTemporaryError
from slaplugin.hosts.rt.client import Client, Found
from slaplugin.hosts.rt.timeline.raw import Row, row_of
from slaplugin.hosts.rt.wire import Record

TICKETS_ONLY = "ObjectType='RT::Ticket'"
NO_MAIL = "Type!='EmailRecord' AND Type!='CommentEmailRecord'"
"""Records of mail sent are no events, and hidden from most accounts (facts 4)."""
_SLACK = 10
"""Seconds by which a ticket's stamp may be later than its newest visible transaction."""
_HIDDEN_PAGES = 5
"""Pages of rows that may all be hidden before an answer counts as a failed one."""


def every_ticket(client: Client, query: str, fields: str) -> list[Record]:
    """All tickets of a query, by id. HostTemporaryError where the answer contradicts itself."""
    rows: list[Record] = []
    page = 1
    while True:
        found = client.tickets(query, page=page, fields=fields, orderby="id", order="ASC")
        rows.extend(found.items)
        check_count(found)
        if found.ended:
            return rows
        page += 1


def check_count(found: Found) -> None:
    """A page in the middle of its results that holds none: an error that was swallowed."""
    before = (found.page - 1) * found.size
    if found.total is not None and not found.items and found.total > before:
        raise HostTemporaryError(
            f"the helpdesk counts {found.total} tickets and lists none of them: its database "
            "failed; nothing was saved from it, the next cycle tries again"
        )


def every_transaction(client: Client, of: str, *, until: int | None = None) -> list[Record]:
    """All transactions of the tickets that ``of`` names, by id.

    ``until``: the number of the newest one where it is known; else an empty page ends it, which
    :func:`is_whole` confirms for each ticket.
    """
    rows: list[Record] = []
    after = ""
    while True:
        found = client.transactions(f"{TICKETS_ONLY} AND {of}{after} AND {NO_MAIL}")
        rows.extend(found.items)
        last = int(found.items[-1]["id"]) if found.items else None
        if last is None or (until is not None and last >= until):
            return rows
        after = f" AND id>{last}"


def is_whole(client: Client, ticket_id: str, newest: Row, changed: int) -> bool:
    """Whether no transaction up to a ticket's stamp is missing after the one that was read last.

    Each transaction stamps its ticket (facts 6): only where the stamp is later is the host asked
    again, newest first. ``changed`` is the stamp, UTC epoch seconds.
    """
    if newest.at >= changed - _SLACK:
        return True
    query = f"{TICKETS_ONLY} AND ObjectId={int(ticket_id)} AND {NO_MAIL}"
    for page in range(1, _HIDDEN_PAGES + 1):
        rows = [row_of(row) for row in client.transactions(query, page=page, order="DESC").items]
        if rows:
            return not any(row.id > newest.id and row.at <= changed for row in rows)
    return False


def feed_from(number: int) -> str:
    """The query for all tickets' transactions from a number on."""
    return f"{TICKETS_ONLY} AND id>={number} AND {NO_MAIL}"
