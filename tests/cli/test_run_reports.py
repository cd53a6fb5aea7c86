"""Reports by the daemon as a process: written whole, told once, steps done meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Helpdesk, Program
from tests.cli.test_run import daemon
from tests.notify.servers import web_server


def configure(program: Program, url: str) -> Path:
    with (program.folder / "slaplugin.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[reports]\nfolder = "reports"\nevery = ["day", "month"]\nnotify = ["chat"]\n'
            f'[notify.chat]\nkind = "json"\nurl = "{url}"\n'
        )
    return program.folder / "reports"


def test_each_is_written_and_told_once_also_by_the_next_daemon(
    program: Program, helpdesk: Helpdesk
) -> None:
    with web_server(200) as (url, got):
        folder = configure(program, url)
        with daemon(program) as running:
            running.until("report of 2026-02 is in")
            ticket = helpdesk.open("Printer on fire")
            running.until("changed=1")
            helpdesk.at("09T23:05")
            running.until("report of 2026-03-09 is in")
            assert helpdesk.shown(ticket)["priority"] == "3 high"
            # Killed before that it could not know whether the channel has heard of it.
            assert running.cycles_until(lambda: "2026-03-09" in told_of(program))
            running.tell(signal.SIGKILL)
        written = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
        with daemon(program) as running:
            for _ in range(3):
                running.until(" cycle")
            assert running.end() == 0
        assert "report of" not in "".join(running.said)
    days = [f"report-zammad-{label}.html" for label in ("2026-02", "2026-03-08", "2026-03-09")]
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == written
    assert sorted(written) == days
    page = (folder / "report-zammad-2026-03-09.html").read_text(encoding="utf-8")
    assert page.endswith("</html>\n")
    assert "Service report 2026-03-09, zammad" in page
    subjects = [body["subject"] for _, body in got]
    labels = ("2026-02", "2026-03-08", "2026-03-09")
    assert sorted(subjects) == [f"Service report {label}, zammad" for label in labels]


def told_of(program: Program) -> set[str]:
    """The periods whose reports some channel was told of, by the history."""
    log = program.quick("audit", "log", "--json").json["entries"]
    return {entry["payload"]["period"] for entry in log if entry["kind"] == "report_told"}


SLOW = """\
import multiprocessing
from pathlib import Path

if multiprocessing.parent_process() is not None:
    Path("gate").read_text()  # until its other end is closed
"""


def test_steps_are_done_while_a_report_is_made_and_its_process_ends_with_the_daemon(
    program: Program, helpdesk: Helpdesk
) -> None:
    gate = program.folder / "gate"
    os.mkfifo(gate)
    (program.folder / "hooks").mkdir()
    (program.folder / "hooks" / "slow.py").write_text(SLOW, encoding="utf-8")
    with web_server(200) as (url, got):
        folder = configure(program, url)
        with daemon(program) as running:
            running.until(" cycle")
            ticket = helpdesk.open("Printer on fire")
            running.until("changed=1")
            helpdesk.at("09T14:00")
            assert running.cycles_until(lambda: helpdesk.shown(ticket)["priority"] == "3 high")
            ends = (other_end(gate) for _ in running.cycles())
            held = next((end for end in ends if end is not None), None)
            assert running.end() == 0
        assert "the reports wait: asked to end" in "".join(running.said)
    assert held is not None
    os.close(held)
    assert (other_end(gate), folder.exists(), got) == (None, False, [])


def other_end(gate: Path) -> int | None:
    """The end that whoever reads waits for; None where nobody does."""
    try:
        return os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


@pytest.mark.long
def test_what_became_uncertain_is_shown(program: Program, helpdesk: Helpdesk) -> None:
    with web_server(200) as (url, got):
        configure(program, url)
        with daemon(program) as running:
            running.until("report of 2026-02 is in")
            running.until(" cycle")
            running.end()
        with closing(sqlite3.connect(program.folder / "slaplugin.db")) as store:
            name = "report:zammad:month"
            (text,) = store.execute("SELECT value FROM flags WHERE name = ?", (name,)).fetchone()
            record = json.loads(text)
            record["told"]["chat"]["status"] = "claimed"
            store.execute("UPDATE flags SET value = ? WHERE name = ?", (json.dumps(record), name))
            store.commit()
        told = len(got)
        with daemon(program) as running:
            running.until("cut short while it was being sent")
            running.end()
        assert len(got) == told
    said = " ".join(program.quick("status").out.split())
    assert re.search(r"whether chat was told of the report of 2026-02 is not known", said)
    (trouble,) = program.quick("status", "--json").json["reports"]
    assert "not told again" in trouble


DEADLY = """\
import multiprocessing
import os

if multiprocessing.parent_process() is not None:
    os._exit(9)
"""
BROKEN = 'import multiprocessing\n\nif multiprocessing.parent_process():\n    raise OSError("no")\n'


@pytest.mark.long
@pytest.mark.parametrize(
    ("text", "words"),
    [(DEADLY, "its process died before it was done"), (BROKEN, "OSError: no")],
)
def test_a_report_that_cannot_be_made_is_told_and_made_later(
    program: Program, helpdesk: Helpdesk, text: str, words: str
) -> None:
    (program.folder / "hooks").mkdir()
    hook = program.folder / "hooks" / "broken.py"
    hook.write_text(text, encoding="utf-8")
    with web_server(200) as (url, got):
        configure(program, url)
        with daemon(program) as running:
            assert words in running.until("report of 2026-02 could not be made")
            assert words in program.quick("status").out
            hook.unlink()
            helpdesk.at("09T07:05")
            running.until("report of 2026-02 is in")
            running.until(" cycle")
            assert running.end() == 0
    assert "Service report 2026-02, zammad" in [body["subject"] for _, body in got]
    assert program.quick("status", "--json").json["reports"] == []
