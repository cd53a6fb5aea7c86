"""Processes that are killed, a helpdesk that goes down, credentials and zones that are wrong."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.cli.test_run import daemon
from tests.live.proxy import Passing, Phase, Relay
from tests.live.rt import BOT, DUE, TAGS, LiveRt
from tests.live.site import PLAIN, Site


def at_write(number: int, phase: Phase, then: Callable[[], None]) -> Callable[[Passing], None]:
    """Do something once, around the ``number``-th request that writes."""
    seen = {phase: 0}

    def tell(passing: Passing) -> None:
        if passing.writes and passing.phase == phase:
            seen[phase] += 1
            if seen[phase] == number:
                then()

    return tell


@pytest.fixture
def late(relayed: Site) -> str:
    """A ticket for which everything falls due at once in the next cycle."""
    ticket = relayed.mail(PLAIN, "Late")
    relayed.at("mon 09:05")
    relayed.ask("sync")
    relayed.at("mon 14:30")
    return ticket


def not_done_once(site: Site, ticket: str) -> list[str]:
    """What differs from a ticket on which everything was done, and nothing twice."""
    shown, notes = site.rt.shown(ticket), len(site.rt.texts(ticket))
    right = {"Queue": "Escalations", "Priority": 50, TAGS: ["sla-breach"]}
    changes = [(row.type, row.field, row.old, row.new) for row in site.ours(ticket)]
    return [
        *(f"{name} is {shown[name]}" for name in right if shown[name] != right[name]),
        *([f"{notes} notes"] if notes != 1 else []),
        *(f"twice: {change}" for change in changes if changes.count(change) > 1),
    ]


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_process_killed_at_a_write(
    relayed: Site, relay: Relay, late: str, number: int, phase: Phase
) -> None:
    """Before Request Tracker has the request, and when it has it but could not answer."""
    pids: list[int] = []
    relay.tell = at_write(number, phase, lambda: os.kill(pids[0], signal.SIGKILL))
    assert relayed.program.interrupted(pids.append, "sync").code == -signal.SIGKILL
    relayed.sync()
    assert not_done_once(relayed, late) == []
    relayed.rests()


def test_a_daemon_that_is_killed_while_it_writes_is_followed_by_another(
    relayed: Site, relay: Relay, late: str
) -> None:
    """``slaplugin run`` itself, as its service manager would start it anew."""
    pids: list[int] = []
    relay.tell = at_write(1, "after", lambda: os.kill(pids[0], signal.SIGKILL))
    with daemon(relayed.program) as killed:
        pids.append(killed.process.pid)
        assert killed.process.wait(timeout=300) == -signal.SIGKILL
    with daemon(relayed.program) as running:
        running.until("done=")
        running.until("done=0")
        assert running.end() == 0
    assert not_done_once(relayed, late) == []
    relayed.rests()


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_restart_of_the_helpdesk_between_two_cycles(
    relayed: Site, relay: Relay, late: str, server: LiveRt, phase: Phase
) -> None:
    """It goes down at a write and stays down; the next cycle heals."""
    relay.tell = at_write(1, phase, server.stop)
    relayed.program.environ["SLAPLUGIN_LIMITS__RETRY"] = "2s"
    gone = relayed.program("sync")
    server.start()
    assert gone.code == 3
    assert relay.url in gone.err
    del relayed.program.environ["SLAPLUGIN_LIMITS__RETRY"]
    relayed.sync()
    assert not_done_once(relayed, late) == []
    relayed.rests()


def test_a_restart_of_the_helpdesk_in_the_middle_of_a_cycle(
    relayed: Site, relay: Relay, late: str, server: LiveRt
) -> None:
    def restart() -> None:
        server.stop()
        server.start()

    relay.tell = at_write(1, "after", restart)
    relayed.sync()
    assert not_done_once(relayed, late) == []
    relayed.rests()


def test_a_wrong_token(site: Site) -> None:
    token = "1-15-" + "0" * 32
    (site.program.folder / "token").write_text(token, encoding="utf-8")
    refused = site.program("sync")
    assert refused.code == 3
    assert "401" in refused.err
    assert "token" in refused.err
    assert token not in refused.err


def test_a_bot_that_is_not_in_utc(site: Site, server: LiveRt) -> None:
    """Its zone shifts what it writes and what it asks (facts 3): no due may come out wrong."""
    ticket = site.mail(PLAIN, "Time flies")
    site.at("mon 09:05")
    site.sync()
    server.user(BOT, Timezone="America/New_York")
    try:
        site.at("mon 12:10")
        done = site.program("sync", "--json")
        assert server.shown(ticket)[DUE] in (None, site.iso("mon 13:00"))
        if done.code:
            assert "Timezone" in done.err
    finally:
        server.user(BOT, Timezone="UTC")
    site.at("mon 12:20")
    site.sync()
    assert server.shown(ticket)[DUE] == site.iso("mon 13:00")
    site.rests()
