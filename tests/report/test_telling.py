"""Is every due time derivable from what is printed? Worked tickets, and the words for each."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from slaplugin.core.changes import Story, story_of
from slaplugin.core.evaluate import evaluate, last_instant
from slaplugin.core.model import Actor, Timeline
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.testfiles import load_policy_tests
from slaplugin.report import Explanation, Look
from slaplugin.report.explain_html import explanation_html
from slaplugin.report.explain_json import explanation_json
from slaplugin.report.explain_text import explanation_text
from tests.report.conftest import BERLIN

WORKED = Path(__file__).parents[1] / "core" / "due-times.yaml"
ANNA = Actor("7", "agent", "Anna <b>Berg</b>")
LOOK = Look(BERLIN, "Europe/Berlin", width=400)


@cache
def explanation(name: str) -> Explanation:
    """A worked ticket on which Anna has done everything."""
    (case,) = (each for each in load_policy_tests(WORKED).cases if each.name == name)
    events = tuple(replace(event, actor=ANNA) for event in case.events)
    timeline = Timeline(case.ticket, events)
    rules = RuleBook.compile(case.policy_set, only_targeted=True)
    as_of = last_instant(timeline) if case.as_of is None else case.as_of
    story = story_of(timeline, rules, as_of)
    return Explanation(case.ticket, evaluate(timeline, rules, as_of), policy_set="f", story=story)


TOLD = [
    (
        "raised when it was too late",
        "Mon 09 Mar 13:00  priority_changed by Anna <b>Berg</b> (agent): priority normal → urgent",
    ),
    (
        "raised when it was too late",
        (
            "8h of standard on office, due Mon 09 Mar 17:00 → 2h of standard on office,"
            " due Mon 09 Mar 11:00; that had passed, so it is breached from this moment on"
        ),
    ),
    ("raised with a floor", "tightened, with a floor for what is left (R8 floor)"),
    ("raised with a floor", "+ 2h 30m that the floor leaves = 4h 30m"),
    ("lowered and kept", "loosened, and what was in force is kept (R8 keep)"),
    ("lowered and kept", "due Mon 09 Mar 11:00; 8h does not count"),
    (
        "raised and begun anew",
        "2h on office from Mon 09 Mar 13:00, when the target began anew + 4h counted before = 6h",
    ),
    ("moved to another calendar", "time counted so far stays counted (R9)"),
    ("moved to another calendar", "group Support → Americas"),
    ("new weekly hours", "Wed 11 Mar 09:00 - 15:00 (new weekly hours from here on)"),
    ("new weekly hours", "still to count 15h: Tue 10 Mar 16:00 - 17:00 (1h), Wed 11 Mar 09:00 - "),
    ("gone and back", "no policy gives a target any more: the clock is void from here on (R10)"),
    ("gone and back", "a policy gives a target again: the time in between does not count"),
    ("gone and back", "business days counted: Tue 10 Mar; moved by 1h of standing still"),
    ("extended", "extended by 2h (asked for a later date) by Anna"),
    ("extended", "+ 2h extended = 10h"),
    ("excluded", "excluded Mon 09 Mar 11:00 - 13:00 (carrier outage) by Anna"),
    (
        "asked twice to wait",
        "waiting on the customer (state_changed by Anna <b>Berg</b> (agent): state new → pending)",
    ),
    ("asked twice to wait", "(agent): state pending → pending reminder)"),
    ("asked twice to wait", "it stands still: 6h left from when it runs again"),
    (
        "excluded from the due on",
        "11:00 - 13:00 (2h), when it will stand still: due as it runs again, Mon 09 Mar 15:00",
    ),
    ("waiting by a hook", "facts.pause_reason none → parts are on their way"),
    ("calendar by a hook", "facts.calendar none → newyork"),
    ("calendar by a hook", "1bd on office from Mon 09 Mar 10:00"),
    ("calendar by a hook", "a target by days stays on the one that it came with (R9)"),
    ("business days over the holidays", "business days counted: Mon 28 Dec"),
    (
        "business days over the holidays",
        (
            "other hours than usual: Thu 24 Dec 09:00 - 13:00 (exception),"
            " Fri 25 Dec closed (holiday or closing day)"
        ),
    ),
    ("by noon after the holidays", "open day 1 after the day of the start: Mon 28 Dec"),
    ("days that waiting moves", "the clock's own pause (field_changed by Anna <b>Berg</b> (agent)"),
    ("days that waiting moves", "it stands still: 2h left from when it runs again"),
    ("merged too late", "another ticket was merged into this one (R12)"),
    ("merged too late", "due Mon 09 Mar 11:10, counted from Mon 09 Mar 09:10; that had passed"),
    (
        "asked while it was closed",
        "the clock began in the past: a customer had written while the ticket was closed",
    ),
    ("asked while it was closed", "counted from Tue 10 Mar 09:00; that had passed"),
    (
        "raised while it was closed",
        "while the clock stood still: priority_changed by Anna <b>Berg</b> (agent): priority",
    ),
]


@pytest.mark.parametrize(("name", "said"), TOLD)
def test_text_tells_what_moved_a_due_time(name: str, said: str) -> None:
    assert said in explanation_text(explanation(name), LOOK)


@pytest.mark.parametrize("name", sorted({name for name, _ in TOLD}))
def test_a_page_tells_the_same_and_escapes_it(name: str) -> None:
    page = explanation_html(explanation(name), LOOK)
    assert "How the due time comes about" in page
    assert "<b>Berg" not in page


def test_a_page_tells_what_moved_a_due_time() -> None:
    page = explanation_html(explanation("raised when it was too late"), LOOK)
    assert "What moved the due time" in page
    assert "that had passed, so it is breached from this moment on (retarget)" in page


@pytest.mark.parametrize("name", sorted({name for name, _ in TOLD}))
def test_a_narrow_plain_terminal_shows_it_all(name: str) -> None:
    told = explanation(name)
    page = explanation_text(told, Look(BERLIN, "Europe/Berlin", unicode=False))
    assert page.isascii()
    assert max(len(line) for line in page.splitlines()) <= 80


def instance(name: str, clock: str) -> dict[str, Any]:
    document = json.loads(json.dumps(explanation_json(explanation(name))))
    (found,) = (each for each in document["instances"] if each["clock"] == clock)
    return dict(found)


def test_json_tells_each_change() -> None:
    (change,) = instance("raised when it was too late", "resolution")["changes"]
    event = change["cause"].pop("event")
    assert (event["event"], event["at"]) == ("priority_changed", "2026-03-09T12:00:00Z")
    assert (event["by"], event["actor"]) == ("agent", {"id": "7", "name": "Anna <b>Berg</b>"})
    assert change == {
        "at": "2026-03-09T12:00:00Z",
        "kind": "target",
        "rule": "retroactive",
        "why": "tightened, measured from the start (R8 retroactive)",
        "cause": {
            "facts": [{"field": "priority", "from": "normal", "to": "urgent"}],
            "policy_sets": None,
        },
        "from": {
            "policy": "standard",
            "calendar": "office",
            "target": 28800,
            "allowed": 28800,
            "started_at": "2026-03-09T08:00:00Z",
            "due_at": "2026-03-09T16:00:00Z",
        },
        "to": {
            "policy": "standard",
            "calendar": "office",
            "target": 7200,
            "allowed": 7200,
            "started_at": "2026-03-09T08:00:00Z",
            "due_at": "2026-03-09T10:00:00Z",
        },
        "refused": None,
        "meanwhile": None,
        "breached": True,
    }


def test_json_tells_the_sum_behind_a_due_time() -> None:
    sum_ = instance("business days over the holidays", "resolution")["reckoning"]
    assert sum_["allowed"] == 28800
    assert [each["seconds"] for each in sum_["ahead"]] == [7200, 19800]
    assert [(each["day"], each["kind"]) for each in sum_["special_days"]] == [
        ("2026-12-24", "exception"),
        ("2026-12-25", "closed"),
    ]


def test_json_tells_what_ended_a_clock() -> None:
    found = instance("by noon after the holidays", "first_response")
    assert found["ended_by"]["event"]["event"] == "agent_reply"


def test_a_step_that_was_due_before_enforcement_says_when_that_began() -> None:
    told = explanation("adopted on the way")
    page = explanation_text(told, LOOK)
    assert "adopted: due before enforcement began at Tue 10 Mar 00:00, never written" in page
    (step,) = instance("adopted on the way", "resolution")["steps"]
    assert (step["status"], step["fired_at"]) == ("suppressed", None)
    assert "began at 2026-03-09T23:00:00Z" in step["why"]


def test_without_a_story_nothing_is_told(explained: Explanation, look: Look) -> None:
    assert explained.story == Story()
    page = explanation_text(explained, look)
    assert "  due\n" not in page
    assert "  changed\n" not in page
