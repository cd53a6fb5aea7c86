"""The calls of REST 2 that the adapter makes, one method each, in recorded spelling.

A 404 or 403 on a ticket becomes HostGoneError or HostLostError; all else comes from the
transport. A user and password are used once, for a session: the host hashes a token or a password
anew with every request, which is slow on purpose (facts 8).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slaplugin.app.errors import (
    HostGoneError,
    HostLostError,
    HostPermanentError,
    HostTemporaryError,
)
from slaplugin.hosts.access import Auth, SessionCookie, in_header
from slaplugin.hosts.config import HostConfig, Secret
from slaplugin.hosts.http import Answer, Call, Transport
from slaplugin.hosts.refusals import RefusedError
from slaplugin.hosts.rt.wire import Record

_API = "REST/2.0/"
PAGE = 100
"""Rows of a page: the host's cap."""
BATCH = 50
"""Ids in one query: about 800 characters (facts 4)."""
TRANSACTION_FIELDS = "ObjectId,Type,Field,OldValue,NewValue,Created,Creator,TimeTaken,Data"
TICKET_FIELDS = (
    "Subject,Status,Queue,Owner,Requestor,Cc,AdminCc,Priority,InitialPriority,Created,"
    "LastUpdated,Creator,Due,SLA,EffectiveId,Type,CustomFields"
)
PERSON_FIELDS = "id,Name,RealName,EmailAddress,Organization,City,Country,Lang,Disabled,CustomFields"


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search."""

    items: tuple[Record, ...]
    total: int | None
    """How many there are on all pages; None where the host does not tell (facts 4)."""
    page: int
    size: int = PAGE
    """Rows of a full page."""

    @property
    def ended(self) -> bool:
        """Whether this is the last page; hidden rows count as shown ones do."""
        if self.total is not None:
            return self.page * self.size >= self.total
        return not self.items

    @property
    def left(self) -> int | None:
        """How many come after this page; None where the host does not tell."""
        return None if self.total is None else max(self.total - self.page * self.size, 0)


def access(config: HostConfig) -> Auth:
    """How requests are signed: a token in the header, or a session for user and password."""
    if config.token is None and config.user is not None and config.password is not None:
        return SessionCookie()
    return in_header(config, "token ")


class Client:
    """Typed calls over one transport."""

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._auth = access(config)
        self.page_size = max(min(config.page_size, PAGE), 1)
        """Rows of a page of the feeds."""
        self.transport = Transport(config, self._auth)

    # ---------------------------------------------------------------- plain

    def send(self, call: Call) -> Answer:
        """One call; a session that has ended is begun anew, once."""
        session = self._auth if isinstance(self._auth, SessionCookie) else None
        if session is None:
            return self.transport.send(call)
        known = session.cookie is not None
        if not known:
            self._log_in(session)
        try:
            return self.transport.send(call)
        except RefusedError as refused:
            if not _turned_away(refused):
                raise
            if known:
                self._log_in(session)
                return self._first(call)
            raise _wrong_login(self._config.user) from refused

    def _first(self, call: Call) -> Answer:
        """The first call of a new session."""
        try:
            return self.transport.send(call)
        except RefusedError as refused:
            if _turned_away(refused):
                raise _wrong_login(self._config.user) from refused
            raise

    def _log_in(self, session: SessionCookie) -> None:
        """The host answers 200 with a page, whether it lets us in or not; a cookie comes anyway."""
        password = self._config.password
        form = {"user": self._config.user or "", "pass": password.reveal() if password else ""}
        cookie = self.transport.cookies(Call("POST", "NoAuth/Login.html", form=form))
        session.cookie = Secret(cookie) if cookie else None

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer of a read."""
        return self.send(Call("GET", _API + path, params or {})).data

    def allowed(self, path: str, params: Mapping[str, Any] | None = None) -> Any | None:
        """A read; None where this account may not, or where there is nothing."""
        try:
            return self.get(path, params)
        except RefusedError as refused:
            if refused.status in (403, 404):
                return None
            raise

    # ---------------------------------------------------------------- searches

    def tickets(self, query: str, *, page: int = 1, **more: Any) -> Found:
        """Tickets by TicketSQL; ``more``: fields, orderby, order, per_page …"""
        params = {"query": query, "per_page": PAGE, "page": page, **more}
        return self._found("tickets", params)

    def latest(self, query: str, fields: str, most: int = PAGE) -> Found:
        """The tickets of a query that changed last, newest first, one page of them."""
        order = {"orderby": "LastUpdated", "order": "DESC"}
        return self._found("tickets", {"query": query, "per_page": most, "fields": fields, **order})

    def transactions(self, query: str, *, page: int = 1, **more: Any) -> Found:
        """Transactions, oldest first unless told otherwise."""
        params: dict[str, Any] = {"query": query, "orderby": "id", "order": "ASC"}
        params |= {"per_page": PAGE, "fields": TRANSACTION_FIELDS, **more}
        if page > 1:
            params["page"] = page
        return self._found("transactions", params)

    def _found(self, path: str, params: Mapping[str, Any]) -> Found:
        answer = _record(self.get(path, params), path)
        items = answer.get("items")
        if not isinstance(items, list):
            raise HostTemporaryError(f"GET /{_API}{path}: the answer has no list of items")
        total = answer.get("total")
        size = answer.get("per_page") or params.get("per_page") or PAGE
        return Found(tuple(items), total, int(params.get("page", 1)), int(size))

    # ---------------------------------------------------------------- tickets

    def ticket(self, ticket_id: str) -> Answer:
        """One ticket with its ETag; of a merged one that which it was merged into (facts 3)."""
        return self._of_ticket(ticket_id, Call("GET", f"{_API}ticket/{ticket_id}"))

    def update(self, ticket_id: str, body: Mapping[str, Any], etag: str | None) -> list[str]:
        """Change a ticket that is still at ``etag``; the host's sentences about it."""
        call = Call("PUT", f"{_API}ticket/{ticket_id}", body=body, if_match=etag)
        said = self._of_ticket(ticket_id, call, reading=False).data
        return [str(one) for one in said if one] if isinstance(said, list) else []

    def comment(self, ticket_id: str, text: str) -> None:
        """An internal note: never repeated by itself, and never ``correspond``, which is public.

        Without ``If-Match``: a comment has no version, so the host answers 412 to any (seen on
        5.0.3 also with the ticket's own, other than facts 6 has it).
        """
        body = {"Content": text, "ContentType": "text/plain"}
        call = Call("POST", f"{_API}ticket/{ticket_id}/comment", body=body, repeatable=False)
        self._of_ticket(ticket_id, call, reading=False)

    def attachments(self, transaction: str) -> list[Record]:
        """The parts of a message."""
        params = {"fields": "ContentType,Content", "per_page": PAGE}
        return list(self._found(f"transaction/{transaction}/attachments", params).items)

    def _of_ticket(self, ticket_id: str, call: Call, *, reading: bool = True) -> Answer:
        try:
            return self.send(call)
        except RefusedError as refused:
            if not refused.by_host:
                raise
            if refused.status == 404:
                raise HostGoneError(
                    f"ticket {ticket_id} does not exist on the helpdesk any more", status=404
                ) from refused
            if refused.status == 403 and reading:
                raise HostLostError(
                    f"ticket {ticket_id} is not visible to this account; give it ShowTicket in "
                    "the ticket's queue, or take the queue out of the policies",
                    status=403,
                ) from refused
            raise

    # ---------------------------------------------------------------- people, queues, fields

    def person(self, name_or_number: str) -> Record | None:
        """One user, by login or number; None where it is gone or hidden."""
        found = self.allowed(f"user/{name_or_number}")
        return found if isinstance(found, dict) else None

    def people(self, logins: Sequence[str]) -> list[Record]:
        """Users by login with number and name, disabled ones too; a login may be unknown."""
        query = [{"field": "Name", "value": login} for login in logins]
        params = {"fields": PERSON_FIELDS, "find_disabled_rows": 1, "per_page": PAGE}
        try:
            found = self.send(Call("POST", _API + "users", params, query)).data
        except RefusedError as refused:
            if refused.status in (403, 404):
                return []
            raise
        return list(_record(found, "users").get("items") or ())

    def queue(self, number: str) -> Record:
        """One queue with its watchers; empty where this account may not see it."""
        found = self.allowed(f"queue/{number}")
        return found if isinstance(found, dict) else {}

    def queues(self) -> list[Record]:
        """Every queue this account sees."""
        return self._all("queues/all", {"fields": "Name,Description,Lifecycle,Disabled"})

    def fields(self) -> list[Record] | None:
        """Custom fields of tickets; None where this account may not list them."""
        return self._fields_of("RT::Queue-RT::Ticket")

    def people_fields(self) -> tuple[str, ...]:
        """Names of the custom fields of users, as far as this account sees them."""
        return tuple(sorted(str(row.get("Name")) for row in self._fields_of("RT::User") or ()))

    def values_of(self, field: str | None) -> tuple[str, ...] | None:
        """The values that a selection declares; None where it does not tell."""
        values = (self.allowed(f"customfield/{field}") or {}).get("Values") if field else None
        if not isinstance(values, list):
            return None
        names = (one.get("name") if isinstance(one, dict) else one for one in values)
        return tuple(sorted(str(name) for name in names))

    def _fields_of(self, lookup: str) -> list[Record] | None:
        query = [{"field": "LookupType", "value": lookup}]
        params = {"query": json.dumps(query), "fields": "Name,Type,MaxValues"}
        try:
            return self._all("customfields", params)
        except RefusedError as refused:
            if refused.status in (403, 404):
                return None
            raise

    def staff(self) -> tuple[str, ...] | None:
        """Logins of everybody privileged; None where the account may not see that group."""
        query = [
            {"field": "Domain", "value": "SystemInternal"},
            {"field": "Name", "value": "Privileged"},
        ]
        groups = self.allowed("groups", {"query": json.dumps(query), "fields": "Name,Domain"})
        for row in (groups or {}).get("items") or ():
            if row.get("Name") == "Privileged" and row.get("Domain") == "SystemInternal":
                return self.members(str(row["id"]))
        return None

    def members(self, group: str) -> tuple[str, ...] | None:
        """Logins of a group's direct members; None where the account may not see it."""
        found = self.allowed(f"group/{group}")
        if not isinstance(found, dict):
            return None
        members = found.get("Members") or ()
        return tuple(str(row["id"]) for row in members if row.get("type") == "user")

    def _all(self, path: str, params: Mapping[str, Any]) -> list[Record]:
        """Every page of a short list."""
        rows: list[Record] = []
        page = 1
        while True:
            more = {} if page == 1 else {"page": page}
            found = self._found(path, {**params, "per_page": PAGE, **more})
            rows.extend(found.items)
            if found.ended or (found.total is None and len(found.items) < PAGE):
                return rows
            page += 1


def _turned_away(refused: RefusedError) -> bool:
    """401, or 302 to the login page: how the host treats a session it does not know (facts 2)."""
    return refused.status in (301, 302, 303, 401)


def _wrong_login(user: str | None) -> HostPermanentError:
    return HostPermanentError(
        f"the helpdesk did not let {user} in: the user or the password is wrong, the account is "
        "disabled, or the site logs people in elsewhere; then make an auth token for the account "
        "and set token",
        status=401,
    )


def _record(data: Any, path: str) -> Record:
    if isinstance(data, dict):
        return data
    raise HostTemporaryError(
        f"GET /{_API}{path} was answered with {type(data).__name__} instead of an object; "
        "check that url points at a Request Tracker"
    )
