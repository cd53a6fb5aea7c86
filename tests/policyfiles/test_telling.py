"""A set told in sentences, compared in words, shown resolved, and held against a helpdesk."""

# ruff: noqa: E501 - one case a line, however long its text

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from slaplugin.app.ports import Reference
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import ClockInstance, Event, Ticket, Timeline
from slaplugin.core.policies import PolicySet
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.describe import as_text, sentences
from slaplugin.policyfiles.diff import differences
from slaplugin.policyfiles.hostcheck import check_against
from slaplugin.policyfiles.moves import Moves
from slaplugin.policyfiles.show import layers, layers_text, ticket_text, ticket_view

Valid = Callable[[str], PolicySet]
FULL = """
calendars:
  berlin:
    timezone: Europe/Berlin
    hours: {mon-thu: "09:00-12:00, 13:00-17:00", fri: "09:00-15:00"}
    exceptions: {2026-12-24: "09:00-13:00", 2026-12-25: closed}
  sun: {union: [berlin, 24x7]}
clocks:
  vendor: {party: supplier, while: {state: waiting on vendor}}
void: [{event: tag_added, tag: [spam, junk]}]
policies:
  - name: standard
    calendar: berlin
    targets:
      first_response: {urgent: {within: 30m, calendar: sun}, default: 4h}
      next_response: 1bd
      update: {by: "12:00", after: 1bd}
      vendor: [{when: {type: outage}, within: 2bd}, none]
    steps:
      - {at: breach, do: [mark, {priority: high, only: raise}]}
      - {at: 2h after due, clocks: [update], retarget: true, do: [{group: Escalations}]}
    sub:
      - {name: vip, when: {customer.vip: true}, mode: observe, targets: {first_response: 1h}}
"""


def test_the_set_in_sentences(valid: Valid) -> None:
    assert as_text(sentences(valid(FULL))).splitlines() == [
        "Calendar berlin",
        (
            "  - Open mon-thu 09:00-12:00 and 13:00-17:00, fri 09:00-15:00 in Europe/Berlin, "
            "with exceptions 2026-12-24 09:00-13:00, 2026-12-25 closed."
        ),
        "",
        "Calendar sun",
        "  - Open whenever berlin or 24x7 is open.",
        "",
        "Clock vendor",
        "  - Runs while state is waiting on vendor, cycle each, accountable: supplier.",
        "",
        "Policy standard",
        "  - Applies to every ticket.",
        "  - Counts in berlin.",
        (
            "  - first_response: 30m of open time of sun for priority urgent; "
            "4h of open time otherwise."
        ),
        "  - next_response: 1 business day.",
        "  - update: by 12:00 on the next business day.",
        "  - vendor: 2 business days where type is outage; no target.",
        "  - At breach: mark the ticket and set priority high if that raises it.",
        "  - At 2h after due: move to group Escalations (only update), which may change targets.",
        "",
        "Policy vip",
        "  - Applies to tickets where customer.vip is true (inside standard).",
        "  - first_response: 1h of open time.",
        "  - Measures only.",
        "",
        "The set",
        "  - Void all clocks at tag_added (tag spam or junk).",
    ]


def test_a_set_without_calendars_says_so(valid: Valid) -> None:
    told = sentences(valid("policies: [{name: p, targets: {update: 1h}}]"))
    assert told["the set"] == ["There is no calendar: time never stops."]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("4h}", "2h}", "~ policy standard: target first_response: 30m of open time of sun for priority urgent; 4h of open time otherwise -> 30m of open time of sun for priority urgent; 2h of open time otherwise"),
        ("next_response: 1bd", "resolution: 1bd", "+ policy standard: target resolution: 1 business day"),
        ("next_response: 1bd", "resolution: 1bd", "- policy standard: target next_response: 1 business day"),
        ("fri: \"09:00-15:00\"", "fri: \"09:00-14:00\"", "~ calendar berlin: hours: open mon-thu"),
        ("at: breach", "at: 90%", "+ policy standard: step 90%: mark the ticket"),
        ("name: vip", "name: gold", "- policy vip: tickets where customer.vip is true"),
        ("party: supplier", "party: us", "~ clock vendor: rules: "),
        ("mode: observe", "mode: act", "~ policy vip: mode: measures only -> does all steps"),
        ("[spam, junk]", "spam", "- the set: void all clocks"),
    ],
)  # fmt: skip
def test_what_changes_in_words(valid: Valid, old: str, new: str, told: str) -> None:
    before, after = valid(FULL), valid(FULL.replace(old, new))
    lines = [str(each) for each in differences(before, after)]
    assert any(line.startswith(told) for line in lines), lines


def test_equal_sets_have_no_difference(valid: Valid) -> None:
    assert differences(valid(FULL), valid(FULL + "\n# a comment")) == []


def test_closed_days_are_compared_by_date(valid: Valid) -> None:
    text = (
        "calendars: {c: {timezone: Europe/Berlin, hours: {mon-fri: '09:00-17:00'}, "
        "holidays: [DE-BE]}}"
    )
    found = differences(valid(text), valid(text.replace("DE-BE", "DE-BB")), since=date(2026, 1, 1))
    kinds = {each.kind: str(each) for each in found}
    assert kinds["added"].startswith("+ calendar c: closed days: 2026-")
    assert kinds["removed"].startswith("- calendar c: closed days: 2026-03-08, 2027-03-08")


