"""The service report's page: whatever the tickets are like, it can be read, and it is bounded."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from slaplugin.app.history import Wanted
from slaplugin.app.reporting.gather import Basis, gather
from slaplugin.app.reporting.report import Ask, Provenance, Report
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.metrics import Measuring
from slaplugin.core.metrics.figures import Number
from slaplugin.core.metrics.series import Behind, Summary
from slaplugin.core.model import Span
from slaplugin.core.past import Past
from slaplugin.core.periods import CalendarPeriod
from slaplugin.core.pseudonyms import People
from slaplugin.report import Look
from slaplugin.report.service.behind import Lists
from slaplugin.report.service.markdown import markdown
from slaplugin.report.service.page import service_page
from slaplugin.report.service.summary import summary
from slaplugin.report.service.work import times
from tests.core.attainment.pasts import HOUR, NOW, at, contracts, met, missed, past, pending

FEBRUARY, MARCH = "2026-02-10T10:00:00+01:00", "2026-03-10T10:00:00+01:00"
HOSTILE = (
    "</title><script>alert(1)</script>",
    "\u202egnirts desrever",
    "مرحبا \u200b\u200d بالعالم",
    "🧯" * 40,
    "x" * 400,
    "\x00\x1b[31mred",
)


def asked(**more: object) -> Ask:
    first, last = (CalendarPeriod.on("month", date(2026, month, 1)) for month in (2, 3))
    ask = Ask(first, last, "Europe/Berlin", (parse_dimensions(["group"]),))
    return replace(ask, **more)  # type: ignore[arg-type]


def report(*pasts: Past, **more: object) -> Report:
    promised = contracts()
    given = Provenance("zammad", NOW, "abc", "0.1.0", None)
    return gather(pasts, asked(**more), Basis(promised, Measuring.by(promised.rules)), given)


def page(*pasts: Past, **more: object) -> str:
    return service_page(report(*pasts, **more), Look())


def titled(given: Past, title: str) -> Past:
    return replace(given, ticket=replace(given.ticket, title=title))


def late(number: int, owner: str = "anna") -> Past:
    """A ticket whose first response came an hour late, all of it counted."""
    instance = missed(MARCH)
    spent = Span(
        instance.breached_at or 0, (instance.breached_at or 0) + HOUR, "counted", "open", "berlin"
    )
    return past(str(number), replace(instance, spans=(spent,)), group="Support", owner=owner)


class Outline(HTMLParser):
    """Headings, anchors, links and tables of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.unscoped = 0
        self.unnamed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.anchors.add(given.get("id") or "")
        if (given.get("href") or "").startswith("#"):
            self.links.add((given["href"] or "")[1:])
        self.unscoped += tag == "th" and not given.get("scope")
        if (tag == "svg" or given.get("role") == "region") and not given.get("aria-label"):
            self.unnamed.append(tag)


def skipped(levels: list[int]) -> list[tuple[int, int]]:
    """Headings that come more than one level below the one before them."""
    return [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1]


MANY = [late(number) for number in range(30)]


@pytest.mark.parametrize(
    "pasts",
    [
        pytest.param([], id="none"),
        pytest.param([past("1", met(MARCH))], id="one"),
        pytest.param([*MANY, past("99", pending())], id="many"),
    ],
)
@pytest.mark.parametrize("organization", [None, "Acme"])
def test_it_can_be_walked_through_by_ear_and_by_keyboard(
    pasts: list[Past], organization: str | None
) -> None:
    outline = Outline(page(*pasts, parties=Wanted(organization=organization)))
    assert (outline.levels[0], skipped(outline.levels)) == (1, [])
    assert outline.links - outline.anchors == set()
    assert (outline.unscoped, outline.unnamed) == (0, [])


def test_what_no_share_counts_is_told_beside_each_share() -> None:
    """100 % of one is no good news where three others are in no figure."""
    doubtful = [replace(met(MARCH), confidence="low") for _ in range(3)]
    made = report(*(past(str(number), each) for number, each in enumerate([*doubtful, met(MARCH)])))
    shown = re.sub(r"<[^>]+>", "", service_page(made, Look()))
    said = [
        "0 of 1 missed, 3 not counted" in shown,
        "Not counted: 3 of low confidence" in markdown(made, Look()),
        any(line.endswith("0 of 1 missed, 3 not counted") for line in summary(made)),
    ]
    assert said == [True, True, True]


def test_a_warning_about_doubts_says_what_to_do() -> None:
    doubtful = [replace(met(MARCH), confidence="low") for _ in range(3)]
    made = report(*(past(str(number), each) for number, each in enumerate(doubtful)))
    shown = re.sub(r"<[^>]+>", "", service_page(made, Look()))
    for said in (shown, markdown(made, Look()).replace("\\", "")):
        assert [part for part in ("--since the day", "organization.name") if part not in said] == []


def test_a_card_without_a_verdict_does_not_say_none_of_none() -> None:
    told = card(page(past("1", pending()), past("2", pending())))
    assert "nothing decided yet, 2 not due" in " ".join(told.split())
    assert "of 0" not in told


def test_the_same_tickets_are_listed_once_under_all_their_figures() -> None:
    text = page(late(1))
    heads = re.findall(r'<section class="behind" id="b\d+"><h3>(.*?)</h3>', text)
    figures = ("First response", "2026-03", "First response, standard", "First response, Support")
    assert heads == ["1: " + "; ".join(f"missed: {name}" for name in figures)]
    assert len(re.findall(r'href="#b1"', text)) >= 4


def test_lists_are_short_on_paper_and_say_so() -> None:
    cut = "On paper 20 of 21 are listed"
    assert [cut in page(*(late(n) for n in range(count))) for count in (20, 21)] == [False, True]


