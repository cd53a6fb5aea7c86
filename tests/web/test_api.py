"""The JSON side, and the reading behind it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from slaplugin.web import Overview, Throttled
from slaplugin.web.reading import BusyError, Offload, SingleFlight
from tests.web.conftest import CLOCK, EXPLAINED, NOON, Clock, Served
from tests.web.test_probes import report


def test_status(served: Served) -> None:
    told = served.ask("/api/v1/status").json()
    assert told["as_of"] == "2026-03-09T12:00:00Z"
    assert (told["total"], told["instances"]) == (1, [CLOCK])
    assert (told["held_total"], told["held"][0]["why"]) == (1, "unknown state")


def test_every_clock(served: Served) -> None:
    assert len(served.ask("/api/v1/status?all=true").json()["instances"]) == 2
    assert len(served.ask("/api/v1/status?all=true&limit=1").json()["instances"]) == 1
    assert len(served.ask("/api/v1/status?all=false&limit=5000").json()["instances"]) == 1


def test_hostile_titles_are_json(served: Served) -> None:
    answer = served.ask("/api/v1/status")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["instances"][0]["title"] == "<script>alert(1)</script>"


@pytest.mark.parametrize("name", ["37", "31037"])
def test_a_ticket(name: str, served: Served) -> None:
    assert served.ask(f"/api/v1/tickets/{name}").json() == EXPLAINED


@pytest.mark.parametrize(
    "name", ["1", "x", "..%2f..", "%00", "a" * 65, "%0a", "'; DROP TABLE tickets", "%F0%9F%94%A5"]
)
def test_a_ticket_that_nobody_knows(name: str, served: Served) -> None:
    answer = served.ask(f"/api/v1/tickets/{name}")
    assert answer.status_code in (400, 404)
    assert set(answer.json()) == {"error"}


def test_cycles_newest_first(served: Served) -> None:
    for number in range(3):
        served.health.begin()
        served.health.cycle(report(evaluated=number), pulled=number == 2)
    told = served.ask("/api/v1/cycles?limit=2").json()["cycles"]
    assert [one["evaluated"] for one in told] == [2, 1]
    assert told[0]["pulled"] is True


@pytest.mark.parametrize(
    "query",
    [
        "status?limit=0",
        "status?limit=5001",
        "status?limit=-1",
        "status?limit=1.5",
        "status?limit=",
        "status?limit=٣",
        "status?limit=1&limit=2",
        "status?all=yes",
        "status?all=",
        "status?everything=true",
        "cycles?limit=51",
        "cycles?limit=" + "9" * 5000,
        "health?x",
        "tickets/37?as_of=now",
    ],
)
def test_a_slip_in_a_parameter_is_told(query: str, served: Served) -> None:
    answer = served.ask(f"/api/v1/{query}")
    assert answer.status_code == 400
    assert len(answer.json()["error"]) < 200


@pytest.mark.parametrize("path", ["status", "status?all=true", "tickets/37"])
def test_a_store_that_cannot_be_read_is_told(path: str, served: Served) -> None:
    served.reading.broken = "the store is locked"
    answer = served.ask(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()) == (503, {"error": "the store is locked"})
    assert answer.headers["Retry-After"] == "30"


def test_an_overview_is_shared(served: Served) -> None:
    for path in ("/api/v1/status", "/metrics", "/api/v1/status"):
        assert served.ask(path).status_code == 200
    assert served.reading.passes == 1
    served.clock.at += 10
    served.ask("/api/v1/status")
    assert served.reading.passes == 2


# --------------------------------------------------------------------------- reading


def overview(as_of: int) -> Overview:
    return Overview(as_of, {}, [], 0, [], 0, None)


def test_an_overview_that_takes_long_is_made_seldom() -> None:
    clock, made = Clock(), []

    def slow() -> Overview:
        made.append(clock.at)
        clock.at += 4
        return overview(len(made))

    kept = Throttled(slow, clock, share=30.0, shortest=2.0)
    assert kept.latest is None
    assert kept.get().as_of == 1
    clock.at += 119
    assert kept.get().as_of == 1
    clock.at += 2
    assert kept.get().as_of == 2
    assert kept.latest is not None and kept.latest.as_of == 2


def test_while_one_is_made_others_get_the_last() -> None:
    clock, begun, go = Clock(), threading.Event(), threading.Event()
    answers: list[int] = []

    def make() -> Overview:
        if answers:
            begun.set()
            assert go.wait(10)
        return overview(len(answers) + 1)

    kept = Throttled(make, clock)
    answers.append(kept.get().as_of)
    clock.at += 10
    thread = threading.Thread(target=lambda: answers.append(kept.get().as_of))
    thread.start()
    assert begun.wait(10)
    assert kept.get().as_of == 1
    go.set()
    thread.join(10)
    assert answers == [1, 2]


def test_a_pass_that_fails_keeps_nobody_waiting() -> None:
    clock = Clock()
    outcomes: list[Any] = [RuntimeError("no"), overview(NOON)]

    def make() -> Overview:
        found = outcomes.pop(0)
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, Overview)
        return found

    kept = Throttled(make, clock)
    with pytest.raises(RuntimeError):
        kept.get()
    assert kept.get().as_of == NOON


def test_so_many_may_wait_and_none_for_long() -> None:
    go = threading.Event()

    async def ask() -> list[str]:
        offload = Offload(threads=1, waiting=2, seconds=0.2)
        try:
            asked = [offload(lambda: go.wait(10)) for _ in range(3)]
            told = await asyncio.gather(*asked, return_exceptions=True)
        finally:
            go.set()
            offload.close()
        return [str(one) if isinstance(one, BusyError) else "" for one in told]

    told = asyncio.run(ask())
    assert sorted(told) == [
        "the answer takes too long", "the answer takes too long", "too many requests are waiting"
    ]  # fmt: skip


def test_a_crowd_of_probes_is_one_look_at_the_store() -> None:
    looks: list[int] = []

    async def look() -> int:
        looks.append(len(looks) + 1)
        await asyncio.sleep(0)
        return looks[-1]

    async def crowd() -> list[int]:
        shared = SingleFlight(look)
        first = await asyncio.gather(*(shared() for _ in range(200)))
        return [*set(first), await shared()]

    assert asyncio.run(crowd()) == [1, 2]
