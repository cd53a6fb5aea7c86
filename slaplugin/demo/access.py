"""Who may do what: permissions of roles and tokens, access levels of groups (facts 1.2, 1.3)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slaplugin.demo.errors import forbidden
from slaplugin.demo.schema import NOBODY, TICKET, USER

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller: a user and, for token access, what the token may do (None: everything)."""

    user: Row
    permissions: frozenset[str]
    token: frozenset[str] | None = None

    @property
    def id(self) -> int:
        """The user's id."""
        return int(self.user["id"])

    @property
    def sees_reasons(self) -> bool:
        """Admins read the reason of refusals that others get as an Error ID (live facts 2)."""
        granted = self.permissions if self.token is None else self.token
        return "admin" in granted and "admin" in self.permissions

    def may(self, permission: str) -> bool:
        """Whether user and token both hold the permission or a parent of it."""
        return _holds(self.permissions, permission) and (
            self.token is None or _holds(self.token, permission)
        )


def permissions_of(desk: Desk, user_id: int) -> frozenset[str]:
    """What the roles of a user grant."""
    rows = desk.db.column(
        "SELECT permissions FROM roles JOIN user_roles ON role_id = roles.id WHERE user_id = ?",
        (user_id,),
    )
    return frozenset(name for text in rows for name in json.loads(text))


def demand(who: Identity, *permissions: str) -> None:
    """403 unless one of the permissions is held; the text says whose lack it is."""
    if any(who.may(permission) for permission in permissions):
        return
    token_lacks = who.token is not None and not any(
        _holds(who.token, permission) for permission in permissions
    )
    raise forbidden(f"Not authorized ({'token' if token_lacks else 'user'})!")


def _holds(granted: frozenset[str], permission: str) -> bool:
    parts = permission.split(".")
    return any(".".join(parts[: count + 1]) in granted for count in range(len(parts)))


def group_levels(desk: Desk, user_id: int) -> dict[int, list[str]]:
    """The user's own access levels by group id."""
    levels: dict[int, list[str]] = {}
    rows = desk.db.all(
        "SELECT group_id, access FROM group_access WHERE user_id = ? ORDER BY id", (user_id,)
    )
    for row in rows:
        levels.setdefault(row["group_id"], []).append(row["access"])
    return levels


def groups_with(desk: Desk, user_id: int, level: str) -> list[int]:
    """Ids of the groups in which the user holds `level` or `full`."""
    return desk.db.column(
        "SELECT DISTINCT group_id FROM group_access WHERE user_id = ? AND access IN (?, 'full')"
        " ORDER BY group_id",
        (user_id, level),
    )


def can_own(desk: Desk, user_id: int, group_id: int) -> bool:
    """Only active agents with `full` access to the group can own its tickets (facts 6.4)."""
    user = desk.db.get(USER.table, user_id)
    if user is None or not user["active"] or "ticket.agent" not in permissions_of(desk, user_id):
        return False
    return "full" in group_levels(desk, user_id).get(group_id, [])


def ticket_scope(desk: Desk, who: Identity) -> tuple[str, list[object]]:
    """SQL over `tickets` for the rows the user may list, with its values.

    The token's permissions do not narrow it (live facts 1).
    """
    if "ticket.agent" in who.permissions:
        ids = groups_with(desk, who.id, "read")
        return f"tickets.group_id IN ({', '.join('?' * len(ids))})", list(ids)
    organization = who.user["organization_id"]
    if organization is None:
        return "tickets.customer_id = ?", [who.id]
    return "(tickets.customer_id = ? OR tickets.organization_id = ?)", [who.id, organization]


def readable_ticket(desk: Desk, who: Identity, ticket_id: object) -> Row:
    """The ticket when the caller may read it; else 404 or 403."""
    return permitted_ticket(desk, who, ticket_id, "read")


def permitted_ticket(desk: Desk, who: Identity, ticket_id: object, level: str) -> Row:
    """The ticket when the caller holds `level` on its group; else 404 or 403.

    The owner is let in without group access, customers to their own tickets (facts 1.3).
    """
    ticket = desk.record(TICKET, ticket_id)
    if who.may("ticket.agent"):
        if ticket["owner_id"] == who.id or ticket["group_id"] in groups_with(desk, who.id, level):
            return ticket
    elif who.may("ticket.customer") and _is_customers(ticket, who):
        return ticket
    raise forbidden()


def _is_customers(ticket: Row, who: Identity) -> bool:
    organization = who.user["organization_id"]
    shared = organization is not None and ticket["organization_id"] == organization
    return bool(ticket["customer_id"] == who.id or shared)


def agents_to_tell(desk: Desk, ticket: Row, actor_id: int) -> list[str]:
    """Mail addresses that a change of the ticket is announced to, the actor left out.

    The owner alone when there is one, else every agent who may change the group's tickets.
    """
    if ticket["owner_id"] != NOBODY:
        sql = "SELECT email FROM users WHERE id = ? AND id <> ? AND active = 1"
        return desk.db.column(sql, (ticket["owner_id"], actor_id))
    return desk.db.column(
        "SELECT DISTINCT email FROM users JOIN group_access ON user_id = users.id"
        " WHERE group_id = ? AND access IN ('change', 'full') AND users.id <> ? AND active = 1"
        " ORDER BY users.id",
        (ticket["group_id"], actor_id),
    )


def group_members(desk: Desk, group_id: int) -> list[int]:
    """User ids with access to a group, once for each access level, as the API lists them."""
    return desk.db.column(
        "SELECT user_id FROM group_access WHERE group_id = ? ORDER BY user_id, id",
        (group_id,),
    )
