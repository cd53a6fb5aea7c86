"""Sections that drop-ins add to the report, one of which breaks."""

from __future__ import annotations

from tests.cli.conftest import Helpdesk, Program

SECTIONS = """\
from slaplugin.hookspecs import ReportSection, Table

def titles(pairs):
    rows = sorted((ticket.title, clock.clock, clock.outcome) for ticket, clock in pairs)
    return Table(("ticket", "clock", "outcome"), tuple(rows))

def broken(pairs):
    raise KeyError("no such column")

def uneven(pairs):
    return Table(("one", "two"), (("only one",),))

def leaving(pairs):
    raise SystemExit("enough")

def slaplugin_report_sections():
    return [
        ReportSection("titles", "Every title", titles),
        ReportSection("broken", "Broken", broken),
        ReportSection("uneven", "Uneven", uneven),
        ReportSection("leaving", "Leaving", leaving),
    ]
"""


def test_they_stand_in_every_form_and_cost_only_themselves(
    program: Program, helpdesk: Helpdesk
) -> None:
    helpdesk.open("Printer <b>on fire")
    assert program.quick("sync").code == 0
    (program.folder / "hooks").mkdir()
    (program.folder / "hooks" / "sections.py").write_text(SECTIONS, encoding="utf-8")
    titles, broken, uneven, leaving = program.quick("report", "--json").json["sections"]
    assert titles["rows"] == [
        ["Printer <b>on fire", "first_response", "pending"],
        ["Printer <b>on fire", "resolution", "pending"],
    ]
    assert (broken["problem"], broken["rows"]) == ("KeyError: 'no such column'", [])
    assert uneven["problem"] == "a row has 1 cells and not 2"
    assert leaving["problem"] == "SystemExit: enough"
    told = program.quick("report").out
    assert "## Every title" in told and "could not be built: KeyError" in told
    page = program.quick("report", "--format", "html").out
    assert 'id="x-titles"' in page and "Printer &lt;b&gt;on fire" in page
    assert "Printer <b>" not in page


def test_what_is_no_section_is_told_with_its_place(program: Program, helpdesk: Helpdesk) -> None:
    assert program.quick("sync").code == 0
    (program.folder / "hooks").mkdir()
    odd = "def slaplugin_report_sections():\n    return ['titles']\n"
    (program.folder / "hooks" / "odd.py").write_text(odd, encoding="utf-8")
    refused = program.quick("report")
    assert refused.code == 2
    assert "odd.py" in refused.err and "must list sections, not 'titles'" in refused.err
