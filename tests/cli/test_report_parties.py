"""Statements for customers, satisfaction beside promises, and people who are not shown."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program

OCTOBER = ("--since", "2026-10-01", "--until", "2026-10-31")
FORMS = ("html", "md", "text", "json")
AGENTS = ("greta.lind", "joel.okafor", "mila.hart", "pavel.dusek", "sana.iqbal", "tomas.reyes")


# ------------------------------------------------------------------------- statements


@pytest.fixture(scope="module")
def everybody(month: Program) -> Mapping[str, Any]:
    """Every organization's statement by the file's name, from one run."""
    done = month.quick("report", "--statements", *OCTOBER, "--format", "json", "-o", "letters")
    assert done.code == 0, done.err
    files = (month.folder / "letters").iterdir()
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def test_every_party_has_a_document_of_its_own(everybody: Mapping[str, Any]) -> None:
    names = {name: each["party"] for name, each in everybody.items()}
    assert len({*names.values()}) == len(names) > 10
    assert names["Dunmore-Finch-2026-10"] == "Dunmore & Finch"


def test_they_say_what_the_whole_report_says(month: Program, everybody: Mapping[str, Any]) -> None:
    whole = month.quick("report", *OCTOBER, "--json").json["statements"]
    alone = [told for _, each in sorted(everybody.items()) for told in each["statements"]]
    by_party = {told["organization"]: {**told, "closed": None} for told in whole}
    assert {told["organization"]: told for told in alone} == by_party


@pytest.mark.parametrize("form", FORMS)
def test_one_party_in_every_form(month: Program, form: str) -> None:
    asked = ("--statements", *OCTOBER, "--organization", "dunmore & finch", "--format", form)
    done = month.quick("report", *asked)
    assert done.code == 0, done.err
    shown = done.out.replace("&amp;", "&")
    assert ("Dunmore & Finch" in shown, "standard" in shown, "2026-10" in shown) == (True,) * 3
    assert "<script>" not in done.out


def test_a_page_that_is_sent_needs_nothing_else(month: Program) -> None:
    asked = ("--statements", *OCTOBER, "--organization", "Nordwell Clinics", "-o", "one.html")
    assert month.quick("report", *asked, "--format", "html").code == 0
    page = (month.folder / "one.html").read_text(encoding="utf-8")
    assert re.findall(r"<(?:script|link|img|iframe)\b|\bsrc=|@import|url\(", page) == []
    assert re.findall(r'href="', page) == []
    assert "This period is not over before" in page


def test_a_customers_own_statement(month: Program) -> None:
    done = month.quick(
        "report", "--statements", *OCTOBER, "--customer", "Piet@nordwell.example", "--json"
    )
    assert done.json["party"] == "piet@nordwell.example"


def test_statements_by_any_field(month: Program) -> None:
    by = ("--statements-by", "organization.fields.contract_level", "--format", "json")
    assert month.quick("report", "--statements", *OCTOBER, *by, "-o", "levels").code == 0
    found = {file.stem.split("-")[0] for file in (month.folder / "levels").iterdir()}
    assert "vip" in found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--statements"], "name a folder with --output"),
        (["--statements", "--by", "group"], "has no --by of its own"),
        (["--statements", "--format", "csv"], "html, md, text or json"),
        (["--format", "text"], "is for --statements"),
        (["--statements", "--statements-by", "agent"], "nobody is sent a statement by agent"),
        (["--statements", "--statements-by", "customer,group"], "by one thing alone"),
        (["--statements", "--statements-by", "custmer"], "did you mean customer"),
        (["--csat", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_wrong_use(month: Program, arguments: list[str], words: str) -> None:
    result = month.quick("report", *arguments)
    assert (result.code, words in " ".join(result.err.split())) == (2, True), result.err


def test_without_objectives_nothing_was_promised(month: Program, tmp_path: Path) -> None:
    policy = "policies: [{name: standard, targets: {first_response: 4h}}]\n"
    (tmp_path / "standard.yaml").write_text(policy, encoding="utf-8")
    done = month.quick("--set", f"policies={tmp_path}", "report", "--statements")
    assert (done.code, "no policy has objectives" in done.err) == (0, True), done.err


# ------------------------------------------------------------------------- satisfaction


@pytest.fixture(scope="module")
def asked(month: Program) -> list[str]:
    """A file with answers about two tickets that missed a target and two that did not."""
    rows = csv.DictReader(
        io.StringIO(month.quick("report", "--format", "csv", "--tickets", *OCTOBER).out)
    )
    verdicts: dict[str, set[str]] = {}
    for row in rows:
        verdicts.setdefault(row["number"], set()).add(row["verdict"])
    missed = sorted(number for number, found in verdicts.items() if "misses" in found)
    kept = sorted(number for number, found in verdicts.items() if found == {"hits"})
    answers = [(missed[0], 1), (missed[1], 4), (kept[0], 5), (kept[1], 4)]
    at = "2026-10-12T12:00:00+02:00"
    lines = ["ticket,score,at", *(f"{number},{score},{at}" for number, score in answers)]
    lines += ["99999,3,", ""]
    (month.folder / "csat.csv").write_text("\n".join(lines), encoding="utf-8")
    return [number for number, _ in answers]


def test_satisfaction_is_joined_to_what_became_of_our_promises(
    month: Program, asked: list[str]
) -> None:
    found = month.quick("report", "--json", "--csat", "csat.csv", *OCTOBER).json["satisfaction"]
    by_promise = {name: each["share"] for name, each in found["by_promise"].items()}
    assert by_promise == {"kept": "1/1", "missed": "1/2", "none": None}
    assert (found["answers"], found["share"], found["mean"]) == (4, "3/4", 3.5)
    assert (found["unknown"], found["unreadable"]) == (["99999"], [])


def test_satisfaction_is_in_every_form(month: Program, asked: list[str]) -> None:
    (month.folder / "csat.toml").write_text(
        (month.folder / "slaplugin.toml").read_text(encoding="utf-8")
        + '\n[csat]\nfile = "csat.csv"\n',
        encoding="utf-8",
    )
    by_setting = ("--config", "csat.toml", "report", *OCTOBER, "--format")
    text = month.quick(*by_setting, "md").out
    assert "| a target missed | 50 % | 2 | 2.5 |" in text
    assert f"The worst answers: {asked[0]} (1)" in text
    page = month.quick(*by_setting, "html").out
    assert f">{asked[0]}</a>: 1" in page
    rows = csv.DictReader(io.StringIO(month.quick(*by_setting, "csv").out))
    told = [row for row in rows if row["side"] == "satisfaction"]
    assert [(row["values"], row["hits"], row["misses"]) for row in told] == [
        ("kept", "2", "0"),
        ("missed", "1", "1"),
    ]


def test_every_wrong_line_of_a_file_is_named(month: Program) -> None:
    (month.folder / "wrong.csv").write_text("ticket,score\n77001,6\n,3\n", encoding="utf-8")
    result = month.quick("report", "--csat", "wrong.csv")
    assert result.code == 2
    assert "wrong.csv:2: '6' is no answer on the scale 1-5" in result.err
    assert "wrong.csv:3: no ticket is named" in result.err


def test_a_ticket_that_is_rated_long_after_is_counted(month: Program, tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    file.write_text("ticket,score,at\n77001,5,2026-10-20T12:00:00+02:00\n", encoding="utf-8")
    asked = ("--period", "day", "--since", "2026-10-20", "--until", "2026-10-21")
    found = month.quick("report", "--json", "--csat", str(file), *asked).json["satisfaction"]
    assert (found["answers"], found["unknown"]) == (1, [])


# ------------------------------------------------------------------------- people


def forms(month: Program, naming: str) -> Iterator[str]:
    """The whole report and one organization's, in every form."""
    for party, form in product(((), ("--organization", "Nordwell Clinics")), ("html", "md", "csv")):
        yield month.quick("--set", f"agents={naming}", "report", *party, "--format", form).out
    yield month.quick("--set", f"agents={naming}", "report", "--json", "--by", "created_by").out
    tickets = ("--format", "csv", "--tickets")
    yield month.quick("--set", f"agents={naming}", "report", *tickets).out


