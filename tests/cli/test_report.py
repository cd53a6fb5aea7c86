"""``report`` over a month of the demo: its figures by another way, its forms, its page."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections import Counter
from datetime import datetime
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cli.conftest import Program, Result

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def document(month: Program) -> Any:
    return month.quick("report", "--json", "--by", "group", "--by", "priority,channel").json


def clocks(month: Program) -> list[dict[str, Any]]:
    """What the exported rows say."""
    return [json.loads(line) for line in month.quick("export", "clocks").out.splitlines()]


def month_of(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, BERLIN).strftime("%Y-%m")


def recounted(month: Program) -> Counter[tuple[str, str, str]]:
    """(month, clock, verdict) of every clock, by details 46 and the exported rows alone."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in clocks(month):
        if row["outcome"] == "not_applicable":
            continue
        at = row["breached_at_s"] if row["outcome"] == "breached" else row["stopped_at_s"]
        if row["status"] == "void" and row["outcome"] != "breached":
            verdict = "void"
        elif row["outcome"] == "closed_unanswered":
            verdict = "unanswered"
        elif row["confidence"] == "low":
            verdict = "low_confidence"
        elif row["outcome"] == "breached":
            verdict = "misses"
        else:
            verdict = "hits" if at is not None else "not_due"
        if at is not None:
            found[month_of(at), row["clock"], verdict] += 1
    return found


def test_figures_are_those_of_the_exported_rows(month: Program, document: Any) -> None:
    told: Counter[tuple[str, str, str]] = Counter()
    for row in document["attainment"]:
        for verdict in ("hits", "misses", "void", "unanswered", "low_confidence"):
            told[row["period"], row["clock"], verdict] += row[verdict]
    first = document["period"]["first"]
    expected = {key: n for key, n in recounted(month).items() if key[0] >= first}
    assert {key: n for key, n in told.items() if n} == expected
    assert sum(expected.values()) > 300


def test_shares_are_exact_and_never_rounded_up(document: Any) -> None:
    wrong = [
        row
        for row in document["attainment"]
        if row["share"] is not None
        and (
            Fraction(row["share"]) != Fraction(row["hits"], row["counted"])
            or not 0
            <= Fraction(row["share"]) - Fraction(str(row["percent"])) / 100
            < Fraction(1, 10**4)
        )
    ]
    assert wrong == []


def test_every_breakdown_adds_up_to_the_whole(document: Any) -> None:
    def total(rows: list[dict[str, Any]]) -> Counter[str]:
        found: Counter[str] = Counter()
        for row in rows:
            found.update({name: row[name] for name in ("hits", "misses", "void", "not_due")})
        return found

    whole = total(document["attainment"])
    assert [total(part["rows"]) for part in document["by"]] == [whole, whole]
    assert [part["dimensions"] for part in document["by"]] == [["group"], ["priority", "channel"]]


def test_objectives_and_what_is_owed(document: Any) -> None:
    rows = [row for row in document["attainment"] if row["clock"] == "first_response"]
    lines = [line for line in document["objectives"] if line["clock"] == "first_response"]
    keys = ("period", "hits", "misses", "share")
    assert [[line[key] for key in keys] for line in lines] == [
        [row[key] for key in keys] for row in rows
    ]
    owed = [each for each in document["statements"] if each["totals"]]
    assert {total for each in owed for total in each["totals"].items()} == {("EUR", "50.00")}


def test_causes_share_out_what_missed_clocks_counted(document: Any) -> None:
    causes = document["causes"]
    assert sum(miss["elapsed"] for miss in causes["misses"]) == causes["lost"]
    assert sum(share["seconds"] for share in causes["counted"]) == causes["lost"]
    missed = sum(row["misses"] for row in document["attainment"])
    assert (len(causes["misses"]), sum(causes["misses_by_hour_of_week"])) == (missed, missed)


# ------------------------------------------------------------------------- forms


def csv_of(result: Result) -> list[dict[str, str]]:
    assert result.code == 0, result.err
    return list(csv.DictReader(io.StringIO(result.out)))


def test_csv_has_the_rows_of_json(month: Program, document: Any) -> None:
    rows = csv_of(month.quick("report", "--format", "csv", "--by", "group"))
    ours = [row for row in rows if (row["side"], row["by"]) == ("ours", "policy")]
    assert [(row["period"], row["clock"], row["share"]) for row in ours] == [
        (row["period"], row["clock"], row["share"] or "") for row in document["attainment"]
    ]
    assert {row["by"] for row in rows} == {"policy", "group"}


