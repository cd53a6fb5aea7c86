"""The daemon as a process: it acts, obeys signals, takes up files, and one works at a time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from slaplugin.demo.faults import Fault, FaultKind
from tests.cli.conftest import POLICY, Helpdesk, Program

BROKEN = POLICY.replace("resolution: 16h", "resolutoin: 16h")
MOST_CYCLES = 60
"""What is wanted takes two or three; a minute of them means that it never comes."""
LONGEST = 600.0
"""Seconds that one daemon of a test may live."""


@dataclass
class Running:
    """A daemon whose log is read line by line; reading waits for what it says next."""

    process: subprocess.Popen[str]
    said: list[str]

    def until(self, words: str) -> str:
        """The next line of the log with these words; fails when the daemon ends without them."""
        if self.process.stderr is not None:
            for line in self.process.stderr:
                self.said.append(line)
                if words in line:
                    return line
        raise AssertionError(f"{words!r} was never said:\n{''.join(self.said)}")

    def cycles(self) -> Iterator[None]:
        """Now and after each cycle, :data:`MOST_CYCLES` of them."""
        yield
        for _ in range(MOST_CYCLES):
            self.until(" cycle")
            yield

    def cycles_until(self, reached: Callable[[], bool]) -> bool:
        """Whether it came to that within these cycles."""
        return any(reached() for _ in self.cycles())

    def tell(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.tell(number)
        _, err = self.process.communicate(timeout=120)
        self.said.append(err)
        return self.process.returncode


@contextmanager
def daemon(program: Program, poll: str = "1s") -> Iterator[Running]:
    options = ("--set", "log_level=info", "--set", f"poll_interval={poll}", "run")
    process = subprocess.Popen(
        program.command(*options),
        cwd=program.folder,
        env=program.clean(),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    # What it never says must not keep the tests waiting for good: its end closes the pipe.
    guard = threading.Timer(LONGEST, process.kill)
    guard.start()
    try:
        yield (running := Running(process, []))
        assert "Traceback" not in "".join(running.said)
    finally:
        guard.cancel()
        process.kill()
        process.communicate()


def test_it_writes_what_is_due_and_ends_cleanly(program: Program, helpdesk: Helpdesk) -> None:
    with daemon(program) as running:
        running.until("watching http")
        running.until(" cycle")
        ticket = helpdesk.open("Printer on fire")
        running.until("changed=1")
        helpdesk.at("09T14:00")
        running.until("done=")
        assert running.cycles_until(lambda: helpdesk.shown(ticket)["priority"] == "3 high")
        assert running.end() == 0
    assert "sla-breach" in helpdesk.shown(ticket)["tags"]
    assert program.quick("plan", "--json").json["writes"] == []


def test_ctrl_c_is_told_from_an_orderly_end(program: Program) -> None:
    with daemon(program) as running:
        running.until(" cycle")
        assert running.end(signal.SIGINT) == 130


def test_a_bad_policy_leaves_the_old_one_in_force(program: Program, helpdesk: Helpdesk) -> None:
    policy = program.folder / "policies" / "standard.yaml"
    with daemon(program) as running:
        running.until(" cycle")
        policy.write_text(BROKEN, encoding="utf-8")
        line = running.until("are not used")
        assert "standard.yaml" in line and "resolutoin" in line
        ticket = helpdesk.open("Printer on fire")
        running.until("changed=1")
        policy.write_text(POLICY.replace("4h", "2h"), encoding="utf-8")
        assert "1 of 2 open clocks would move: 1 earlier" in running.until("were read again")
        running.tell(signal.SIGHUP)
        running.until("were read again")
        running.until(" cycle")
        assert running.end() == 0
    (clock,) = (
        item
        for item in program.quick("explain", ticket, "--json").json["instances"]
        if item["clock"] == "first_response"
    )
    assert clock["target"] == 2 * 3600


def test_two_daemons_take_turns(program: Program) -> None:
    with daemon(program) as first:
        first.until(" cycle")
        with daemon(program) as second:
            second.until("standing by")
            first.process.kill()
            first.process.wait()
            second.tell(signal.SIGHUP)
            second.until("does the work")
            second.until(" cycle")
            assert second.end() == 0


def test_a_killed_one_is_followed_at_once(program: Program) -> None:
    with daemon(program) as first:
        first.until(" cycle")
        first.process.kill()
        first.process.wait()
    with daemon(program) as second:
        second.until("does the work")
        second.until(" cycle")
        assert not any("standing by" in line for line in second.said)


def test_a_helpdesk_that_is_away_is_waited_for(program: Program, helpdesk: Helpdesk) -> None:
    with daemon(program) as running:
        running.until(" cycle")
        helpdesk.server.faults.add(Fault(FaultKind.WRONG_JSON, path="search", times=3))
        running.until("tried again in")
        running.until(" cycle")
        assert running.end() == 0


def test_pause_holds_a_running_daemon(program: Program, helpdesk: Helpdesk) -> None:
    with daemon(program) as running:
        running.until(" cycle")
        ticket = helpdesk.open("Printer on fire")
        running.until("changed=1")
        assert "paused" in program.quick("pause", "--why", "a look first").out
        assert "already" in program.quick("pause").out
        helpdesk.at("09T14:00")
        running.until(" cycle")
        running.until(" cycle")
        assert helpdesk.shown(ticket)["priority"] == "2 normal"
        assert "go on" in program.quick("resume").out
        assert "nothing was paused" in program.quick("resume").out
        assert running.cycles_until(lambda: helpdesk.shown(ticket)["priority"] == "3 high")
        assert running.end() == 0
    log = program.quick("audit", "log", "--json").json
    told = [entry for entry in log["entries"] if entry["kind"] in ("paused", "resumed")]
    assert [entry["kind"] for entry in told] == ["paused", "resumed"]
    assert told[0]["payload"]["why"] == "a look first"


def test_after_a_reload_it_hears_of_other_commands_and_they_of_it(
    program: Program, helpdesk: Helpdesk
) -> None:
    """Taking up files opens the store a second time in the process that has it open already."""
    with daemon(program) as running:
        running.until(" cycle")
        running.tell(signal.SIGHUP)
        running.until("were read again")
        program("pause")
        running.until("writes are paused")
        program("resume")
        running.until("no longer so: not written: writes are paused")
        ticket = helpdesk.open("Printer on fire")
        running.until("changed=1")
        running.process.kill()
        running.process.wait(timeout=120)
    assert program.quick("explain", ticket, "--json").json["ticket"]["title"] == "Printer on fire"


def test_the_log_can_be_made_to_say_more(program: Program) -> None:
    with daemon(program) as running:
        running.until(" cycle")
        running.tell(signal.SIGUSR1)
        running.until("log level is now debug")
        running.until("DEBUG")
        running.tell(signal.SIGUSR1)
        running.until("log level is now info")
        assert running.end() == 0


def test_the_service_manager_hears_of_it(program: Program, tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(120)
        program.environ["NOTIFY_SOCKET"] = address
        with daemon(program) as running:
            running.until(" cycle")
            running.until(" cycle")  # between the two it slept, and said so
            assert running.end() == 0
        manager.setblocking(False)
        heard = []
        while True:
            try:
                heard.append(manager.recv(4096).decode())
            except BlockingIOError:
                break
    assert heard[0].startswith("READY=1")
    assert "WATCHDOG=1" in heard
    assert "STOPPING=1" in heard


@pytest.mark.parametrize("text", ["policies: [", "polices: []"])
def test_it_does_not_begin_without_policies(text: str, program: Program) -> None:
    (program.folder / "policies" / "standard.yaml").write_text(text, encoding="utf-8")
    result = program("run")
    assert result.code == 2
    assert "standard.yaml" in result.err
