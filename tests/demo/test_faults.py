"""Faults on order reach the client as they would from a broken server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from slaplugin.demo import DemoClock, DemoServer, Fault, FaultKind

if TYPE_CHECKING:
    from conftest import World


def test_too_many_requests(world: World) -> None:
    world.server.faults.add(Fault(FaultKind.TOO_MANY_REQUESTS, times=2, retry_after=7))
    answers = [world.bot.call("GET", "/users/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"


@pytest.mark.parametrize(
    ("kind", "status", "content"),
    [
        (FaultKind.SERVER_ERROR, 500, "text/html"),
        (FaultKind.HTML, 200, "text/html"),
        (FaultKind.HIDDEN, 403, "application/json"),
        (FaultKind.REFUSED, 401, "application/json"),
    ],
)
def test_wrong_answers(world: World, kind: FaultKind, status: int, content: str) -> None:
    world.server.faults.add(Fault(kind))
    answer = world.bot.call("GET", "/users/me")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, content)


def test_slow_answers_are_right_ones(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("slaplugin.demo.faulty.asyncio.sleep", sleep)
    world.server.faults.add(Fault(FaultKind.SLOW, delay=250))
    assert world.bot.call("GET", "/users/me").status_code == 200
    assert waited[:1] == [0.25]


def test_wrong_json(world: World) -> None:
    world.server.faults.add(Fault(FaultKind.WRONG_JSON))
    with pytest.raises(requests.exceptions.JSONDecodeError):
        world.bot.call("GET", "/users/me").json()


@pytest.mark.parametrize("kind", [FaultKind.HALF, FaultKind.RESET, FaultKind.UNANSWERED])
def test_broken_connections(world: World, kind: FaultKind) -> None:
    world.server.faults.add(Fault(kind))
    with pytest.raises(requests.exceptions.RequestException):
        world.bot.call("GET", "/users/me")
    assert world.bot.call("GET", "/users/me").status_code == 200


@pytest.mark.parametrize(("kind", "priority"), [(FaultKind.RESET, 2), (FaultKind.UNANSWERED, 3)])
def test_what_a_broken_connection_leaves_done(world: World, kind: FaultKind, priority: int) -> None:
    ticket = world.ticket()["id"]
    world.server.faults.add(Fault(kind, method="PUT"))
    with pytest.raises(requests.ConnectionError):
        world.bot.call("PUT", f"/tickets/{ticket}", json={"priority_id": 3})
    assert world.bot.get(f"/tickets/{ticket}")["priority_id"] == priority


def test_a_lost_owner_is_answered_with_200(world: World) -> None:
    ticket = world.ticket()["id"]
    world.server.faults.add(Fault(FaultKind.LOST_OWNER, method="PUT", path="/tickets/"))
    assert world.bot.put(f"/tickets/{ticket}", owner="mila.hart")["owner_id"] == 1
    assert world.bot.put(f"/tickets/{ticket}", owner="mila.hart")["owner_id"] != 1


def test_faults_can_be_aimed(world: World) -> None:
    world.ticket()
    world.server.faults.add(Fault(FaultKind.SERVER_ERROR, path=r"/tickets/1$", after=1, times=0))
    statuses = [
        world.bot.call("GET", path).status_code
        for path in ("/tickets", "/tickets/1", "/tickets/1", "/tickets/1")
    ]
    assert statuses == [200, 200, 500, 500]
    world.server.faults.clear()
    assert world.bot.call("GET", "/tickets/1").status_code == 200


def test_control_over_http() -> None:
    from datetime import UTC, datetime

    clock = DemoClock(datetime(2026, 10, 12, tzinfo=UTC))
    with DemoServer(None, clock, control=True) as server:

        def send(method: str, path: str, **body: Any) -> requests.Response:
            return requests.request(method, server.url + path, json=body, timeout=60)

        moved = send("POST", "/control/clock", set="2026-10-13T08:00:00Z", advance=90)
        assert moved.json() == {"now": "2026-10-13T08:01:30+00:00"}
        assert clock.now() == datetime(2026, 10, 13, 8, 1, 30, tzinfo=UTC)
        assert send("POST", "/control/faults", kind="server_error").status_code == 201
        assert send("GET", "/api/v1/users/me").status_code == 500
        assert send("POST", "/control/faults", kind="earthquake").status_code == 400
        assert send("POST", "/control/clock", set="soon").status_code == 400


def test_no_control_unless_asked_for(world: World) -> None:
    answer = requests.post(world.server.url + "/control/clock", json={}, timeout=60)
    assert answer.status_code == 404
