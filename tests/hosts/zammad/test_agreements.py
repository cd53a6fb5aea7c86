"""Zammad's own SLAs: recorded answers, and every kind of condition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from slaplugin.app.agreements import Promise
from slaplugin.app.errors import ConfigurationError
from slaplugin.core.conditions import ALWAYS_TRUE, All, AnyOf, Condition, Not, Test
from slaplugin.hosts.config import HostConfig, Secret
from slaplugin.hosts.zammad.agreements import facts_asked, from_answers, from_api, from_files
from slaplugin.hosts.zammad.selectors import SelectorError, Vocabulary, condition_of
from tests.hosts.zammad.conftest import Play

HOUR = 3600


def test_recorded_slas_and_calendars(play: Play, config: HostConfig) -> None:
    config = replace(config, token=Secret("TOKEN-SLA-BOT-ADMIN"))
    with play("meta_calendars_slas", "meta_states_priorities"):
        found = from_api(config, "UTC")
    (calendar,) = found.calendars
    assert (calendar.name, calendar.zone) == ("Berlin office", "Europe/Berlin")
    assert calendar.hours[0] == ((8 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR + 1800))
    assert calendar.hours[4:] == (((8 * HOUR, 16 * HOUR),), (), ())
    assert calendar.closed == {date(2026, 10, 16): "Company day"}
    high, standard = found.agreements
    assert high.when == Test("priority", "is", "3 high")
    assert standard.when == Test("priority", "in", ("1 low", "2 normal"))
    assert standard.promises == {
        "first_response": Promise(2 * HOUR, "Berlin office"),
        "update": Promise(8 * HOUR, "Berlin office"),
        "resolution": Promise(24 * HOUR, "Berlin office"),
    }
    assert found.remarks == ()


def sla(name: str, condition: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "calendar_id": 1,
        "condition": condition or {},
        "first_response_time": 60,
    } | more


CALENDAR = {"id": 1, "name": "24x7", "timezone": "", "ical_url": "https://days.example/x.ics"}
WEEK = {
    "mon": {"active": True, "timeframes": [["09:00", "23:59"]]},
    "wed": [],
    "tue": {"active": True, "timeframes": [["22:00", "06:00"], ["bad"]]},
    "sun": {"active": False, "timeframes": [["09:00", "17:00"]]},
}


def answers(*slas: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    hours = {"business_hours": WEEK, "public_holidays": {"2026-02-30": {"active": True}}}
    return {"slas": list(slas), "calendars": [CALENDAR | hours], **more}


def test_the_first_by_name_wins_and_one_without_condition_comes_last() -> None:
    conditioned = {"customer.vip": {"operator": "is", "value": "true"}}
    found = from_answers(
        answers(
            sla("A"), sla("B"), sla("D", conditioned), sla("C", conditioned), sla("E", active=False)
        ),
        "UTC",
    )
    assert [each.name for each in found.agreements] == ["C", "D", "B"]
    assert found.remarks == (
        "SLA 'A' has no condition and never counts: 'B' does instead",
        "SLA 'E' is not active",
    )


def test_a_calendar_without_a_zone_with_a_feed_and_odd_hours() -> None:
    (calendar,) = from_answers(answers(sla("A")), "Europe/Paris").calendars
    assert (calendar.name, calendar.zone) == ("24x7 hours", "Europe/Paris")
    assert calendar.hours[0] == ((9 * HOUR, 24 * HOUR),)
    assert calendar.hours[1] == ((22 * HOUR, 30 * HOUR),)
    assert calendar.hours[6] == ()
    assert calendar.closed == {}
    assert [each.split(" ")[0] for each in calendar.remarks] == ["no", "the"]


def test_what_an_sla_names_and_the_answers_lack_is_a_doubt() -> None:
    unknown = {"ticket.group_id": {"operator": "is", "value": "7"}}
    found = from_answers(answers(sla("A", unknown), sla("B", calendar_id=9)), "UTC")
    assert found.agreements[0].doubts == (
        "its condition asks for groups id 7 is of no known name, which no policy can say",
    )
    assert found.agreements[1].doubts == ("its calendar (id 9) is not among the answers",)


def test_comparing_texts_is_told() -> None:
    part = {"ticket.title": {"operator": "contains not", "value": "Urgent"}}
    (found,) = from_answers(answers(sla("A", part)), "UTC").agreements
    assert found.remarks == ("upper and lower case count when texts are compared",)


def test_what_a_ticket_would_have_to_change_for_another_sla() -> None:
    one = {"ticket.priority_id": {"operator": "is", "value": "3"}}
    group = {"name": "ticket.group_id", "operator": "is", "value": "1"}
    subject = {"name": "article.subject", "operator": "is", "value": "x"}
    two = {"operator": "AND", "conditions": [{"operator": "OR", "conditions": [group, subject]}]}
    assert facts_asked([sla("A", one), sla("B", two), sla("C")]) == {"priority", "group"}


def test_saved_answers_in_one_file_or_in_several() -> None:
    whole = answers(sla("A", {"ticket.group_id": {"operator": "is", "value": "7"}}))
    whole["groups"] = [{"id": 7, "name": "Support"}]
    several = {f"saved/{kind}.json": json.dumps(rows) for kind, rows in whole.items()}
    one = from_files({"all.json": json.dumps(whole)}, "UTC")
    assert one == from_files(several, "UTC")
    assert one.agreements[0].when == Test("group", "is", "Support")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"x.json": "{"}, "x.json: is no JSON"),
        ({"x.json": '{"slas": []}'}, "no list 'calendars'"),
        ({"x.json": '{"slas": [1], "calendars": []}'}, "no list 'slas'"),
    ],
)
def test_files_that_are_no_answers(files: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        from_files(files, "UTC")


# ---------------------------------------------------------------------- conditions

WORDS = Vocabulary(
    {
        "groups": {"1": "Support", "2": "Billing"},
        "users": {"5": "mila.hart"},
        "organizations": {"3": "Acme"},
    }
)


@pytest.mark.parametrize(
    ("name", "operator", "value", "condition"),
    [
        ("ticket.group_id", "is", ["1", "2"], Test("group", "in", ("Support", "Billing"))),
        ("ticket.group_id", "is not", "1", Test("group", "not", "Support")),
        ("ticket.owner_id", "is any of", [5], Test("owner", "is", "mila.hart")),
        (
            "ticket.customer_id",
            "is",
            [{"value": 5, "label": "Mila"}],
            Test("customer.login", "is", "mila.hart"),
        ),
        ("ticket.organization_id", "is none of", ["3"], Test("organization.name", "not", "Acme")),
        ("ticket.title", "contains", "urgent", Test("fields.title", "contains", "urgent")),
        ("ticket.title", "contains not", "x", Not(Test("fields.title", "contains", "x"))),
        ("ticket.title", "starts with", "[a]*", Test("fields.title", "matches", "[[]a][*]*")),
        (
            "ticket.title",
            "ends with one of",
            ["a", "b"],
            AnyOf((Test("fields.title", "matches", "*a"), Test("fields.title", "matches", "*b"))),
        ),
        ("ticket.product", "is", "router", Test("fields.product", "is", "router")),
        ("ticket.product", "is set", None, Test("fields.product", "set", True)),
        ("ticket.product", "not set", "", Test("fields.product", "set", False)),
        ("ticket.type", "is", "Incident", Test("type", "is", "Incident")),
        ("ticket.tags", "contains one", "a, b", Test("tags", "in", ("a", "b"))),
        (
            "ticket.tags",
            "contains all",
            "a, b",
            All((Test("tags", "is", "a"), Test("tags", "is", "b"))),
        ),
        ("ticket.tags", "contains one not", "a", Not(Test("tags", "in", ("a",)))),
        ("customer.vip", "is", "true", Test("customer.vip", "is", True)),
        ("customer.tier", "is", "gold", Test("customer.fields.tier", "is", "gold")),
        ("organization.id", "is", "3", Test("organization.id", "is", 3)),
        ("organization.level", "is", "gold", Test("organization.fields.level", "is", "gold")),
    ],
)
def test_conditions_that_a_policy_can_say(
    name: str, operator: str, value: Any, condition: Condition
) -> None:
    assert condition_of({name: {"operator": operator, "value": value}}, WORDS) == condition


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ({"article.subject": {"operator": "contains", "value": "x"}}, "article.subject"),
        (
            {"ticket.created_at": {"operator": "before (relative)", "value": "1"}},
            "ticket.created_at",
        ),
        ({"ticket.title": {"operator": "matches regex", "value": "x"}}, "matches regex"),
        ({"ticket.title": {"operator": "contains", "value": ""}}, "nothing"),
        ({"ticket.group_id": {"operator": "is", "value": "99"}}, "99"),
        (
            {
                "ticket.owner_id": {
                    "operator": "is",
                    "pre_condition": "current_user.id",
                    "value": "",
                }
            },
            "current_user",
        ),
        ({"ticket.title": "x"}, "without an operator"),
        ({"ticket.pending_time": {"operator": "is", "value": "x"}}, "ticket.pending_time"),
        ({"customer.firstname": {"operator": "is", "value": "Jo"}}, "customer.firstname"),
        ({"organization.note": {"operator": "is", "value": "x"}}, "organization.note"),
        ({"operator": "XOR", "conditions": []}, "XOR"),
        ([1], "not a mapping"),
    ],
)
def test_conditions_that_no_policy_can_say(selector: Any, said: str) -> None:
    with pytest.raises(SelectorError, match=said):
        condition_of(selector, WORDS)


def test_owners_by_pre_condition() -> None:
    nobody = {"operator": "is", "pre_condition": "not_set", "value": ""}
    assert condition_of({"ticket.owner_id": nobody}, WORDS) == Test("owner", "set", False)
    exact = {"operator": "is", "pre_condition": "specific", "value": "5"}
    assert condition_of({"ticket.owner_id": exact}, WORDS) == Test("owner", "is", "mila.hart")


def test_several_conditions_and_nested_ones() -> None:
    vip = {"name": "customer.vip", "operator": "is", "value": "true"}
    group = {"name": "ticket.group_id", "operator": "is", "value": "1"}
    one, two = Test("customer.vip", "is", True), Test("group", "is", "Support")
    flat = {each["name"]: {k: v for k, v in each.items() if k != "name"} for each in (vip, group)}
    assert condition_of(flat, WORDS) == All((one, two))
    assert condition_of({"operator": "OR", "conditions": [vip, group]}, WORDS) == AnyOf((one, two))
    inner = {"operator": "NOT", "conditions": [vip]}
    assert condition_of({"operator": "AND", "conditions": [inner, group]}, WORDS) == All(
        (Not(one), two)
    )
    assert condition_of({}, WORDS) == ALWAYS_TRUE
