"""What setting up and examining a Zammad needs beside the main job: ``init`` and ``doctor``.

Nothing here is used by a cycle. Creating fields and overviews needs an administrator's credential,
which the caller hands in for that once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from slaplugin.app.errors import HostError, HostPermanentError
from slaplugin.core.actions import ChangeKind
from slaplugin.hosts.access import in_header
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.http import Call, Transport
from slaplugin.hosts.office import FieldFinding, FieldKind, WantedField, finding_by_type
from slaplugin.hosts.zammad.client import SCHEME, Client
from slaplugin.hosts.zammad.reference import TicketFields
from slaplugin.report.checks import Check

Record = Mapping[str, Any]

_SEARCH = "api/v1/tickets/search"
_NEEDED = ("read", "create", "change")
"""Access to a group: articles need ``create``, everything else we write ``change`` (facts §1.3)."""

_DATE = {"future": True, "past": True, "diff": None, "null": True}
"""``diff`` None: with a number every new ticket would carry the present (live facts §6)."""
_TEXT = {"type": "text", "maxlength": 250, "default": "", "null": True, "linktemplate": ""}


class Office:
    """The administrative side of one Zammad, as far as the given credential may see it."""

    def __init__(self, config: HostConfig) -> None:
        self._transport = Transport(config, in_header(config, SCHEME))
        self._me: Record | None = None

    def me(self) -> Record:
        """The account of the credential."""
        if self._me is None:
            self._me = self._get("users/me")
        return self._me

    def who(self) -> str:
        """The account's login."""
        me = self.me()
        return str(me.get("login") or me.get("id"))

    def skew(self) -> float:
        """Seconds by which the helpdesk's clock is ahead of this machine's."""
        self.me()
        return self._transport.clock.skew()

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def ticket_numbered(self, number: str) -> str | None:
        """Id of the ticket with this number, as people see it; None where there is none."""
        condition = {"ticket.number": {"operator": "is", "value": number}}
        body = {"condition": condition, "limit": 1, "expand": True}
        try:
            found = self._transport.send(Call("POST", _SEARCH, body=body)).data
        except HostPermanentError:
            return None
        return str(found[0]["id"]) if found else None

    def refuses(self, kind: ChangeKind, value: str, field: str | None = None) -> str | None:
        """Never: this host lists its names, and cannot be asked about one without writing."""
        return None

    # ------------------------------------------------------------------ examining

    def checks(self) -> Iterator[Check]:
        """Each permission that the main job needs, and whether searching works."""
        yield self._probe("ticket.agent", "ticket_states", "the token needs ticket.agent")
        yield self._probe("users", "users?per_page=1", "the account must be an agent")
        yield self._search()
        yield self._groups()

    def _probe(self, name: str, path: str, remedy: str) -> Check:
        try:
            self._get(path)
        except HostError as error:
            return Check(name, False, str(error), remedy)
        return Check(name, True, f"GET {path.partition('?')[0]} is answered")

    def _search(self) -> Check:
        condition = {"ticket.id": {"operator": "is not", "value": "0"}}
        body = {"condition": condition, "limit": 1, "expand": True, "sort_by": "id"}
        try:
            found = self._transport.send(Call("POST", _SEARCH, body=body)).data
        except HostError as error:
            remedy = "search by condition must work (it needs no Elasticsearch); see the host's log"
            return Check("search", False, str(error), remedy)
        if not found:
            remedy = "give the account access to the groups whose tickets it should watch"
            return Check("search", None, "search works, but this account sees no ticket", remedy)
        return self._history(found[0]["id"])

    def _history(self, ticket: int) -> Check:
        try:
            self._get(f"ticket_history/{ticket}")
        except HostError as error:
            remedy = "give the token ticket.agent and the account read access to the groups"
            return Check("search", False, f"search works, histories do not: {error}", remedy)
        return Check("search", True, "search by condition and histories work")

    def _groups(self) -> Check:
        access = self.me().get("group_ids") or {}
        if not access:
            said = "the account has no access to groups of its own (roles may give it some)"
            return Check("groups", None, said, "give it full access to each group to be watched")
        poor = sorted(
            str(group)
            for group, levels in access.items()
            if "full" not in levels and not set(_NEEDED) <= set(levels)
        )
        if poor:
            said = f"may not {', '.join(_NEEDED)} in groups with id {', '.join(poor)}"
            return Check("groups", False, said, "give the account full access to these groups")
        hidden = self.hidden_groups()
        if hidden:
            said = f"cannot see the groups {', '.join(hidden)}: their tickets are not watched"
            return Check("groups", False, said, "give the account full access, or leave them out")
        return Check("groups", True, f"may read and write in {len(access)} groups")

    def hidden_groups(self) -> list[str]:
        """Active groups without access; empty also where the account may not list groups."""
        access = {int(group) for group in self.me().get("group_ids") or {}}
        try:
            groups = self._get("groups?per_page=500")
        except HostError:
            return []
        return [
            group["name"] for group in groups if group.get("active") and group["id"] not in access
        ]

    # ------------------------------------------------------------------ setting up

    def attributes(self, model: str = "Ticket") -> dict[str, Record]:
        """Custom and built-in attributes by name (needs admin.object)."""
        listed = self._get("object_manager_attributes")
        return {item["name"]: item for item in listed if item.get("object") == model}

    def field_findings(self, wanted: Sequence[WantedField]) -> Iterator[FieldFinding]:
        """By their definitions, else by what tickets show of them."""
        types = TicketFields(Client(self._transport)).known()
        return (finding_by_type(field, types) for field in wanted)

    def create_fields(self, wanted: Sequence[WantedField]) -> list[str]:
        """Create the ticket fields that are missing; returns the names created.

        Needs admin.object. Applies *all* pending changes of the object manager (facts §3.1).
        """
        known = self.attributes()
        new = [field for field in wanted if field.name not in known]
        for field in new:
            self._post("object_manager_attributes", _attribute(field.name, field.kind))
        if new:
            self._post("object_manager_attributes_execute_migrations", {})
        return [field.name for field in new]

    def by_hand(self, wanted: Sequence[WantedField]) -> tuple[str, ...]:
        """In the administrator's pages."""
        made = (
            f'Admin > System > Objects > Ticket > New Attribute: Name "{field.name}", Format '
            f'"{"Datetime" if field.kind == "datetime" else "Text"}", shown to agents on the '
            "screen Edit" + ('; "Allow future" and "Allow past" on' * (field.kind == "datetime"))
            for field in wanted
        )
        return (*made, 'then "Update database" on the same page')

    def after_creation(self, created: Sequence[str]) -> tuple[str, ...]:
        """Each process of the server reads its columns once (live facts 6)."""
        return ("restart the other server processes (web and worker), so that they see the field",)

    def create_overviews(self, marks: Sequence[str], due_field: str | None) -> list[str]:
        """Overviews of breached, at-risk and due-today tickets for all agents (admin.overview).

        ``marks`` are the tags for breached and at risk. One whose name exists is left alone.
        Returns the names created.
        """
        known = {item["name"] for item in self._get("overviews")}
        roles, states = self._agent_roles(), self._open_states()
        created = []
        for overview in _overviews(marks, due_field, states):
            if overview["name"] not in known:
                self._post("overviews", {**overview, "role_ids": roles})
                created.append(str(overview["name"]))
        return created

    def _agent_roles(self) -> list[int]:
        roles = self._get("roles")
        named = [role["id"] for role in roles if role["name"] in ("Agent", "Admin")]
        return named or [role["id"] for role in roles]

    def _open_states(self) -> list[str]:
        states = self._get("ticket_states?expand=true")
        ended = ("closed", "merged", "removed")
        return [str(state["id"]) for state in states if state.get("state_type") not in ended]

    # ------------------------------------------------------------------ wire

    def _get(self, path: str) -> Any:
        return self._transport.send(Call("GET", f"api/v1/{path}")).data

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._transport.send(
            Call("POST", f"api/v1/{path}", body=dict(body), repeatable=False)
        ).data


