"""Policy tests read into values (policy-language §9, details 6, 9, 36 and 37)."""

# ruff: noqa: E501 - one case a line, however long its text

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import pytest

from slaplugin.app.errors import ConfigurationError
from slaplugin.core.policytests import PolicyTestFile
from slaplugin.policyfiles.testfiles import find_test_files, load_policy_tests

SCENARIOS = sorted((Path(__file__).parents[1] / "core" / "scenarios").glob("*.yaml"))


def read(folder: Path, text: str) -> PolicyTestFile:
    path = folder / "tests.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return load_policy_tests(path)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        read(folder, text)
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize("path", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_every_scenario_file_can_be_read(path: Path) -> None:
    found = load_policy_tests(path)
    assert found.cases or found.errors or found.objective_cases


def test_a_ticket_is_flat_with_the_defaults_of_details_36(tmp_path: Path) -> None:
    (case,) = read(
        tmp_path,
        """
        cases:
          - name: n
            ticket:
              group: Support
              customer: {email: a@example.org, vip: false, fields: {tier: gold}}
              organization: {domain: example.org}
              fields: {product: payments, gone: null}
              tags: [a, b]
              current_only: [customer.vip]
            events: [{at: "2026-03-09T09:00:00Z", event: created, by: customer}]
            expect: {}
        """,
    ).cases
    assert case.ticket.facts == {
        "state": "new",
        "state_kind": "new",
        "created_by": "customer",
        "group": "Support",
        "tags": ("a", "b"),
        "customer.email": "a@example.org",
        "customer.vip": False,
        "customer.fields.tier": "gold",
        "organization.domain": "example.org",
        "fields.product": "payments",
    }
    assert case.ticket.current_only == {"customer.vip"}


def test_events_carry_instants_and_durations_as_numbers(tmp_path: Path) -> None:
    (case,) = read(
        tmp_path,
        """
        cases:
          - name: n
            ticket: {}
            events:
              - {at: "2026-03-09T10:00:00.250+01:00", event: created, by: agent, on_behalf: true}
              - {at: "2026-03-09T09:00:01Z", event: state_changed, to: p, until: "2026-03-10T00:00:00Z"}
              - {at: "2026-03-09T09:00:02Z", event: extended, clock: resolution, add: 16h}
              - {at: "2026-03-09T09:00:03Z", event: excluded, from: "2026-03-09T09:00:00Z", to: "2026-03-09T09:00:01Z"}
              - {at: "2026-03-09T09:00:04Z", event: owner_changed, to: null, ours: true, retarget: true}
            as_of: "2026-03-09T10:00:00+01:00"
            expect: {}
        """,
    ).cases
    nine = 1773046800
    first, waiting, extended, excluded, ours = case.events
    assert (first.at_ms, first.seq, first.id) == (nine * 1000 + 250, 1, "1")
    assert first.data == {"by": "agent", "on_behalf": True}
    assert waiting.data["until"] == nine + 15 * 3600
    assert extended.data == {"clock": "resolution", "add": 16 * 3600}
    assert excluded.data == {"from": nine, "to": nine + 1}
    assert (ours.data, ours.ours, ours.retarget) == ({"to": None}, True, True)
    assert case.as_of == nine


def test_absorbed_events_are_events_with_ids_of_their_own(tmp_path: Path) -> None:
    (case,) = read(
        tmp_path,
        """
        cases:
          - name: n
            ticket: {}
            events:
              - {at: "2026-03-09T11:00:00Z", event: created, by: customer, id: 7}
              - at: "2026-03-09T11:30:00Z"
                event: absorbed
                id: 9
                events:
                  - {at: "2026-03-09T09:10:00Z", event: created, by: customer}
                  - {at: "2026-03-09T10:00:00Z", event: agent_reply}
            expect: {}
        """,
    ).cases
    created, absorbed = case.events
    assert (created.seq, created.id) == (7, "7")
    inner = absorbed.data["events"]
    assert [(event.kind, event.seq, event.id) for event in inner] == [
        ("created", 1, "9/1"),
        ("agent_reply", 2, "9/2"),
    ]


def test_what_is_expected_is_compared_as_numbers(tmp_path: Path) -> None:
    (case,) = read(
        tmp_path,
        """
        cases:
          - name: n
            ticket: {}
            events: []
            expect:
              resolution: {due_at: "1970-01-01T01:00:00+01:00", elapsed: 1h50m, remaining: -20s, target: 2bd, void_reason: null}
              update: [{target: 8h}, {target: "by 12:00"}]
              ownership: []
            expect_steps: [{at: "1970-01-01T00:01:00Z", step: 75%, do: [mark, {priority: high, only: raise}]}]
            expect_marks: {mark: none, due: "1970-01-01T00:00:05Z", policy: null}
        """,
    ).cases
    assert case.expect is not None
    resolution = case.expect["resolution"]
    assert resolution.exactly_one
    assert resolution.instances == (
        {"due_at": 0, "elapsed": 6600, "remaining": -20, "target": "2bd", "void_reason": None},
    )
    assert [row["target"] for row in case.expect["update"].instances] == [28800, "by 12:00"]
    assert case.expect["ownership"].instances == ()
    assert case.expect_steps == (
        {"at": 60, "step": "75%", "do": ("mark", {"priority": "high", "only": "raise"})},
    )
    assert case.expect_marks == {"mark": "none", "due": 5, "policy": None}


def test_a_case_with_calendars_or_policies_brings_its_whole_set(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        """
        calendars: {office: {timezone: UTC, hours: {mon: "09:00-17:00"}}}
        policies: [{name: of the file, targets: {update: 1h}}]
        cases:
          - {name: a, ticket: {}, events: [], expect: {}}
          - {name: b, ticket: {}, events: [], expect: {}, policies: [{name: own, targets: {update: 2h}}]}
        """,
    ).cases
    assert [policy.name for policy in first.policy_set.policies] == ["of the file"]
    assert [policy.name for policy in second.policy_set.policies] == ["own"]
    assert second.policy_set.calendars == {}


def test_policies_may_be_a_path(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.yaml").write_text("policies: [{name: there, targets: {update: 1h}}]")
    (tmp_path / "set" / "tests.yaml").write_text("cases: []")
    found = read(
        tmp_path,
        "policies: set\ncases: [{name: a, ticket: {}, events: [], expect: {}}]",
    )
    assert [policy.name for policy in found.cases[0].policy_set.policies] == ["there"]


def test_errors_keep_every_message(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        """
        errors:
          - {name: a, policies: [{name: p, mode: watch, targets: {updat: 1h}}], message_contains: [watch, updat]}
          - {name: b, policies: [{name: p, targets: {update: 1h}}], message_contains: [x]}
        """,
    ).errors
    assert len(first.messages) == 2
    assert second.messages == ()


def test_objective_cases(tmp_path: Path) -> None:
    (case,) = read(
        tmp_path,
        """
        objective_cases:
          - name: n
            objective: {availability: outage, share: 99.9%}
            now: "1970-01-01T00:01:00Z"
            instances: [{clock: outage, status: stopped, outcome: not_applicable, started_at: "1970-01-01T00:00:10Z", elapsed: 30m}]
            expect: {share: 7/9, met: true, credit: 5%}
        """,
    ).objective_cases
    assert case.objective.availability == "outage"
    assert case.now == 60
    row = case.instances[0]
    assert (row.started_at, row.elapsed, row.stopped_at, row.waived) == (10, 1800, None, False)
    assert case.expect == {"share": Fraction(7, 9), "met": True, "credit": "5%"}


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("{name: n, ticket: {}, events: []}", "expects nothing"),
        ("{name: n, events: [], expect: {}}", "needs 'ticket'"),
        ("{ticket: {}, events: [], expect: {}}", "needs its 'name'"),
        ("{name: n, ticket: {}, events: [], expct: {}, expect: {}}", "unknown key 'expct'"),
        ("{name: n, ticket: {grop: a}, events: [], expect: {}}", "unknown fact 'grop'"),
        ("{name: n, ticket: {}, events: [{event: created}], expect: {}}", "an event needs 'at'"),
        ("{name: n, ticket: {}, events: [{at: '2026-03-09T09:00:00', event: created}], expect: {}}", "no instant with its offset"),
        ("{name: n, ticket: {}, events: [{at: '2026-03-09T09:00:00Z', event: agent_repli}], expect: {}}", "agent_reply"),
        ("{name: n, ticket: {}, events: [{at: '2026-03-09T09:00:00Z', event: created, id: x}], expect: {}}", "whole number"),
        ("{name: n, ticket: {}, events: [], expect: {update: {elapsd: 1h}}}", "elapsed"),
        ("{name: n, ticket: {}, events: [], expect: {update: {elapsed: one hour}}}", "no duration"),
        ("{name: n, ticket: {}, events: [], expect: {update: {due_at: noon}}}", "no instant"),
    ],
)  # fmt: skip
def test_mistakes_in_a_case(tmp_path: Path, case: str, said: str) -> None:
    found = mistakes(tmp_path, f"cases:\n  - {case}\n")
    assert said in "\n".join(found)
    assert all(each.startswith(f"{tmp_path / 'tests.yaml'}:2:") for each in found), found


