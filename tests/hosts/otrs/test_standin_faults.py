"""The stand-in's faults look like the recorded ones; a stopped server keeps what it had."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.hosts.otrs.standin import Clock, Desk, Server
from tests.hosts.otrs.standin.recordings import Exchange, exchanges

NOW = "2026-11-21T21:38:23Z"


class Client:
    """Calls with a session of its own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._http = requests.Session()
        self.session = ""

    def log_in(self) -> None:
        login = {"UserLogin": "sla.api", "Password": "PASSWORD"}
        self.session = self.raw("POST", "/Session", login).json()["SessionID"]

    def raw(self, method: str, path: str, body: dict[str, Any]) -> requests.Response:
        return self._http.request(method, self._server.url + path, json=body, timeout=10)

    def call(self, path: str, method: str = "POST", **params: Any) -> Any:
        return self.raw(method, path, {"SessionID": self.session, **params}).json()

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def desk() -> Desk:
    desk = Desk(Clock("2026-11-02T09:00:00Z"))
    for _ in range(3):
        ticket = desk.portal_ticket("lena.nord", "Support", fields={"Product": "gateway"})
        desk.take("anna.berg", ticket)
        desk.close("anna.berg", ticket)
    desk.set_field("sla.api", 1, "SLAState", "ok")
    desk.clock.set(NOW)
    return desk


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    with Server(desk) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    client = Client(server)
    client.log_in()
    yield client
    client.close()


DOWN = exchanges("fault-db-down")


@pytest.mark.parametrize("recorded", DOWN[2:10], ids=lambda one: one.label)
def test_a_database_that_is_down(server: Server, client: Client, recorded: Exchange) -> None:
    server.faults.fail(1, "db_down")
    path = recorded.path.partition("/Webservice/SLA")[2]
    answer = client.raw(recorded.method, path, json.loads(recorded.body or '{"a": 1}'))
    assert (answer.status_code, answer.headers["Content-Type"], answer.text) == (
        recorded.status, recorded.answer_type, recorded.answer,
    )  # fmt: skip
    server.faults.clear()
    assert len(client.call("/TicketSearch", Limit=3)["TicketID"]) == 3


FAILING = {
    1: {"ticket_history"}, 2: {"ticket_history"}, 3: {"ticket_history"}, 4: {"ticket_history"},
    5: {"ticket_history"}, 6: {"dynamic_field_value"}, 7: {"dynamic_field_value"},
    8: {"dynamic_field_value"}, 9: set(), 10: set(), 11: {"article"}, 12: {"article"}, 13: set(),
}  # fmt: skip
"""Which table was away during which request of the recording."""
ASKED_A_BARE_TICKET = {9}
"""Requests for a ticket whose fields were all empty anyway."""
BARE = 2


@pytest.mark.parametrize("index", FAILING)
def test_a_statement_that_fails_answers_as_recorded(
    server: Server, client: Client, index: int
) -> None:
    recorded = exchanges("fault-query-fails")[index]
    server.faults.broken = frozenset(FAILING[index])
    params = json.loads(recorded.body or "{}") | {"SessionID": client.session}
    if recorded.path.endswith("/TicketList"):
        params["TicketID"] = [BARE if index in ASKED_A_BARE_TICKET else 1]
    path = recorded.path.partition("/Webservice/SLA")[2].replace("/29", "/1")
    answer = client.raw(recorded.method, path, params)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        recorded.status, recorded.answer_type,
    )  # fmt: skip
    given, told = answer.json(), json.loads(recorded.answer)
    assert _shape(given) == _shape(told)


def _shape(answer: dict[str, Any]) -> Any:
    """Keys; of tickets those that a failing table takes away; of histories their emptiness."""
    if "Ticket" in answer:
        ticket = answer["Ticket"][0]
        fields = ticket.get("DynamicField", [])
        return (
            {key for key in ("Closed", "FirstLock", "SolutionInMin", "Article") if key in ticket},
            any(row["Value"] is not None for row in fields if row["Name"] != "Product"),
        )
    if "TicketHistory" in answer:
        return [one["History"] for one in answer["TicketHistory"]]
    return answer if "faultstring" in answer else set(answer)


def test_an_update_without_a_history_table_succeeds_unseen(
    server: Server, client: Client, desk: Desk
) -> None:
    before = len(desk.history(1))
    server.faults.fail(1, "query_fails", operations=("TicketUpdate",))
    answer = client.call("/Ticket/1", "PATCH", Ticket={"Priority": "4 high"})
    assert answer["TicketID"] == "1"
    assert desk.ticket(1).priority == 4
    assert len(desk.history(1)) == before


def test_faults_wait_for_their_operation_and_are_used_up(server: Server, client: Client) -> None:
    server.faults.fail(1, "query_fails", operations=("TicketHistoryGet",), skip=1)
    sizes = [
        len(client.call("/TicketHistoryList", TicketID=[1])["TicketHistory"][0]["History"])
        for _ in range(3)
    ]
    assert sizes[0] == sizes[2] > sizes[1] == 0
    assert [one.fault for one in server.interface.log[-3:]] == [None, "query_fails", None]


def test_a_dropped_connection_leaves_nothing_behind(
    server: Server, client: Client, desk: Desk
) -> None:
    server.faults.fail(1, "drop_connection")
    with pytest.raises(requests.ConnectionError):
        client.call("/Ticket/1", "PATCH", Ticket={"Priority": "4 high"})
    assert desk.ticket(1).priority == 3


def test_a_dropped_answer_leaves_the_write_done(server: Server, client: Client, desk: Desk) -> None:
    server.faults.fail(1, "drop_answer")
    with pytest.raises(requests.ConnectionError):
        client.call("/Ticket/1", "PATCH", Ticket={"Priority": "4 high"})
    assert desk.ticket(1).priority == 4


def test_a_stopped_server_refuses_and_keeps_sessions_and_port(
    server: Server, client: Client
) -> None:
    url = server.url
    server.stop()
    with pytest.raises(requests.ConnectionError):
        client.call("/TicketSearch")
    server.start()
    assert server.url == url
    assert len(client.call("/TicketSearch")["TicketID"]) == 3


def test_sessions_age_and_can_be_thrown_away(server: Server, client: Client, desk: Desk) -> None:
    desk.clock.advance(7_199)
    assert "TicketID" in client.call("/TicketSearch")
    desk.clock.advance(7_201)
    assert client.call("/TicketSearch")["Error"]["ErrorCode"] == "TicketSearch.AuthFail"
    client.log_in()
    server.interface.access.expire_sessions()
    assert client.call("/TicketSearch")["Error"]["ErrorCode"] == "TicketSearch.AuthFail"


def test_an_ignored_parameter_widens_the_search(server: Server, client: Client) -> None:
    window = {"TicketChangeTimeNewerDate": "2026-11-20 00:00:00"}
    assert client.call("/TicketSearch", **window) == {}
    server.faults.ignored = {*window}
    assert len(client.call("/TicketSearch", **window)["TicketID"]) == 3


def test_others_write_between_the_requests(server: Server, client: Client, desk: Desk) -> None:
    server.faults.every(2, lambda turn: desk.note("anna.berg", 1, f"note {turn}"))
    before = len(desk.ticket(1).articles)
    for _ in range(4):
        client.call("/TicketSearch")
    assert len(desk.ticket(1).articles) == before + 2


def test_a_slow_answer_comes(server: Server, client: Client) -> None:
    server.interface.slow.set()
    server.faults.fail(1, "slow")
    assert "TicketID" in client.call("/TicketSearch")
    assert server.interface.log[-1].fault == "slow"
