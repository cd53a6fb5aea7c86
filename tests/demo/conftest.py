"""A furnished demo helpdesk on a port, with a client for each account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from slaplugin.demo import DemoClock, DemoServer, Tokens, furnish

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 10, 12, 7, 0, tzinfo=UTC)


@dataclass
class Client:
    """Sends requests with one account's credentials."""

    url: str
    headers: dict[str, str]
    session: requests.Session

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = self.headers | more.pop("headers", {})
        url = f"{self.url}/api/v1{path}"
        return self.session.request(method, url, headers=headers, timeout=60, **more)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, path: str, **body: Any) -> Any:
        answer = self.call("PUT", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.call("POST", path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def search(self, condition: Any, **more: Any) -> Any:
        return self.post("/tickets/search", condition=condition, **more)


@dataclass
class World:
    """The server, its clock and the accounts."""

    server: DemoServer
    clock: DemoClock
    tokens: Tokens
    bot: Client
    admin: Client

    def client(self, login: str, *permissions: str) -> Client:
        """A client with a token of that user."""
        from slaplugin.demo import auth

        with self.server.desk.db.transaction():
            user = auth.find_user(self.server.desk, login)
            assert user is not None
            value = auth.create_token(self.server.desk, user["id"], permissions or ["ticket.agent"])
        return Client(self.server.url, _token(value), self.bot.session)

    def ticket(self, title: str = "Printer is on fire", **more: Any) -> dict[str, Any]:
        """A ticket by a customer's mail in the Support group."""
        body = {
            "title": title,
            "group": "Support",
            "customer": "ravi@hollerbach.example",
            "article": {"body": "Please help.", "type": "email", "sender": "Customer"},
        }
        ticket: dict[str, Any] = self.bot.post("/tickets", **(body | more))
        self.clock.advance(60)
        return ticket

    def history(self, ticket_id: int) -> list[dict[str, Any]]:
        """History rows without notifications."""
        rows: list[dict[str, Any]] = self.bot.get(f"/ticket_history/{ticket_id}")["history"]
        return [row for row in rows if row["type"] != "notification"]


def _token(value: str) -> dict[str, str]:
    return {"Authorization": f"Token token={value}"}


@pytest.fixture(name="world")
def _world() -> Iterator[World]:
    clock = DemoClock(START)
    with DemoServer(None, clock) as server, requests.Session() as session:
        tokens = furnish(server.desk)
        bot = Client(server.url, _token(tokens.bot), session)
        admin = Client(server.url, _token(tokens.admin), session)
        yield World(server, clock, tokens, bot, admin)
