"""Endpoints of users, groups, roles, organizations and access tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slaplugin.demo import auth, people, render, search
from slaplugin.demo.access import can_own, permissions_of
from slaplugin.demo.api.call import Answer, Call
from slaplugin.demo.errors import broken, forbidden
from slaplugin.demo.schema import GROUP, NOBODY, ORGANIZATION, ROLE, USER

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.schema import ObjectType


def listing(call: Call, kind: ObjectType, default: int = 500) -> Answer:
    """A page of any table, by id unless sorted; at most 1000 rows. Users know no other order."""
    page = search.page_of(call.sent, default, 1000)
    sent = {} if kind is USER else call.sent
    order = search.order_sql(call.desk, kind.table, sent, default="id")
    rows = call.desk.db.all(
        f'SELECT * FROM "{kind.table}" ORDER BY {order} LIMIT ? OFFSET ?',  # noqa: S608
        (page.size, page.offset),
    )
    return Answer([render.record(call.desk, kind, row, expand=call.expand) for row in rows])


def single(call: Call, kind: ObjectType) -> Answer:
    """One record of any table."""
    row = call.desk.record(kind, call.id(kind))
    return Answer(render.record(call.desk, kind, row, expand=call.expand))


def me(call: Call) -> Answer:
    """GET /users/me."""
    return Answer(render.record(call.desk, USER, call.who.user, expand=call.expand))


def users(call: Call) -> Answer:
    """GET /users: agents see everybody, customers themselves."""
    if not _sees_people(call):
        return Answer([render.record(call.desk, USER, call.who.user, expand=call.expand)])
    return listing(call, USER, 100)


def user(call: Call) -> Answer:
    """GET /users/{id}."""
    row = call.desk.record(USER, call.id(USER))
    if not _sees_people(call) and row["id"] != call.who.id:
        raise forbidden()
    return Answer(render.record(call.desk, USER, row, expand=call.expand))


def user_search(call: Call) -> Answer:
    """GET and POST /users/search: text, group access and permissions; 500 without a query."""
    if not _sees_people(call):
        raise forbidden("Not authorized (user)!")
    query = call.sent.get("query")
    if query is None:
        raise broken("undefined method `delete' for nil:NilClass")
    page = search.page_of(call.sent, 100, 1000)
    order = search.order_sql(call.desk, USER.table, call.sent, default="id")
    like = f"%{str(query).strip().strip('*')}%".lower()
    matches = " OR ".join(
        f"lower({column}) LIKE ?2" for column in ("firstname", "lastname", "email", "login")
    )
    sql = f"SELECT * FROM users WHERE id <> ?1 AND ({matches}) ORDER BY {order}"  # noqa: S608
    rows = call.desk.db.all(sql, (NOBODY, like))
    fitting = [row for row in rows if _fits(call, row)][page.offset : page.offset + page.size]
    return Answer([render.record(call.desk, USER, row, expand=call.expand) for row in fitting])


def _fits(call: Call, row: Row) -> bool:
    groups = call.sent.get("group_ids")
    wanted = call.sent.get("permissions")
    if isinstance(groups, dict) and not all(
        can_own(call.desk, row["id"], int(group_id)) for group_id in groups
    ):
        return False
    if not wanted:
        return True
    held = permissions_of(call.desk, row["id"])
    return any(name in held for name in ([wanted] if isinstance(wanted, str) else wanted))


def update_user(call: Call) -> Answer:
    """PUT /users/{id}, admin.user."""
    call.demand("admin.user")
    row = call.desk.record(USER, call.id(USER))
    sent = _named_organization(call)
    row = people.change_user(call.desk, row, sent, call.who.id)
    return Answer(render.record(call.desk, USER, row, expand=call.expand))


def _named_organization(call: Call) -> dict[str, Any]:
    sent = dict(call.sent)
    name = sent.pop("organization", None)
    if name is not None and "organization_id" not in sent:
        sql = "SELECT id FROM organizations WHERE name = ?"
        sent["organization_id"] = call.desk.db.value(sql, (name,))
    return sent


def _sees_people(call: Call) -> bool:
    return call.who.may("ticket.agent") or call.who.may("admin.user")


def organizations(call: Call) -> Answer:
    """GET /organizations."""
    call.demand("ticket.agent", "admin.organization")
    return listing(call, ORGANIZATION)


def organization(call: Call) -> Answer:
    """GET /organizations/{id}."""
    call.demand("ticket.agent", "admin.organization")
    return single(call, ORGANIZATION)


def organization_search(call: Call) -> Answer:
    """GET and POST /organizations/search?query=."""
    call.demand("ticket.agent", "admin.organization")
    page = search.page_of(call.sent, 100, 1000)
    order = search.order_sql(call.desk, ORGANIZATION.table, call.sent, default="id")
    like = f"%{str(call.sent.get('query') or '').strip().strip('*')}%".lower()
    rows = call.desk.db.all(
        f"SELECT * FROM organizations WHERE lower(name) LIKE ? ORDER BY {order}"  # noqa: S608
        " LIMIT ? OFFSET ?",
        (like, page.size, page.offset),
    )
    shown = [render.record(call.desk, ORGANIZATION, row, expand=call.expand) for row in rows]
    return Answer(shown)


def update_organization(call: Call) -> Answer:
    """PUT /organizations/{id}, admin.organization."""
    call.demand("admin.organization")
    row = call.desk.record(ORGANIZATION, call.id(ORGANIZATION))
    row = people.change_organization(call.desk, row, call.sent, call.who.id)
    return Answer(render.record(call.desk, ORGANIZATION, row, expand=call.expand))


def groups(call: Call) -> Answer:
    """GET /groups: on 5.5 admin.group only."""
    call.demand("admin.group")
    return listing(call, GROUP)


def group(call: Call) -> Answer:
    """GET /groups/{id}: on 5.5 admin.group only."""
    call.demand("admin.group")
    return single(call, GROUP)


def roles(call: Call) -> Answer:
    """GET /roles, admin.role."""
    call.demand("admin.role")
    return listing(call, ROLE)


def create_token(call: Call) -> Answer:
    """POST /user_access_token: the value is in `name`, shown this once."""
    call.demand("user_preferences.access_token")
    permissions = [str(name) for name in call.sent.get("permission") or []]
    label = str(call.sent.get("label") or call.sent.get("name") or "")
    return Answer({"name": auth.create_token(call.desk, call.who.id, permissions, label=label)})
