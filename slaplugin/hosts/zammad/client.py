"""The calls of the host's API that the adapter makes, one method each, in recorded spelling.

A 404 or 403 on a ticket becomes HostGoneError or HostLostError; all else comes from the
transport. A 403 has several meanings (live facts 1): only the one without a bracketed reason is
about the ticket's group, and only while the account itself is still let in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slaplugin.app.errors import HostGoneError, HostLostError, HostTemporaryError
from slaplugin.hosts.http import Answer, Call, Transport
from slaplugin.hosts.refusals import RefusedError
from slaplugin.hosts.zammad.wire import Record, rows_of

_API = "api/v1/"
SCHEME = "Token token="
"""What stands before a token in the ``Authorization`` header."""


class Client:
    """Typed calls over one transport."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    # ---------------------------------------------------------------- plain

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer of a read."""
        return self.transport.send(Call("GET", _API + path, params or {})).data

    def get_if_changed(self, path: str, params: Mapping[str, Any], etag: str | None) -> Answer:
        """A read that costs nothing when the answer is still the one with this ETag."""
        return self.transport.send(Call("GET", _API + path, params, etag=etag))

    def post(self, path: str, body: Any) -> Any:
        """A write that makes something: never repeated by itself."""
        return self.transport.send(Call("POST", _API + path, body=body, repeatable=False)).data

    # ---------------------------------------------------------------- tickets

    def search(self, body: Mapping[str, Any]) -> Any:
        """Tickets by condition; a read although it is a POST, so it may be repeated."""
        return self.transport.send(Call("POST", _API + "tickets/search", body=body)).data

    def tickets_of(self, ids: Sequence[int]) -> list[Record]:
        """The tickets of these ids that this account can list, in one request (at most 200)."""
        condition = {"ticket.id": {"operator": "is", "value": list(ids)}}
        return rows_of(self.search({"condition": condition, "per_page": 200}))

    def index(self, page: int) -> list[Record]:
        """Page of all readable tickets by ascending id; 100 is the host's cap."""
        return rows_of(self.get("tickets", {"page": page, "per_page": 100}))

    def ticket(self, ticket_id: str) -> Record:
        """One ticket with names."""
        found = self._of_ticket(
            ticket_id, lambda: self.get(f"tickets/{ticket_id}", {"expand": "true"})
        )
        return _record(found, f"tickets/{ticket_id}")

    def history(self, ticket_id: str) -> Record:
        """History with its assets: the ticket, its articles and everybody involved."""
        found = self._of_ticket(ticket_id, lambda: self.get(f"ticket_history/{ticket_id}"))
        return _record(found, f"ticket_history/{ticket_id}")

    def articles(self, ticket_id: str) -> list[Record]:
        """All messages of a ticket."""
        path = f"ticket_articles/by_ticket/{ticket_id}"
        return rows_of(self._of_ticket(ticket_id, lambda: self.get(path)))

    def tags(self, ticket_id: str) -> tuple[str, ...]:
        """Tags as spelled by the host; twice stored ones once (live facts 7)."""
        params = {"object": "Ticket", "o_id": ticket_id}
        found = self._of_ticket(ticket_id, lambda: self.get("tags", params))
        return tuple(dict.fromkeys(_record(found, "tags").get("tags") or ()))

    def update(self, ticket_id: str, body: Mapping[str, Any]) -> None:
        """Change the given attributes; repeated on a reset only without a note in it."""
        call = Call(
            "PUT", f"{_API}tickets/{ticket_id}", body=body, repeatable="article" not in body
        )
        self._of_ticket(ticket_id, lambda: self.transport.send(call), reading=False)

    def add_tag(self, ticket_id: str, tag: str) -> None:
        """Adding a present tag changes nothing, so this may be repeated."""
        body = {"object": "Ticket", "o_id": int(ticket_id), "item": tag}
        call = Call("POST", _API + "tags/add", body=body)
        self._of_ticket(ticket_id, lambda: self.transport.send(call), reading=False)

    def remove_tag(self, ticket_id: str, tag: str) -> None:
        """Take a tag away, in the spelling that was read."""
        body = {"object": "Ticket", "o_id": int(ticket_id), "item": tag}
        call = Call("DELETE", _API + "tags/remove", body=body)
        self._of_ticket(ticket_id, lambda: self.transport.send(call), reading=False)

    # ---------------------------------------------------------------- people and reference data

    def me(self) -> Record:
        """The account behind the credentials, with its groups by id and by name."""
        return _record(self.get("users/me", {"expand": "true"}), "users/me")

    def person(self, number: int) -> Record | None:
        """A user account; None where it is gone or hidden."""
        try:
            return _record(self.get(f"users/{number}"), f"users/{number}")
        except RefusedError as refused:
            if refused.status in (403, 404):
                return None
            raise

    def allowed(self, path: str, params: Mapping[str, Any] | None = None) -> list[Record] | None:
        """A list of reference data; None where this account may not read it (facts 1.3)."""
        try:
            return rows_of(self.get(path, params))
        except RefusedError as refused:
            if refused.status in (403, 404):
                return None
            raise

    # ---------------------------------------------------------------- refusals

    def _of_ticket(self, ticket_id: str, ask: Callable[[], Any], *, reading: bool = True) -> Any:
        try:
            return ask()
        except RefusedError as refused:
            if refused.status == 404:
                _check_host(refused)
                raise HostGoneError(
                    f"ticket {ticket_id} does not exist on the helpdesk any more", status=404
                ) from refused
            if refused.status == 403 and reading and "(" not in refused.reason:
                self._check_account(refused)
                raise HostLostError(
                    f"ticket {ticket_id} is in a group that this account may not read; give it "
                    "read access to the group, or take the group out of the policies",
                    status=403,
                ) from refused
            raise

    def _check_account(self, refused: RefusedError) -> None:
        """Maintenance mode and a lost header also answer 403 to everything."""
        try:
            self.get("users/me")
        except RefusedError as locked:
            raise HostTemporaryError(
                f"{locked}; nothing at all is open to this account, as in maintenance mode or "
                "where a proxy takes credentials away; the next cycle tries again",
                status=403,
            ) from refused


def _check_host(refused: RefusedError) -> None:
    """A proxy that lost its helpdesk answers 404 to everything; that deletes no ticket."""
    if not refused.by_host:
        raise HostTemporaryError(f"{refused}; no ticket counts as deleted by it", status=404)


def _record(data: Any, path: str) -> Record:
    if isinstance(data, dict):
        return data
    raise HostTemporaryError(
        f"GET /{_API}{path} was answered with {type(data).__name__} instead of an object; "
        "check that url points at a Zammad"
    )
