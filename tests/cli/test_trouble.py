"""What goes wrong between here and the helpdesk: a sentence, exit code 3, and nothing is lost."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from slaplugin.demo import Fault, FaultKind
from tests.cli.conftest import Helpdesk, Program


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port that is taken and not listened on, so that a connection is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("token=wrong", ["401", "token"]),
        ("url=http://127.0.0.1:{free}", ["127.0.0.1:{free}", "connection"]),
        ("url=https://127.0.0.1:{port}", ["speaks no https"]),
        ("url=http://nowhere.invalid", ["nowhere.invalid", "url"]),
        ("url={url}/wiki", ["/wiki", "404"]),
    ],
    ids=["token", "refused", "tls", "name", "path"],
)
def test_wrong_access(
    helpdesk: Helpdesk, program: Program, free_port: int, setting: str, words: list[str]
) -> None:
    port = helpdesk.url.rpartition(":")[2]
    known = {"free": free_port, "port": port, "url": helpdesk.url}
    told = program("--set", setting.format(**known), "sync")
    assert told.code == 3
    assert told.out == ""
    for word in words:
        assert word.format(**known).lower() in told.err.lower()
    assert told.err.count("\n") == 1
    assert helpdesk.tokens.bot not in told.err


SPOILT = [
    Fault(FaultKind.HALF, path="history", times=0),
    Fault(FaultKind.SERVER_ERROR, path="history", times=0),
    Fault(FaultKind.TOO_MANY_REQUESTS, path="history", times=0, retry_after=3600),
    Fault(FaultKind.HTML, path="tickets/search", times=0),
    Fault(FaultKind.RESET, path="history", times=0),
]


def test_a_spoilt_pull_loses_nothing(helpdesk: Helpdesk, program: Program) -> None:
    """Each kind of fault in turn; then the helpdesk is well again and everything is there."""
    tickets = [helpdesk.open(f"Ticket {number}") for number in range(3)]
    for fault in SPOILT:
        helpdesk.server.faults.add(fault)
        told = program.quick("sync")
        assert told.code == 3, fault.kind
        assert "next cycle tries again" in told.err or "check that url" in told.err, fault.kind
        helpdesk.server.faults.clear()
    healthy = program.quick("sync", "--json")
    assert (healthy.code, healthy.json["problems"]) == (0, [])
    assert program.quick("store", "info", "--json").json["tickets"] == len(tickets)

    helpdesk.at("09T11:30")
    newer = helpdesk.open("Written while it was down")
    helpdesk.server.faults.add(Fault(FaultKind.HALF, path="history", times=0))
    assert program.quick("sync").code == 3
    helpdesk.server.faults.clear()
    after = program.quick("sync", "--json").json
    assert {write["ticket"] for write in after["writes"]} == set(tickets)
    assert program.quick("timeline", newer, "--json").json["ticket"]["id"] == newer


def test_a_fault_in_the_middle_of_writing_is_made_good(
    helpdesk: Helpdesk, program: Program
) -> None:
    ticket = helpdesk.open("Slow")
    program.quick("sync")
    helpdesk.at("09T11:30")
    helpdesk.server.faults.add(Fault(FaultKind.RESET, path="tags/add", times=0))
    assert program.quick("sync").code == 3
    helpdesk.server.faults.clear()
    again = program.quick("sync", "--json")
    assert again.code == 0
    assert helpdesk.shown(ticket)["tags"] == ["sla-risk"]


def test_a_broken_policy_set_names_every_mistake(program: Program) -> None:
    file = program.folder / "policies" / "standard.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("4h", "4x").replace("75%", "175"), encoding="utf-8")
    told = program.quick("sync")
    assert told.code == 2
    assert told.err.count("standard.yaml:") == 2


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("explain", "999"), ("--set", "url=", "sync"), ("--set", "colour=red", "plan")],
    ids=["no store", "no such ticket", "empty url", "unknown setting"],
)
def test_wrong_use_is_said_plainly(program: Program, arguments: tuple[str, ...]) -> None:
    told = program.quick(*arguments)
    assert told.code in (2, 3, 5)
    assert told.err.strip()
    assert told.out == ""