def test_layers_are_shown_resolved_and_in_the_order_of_the_cascade(valid: Valid) -> None:
    vip, standard = layers(valid(FULL))
    assert (vip.policy, vip.rank, vip.mode) == ("vip", 10, "observe")
    assert vip.steps == ("breach", "2h after due")
    assert [(each.clock, each.calendar, each.pauses) for each in standard.targets] == [
        ("first_response", "sun", False),
        ("first_response", "berlin", False),
        ("next_response", "berlin", False),
        ("update", "berlin", True),
        ("vendor", "berlin", False),
        ("vendor", None, False),
    ]
    assert "  first_response: 1h of open time in berlin" in layers_text([vip, standard])


def verdict(policy_set: PolicySet, **facts: Any) -> Any:
    created = Event(at_ms=1773046800000, seq=1, id="1", kind="created", data={"by": "customer"})
    timeline = Timeline(Ticket("test", "1", facts=facts), (created,))
    return evaluate(timeline, RuleBook.compile(policy_set, only_targeted=True), 1773050400)


def test_a_ticket_is_shown_with_the_trace_of_layers(valid: Valid) -> None:
    view = ticket_view(verdict(valid(FULL), priority="normal", **{"customer.vip": True}))
    first = next(each for each in view["clocks"] if each["clock"] == "first_response")
    assert (first["policy"], first["target"], first["calendar"]) == ("vip", 3600, "berlin")
    assert [layer["gave_target"] for layer in first["trace"]] == [True, False]
    text = ticket_text(view)
    assert "first_response (running): 1h from vip in berlin, due 2026-03-09T10:00:00Z" in text
    assert "  * vip (rank 10)" in text


# ---------------------------------------------------------------------- the helpdesk

REFERENCE = Reference(
    groups=("Support", "Escalations"),
    priorities=("1 low", "2 normal", "3 high"),
    states={"new": "new", "open": "open"},
    owners=("kim@example.org",),
    fields={"product": "select"},
    customer_fields=("tier",),
    organization_fields=("contract",),
    tags=("vip",),
    escalation_fields=frozenset({"group", "priority"}),
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("when: {group: [Support, Suport]}", ["tests group 'Suport'", "'Support'"]),
        ("when: {any: [{not: {state: opne}}]}", ["state 'opne'", "'open'"]),
        ("when: {priority: 3 hihg}", ["priority '3 hihg'", "'3 high'"]),
        ("when: {owner: kim}", ["owner 'kim'"]),
        ("when: {tags: vpi}", ["tag 'vpi'", "'vip'"]),
        ("when: {fields.prodct: x}", ["field 'prodct'", "'product'"]),
        ("when: {customer.fields.teir: x}", ["customer field 'teir'"]),
        ("when: {organization.fields.contrct: x}", ["organization field 'contrct'"]),
        ("targets: {update: {3 hihg: 1h}}", ["tests priority '3 hihg'"]),
        ("steps: [{at: breach, do: [{group: Escalation}]}]", ["sets group 'Escalation'"]),
        ("steps: [{at: breach, do: [{field: prodct, to: x}]}]", ["sets field 'prodct'"]),
        ("steps: [{at: breach, do: [{group: Escalations}]}]", ["step 'breach' changes group", "its own SLAs"]),
    ],
)  # fmt: skip
def test_names_that_the_helpdesk_lacks(valid: Valid, body: str, said: list[str]) -> None:
    found = check_against(valid(f"policies: [{{name: p, {body}}}]"), REFERENCE)
    told = "\n".join(str(problem) for problem in found)
    missing = [part for part in said if part not in told]
    assert not missing, told
    assert found[0].line == 1


@pytest.mark.parametrize(
    "body",
    [
        "when: {group: Support, priority: high, state: open, owner: kim@example.org}",
        "when: {group: {matches: Ops-*}, fields.product: x, customer.vip: true, facts.any: 1}",
        "targets: {update: {3 high: 1h, urgent: 1h, default: 2h}}",
        "steps: [{at: breach, do: [{owner: least_loaded}, {tag: sla-new}, {note: late}]}]",
    ],
)
def test_names_that_the_helpdesk_has(valid: Valid, body: str) -> None:
    assert check_against(valid(f"policies: [{{name: p, {body}}}]"), REFERENCE) == ()


def test_lists_that_a_helpdesk_does_not_give_tell_nothing(valid: Valid) -> None:
    found = check_against(
        valid("policies: [{name: p, when: {tags: a, group: b}}]"),
        replace(REFERENCE, tags=None, complete=False),
    )
    assert [str(each).partition(", which")[2] for each in found] == [
        " the helpdesk does not show to this account (allowed: Escalations, Support)"
    ]


def instance(clock: str, **given: Any) -> ClockInstance:
    values: dict[str, Any] = {
        "instance": 1, "status": "running", "outcome": "pending", "started_at": 0,
        "start_event": "1", "target": 3600, "due_at": 3600,
    }  # fmt: skip
    return ClockInstance(clock=clock, **{**values, **given})


def test_open_clocks_that_would_move() -> None:
    moves = Moves()
    moves.add(
        [
            instance("update"),
            instance("resolution"),
            instance("first_response"),
            instance("assignment", target=None, due_at=None),
            instance("next_response"),
            instance("ownership", status="stopped"),
        ],
        [
            instance("update", due_at=1800, target=1800, outcome="breached"),
            instance("resolution", due_at=7200, target=7200),
            instance("first_response", target=None, due_at=None),
            instance("assignment"),
            instance("next_response"),
        ],
    )
    assert moves == Moves(compared=5, earlier=1, later=1, newly_breached=1, lost=1, gained=1)
    assert str(moves).startswith("4 of 5 open clocks would move: 1 earlier, 1 later")
