"""Titles and names that were written to steer a terminal, a page or a reader."""

from __future__ import annotations

import contextlib
import io
import json
import re
from contextlib import redirect_stdout

import pytest

from slaplugin.cli.main import run
from tests.cli.conftest import Helpdesk, Program

STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TITLES = [
    "\x1b[31mred\x1b[0m \x1b]0;owned\x07",
    "\u202egnp.exe \u2066inner\u2069",
    "one\ntwo\rthree\x85four\u2028five",
    "\x9b31m C1",
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "X" * 10_000,
]


@pytest.fixture(params=TITLES, ids=["escapes", "direction", "lines", "c1", "markup", "long"])
def titled(request: pytest.FixtureRequest, helpdesk: Helpdesk, program: Program) -> tuple[str, str]:
    """A ticket with such a title, two cycles later; its id and the title as the helpdesk has it."""
    ticket = helpdesk.open(request.param)
    program.quick("sync")
    helpdesk.at("09T13:30")
    program.quick("sync")
    return ticket, str(helpdesk.shown(ticket)["title"])


def test_nothing_steers_the_terminal(program: Program, titled: tuple[str, str]) -> None:
    ticket, title = titled
    for command in (["plan"], ["status"], ["timeline", ticket], ["explain", ticket]):
        told = program.quick(*command)
        assert not STEERING.search(told.out + told.err), command
        assert max(map(len, told.out.splitlines())) <= 80, command
        document = program.quick(*command, "--json")
        assert not STEERING.search(document.out), command
        assert isinstance(document.json, dict)
    assert program.quick("timeline", ticket, "--json").json["ticket"]["title"] == title


class Terminal(io.StringIO):
    """Stdout where somebody looks at it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "command",
    [
        ["report", "--format", "csv", "--tickets"],
        ["report", "--json"],
        ["report", "--format", "html"],
        ["export", "tickets", "--format", "csv"],
        ["export", "tickets"],
        ["audit", "export"],
        ["audit", "log"],
    ],
    ids=" ".join,
)
def test_rows_are_exact_in_a_pipe_and_steer_no_terminal(
    program: Program, helpdesk: Helpdesk, command: list[str]
) -> None:
    ticket = helpdesk.open("\x9b31mC1 \u202egnp.exe")
    title = str(helpdesk.shown(ticket)["title"])
    assert STEERING.search(title)
    program.quick("sync")
    helpdesk.at("09T16:30")
    helpdesk.api("PUT", f"tickets/{ticket}", {"priority": "3 high"})
    program.quick("sync")
    terminal = Terminal()
    with redirect_stdout(terminal), contextlib.chdir(program.folder):
        code = run([*program.options, *command])
    piped = program.quick(*command)
    assert (code, piped.code) == (0, 0)
    assert not STEERING.search(terminal.getvalue())
    assert len(terminal.getvalue().splitlines()) == len(piped.out.split("\n")) - 1
    if command[-1] in ("--tickets", "csv"):
        assert title in piped.out
    elif command[-1] == "--json":
        assert json.loads(terminal.getvalue())["attainment"] == piped.json["attainment"]


def test_nothing_gets_into_the_page(program: Program, titled: tuple[str, str]) -> None:
    program.quick("explain", titled[0], "--html", "page.html")
    page = (program.folder / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page


def test_the_reason_of_a_hold_is_clean(helpdesk: Helpdesk, program: Program) -> None:
    ticket = helpdesk.open("Held")
    program.quick("sync")
    helpdesk.of_unknown_state(ticket, "\x1b[2Jgone")
    held = program.quick("sync")
    assert held.code == 1
    for told in (held, program.quick("status"), program.quick("explain", ticket)):
        assert "gone" in told.out + told.err
        assert not STEERING.search(told.out + told.err)
