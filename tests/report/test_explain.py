"""One explanation in three forms: text, JSON, HTML."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from slaplugin.core.model import Evaluation, LayerTrace
from slaplugin.report import Explanation, Look, Written
from slaplugin.report.explain_html import explanation_html
from slaplugin.report.explain_json import explanation_json
from slaplugin.report.explain_text import explanation_text, folded
from tests.report.conftest import BERLIN, FIRST, RESOLUTION, TICKET, at, spans

HOSTILE = '</title><script>alert(1)</script>"><img src=x onerror=y>\x1b[2J\x07'


def with_title(explained: Explanation, title: str) -> Explanation:
    return replace(explained, ticket=replace(TICKET, title=title))


def with_instances(explained: Explanation, *instances: object) -> Explanation:
    evaluation = replace(explained.evaluation, instances=instances)
    return replace(explained, evaluation=evaluation)


# ------------------------------------------------------------------ text


@pytest.mark.parametrize(
    "said",
    [
        "first_response #1  MET",
        "resolution #1  BREACHED running",
        "10h of 8h · paused 2h · due Wed 11 Mar 10:30",
        "all times in Europe/Berlin",
        "✓ vip      rank 10  gives 8h on calendar berlin",
        "· standard rank 0   defines it too, vip has the higher rank",
        "counted 10h + closed 32h + paused 2h = 44h of wall time",
        "paused            2h waiting",
        "fired Wed 11 Mar 10:31: resolution missed its target of 8h",
        "suppressed: adopted: due before enforcement began, never written",
        "tag sla-breach added (done)",
        "low confidence: organization.vip is known only as of today",
        "mark breached · state overdue · due Wed 11 Mar 10:30 (vip)",
    ],
)
def test_text_says(explained: Explanation, look: Look, said: str) -> None:
    assert said in explanation_text(explained, look)


def test_instants_of_another_year_are_told_with_it(explained: Explanation, look: Look) -> None:
    later = replace(explained.evaluation, as_of=explained.evaluation.as_of + 366 * 86400)
    page = explanation_text(replace(explained, evaluation=later), look)
    assert "due Wed 11 Mar 2026 10:30" in page
    assert "due Wed 11 Mar 10:30" not in page


def test_a_clock_that_moved_tells_whose_hours_each_stretch_is(
    explained: Explanation, look: Look
) -> None:
    *before, last = FIRST.spans
    moved = replace(FIRST, spans=(*before, replace(last, calendar="24x7")))
    page = explanation_text(with_instances(explained, moved), look)
    assert "1h 20m open (24x7)" in page
    assert "30m open (berlin)" in page
    assert "(berlin)" not in explanation_text(with_instances(explained, FIRST), look)


def test_text_fits_80_columns_and_plain_ascii(explained: Explanation) -> None:
    page = explanation_text(explained, Look(BERLIN, "Europe/Berlin", unicode=False))
    assert page.isascii()
    assert max(len(line) for line in page.splitlines()) <= 80


def test_text_of_others_cannot_steer_the_terminal(explained: Explanation, look: Look) -> None:
    page = explanation_text(with_title(explained, HOSTILE), look)
    assert "\x1b" not in page
    assert "\x07" not in page


def test_a_ticket_without_clocks_says_so(explained: Explanation, look: Look) -> None:
    empty = replace(
        explained, evaluation=Evaluation(at("11T12:30"), (), explained.evaluation.marks, None)
    )
    assert "No clock has started on this ticket" in explanation_text(empty, look)


def test_long_runs_of_office_hours_are_one_entry() -> None:
    days = ["09", "10", "11", "12", "13"]
    parts = []
    for today, tomorrow in pairwise(days):
        parts.append((f"{today}T09:00", f"{today}T17:00", "counted", "open"))
        parts.append((f"{today}T17:00", f"{tomorrow}T09:00", "closed", "closed hours"))
    run = spans(*parts)
    pause = spans(("13T09:00", "13T10:00", "paused", "waiting"))
    assert [len(group) for group in folded(run + pause)] == [8, 1]
    assert [len(group) for group in folded(run + pause, every_span=True)] == [1] * 9


# ------------------------------------------------------------------ JSON

KEYS = {
    "clock",
    "instance",
    "policy",
    "calendar",
    "party",
    "status",
    "outcome",
    "void_reason",
    "started_at",
    "stopped_at",
    "due_at",
    "target",
    "elapsed",
    "paused",
    "remaining",
    "breached_at",
    "breach_reason",
    "waived",
    "confidence",
    "ticket",
    "spans",
    "trace",
    "steps",
}


def test_json_has_the_keys_of_an_instance(explained: Explanation) -> None:
    document = json.loads(json.dumps(explanation_json(explained)))
    for instance in document["instances"]:
        assert instance.keys() >= KEYS
        assert instance["ticket"] == "17"


def test_json_instants_are_utc_and_durations_seconds(explained: Explanation) -> None:
    resolution = explanation_json(explained)["instances"][1]
    assert resolution["due_at"] == "2026-03-11T09:30:00Z"
    assert resolution["target"] == 28800
    assert resolution["spans"][0] == {
        "from": "2026-03-09T15:30:00Z",
        "to": "2026-03-09T16:00:00Z",
        "kind": "counted",
        "seconds": 1800,
        "cause": "open",
        "calendar": "berlin",
    }


def test_json_steps_join_engine_and_action_table(explained: Explanation) -> None:
    steps = explanation_json(explained)["instances"][1]["steps"]
    assert [(step["step"], step["status"], step["fired_at"]) for step in steps] == [
        ("75%", "fired", "2026-03-11T07:00:00Z"),
        ("breach", "fired", "2026-03-11T09:31:00Z"),
        ("2h after due", "suppressed", None),
    ]
    assert steps[1]["do"] == ["mark", {"priority": "high", "only": "raise"}]


@pytest.mark.parametrize(
    ("row", "status", "why"),
    [
        (None, "due", "nothing was written for it"),
        ("planned", "due", "because"),
        ("failed", "due", "failed: refused"),
        ("skipped", "skipped", "refused"),
        ("adopted", "suppressed", "refused"),
        ("done", "fired", "because"),
        ("uncertain", "fired", "because"),
    ],
)
def test_json_step_status(explained: Explanation, row: str | None, status: str, why: str) -> None:
    rows = ()
    if row:
        rows = (Written(9, "w", row, "because", "resolution", "created", "breach", "refused"),)
    known = replace(explained, written=rows, shown="none")
    step = explanation_json(known)["instances"][1]["steps"][1]
    assert (step["status"], step["why"]) == (status, why)


# ------------------------------------------------------------------ HTML


class Checker(HTMLParser):
    """Collects tags, attributes and visible text; complains about what could load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe", "object")
        assert not any(name.startswith("on") or name == "src" for name, _ in attrs)
        self.tags.append(tag)
        if tag not in ("meta", "br", "rect", "line"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag not in ("meta", "br", "rect", "line"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    return checker


def test_html_is_well_formed_and_loads_nothing(explained: Explanation, look: Look) -> None:
    page = explanation_html(explained, look)
    found = parsed(page)
    assert found.tags.count("svg") == 2
    assert found.tags.count("section") == 2
    assert "url(" not in page
    assert "prefers-color-scheme: dark" in page


def test_html_escapes_what_helpdesks_say(explained: Explanation, look: Look) -> None:
    page = explanation_html(with_title(explained, HOSTILE), look)
    found = parsed(page)
    assert "alert(1)" in "".join(found.text)
    assert "\x1b" not in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", None])
def test_html_links_only_to_web_addresses(
    explained: Explanation, look: Look, url: str | None
) -> None:
    page = explanation_html(replace(explained, ticket=replace(TICKET, url=url)), look)
    assert "<a " not in page


def test_every_stretch_has_a_title(explained: Explanation, look: Look) -> None:
    page = explanation_html(explained, look)
    assert "counted after the breach: Wed 11 Mar 10:30:01 - 12:30" in page
    assert page.count('<rect class="s-') - page.count('s-ahead" width') == page.count(
        "</title></rect>"
    )


@pytest.mark.parametrize("form", [explanation_html, explanation_text])
def test_a_clock_without_time_or_trace_is_shown(
    explained: Explanation, look: Look, form: object
) -> None:
    bare = replace(
        FIRST, status="not_applicable", outcome="not_applicable", spans=(), trace=(), due_at=None
    )
    page = form(with_instances(explained, replace(bare, stopped_at=None)), look)  # type: ignore[operator]
    assert "first_response" in page


def test_the_layer_that_gave_the_target_stands_out(explained: Explanation, look: Look) -> None:
    odd = replace(RESOLUTION, trace=(LayerTrace("<b>", 0, True, True, "<i>"),))
    page = explanation_html(with_instances(explained, odd), look)
    assert '<strong class="gave">&lt;b&gt;</strong>' in page
