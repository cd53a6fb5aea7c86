"""People who use a Request Tracker over REST 2, each with a login of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

SECONDS = 30


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in. Whatever RT refuses is an AssertionError with RT's words."""

    url: str
    login: str
    password: str

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """The bare answer to a request below ``/REST/2.0/``, whatever it is."""
        return requests.request(
            method,
            f"{self.url}/REST/2.0/{path}",
            params=query,
            json=body,
            auth=(self.login, self.password),
            headers={"User-Agent": "live-tests", "Accept": "application/json"},
            allow_redirects=False,
            timeout=SECONDS,
        )

    def get(self, path: str, **query: Any) -> Any:
        return self._json(self.ask("GET", path, **query))

    def post(self, path: str, body: Any) -> Any:
        return self._json(self.ask("POST", path, body))

    def put(self, path: str, body: Any) -> list[str]:
        """RT's sentences about each part; it answers 200 even where it refuses."""
        said: list[str] = self._json(self.ask("PUT", path, body))
        return said

    def _json(self, answer: requests.Response) -> Any:
        assert answer.ok, f"{self.login}: {answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json()

    def create(self, subject: str, *, queue: str = "Support", text: str = "…", **more: Any) -> str:
        """A new ticket; a customer names himself as its requestor. Returns its id."""
        own = {"Requestor": self.login} if "@" in self.login else {}
        told = {"Subject": subject, "Queue": queue, "Content": text, "ContentType": "text/plain"}
        return str(self.post("ticket", {**told, **own, **more})["id"])

    def reply(self, ticket: str, text: str, **more: Any) -> None:
        """An answer that everybody concerned gets; ``Status="stalled"`` goes with it."""
        body = {"Content": text, "ContentType": "text/plain", **more}
        self.post(f"ticket/{ticket}/correspond", body)

    def comment(self, ticket: str, text: str, **more: Any) -> None:
        """What only staff sees."""
        body = {"Content": text, "ContentType": "text/plain", **more}
        self.post(f"ticket/{ticket}/comment", body)

    def set(self, ticket: str, **fields: Any) -> None:
        """Change Status, Queue, Owner, Priority, Subject, CustomFields … of a ticket.

        RT answers 200 when it refuses, therefore its transactions are compared.
        """
        before = self._newest(ticket)
        said = self.put(f"ticket/{ticket}", fields)
        assert self._newest(ticket) != before, f"{self.login} changed nothing of {ticket}: {said}"

    def _newest(self, ticket: str) -> str:
        answer = self.ask("GET", f"ticket/{ticket}")
        assert answer.ok, answer.text
        return f"{answer.headers['ETag']} {answer.json()['id']}"

    def take(self, ticket: str) -> None:
        """Become the owner."""
        self.set(ticket, Owner=self.login)

    def tags(self, ticket: str, field: str = "SLA Tags") -> list[str]:
        """The values of a custom field with many."""
        fields: list[Mapping[str, Any]] = self.get(f"ticket/{ticket}")["CustomFields"]
        return [value for one in fields if one["name"] == field for value in one["values"]]

    def merge(self, ticket: str, into: str) -> None:
        """Make one ticket part of another."""
        self.set(ticket, MergeInto=into)

    def delete(self, ticket: str) -> None:
        """As RT means it: the status ``deleted``, out of every search."""
        self.set(ticket, Status="deleted")
