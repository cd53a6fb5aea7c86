"""``report --close`` as whole processes: the same bytes anywhere, later differences told."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Helpdesk, Program

PROMISED = """\
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    targets: {first_response: 4h}
    objectives:
      - {clock: first_response, share: 90%, per: month, timezone: Europe/Berlin,
         credits: {table: [{below: 90%, credit: 10%}], base: 1000, currency: EUR}}
"""
APRIL, MAY = "2026-04-02T08:00:00Z", "2026-05-20T08:00:00Z"


@pytest.fixture
def answered_late(program: Program, helpdesk: Helpdesk) -> str:
    """A ticket of Monday morning that was answered at four in the afternoon, and one in time."""
    (program.folder / "policies" / "standard.yaml").write_text(PROMISED, encoding="utf-8")
    program.quick("sync")
    late, quick = helpdesk.open("Printer on fire"), helpdesk.open("Mail is slow")
    for time, ticket in (("09T10:00", quick), ("09T15:00", late)):
        helpdesk.at(time)
        answer = {"ticket_id": ticket, "body": "On it.", "type": "email", "sender": "Agent"}
        to = {"to": "ravi@hollerbach.example", "internal": False}
        helpdesk.api("POST", "ticket_articles", {**answer, **to})
        program.quick("sync")
    helpdesk.clock.set(datetime.fromisoformat("2026-04-01T10:00:00+00:00"))
    program.quick("sync")
    return late


def elsewhere(program: Program, folder: Path, now: str) -> Program:
    """The same store on another machine, at another time."""
    shutil.copytree(program.folder, folder)
    return Program(folder, ["--now", now])


def closed(program: Program, *arguments: str) -> bytes:
    done = subprocess.run(
        program.command("report", "--close", "2026-03", *arguments),
        cwd=program.folder,
        env=program.clean(),
        capture_output=True,
        timeout=300,
        check=True,
    )
    return done.stdout


def test_two_machines_give_the_same_bytes(
    program: Program, answered_late: str, tmp_path: Path
) -> None:
    there = elsewhere(program, tmp_path / "there", MAY)
    here = elsewhere(program, tmp_path / "here", APRIL)
    document = closed(here, "--who", "kim")
    assert closed(there, "-o", "march.json") == b""
    assert (there.folder / "march.json").read_bytes() == document
    figures = json.loads(document)
    (line,) = figures["objectives"]
    assert (line["share"], line["credit"], figures["holidays"]) == ("1/2", "10%", "0.109")
    assert here.quick("report", "--sealed", "2026-03", "-o", "again.json").code == 0
    assert (here.folder / "again.json").read_bytes() == document
    entries = here.quick("audit", "log", "--json").json["entries"]
    (payload,) = [each["payload"] for each in entries if each["kind"] == "period_closed"]
    assert (payload["who"], payload["hash"]) == ("kim", hashlib.sha256(document).hexdigest())


def test_a_late_event_shows_as_a_restatement(
    program: Program, helpdesk: Helpdesk, answered_late: str
) -> None:
    assert program.quick("report", "--close", "2026-03", "-o", "march.json").code == 0
    asked = ("report", "--since", "2026-03-01", "--until", "2026-04-01")
    assert "2026-03 stands as it was closed" in program.quick(*asked).out
    backdate_the_answer(helpdesk, answered_late)
    program.quick("sync")
    (found,) = program.quick(*asked, "--json").json["restatements"]
    assert (found["period"], found["same"]) == ("2026-03", False)
    (moved,) = found["moved"]
    assert (moved["ticket"], moved["closed"], moved["now"]) == (answered_late, "misses", "hits")
    assert moved["why"] == ["late event"]
    shares = {
        each["part"]: (each["closed"]["share"], each["now"]["share"])
        for each in found["changed"]
        if each["part"] in ("targets", "objectives")
    }
    assert shares == {"targets": ("1/2", "1"), "objectives": ("1/2", "1")}
    text = program.quick(*asked).out
    assert "### Restatement of 2026-03" in text
    assert "late event" in text
    page = program.quick(*asked, "--format", "html").out
    assert "Restatement of 2026-03" in page
    sealed = (program.folder / "march.json").read_bytes()
    program.quick("report", "--sealed", "2026-03", "-o", "again.json")
    assert (program.folder / "again.json").read_bytes() == sealed


@pytest.mark.parametrize("party", [(), ("--organization", "Hollerbach Logistics")])
def test_a_statement_of_a_closed_period_says_what_was_closed(
    program: Program, helpdesk: Helpdesk, answered_late: str, party: tuple[str, ...]
) -> None:
    program.quick("report", "--close", "2026-03", "-o", "march.json")
    asked = ("report", "--statements", "--since", "2026-03-01", "--until", "2026-04-01", *party)
    assert "nothing differs" in program.quick(*asked).out
    backdate_the_answer(helpdesk, answered_late)
    program.quick("sync")
    text = program.quick(*asked, "--format", "text").out
    assert "the closed figures are those that hold" in text
    (told,) = program.quick(*asked, "--json").json["statements"]
    differs = {each["figure"]: (each["closed"], each["now"]) for each in told["closed"]["differs"]}
    assert differs["statements Hollerbach Logistics: totals EUR"] == ("100.00", "–")


def test_a_document_that_cannot_be_written_closes_nothing(
    program: Program, answered_late: str
) -> None:
    refused = program.quick("report", "--close", "2026-03", "-o", "missing/march.json")
    sealed = program.quick("report", "--sealed", "2026-03")
    assert (refused.code, "cannot be written" in refused.err) == (2, True), refused.err
    assert (sealed.code, "is not closed" in sealed.err) == (2, True), sealed.err


def backdate_the_answer(helpdesk: Helpdesk, ticket: str) -> None:
    """The helpdesk learns by mail that it was answered at ten."""
    desk = helpdesk.server.desk
    early = int(datetime.fromisoformat("2026-03-09T10:00:00+00:00").timestamp()) * 1000
    desk.db.execute(
        "UPDATE articles SET created_at = ? WHERE ticket_id = ? AND sender_id = 1",
        (early, int(ticket)),
    )
    helpdesk.api("PUT", f"tickets/{ticket}", {"title": "Printer on fire (solved)"})


def test_it_is_closed_once_and_only_when_it_is_over(program: Program, answered_late: str) -> None:
    early = program.quick("report", "--close", "2026-04")
    assert (early.code, "--unfinished" in early.err) == (2, True), early.err
    done = program.quick("report", "--close", "2026-04", "--unfinished", "-o", "april.json")
    assert done.code == 0, done.err
    assert json.loads((program.folder / "april.json").read_text())["as_of"] is not None
    again = program.quick("report", "--close", "2026-04", "--unfinished")
    assert (again.code, "slaplugin report --sealed 2026-04" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--close", "march"], "a month as 2026-03"),
        (["--close", "2026-02", "--since", "2026-02-01"], "leave out --since"),
        (["--close", "2026-02", "--format", "html"], "leave out --format"),
        (["--close", "2026-02", "--statements-by", "owner"], "nobody is sent a statement by owner"),
        (["--sealed", "2026-01"], "report --close 2026-01"),
        (["--unfinished"], "go with --close"),
    ],
)
def test_wrong_use(program: Program, arguments: list[str], words: str) -> None:
    program.quick("sync")
    result = program.quick("report", *arguments)
    assert (result.code, words in result.err) == (2, True), result.err