@pytest.mark.parametrize(
    "title", ["\u202egnirts desrever", "\x00\x1b[31mred", "a\u2066b", "\x9b1m"]
)
def test_no_title_steers_the_reader_of_a_markdown_report(title: str) -> None:
    made = markdown(report(titled(late(1), title)), Look())
    assert sorted({sign for sign in made if not (sign.isprintable() or sign == "\n")}) == []


def test_without_a_ticket_it_says_so() -> None:
    assert "No clock with a target was decided in this time." in page()


@pytest.mark.parametrize("title", HOSTILE)
def test_titles_stay_text_and_keep_to_themselves(title: str) -> None:
    text = page(titled(late(1), title))
    assert re.findall(r"<script|\x00|\x1b", text) == []
    assert re.findall(r"<bdi>[^<]+</bdi>", text) != []
    outside = re.sub(r"<bdi>[^<]*</bdi>", "", text)
    assert [sign for sign in "\u202e\u200bم🧯" if sign in outside] == []


def test_figures_of_what_was_met_lead_to_tickets_too() -> None:
    text = page(*(past(str(n), met(MARCH)) for n in range(40)))
    assert re.findall(r'<td[^>]*data-name="met"[^>]*><a href="#b1"', text) != []
    (listed,) = re.findall(r'<section class="behind" id="b1">(.*?)</section>', text, re.DOTALL)
    assert (listed.count("<li>"), "10 of 40, drawn evenly" in listed) == (10, True)
    assert "drawn evenly" not in page(*(past(str(n), met(MARCH)) for n in range(10)))


def test_the_largest_of_nothing_is_no_ticket() -> None:
    lists = Lists(Look())
    behind = [Behind(7, "a"), Behind(0, "b")]
    figures = report().metrics.whole
    numbers = {"hops": Number(Summary(2, 7, Fraction(7, 2), 7, 7), tuple(behind))}
    given = replace(
        report(), metrics=replace(report().metrics, whole=replace(figures, numbers=numbers))
    )
    told = "".join(times(given, lists))
    assert re.findall(r'data-name="on"><span class="long">(.*?)</span>', told) == ["a"]


def test_of_two_hundred_groups_the_worst_stand_first() -> None:
    """Nobody looks for the bad ones among lines in the order of names."""
    pasts = [in_group(past(f"m{n}", met(MARCH)), f"group {n:03}") for n in range(200)]
    pasts += [in_group(late(n), f"group {150 + n:03}") for n in range(40)]
    text = page(*pasts)
    first, *_ = re.findall(r'aria-label="By group: the 40 of 200.*?</table>', text, re.DOTALL)
    shown = re.findall(r"group (\d+)</td>", first)
    assert shown == [f"{150 + n}" for n in range(40)]
    assert "<summary>By group: all 200</summary>" in text
    assert "all 40</summary>" not in page(*pasts[:40])


def test_a_long_name_breaks_into_lines() -> None:
    name = "Nachverfolgung" * 20
    text = page(titled(in_group(late(1), name), name))
    # Both wherever it stands in a table and in the headings of lists, which may break everywhere.
    assert re.findall(f"<td[^>]*>{name}", text) == []
    assert f'<span class="long">{name}</span>' in text


def in_group(given: Past, group: str) -> Past:
    facts = {**given.stages[0].facts, "group": group}
    return replace(given, stages=tuple(replace(each, facts=facts) for each in given.stages))


def test_thousands_of_misses_leave_a_page_that_a_browser_opens() -> None:
    text = page(*(late(number, f"agent{number % 300}") for number in range(5_000)))
    assert len(text) < 2_000_000
    assert "5000 of 5000 missed" in re.sub(r"<[^>]+>", "", text)
    assert "slaplugin report --format csv --tickets" in text
    assert Outline(text).links - Outline(text).anchors == set()


def card(text: str) -> str:
    (found,) = re.findall(r'<div class="card big">(.*?)</div>', text, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", found)


def test_a_card_has_the_clocks_name_and_its_change() -> None:
    february = [past(f"f{n}", met(FEBRUARY)) for n in range(9)] + [past("fx", missed(FEBRUARY))]
    march = [past(f"m{n}", met(MARCH)) for n in range(4)] + [past("mx", missed(MARCH))]
    told = card(page(*february, *march))
    assert "First response  first_response" in told
    assert "80 % in 2026-03, down 10 points from 2026-02" in told
    told = card(page(*(past(f"f{n}", met(at)) for n, at in enumerate((FEBRUARY, MARCH)))))
    assert "100 % in 2026-03, as in 2026-02" in told


def test_nobody_is_shown_where_people_are_off() -> None:
    pasts = [late(number, f"agent{number % 3}") for number in range(9)]
    assert "agent1" in page(*pasts)
    hidden = report(*pasts, people=People("off"))
    shares = [(share.cause.agent, share.seconds) for share in hidden.causes.counted]
    assert shares == [(None, 9 * HOUR)]
    assert re.findall(r"agent\d", service_page(hidden, Look())) == []


def test_one_clients_picture() -> None:
    done = past("1", met(MARCH), state_kind="closed", state="closed")
    still = titled(past("2", pending(due_at=at("2026-04-01T09:00:00+02:00")), state="open"), "VPN")
    text = page(done, still, parties=Wanted(organization="Acme"))
    plain = re.sub(r"<[^>]+>", " ", text)
    assert [name for name in ("Open tickets now", "Whose turn it was") if name not in plain] == []
    assert ("Wed 01 Apr 07:00" in plain, "First response: not due yet" in plain) == (True, True)
    assert "Open tickets now" not in page(done, still)