def names() -> set[str]:
    """Logins and the words of names, as they may be spelled."""
    parts = {part for login in AGENTS for part in login.split(".")} - {"hart", "lind"}
    return {*AGENTS, *parts, "mila hart", "greta lind"}


@pytest.mark.parametrize("naming", ["off", "pseudonym"])
def test_no_agent_is_named_anywhere(month: Program, naming: str) -> None:
    for text in forms(month, naming):
        plain = unicodedata.normalize("NFKD", text.casefold())
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
        assert [name for name in sorted(names()) if name in plain] == []


def test_agents_are_named_where_the_setting_says_so(month: Program) -> None:
    shown = month.quick("report", "--json", "--by", "agent").out
    assert [login for login in AGENTS if login not in shown] == []


def test_figures_by_agent_are_refused_where_people_are_not_shown(month: Program) -> None:
    result = month.quick("--set", "agents=off", "report", "--by", "owner")
    assert (result.code, "figures by agent are switched off" in result.err) == (2, True)


def test_ladder_of_the_settings(month: Program) -> None:
    def functional(*options: str) -> int:
        found = month.quick(*options, "report", "--json").json["metrics"]["whole"]["escalations"]
        return int(next(each["count"] for each in found if each["kind"] == "functional"))

    named = functional("--set", "escalation.groups=Second Line")
    assert 0 <= named < functional()
    assert functional("--set", "escalation.groups=no such group") == 0
