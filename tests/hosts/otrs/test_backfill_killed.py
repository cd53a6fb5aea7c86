"""A backfill of the OTRS family as a whole process, killed and begun again."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slaplugin.store import SqliteStore
from tests.app.contents_of import differences
from tests.cli.conftest import Program

from .standin.clock import Clock
from .standin.crowd import Crowd
from .standin.people import Desk
from .standin.server import Server

TICKETS, BURST = 120, 60
"""Half of them in one second."""
BACKFILL = ("backfill", "--since", "2026-10-01")
SETTINGS = """\
host = "otrs"
url = "{url}"
user = "sla.api"
password = "PASSWORD"
timezone = "Europe/Berlin"
host_timezone = "Europe/Berlin"
"""
POLICY = """\
calendars: {office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}}
policies: [{name: standard, targets: {first_response: 4h, next_response: 8h, resolution: 16h}}]
"""


@pytest.fixture
def server() -> Iterator[Server]:
    """Weeks of work, over which the clocks are set back."""
    crowd = Crowd(Desk(Clock("2026-10-12T05:00:00Z", zone="Europe/Berlin")), seed=7)
    crowd.weeks(TICKETS, (BURST,))
    crowd.desk.clock.advance(3600)
    with Server(crowd.desk) as running:
        yield running


def program(folder: Path, server: Server) -> Program:
    (folder / "policies").mkdir(parents=True)
    (folder / "policies" / "standard.yaml").write_text(POLICY, encoding="utf-8")
    (folder / "slaplugin.toml").touch(mode=0o600)
    (folder / "slaplugin.toml").write_text(SETTINGS.format(url=server.url), encoding="utf-8")
    return Program(folder)


class Fatal(list[Any]):
    """The helpdesk's log, whose nth entry kills who asked."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self._pid = 0

    def begin(self, pid: int) -> None:
        self._pid = pid

    def append(self, asked: Any) -> None:
        super().append(asked)
        if len(self) == self._count:
            os.kill(self._pid, signal.SIGKILL)


@pytest.mark.long
@pytest.mark.parametrize(("seed", "workers"), [(1, "1"), (2, "3")])
def test_killed_twice_and_begun_again_it_ends_with_the_same_store(
    server: Server, tmp_path: Path, seed: int, workers: str
) -> None:
    whole, cut = program(tmp_path / "whole", server), program(tmp_path / "cut", server)
    assert whole.quick(*BACKFILL).code == 0
    requests = len(server.interface.log)
    chance = random.Random(seed)
    for most in (requests // 2, requests // 3):
        server.interface.log = fatal = Fatal(chance.randrange(2, most))
        killed = cut.interrupted(fatal.begin, *BACKFILL, "--workers", workers)
        assert killed.code == -signal.SIGKILL
    server.interface.log = []
    assert cut.quick(*BACKFILL, "--workers", workers).code == 0
    with (
        SqliteStore.open_readonly(whole.folder / "slaplugin.db") as one,
        SqliteStore.open_readonly(cut.folder / "slaplugin.db") as other,
    ):
        assert differences(one, other) == []
    assert cut.quick("audit", "verify").code == 0
