"""whatif as a whole command: tables, the document, first targets, processes, what is wrong."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from slaplugin.app.ports import TicketRow
from slaplugin.store import SqliteStore
from tests.cli.conftest import Program
from tests.columnar.pasts import loaded, pasts

HOST = "zammad"
IN_FORCE = """\
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    targets: {first_response: 4h, resolution: 16h}
"""
DRAFT = IN_FORCE.replace("16h", "3h") + "    objectives: [{clock: resolution, share: 90%}]\n"
NOW = "2026-06-01T09:00:00+00:00"
TICKETS = 60


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A folder with settings, policies in force, a draft, and a store of past tickets."""
    (tmp_path / "slaplugin.toml").write_text(
        'host = "zammad"\nurl = "http://127.0.0.1:9"\ntoken = "t"\ntimezone = "Europe/Berlin"\n',
        encoding="utf-8",
    )
    for name, text in (("policies", IN_FORCE), ("draft", DRAFT)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "policies.yaml").write_text(text, encoding="utf-8")
    with SqliteStore(tmp_path / "slaplugin.db", durable=False) as store:
        fill(store)
    return Program(tmp_path, ["--now", NOW])


def fill(store: SqliteStore) -> None:
    for past in pasts(random.Random("cli"), loaded(IN_FORCE), TICKETS):
        ticket = past.ticket
        row = TicketRow(
            HOST, ticket.id, ticket.number, "<b>\x1b[31m", ticket.facts, ticket.current_only, 0
        )
        with store.tx() as tx:
            tx.save_ticket(replace(row, open=past.open))
            tx.replace_events(HOST, ticket.id, past.events)
            tx.save_instances(HOST, ticket.id, past.instances)


def test_the_document(program: Program) -> None:
    done = program.quick("whatif", "--policies", "draft", "--suggest", "95%", "--json")
    assert done.code == 0, done.err
    told = done.json
    assert told["tickets"] == TICKETS
    clocks = {line["clock"]: line for line in told["clocks"]}
    assert sorted(clocks) == ["first_response", "resolution"]
    assert clocks["first_response"]["before"] == clocks["first_response"]["after"]
    first = clocks["resolution"]
    assert Fraction(first["after"]["share"]) < Fraction(first["before"]["share"])
    assert Fraction(first["suggestion"]["share"]) >= Fraction(19, 20)
    assert {each["to"] for each in told["changes"]} == {"misses"}
    assert all(each["reasons"] == ["target"] for each in told["changes"])
    assert told["moved"][0]["direction"] == "earlier"
    (objective,) = told["objectives"]["after"]["objectives"]
    assert (objective["objective"], objective["met"]) == ("standard/1", False)
    assert told["objectives"]["before"]["objectives"] == []


def test_an_objective_of_the_draft_alone_says_so_on_the_other_side(program: Program) -> None:
    done = program.quick("whatif", "--policies", "draft")
    _, _, told = done.out.partition("Objectives and credits\n")
    head, line = (each.split(maxsplit=3) for each in told.splitlines()[:2])
    assert head[:3] == ["POLICY", "OBJECTIVE", "PERIOD"]
    assert line[:3] == ["standard", "Resolution", "all"]
    assert line[3].startswith("time") and "not promised" in line[3] and "MISSED" in line[3]


def test_the_tables(program: Program) -> None:
    done = program.quick("whatif", "--policies", "draft", "--suggest", "95%")
    assert done.code == 0, done.err
    head, *_ = done.out.splitlines()
    assert head.startswith(f"{TICKETS} tickets as of")
    assert "FOR 95 %" in done.out
    assert "met -> missed" in done.out
    assert "another target" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("engine", ["plain", "columnar"])
def test_every_way_says_the_same(program: Program, engine: str) -> None:
    if engine == "columnar":
        pytest.importorskip("numpy", reason="numpy comes with the extra slaplugin[columnar]")
    said = program.quick("whatif", "--policies", "draft", "--json").out
    other = program.quick("whatif", "--policies", "draft", "--json", "--engine", engine)
    assert other.code == 0, other.err
    assert other.out == said
    assert (program.folder / "slaplugin.db.columns").exists()


def test_a_period(program: Program) -> None:
    done = program.quick("whatif", "--policies", "draft", "--until", "2026-03-02", "--json")
    assert done.json["clocks"] == []


def test_first_targets(program: Program) -> None:
    done = program.quick("whatif", "--baseline", "--suggest", "9/10", "--json")
    assert done.code == 0, done.err
    clocks = {each["clock"]: each for each in done.json["clocks"]}
    assert {"first_response", "next_response", "update", "resolution"} <= clocks.keys()
    assert Fraction(clocks["resolution"]["suggestion"]["share"]) >= Fraction(9, 10)
    shown = program.quick("whatif", "--baseline").out
    assert "FOR 95 %" in shown


def test_a_wrong_draft_is_named_with_its_line(program: Program) -> None:
    file = program.folder / "draft" / "policies.yaml"
    file.write_text(DRAFT.replace("3h", "3 hours"), encoding="utf-8")
    done = program.quick("whatif", "--policies", "draft")
    assert done.code == 2
    assert "policies.yaml:5" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--policies DIR"),
        (("--policies", "draft", "--suggest", "0%"), "not above 0%"),
        (("--policies", "draft", "--suggest", "many"), "95%"),
        (("--policies", "draft", "--scheduler", "tcp://127.0.0.1:1"), "--engine dask"),
        (("--policies", "draft", "--since", "2026-03-02", "--until", "2026-03-01"), "--until"),
        (("--policies", "nowhere"), "nowhere"),
    ],
)
def test_wrong_use(program: Program, arguments: tuple[str, ...], said: str) -> None:
    done = program.quick("whatif", *arguments)
    assert done.code == 2
    assert said in done.err


def test_no_store(program: Program) -> None:
    (program.folder / "slaplugin.db").unlink()
    done = program.quick("whatif", "--policies", "draft")
    assert done.code == 5
    assert "backfill" in done.err
