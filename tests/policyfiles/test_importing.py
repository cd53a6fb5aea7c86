"""``policy import``: agreements written as a policy file mean what they meant on the helpdesk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from slaplugin.app.agreements import (
    Agreement,
    Agreements,
    HostCalendar,
    OutOfHours,
    Promise,
    calendar_named,
)
from slaplugin.core.calendars import compile_calendars
from slaplugin.core.conditions import All, AnyOf, Condition, Not, Test
from slaplugin.core.policies import Duration, NoTarget
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.importing import Imported, policy_file
from slaplugin.policyfiles.importing.hours import tidy
from slaplugin.policyfiles.loader import load_policy_texts

TODAY = date(2026, 11, 22)
HOUR, DAY = 3600, 86400
NINE_TO_FIVE = ((9 * HOUR, 17 * HOUR),)
OFFICE = HostCalendar("office", "Europe/Berlin", (*[NINE_TO_FIVE] * 5, (), ()))
GOLD = Agreement(
    "gold",
    {"first_response": Promise(HOUR, "office"), "resolution": Promise(8 * HOUR)},
    Test("organization.name", "is", "Gold"),
)
REST = Agreement("rest", {"first_response": Promise(4 * HOUR), "update": Promise(DAY, "office")})
FOUND = Agreements("zammad", (OFFICE,), (GOLD, REST))


def book_of(imported: Imported) -> RuleBook:
    loaded = load_policy_texts({"slas.yaml": imported.text})
    assert (loaded.problems, loaded.warnings) == ((), ())
    return RuleBook.compile(loaded.required(), only_targeted=True)


def target(book: RuleBook, clock: str, **facts: Any) -> tuple[str, int | None, str] | None:
    """Policy, seconds (None: no target) and calendar that a ticket's clock gets."""
    found = book.select(clock, facts, book.fingerprint(facts), 0)
    if found is None:
        return None
    (choice,) = found
    seconds = choice.goal.seconds if isinstance(choice.goal, Duration) else None
    assert isinstance(choice.goal, Duration | NoTarget)
    return choice.layer.name, seconds, choice.calendar.name


def test_targets_as_the_helpdesk_has_them() -> None:
    book = book_of(policy_file(FOUND, TODAY))
    gold = {"organization.name": "Gold"}
    assert target(book, "first_response", **gold) == ("gold", HOUR, "office")
    assert target(book, "resolution", **gold) == ("gold", 8 * HOUR, "24x7")
    assert target(book, "first_response") == ("rest", 4 * HOUR, "24x7")
    assert target(book, "update") == ("rest", DAY, "office")


def test_only_the_first_that_matches_counts() -> None:
    """The winner's missing target is not taken from an agreement below it."""
    book = book_of(policy_file(FOUND, TODAY))
    found = target(book, "update", **{"organization.name": "Gold"})
    assert found is not None
    assert found[:2] == ("gold", None)
    assert target(book, "resolution") is None


def test_the_set_observes_under_the_profile_of_its_family() -> None:
    policy_set = load_policy_texts({"slas.yaml": policy_file(FOUND, TODAY).text}).required()
    assert policy_set.profile == "zammad"
    assert {policy.mode for policy in policy_set.policies} == {"observe"}


def test_more_time_for_tickets_created_out_of_hours() -> None:
    promise = Promise(HOUR, "office", OutOfHours(3 * HOUR, "office"))
    book = book_of(
        policy_file(replace(FOUND, agreements=(Agreement("a", {"resolution": promise}),)), TODAY)
    )
    assert target(book, "resolution", created_in=("office",)) == ("a", HOUR, "office")
    assert target(book, "resolution", created_in=()) == ("a", 3 * HOUR, "office")


def test_warnings_become_the_at_risk_mark() -> None:
    warned = replace(REST, warnings={"first_response": 60, "update": 80})
    book = book_of(policy_file(replace(FOUND, agreements=(warned,)), TODAY))
    steps = [(step.at, step.clocks) for step in book.layers[0].steps]
    assert steps == [
        ("60%", frozenset({"first_response"})),
        ("80%", frozenset({"update"})),
        ("breach", None),
    ]


def test_what_pauses_where_the_helpdesk_says_so() -> None:
    paused = replace(REST, pause=frozenset({"update"}))
    book = book_of(policy_file(replace(FOUND, agreements=(paused,)), TODAY))
    assert book.layers[0].pause == frozenset({"update"})


# ---------------------------------------------------------------------- what cannot be said


def test_an_agreement_in_doubt_is_a_comment_and_does_not_count() -> None:
    doubted = replace(GOLD, doubts=("its condition asks for the moon",))
    imported = policy_file(replace(FOUND, agreements=(doubted, REST)), TODAY)
    assert (imported.policies, imported.commented) == (("rest",), ("gold",))
    assert imported.left_out == ("SLA 'gold': its condition asks for the moon",)
    assert "#   * SLA 'gold': its condition asks for the moon" in imported.text
    assert [layer.name for layer in book_of(imported).layers] == ["rest"]


def test_a_comment_taken_away_without_completing_the_condition_is_an_error() -> None:
    doubted = replace(GOLD, when=All(), doubts=("why",))
    text = policy_file(replace(FOUND, agreements=(doubted,)), TODAY).text
    lines = [
        line.replace("  # ", "  ", 1) if line.startswith(("  # - ", "  #   ")) else line
        for line in text.splitlines()
    ]
    live = "\n".join(lines).replace("policies: []", "policies:")
    problems = load_policy_texts({"slas.yaml": live}).problems
    assert [problem.message for problem in problems] == [
        "a condition must be a mapping, not 'its condition'"
    ]


