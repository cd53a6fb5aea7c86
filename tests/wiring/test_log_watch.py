"""What the service manager and the log hear of how the daemon is doing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.outcome import CycleReport, TicketProblem
from slaplugin.wiring.service import LogWatch


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.setblocking(False)
        yield listening


def test_a_daemon_that_waits_for_the_helpdesk_has_started(manager: socket.socket) -> None:
    """Not told so, systemd ends it after its start timeout, again and again."""
    watch = LogWatch()
    watch.failed(HostTemporaryError("the connection was refused"), 30)
    assert manager.recv(4096).startswith(b"READY=1\nSTATUS=not working")
    watch.cycle(CycleReport(0, 0, 0, 0), pulled=True)
    assert manager.recv(4096) == b"STATUS=working"
    watch.cycle(CycleReport(0, 0, 0, 0), pulled=True)
    with pytest.raises(BlockingIOError):
        manager.recv(4096)


def test_what_fails_for_many_tickets_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    away = [TicketProblem(f"{n}", f"77{n:03}", "message to chat: no connection") for n in range(12)]
    LogWatch().cycle(
        CycleReport(0, 0, 0, 0, problems=(*away, TicketProblem("9", "", "is locked"))), pulled=True
    )
    named = ", ".join(f"77{n:03}" for n in range(10))
    assert [record.getMessage() for record in caplog.records][1:] == [
        f"tickets {named} and 2 more: message to chat: no connection",
        "ticket 9: is locked",
    ]