def test_rows_behind_every_figure(month: Program, document: Any) -> None:
    rows = csv_of(month.quick("report", "--format", "csv", "--tickets"))
    counts = Counter((row["period"], row["clock"], row["verdict"]) for row in rows)
    told: Counter[tuple[str, str, str]] = Counter()
    for row in document["attainment"]:
        for verdict in ("hits", "misses", "void", "unanswered", "low_confidence", "not_due"):
            told[row["period"], row["clock"], verdict] += row[verdict]
    assert counts == {key: number for key, number in told.items() if number}


def test_markdown_is_for_reading(month: Program) -> None:
    result = month.quick("report")
    assert result.code == 0
    assert result.out.startswith("# Service report 2026-")
    assert "## Where the time of missed clocks went" in result.out
    assert "50.00 EUR owed" in result.out
    assert "<script>" not in result.out


def test_one_organization_alone(month: Program, document: Any) -> None:
    party = document["statements"][0]["organization"]
    found = month.quick("report", "--json", "--organization", party.upper()).json
    assert 0 < found["tickets"] < document["tickets"]
    assert {each["organization"] for each in found["statements"]} == {party}
    assert document["tickets_of_party"] is None
    lines = found["tickets_of_party"]
    told = Counter(clock["verdict"] for line in lines for clock in line["clocks"])
    counted: Counter[str] = Counter()
    for row in found["attainment"]:
        counted.update({name: row[name] for name in told})
    assert (told, len(lines)) == (counted, found["tickets"])


def test_the_trend_of_causes_adds_up_to_what_was_lost(document: Any) -> None:
    causes = document["causes"]
    kinds = ("late", "unassigned", "agent")
    lost = sum(each["seconds"].get(kind, 0) for each in causes["by_period"] for kind in kinds)
    misses = sum(each["misses"] for each in causes["by_period"])
    assert (lost, misses) == (causes["lost"], len(causes["misses"]))


# ------------------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def page(month: Program) -> str:
    assert month.quick("report", "--format", "html", "-o", "report.html").code == 0
    return (month.folder / "report.html").read_text(encoding="utf-8")


def test_the_page_needs_nothing_else_and_runs_nothing(page: str) -> None:
    assert re.findall(r"<(?:script|link|img|iframe|object)\b", page) == []
    assert re.findall(r"\bsrc=|@import|url\(", page) == []
    assert "default-src 'none'" in page
    assert "&lt;script&gt;alert(1)" in page


def test_every_figure_leads_somewhere(page: str) -> None:
    wanted = set(re.findall(r'href="#([^"]+)"', page))
    there = set(re.findall(r'\bid="([^"]+)"', page))
    assert (wanted - there, len(wanted) > 30) == (set(), True)


def test_links_lead_to_the_helpdesk_alone(page: str) -> None:
    outside = set(re.findall(r'href="(http[^"]+)"', page))
    assert {url for url in outside if not url.startswith("http://127.0.0.1:")} == set()


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_the_page_fits_any_width_in_light_and_dark(month: Program, page: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    file = month.folder / "report.html"
    too_wide, loaded, said = [], set(), []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for scheme, width in product(("light", "dark"), (360, 768, 1280)):
            shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            shown.on("request", lambda request: loaded.add(request.url))
            shown.on("console", lambda message: said.append(message.text))
            shown.goto(file.as_uri())
            if shown.evaluate("document.documentElement.scrollWidth") > width:
                too_wide.append((scheme, width))
            shown.close()
        browser.close()
    assert (too_wide, loaded, said) == ([], {file.as_uri()}, [])


# ------------------------------------------------------------------------- wrong use


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--by", "grup"], "did you mean group"),
        (["--since", "2026-10-01", "--until", "2026-09-01"], "--since is after --until"),
        (["--since", "2031-01-01"], "--since is after now"),
        (["--since", "0001-01-01"], "1970 to 2199"),
        (["--until", "9999-12-31"], "1970 to 2199"),
        (["--tickets"], "--format csv"),
        (["--since", "yesterday"], "2026-03-09"),
    ],
)
def test_wrong_use(month: Program, arguments: list[str], words: str) -> None:
    result = month.quick("report", *arguments)
    assert (result.code, words in result.err) == (2, True), result.err


@pytest.mark.parametrize("option", ["--customer", "--organization"])
@pytest.mark.parametrize("who", ["nobody@acme.example", ""])
def test_a_name_that_no_ticket_has_is_told(month: Program, option: str, who: str) -> None:
    result = month.quick("report", option, who)
    assert (result.code, f"the store knows no ticket of '{who}'" in result.err) == (0, True)


@pytest.mark.parametrize("command", [["report"], ["export", "tickets"]])
def test_without_a_store_it_says_how_to_get_one(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "slaplugin.toml").write_text('url = "http://127.0.0.1:9"\ntoken = "x"\n')
    result = Program(tmp_path, ["--now", "2026-03-09T09:00:00Z"]).quick(*command)
    assert (result.code, "slaplugin backfill" in result.err) == (5, True), result.err