def test_a_calendar_that_never_opens() -> None:
    shut = replace(OFFICE, hours=((),) * 7)
    imported = policy_file(replace(FOUND, calendars=(shut,)), TODAY)
    assert imported.calendars == ()
    assert imported.policies == ()
    assert "calendar 'office' has no open time" in imported.left_out
    assert load_policy_texts({"slas.yaml": imported.text}).problems == ()


@pytest.mark.parametrize(
    "name",
    [
        'quo"te',
        "a: b",
        "- x",
        "# no comment",
        "true",
        "12:30",
        "tab\there",
        "Büro ☂",
        "{x}",
        "*a",
        "&b",
        "",
        "\x7f\u2028",
    ],
)
def test_names_come_back_as_they_were(name: str) -> None:
    office = replace(OFFICE, name=name or "x")
    agreement = Agreement(
        name, {"update": Promise(60, office.name)}, Test("group", "in", (name, "other"))
    )
    book = book_of(policy_file(Agreements("rt", (office,), (agreement,), (name,)), TODAY))
    assert list(book.policy_set.calendars) == [office.name]
    assert target(book, "update", group=name) is not None
    assert target(book, "update", group="another") is None


def test_names_given_twice_and_names_that_mean_something() -> None:
    twins = (GOLD, replace(REST, name="gold"), replace(REST, name="gold\n"))
    imported = policy_file(replace(FOUND, agreements=twins), TODAY)
    assert imported.policies == ("gold", "gold (2)", "gold (3)")
    assert calendar_named("24x7") == "24x7 hours"


@pytest.mark.parametrize(
    "condition",
    [
        Test("priority", "is", "3 high"),
        Test("tags", "not_in", ("a", "b")),
        Test("customer.vip", "is", True),
        Test("fields.x", "set", False),
        Test("fields.n", "is", 5),
        Not(Test("group", "is", "A")),
        All((Test("group", "is", "A"), Test("priority", "matches", "1*"))),
        All((Test("tags", "is", "a"), Test("tags", "is", "b"))),
        AnyOf(
            (
                Test("group", "is", "A"),
                All((Test("tags", "is", "a"), Not(Test("state", "is", "new")))),
            )
        ),
    ],
)
def test_conditions_are_read_back(condition: Condition) -> None:
    imported = policy_file(replace(FOUND, agreements=(replace(REST, when=condition),)), TODAY)
    policy_set = load_policy_texts({"slas.yaml": imported.text}).required()
    assert _flat(policy_set.policies[0].when) == _flat(condition)


def _flat(condition: Condition) -> Condition:
    """Without an ``All`` of one part, which means that part."""
    match condition:
        case All(parts=(part,)):
            return _flat(part)
        case All(parts=parts):
            return All(tuple(_flat(part) for part in parts))
        case AnyOf(parts=parts):
            return AnyOf(tuple(_flat(part) for part in parts))
        case Not(part=part):
            return Not(_flat(part))
    return condition


# ---------------------------------------------------------------------- hours


def open_at(calendar: HostCalendar, *moments: str) -> list[bool]:
    """Whether the imported calendar is open at these instants, UTC."""
    found = replace(FOUND, calendars=(replace(calendar, name="office"),))
    specs = load_policy_texts({"slas.yaml": policy_file(found, TODAY).text}).required().calendars
    compiled = compile_calendars(specs.values())["office"]
    times = [int(datetime.fromisoformat(each).replace(tzinfo=UTC).timestamp()) for each in moments]
    return [compiled.elapsed(at, at + 60) == 60 for at in times]


def test_holidays_of_one_year_and_of_every_year() -> None:
    closed = replace(
        OFFICE, closed={date(2026, 11, 23): "Move # day"}, yearly={(5, 1): "May Day", (2, 29): ""}
    )
    at = (
        "2026-11-23T10:00",
        "2026-11-24T10:00",
        "2027-05-03T10:00",
        "2026-05-01T10:00",
        "2036-05-01T10:00",
        "2028-02-29T10:00",
        "2027-03-01T10:00",
    )
    assert open_at(closed, *at) == [False, True, True, False, False, False, True]


def test_hours_over_midnight_and_whole_days() -> None:
    hours = (((22 * HOUR, 30 * HOUR),), (), ((0, DAY),), (), (), (), ())
    at = (
        "2026-11-23T21:30",
        "2026-11-24T04:30",
        "2026-11-24T05:30",
        "2026-11-24T23:30",
        "2026-11-25T22:59",
    )
    assert open_at(replace(OFFICE, hours=hours), *at) == [True, True, False, True, True]


def test_overlaps_are_joined_without_losing_time() -> None:
    night = (20 * HOUR, 32 * HOUR)
    tidied = tidy(
        ((night,), ((6 * HOUR, 7 * HOUR), (7 * HOUR, 12 * HOUR)), (), (), (), (), (night,))
    )
    assert tidied[0] == ((20 * HOUR, 30 * HOUR),)
    assert tidied[1] == ((6 * HOUR, 12 * HOUR),)
    short = tidy(((night,), ((6 * HOUR, 7 * HOUR),), (), (), (), (), ()))
    assert (short[0], short[1]) == (((20 * HOUR, 30 * HOUR),), ((6 * HOUR, 8 * HOUR),))