def _attribute(name: str, kind: FieldKind) -> Record:
    label = name.replace("_", " ").capitalize()
    shown = {"ticket.agent": {"shown": True, "required": False}}
    return {
        "object": "Ticket",
        "name": name,
        "display": label,
        "data_type": "datetime" if kind == "datetime" else "input",
        "data_option": dict(_DATE if kind == "datetime" else _TEXT),
        "active": True,
        "screens": {"edit": shown},
        "position": 1600,
    }


_COLUMNS = ("number", "title", "customer", "group", "owner", "priority", "created_at")


def _overviews(
    marks: Sequence[str], due_field: str | None, states: Sequence[str]
) -> Iterable[dict[str, Any]]:
    still_open = {"ticket.state_id": {"operator": "is", "value": list(states)}}
    breached, at_risk = marks
    order = {"by": due_field or "created_at", "direction": "ASC"}
    columns = [*_COLUMNS, *([due_field] if due_field else [])]
    for place, (name, tag) in enumerate((("SLA breached", breached), ("SLA at risk", at_risk))):
        tagged = {"ticket.tags": {"operator": "contains one", "value": tag}}
        yield _overview(name, place, {**tagged, **still_open}, (order, columns))
    if due_field:
        soon = {
            f"ticket.{due_field}": {
                "operator": "till (relative)",
                "range": "day",
                "value": "1",
            }
        }
        yield _overview("SLA due today", 2, {**soon, **still_open}, (order, columns))


def _overview(
    name: str, place: int, condition: Record, shown: tuple[Record, Sequence[str]]
) -> dict[str, Any]:
    order, columns = shown
    return {
        "name": name,
        "link": name.lower().replace(" ", "_"),
        "prio": 900 + place,
        "condition": dict(condition),
        "order": dict(order),
        "view": {"s": list(columns)},
        "active": True,
        "user_ids": [],
    }