def test_ids_for_all_events_or_none(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        """
        cases:
          - name: n
            ticket: {}
            events:
              - {at: "2026-03-09T09:00:00Z", event: created, id: 1}
              - {at: "2026-03-09T09:00:00Z", event: note}
            expect: {}
        """,
    )
    assert "all of them one, or none" in found[0]


def test_a_wrong_set_is_told_once_for_the_file(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        """
        policies: [{name: p, mode: watch}]
        cases:
          - {name: a, ticket: {}, events: [], expect: {}}
          - {name: b, ticket: {}, events: [], expect: {}}
        """,
    )
    assert len(found) == 1


def test_test_files_are_found_in_all_folders(tmp_path: Path) -> None:
    (tmp_path / "deep" / ".hidden").mkdir(parents=True)
    (tmp_path / "a.yaml").write_text("policies: []")
    (tmp_path / "deep" / "b.yml").write_text("errors: []")
    (tmp_path / "deep" / "c.yaml").write_text("# cases:\ncases: []")
    (tmp_path / "deep" / ".hidden" / "d.yaml").write_text("cases: []")
    assert find_test_files(tmp_path) == [tmp_path / "deep" / "b.yml", tmp_path / "deep" / "c.yaml"]
    assert find_test_files(tmp_path / "a.yaml") == [tmp_path / "a.yaml"]


def test_comments_are_read_over_and_typos_are_not(tmp_path: Path) -> None:
    text = """\
        title: what it is about
        cases:
          - name: a case
            rule: R2
            tags: [due]
            ticket: {group: Support}
            events: [{at: "2026-03-09T09:00:00+01:00", event: created, by: customer}]
            expect: {update: []}
        """
    assert len(read(tmp_path, text).cases) == 1
    said = mistakes(tmp_path, text.replace("expect:", "expct:"))[0]
    assert "unknown key 'expct' in a case" in said
    assert "did you mean 'expect'" in said
