"""``slaplugin run`` as a process, killed for real at each moment of a write and of a message.

SIGKILL, sent by the process to itself at the exact moment (:mod:`tests.cli.dying`), or by the
helpdesk or the chat when the request has arrived. The simulated deaths of ``tests/week`` cover
every kind of write.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Helpdesk, Program
from tests.cli.test_killed import OWNER, WITH_NOTE, changes_of, claimed, notes_of
from tests.cli.test_run import daemon
from tests.notify.servers import web_server

DYING = Path(__file__).with_name("dying.py")
RUN = ("--set", "log_level=info", "--set", "poll_interval=1s", "run")
POLICY = WITH_NOTE.replace("do: [mark, {priority", "do: [mark, {notify: chat}, {priority")
SELF_INFLICTED = ("claimed", "lost", "answered", "marked")


class Office:
    """A helpdesk with a late ticket and a chat; the daemons that are to deal with it."""

    def __init__(self, helpdesk: Helpdesk, program: Program, chat: tuple[str, list[Any]]) -> None:
        self.helpdesk, self.program = helpdesk, program
        url, self.told = chat
        (program.folder / "policies" / "standard.yaml").write_text(POLICY, encoding="utf-8")
        with (program.folder / "slaplugin.toml").open("a", encoding="utf-8") as file:
            file.write(f'[notify.chat]\nkind = "json"\nurl = "{url}"\n')
        self.ticket = helpdesk.open("Late", owner=OWNER)
        assert program.quick("sync").code == 0
        helpdesk.at("09T13:30")

    def process(self, *launcher: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *launcher, *RUN],
            cwd=self.program.folder,
            env={**self.program.clean(), "PYTHONPATH": str(DYING.parents[2])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def follow(self) -> None:
        """The next daemon, until it finds nothing more to do."""
        with daemon(self.program) as running:
            for _ in range(2):
                running.until("pulled=True")
            assert running.end() == 0
        assert self.program.quick("plan", "--json").json["writes"] == []

    def wrong(self) -> list[str]:
        """What is not as an undisturbed daemon would have left it."""
        shown = self.helpdesk.shown(self.ticket)
        changes = changes_of(self.helpdesk, self.ticket)
        right = {"group": "Escalations", "owner": "-", "priority": "3 high", "tags": ["sla-breach"]}
        return [
            *(f"{name} is {shown[name]}" for name in right if shown[name] != right[name]),
            *(f"twice: {change}" for change in changes if changes.count(change) > 1),
            *(f"note {number}" for number in range(1, len(notes_of(self.helpdesk, self.ticket)))),
            *(["no note"] if not notes_of(self.helpdesk, self.ticket) else []),
        ]

    def messages(self) -> list[str]:
        """How each message ended, by the history."""
        log = self.program.quick("audit", "log", "--json").json["entries"]
        payloads = [entry["payload"] for entry in log]
        return [one["status"] for one in payloads if one.get("action") == "notify"]


@pytest.mark.parametrize("moment", SELF_INFLICTED)
def test_killed_while_it_writes(helpdesk: Helpdesk, program: Program, moment: str) -> None:
    with web_server(200) as chat:
        office = Office(helpdesk, program, chat)
        dying = office.process(str(DYING), moment, "add_note")
        assert dying.wait(60) == -signal.SIGKILL
        office.follow()
        assert office.wrong() == []
        assert len(office.told) == 1


@pytest.mark.parametrize("done", [True, False])
def test_killed_when_its_request_has_arrived(
    helpdesk: Helpdesk, program: Program, done: bool
) -> None:
    """And the helpdesk carries it out after that, or does not."""
    with web_server(200) as chat:
        office = Office(helpdesk, program, chat)
        killed: list[int] = []

        def kill() -> None:
            if not killed and claimed(program):
                killed.append(dying.pid)
                os.kill(dying.pid, signal.SIGKILL)
                if not done:
                    raise ConnectionAbortedError("the helpdesk is restarted, too")

        helpdesk.server.before_request(kill)
        dying = office.process(str(DYING), "never", "")
        assert dying.wait(60) == -signal.SIGKILL
        helpdesk.server.settle()
        office.follow()
        assert office.wrong() == []
        assert len(office.told) == 1


@pytest.mark.parametrize(
    ("moment", "told", "ended"),
    [("claimed", 0, "uncertain"), ("answered", 1, "uncertain"), ("marked", 1, "done")],
)
def test_killed_while_it_tells(
    helpdesk: Helpdesk, program: Program, moment: str, told: int, ended: str
) -> None:
    with web_server(200) as chat:
        office = Office(helpdesk, program, chat)
        dying = office.process(str(DYING), moment, "notify")
        assert dying.wait(60) == -signal.SIGKILL
        office.follow()
        assert office.wrong() == []
        assert len(office.told) == told
        assert office.messages() == [ended]


def test_killed_when_its_message_has_arrived(helpdesk: Helpdesk, program: Program) -> None:
    def kill() -> None:
        os.kill(dying.pid, signal.SIGKILL)

    with web_server(kill) as chat:
        office = Office(helpdesk, program, chat)
        dying = office.process(str(DYING), "never", "")
        assert dying.wait(60) == -signal.SIGKILL
        office.follow()
        assert office.wrong() == []
        assert len(office.told) == 1
        assert office.messages() == ["uncertain"]
