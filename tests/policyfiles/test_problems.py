"""Every mistake is told at its place, with the value as written and the way on (details 41)."""

# ruff: noqa: E501 - one case a line, however long its text

from __future__ import annotations

from textwrap import dedent

import pytest

from slaplugin.policyfiles.loader import load_policy_texts

OFFICE = 'calendars: {office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}}\n'
P = "policies: [{name: p, "
T = P + "targets: {update: 1h}, "

# The mark ‹ stands directly before the place that the problem must name.
MISTAKES = [
    # calendars
    ("calendars: {‹shut: {timezone: UTC, hours: {}}}", ["shut", "no open"]),
    ("calendars: {‹shut: {timezone: UTC, hours: {mon-sun: closed}}}", ["shut", "no open"]),
    ('calendars: {‹c: {hours: {mon: "09:00-17:00"}}}', ["calendars.c", "no timezone"]),
    ("calendars: {c: {timezone: ‹Europe/Berlyn}}", ["calendars.c", "Europe/Berlyn", "Europe/Berlin"]),
    ('calendars: {c: {timezone: UTC, hours: {mon: ‹"00:00-23:59"}}}', ["00:00-23:59", "00:00-24:00"]),
    ('calendars: {c: {timezone: UTC, hours: {mon: ‹"24:00-06:00"}}}', ["24:00-06:00", "end"]),
    ('calendars: {c: {timezone: UTC, hours: {mon: ‹"9-17"}}}', ["'9-17'", "09:00-12:00"]),
    ('calendars: {c: {timezone: UTC, hours: {mon: ‹"25:00-26:00"}}}', ["25:00-26:00"]),
    ('calendars: {c: {timezone: UTC, hours: {‹mno: "09:00-17:00"}}}', ["mno", "mon"]),
    ('calendars: {c: {timezone: UTC, hours: ‹{mon: "22:00-06:00", tue: "05:00-09:00"}}}', ["c.hours", "overlap"]),
    ('calendars: {c: {timezone: UTC, hours: ‹{sun: "22:00-06:00", mon: "05:00-09:00"}}}', ["overlap"]),
    ('calendars: {c: {timezone: UTC, hours: ‹{mon-fri: "09:00-12:00", wed: "11:00-13:00"}}}', ["overlap", "wed"]),
    ("calendars: {c: {timezone: UTC, holidays: [‹DE-XX]}}", ["calendars.c", "DE-XX", "DE-"]),
    ("calendars: {c: {timezone: UTC, holidays: ‹XX}}", ["unknown holiday code 'XX'"]),
    ('calendars: {c: {timezone: UTC, exceptions: {‹2026-02-30: "09:00-17:00"}}}', ["2026-02-30", "no date"]),
    ("calendars: {c: {timezone: UTC, ics: ‹closures.ics}}", ["closures.ics"]),
    ("calendars: {c: {timezone: UTC, ‹hour: {}}}", ["unknown key 'hour'", "hours"]),
    ("calendars: {c: {union: [‹offce]}}", ["offce", "24x7"]),
    ("calendars: {c: {union: [‹c]}}", ["union of itself"]),
    ("calendars: {c: {union: ‹[]}}", ["needs calendars"]),
    ("calendars: {‹a: {union: [b]}, b: {union: [a]}}", ["a -> b -> a"]),
    ("calendars: {‹24x7: {timezone: UTC}}", ["24x7", "always exists"]),
    ('calendars: {c: [{timezone: UTC, hours: {mon: "09:00-17:00"}}, ‹{timezone: UTC}]}', ["first version", "from"]),
    ('calendars: {c: [{from: 2026-01-01, timezone: UTC, hours: {mon: "09:00-17:00"}}, ‹{from: 2026-01-01, timezone: UTC}]}', ["2026-01-01", "two versions"]),
    # targets
    (P + "targets: {update: ‹0m}}]", ["policies.p.targets.update", "'0m'", "none"]),
    (P + "targets: {update: ‹-4h}}]", ["-4h"]),
    (P + "targets: {update: ‹1d}}]", ["1d", "1bd", "24h"]),
    (P + "targets: {update: ‹240}}]", ["240", "240m"]),
    (P + "targets: {update: ‹1.5h}}]", ["1.5h", "1h30m"]),
    (P + "targets: {update: ‹0bd}}]", ["0bd", "none"]),
    (P + "targets: {update:‹ }}]", ["empty", "none"]),
    (P + "targets: {update: ‹close}}]", ["by"]),
    (P + "targets: {‹updat: 1h}}]", ["updat", "'update'"]),
    (P + "targets: {update: ‹{calendar: 24x7}}}]", ["within", "by"]),
    (P + "targets: {update: {by: ‹noon}}}]", ["noon", "12:00"]),
    (P + 'targets: {update: {by: "12:00", after: ‹1d}}}]', ["1d", "1bd"]),
    (P + "targets: {update: {within: 1h, ‹after: 1bd}}}]", ["after", "by"]),
    (P + "targets: {update: {within: 1h, calendar: ‹offce}}}]", ["offce"]),
    (P + "targets: {update: {‹withn: 1h}}}]", ["withn", "within"]),
    ("calendars: {a: {timezone: UTC, exceptions: {2026-01-01: '09:00-17:00'}}, b: {union: [a]}}\n" + P + "targets: {update: ‹1h}}]", ["policies.p.targets.update", "no calendar", "a, b"]),
    ("calendars: {a: {timezone: UTC, exceptions: {2026-01-01: '09:00-17:00'}}, b: {union: [a]}}\n" + P + "calendar: b, targets: {update: ‹2bd}}]", ["union", "'b'"]),
    # conditions
    (T + "when: {‹custmer.vip: true}}]", ["policies.p.when", "custmer.vip", "customer.vip"]),
    (T + "when: {‹customer: {vip: true}}}]", ["customer.vip"]),
    (T + "when: {‹fields.: x}}]", ["unknown field 'fields.'"]),
    (T + "when: {group: {‹mathces: a}}}]", ["mathces", "matches"]),
    (T + "when: {owner:‹ }}]", ["owner", "set: false"]),
    (T + "when: {state_kind: ‹waiting}}]", ["waiting", "waiting_customer"]),
    (T + "when: {created_in: ‹offce}}]", ["offce"]),
    (T + "when: {any: ‹[]}}]", ["any", "at least one"]),
    (T + "when: ‹[{group: a}]}]", ["all: [...]"]),
    (T + "when: {owner: {set: ‹maybe}}}]", ["maybe", "true or false"]),
    # policies
    ("policies: [‹{targets: {update: 1h}}]", ["name"]),
    ("policies: [{name: base, targets: {update: 1h}}, {name: ‹base}]", ["base", "two policies"]),
    ("policies: ‹{p: {targets: {update: 1h}}}", ["list", "- name"]),
    (T + "‹pauses: [update]}]", ["pauses", "pause"]),
    (T + "pause: [‹resolutoin]}]", ["resolutoin", "resolution"]),
    (T + "mode: ‹watch}]", ["watch", "observe"]),
    (T + "rank: ‹high}]", ["rank", "high"]),
    (T + "calendar: ‹berlin}]", ["berlin", "24x7"]),
    (T + "effective: ‹{from: 2026-02-01, until: 2026-01-31}}]", ["2026-01-31", "2026-02-01"]),
    (T + "enforce_from: ‹tomorrow}]", ["tomorrow", "2026-03-01"]),
    (T + "change: {tighten: ‹floor}}]", ["floor: 30m"]),
    (T + "change: {tighten: ‹retro}}]", ["retro", "retroactive"]),
    (T + "reopen_within: ‹2w}]", ["2w", "14d"]),
    # steps
    (T + "steps: [{at: ‹1h past due, do: [mark]}]}]", ["1h past due", "1h before due"]),
    (T + "steps: [{at: ‹150%, do: [mark]}]}]", ["150%", "after due"]),
    (T + "steps: [‹{do: [mark]}]}]", ["'at'"]),
    (T + "steps: [{at: breach, do: [‹marks]}]}]", ["marks", "mark"]),
    (T + "steps: [{at: breach, do: [{‹ownr: x}]}]}]", ["ownr", "owner"]),
    (T + "steps: [{at: breach, do: [‹{tag: sla-x, group: y}]}]}]", ["exactly one"]),
    (T + "steps: [{at: breach, do: [{tag: ‹'sla:late'}]}]}]", ["sla:late", "':'"]),
    (T + "steps: [{at: breach, do: [{tag: ‹'sla-Late one'}]}]}]", ["'L'", "lower case"]),
    (T + "steps: [{at: breach, do: [{note: ‹'{clok} late'}]}]}]", ["clok", "clock"]),
    (T + "steps: [{at: breach, do: [{note: ‹'{clock:local}'}]}]}]", ["clock", "no instant"]),
    (T + "steps: [{at: breach, do: [{priority: high, only: ‹lower}]}]}]", ["lower", "raise"]),
    (T + "steps: [{at: breach, do: [{owner:‹ }]}]}]", ["owner", "none"]),
    (T + "steps: [{at: breach, clocks: [‹updat], do: [mark]}]}]", ["updat", "update"]),
    # clocks, void, objectives
    ("clocks: {‹update: {like: resolution}}", ["update", "built-in"]),
    ("clocks: {c: {like: ‹resolutoin}}", ["clocks.c", "resolutoin", "resolution"]),
    ("clocks: {c: {like: update, ‹cycle: once}}", ["cycle", "like", "party"]),
    ("clocks: {‹c: {stop: [{event: closed}]}}", ["never starts"]),
    ("clocks: {‹c: {start: [{event: created}]}}", ["never stops"]),
    ("clocks: {c: {while: {type: a}, ‹start: [{event: created}]}}", ["start", "while"]),
    ("clocks: {c: {while: {type: a}, cycle: ‹ever}}", ["ever", "each"]),
    ("void: [{event: ‹tag_aded, tag: spam}]", ["tag_aded", "tag_added"]),
    ("void: [{event: tag_added, ‹tags: spam}]", ["tags", "tag"]),
    ("void: [‹{tag: spam}]", ["event"]),
    ("profile: ‹jira", ["jira", "zammad"]),
    (T + "objectives: [‹{share: 90%}]}]", ["clock", "availability"]),
    (T + "objectives: [{clock: update, share: ‹90}]}]", ["90", "%"]),
    (T + "objectives: [{clock: update, share: 90%, per: ‹fortnight}]}]", ["fortnight", "month"]),
    (T + "objectives: [{clock: update, share: 90%, credits: [‹{below: 90%}]}]}]", ["credit"]),
    # the file as such
    ("‹polices: []", ["polices", "policies"]),
    ("clocks: {}\n‹clocks: {}", ["clocks", "twice", "line 1"]),
    ("policies: [{name: p, targets: {update: 1h, ‹update: 2h}}]", ["'update' is given twice", "line 1"]),
    ("clocks: {a: [1, 2}‹", ["not valid YAML"]),
    ("clocks: ‹!!python/object x", ["tag"]),
    ("‹- a", ["mapping"]),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "said"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_a_mistake(marked: str, said: list[str]) -> None:
    before = marked[: marked.index("‹")]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    loaded = load_policy_texts({"sla.yaml": marked.replace("‹", "")})
    assert loaded.policy_set is None
    (problem, *_) = loaded.problems
    text = str(problem)
    missing = [part for part in said if part not in text]
    assert not missing, text
    if "not valid YAML" not in text:
        assert (problem.line, problem.column) == place, text


TEN = """\
calendars:
  office: {timezone: Europe/Berlyn, hours: {mon-fri: "09:00-17:00"}}
  night: {timezone: Europe/Berlin, hours: {mon-fri: "22:00-06:00", tue: "05:00-07:00"}}
clocks:
  vendor: {like: resolutoin}
policies:
  - name: standard
    calendar: offce
    targets: {first_respons: 4h, resolution: 1d}
    pause: [update, updates]
    sub:
      - name: vip
        when: {custmer.vip: true}
        targets: {first_response: {within: 0m, calendar: 24x7}}
        steps: [{at: 1h past due, do: [mark]}]
"""


def test_ten_mistakes_are_ten_problems_in_the_order_of_the_file() -> None:
    problems = load_policy_texts({"sla.yaml": TEN}).problems
    places = [(problem.line, problem.column) for problem in problems]
    assert places == [
        (2, 22), (3, 43), (5, 18), (8, 15), (9, 15), (9, 46), (10, 21), (13, 16), (14, 44),
        (15, 22),
    ]  # fmt: skip


def test_a_problem_as_one_line() -> None:
    (problem,) = load_policy_texts(
        {"policies/vip.yaml": "policies: [{name: vip, when: {custmer.vip: true}}]"}
    ).problems
    assert str(problem) == (
        "policies/vip.yaml:1:31: policies.vip.when.custmer.vip: unknown field 'custmer.vip' "
        "(did you mean 'customer.vip'?)"
    )


def test_names_are_unique_over_all_files() -> None:
    text = OFFICE + "policies: [{name: base, targets: {update: 1h}}]"
    problems = load_policy_texts({"a.yaml": text, "b.yaml": text}).problems
    assert [(each.file, each.line) for each in problems] == [("b.yaml", 1), ("b.yaml", 2)]
    assert "first in a.yaml line 1" in str(problems[0])
    assert "the first in a.yaml line 2" in str(problems[1])


def test_void_and_profile_once_in_a_set() -> None:
    problems = load_policy_texts({"a.yaml": "profile: rt", "b.yaml": "profile: otrs"}).problems
    assert [str(each) for each in problems] == [
        (
            "b.yaml:1:1: profile: 'profile' is defined twice, first in a.yaml line 1 "
            "(keep one of the two)"
        )
    ]


def test_a_broken_file_does_not_hide_the_mistakes_of_another() -> None:
    problems = load_policy_texts({"a.yaml": "a: [", "b.yaml": "profile: jira"}).problems
    assert [each.file for each in problems] == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "a: &a {b: *a}",
        "x: " + "[" * 3000 + "]" * 3000,
        dedent(
            """
            a: &a [x, x, x, x, x, x, x, x, x, x]
            b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
            c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
            d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
            e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
            f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
            """
        ),
        "a: \x01",
        "--- {}\n--- {}",
    ],
    ids=[
        "circle",
        "circle in a mapping",
        "depth",
        "aliases of aliases",
        "control",
        "two documents",
    ],
)
def test_hostile_yaml_is_a_problem_and_nothing_else(text: str) -> None:
    loaded = load_policy_texts({"sla.yaml": text})
    assert loaded.policy_set is None
    assert loaded.problems[0].line is not None


def test_yaml_is_of_version_1_2() -> None:
    loaded = load_policy_texts(
        {"sla.yaml": "policies: [{name: no, when: {fields.a: [no, 12:30, on, 0o17]}}]"}
    )
    policy = loaded.required().policies[0]
    assert policy.name == "no"
    assert policy.when.operand == ("no", "12:30", "on", 15)  # type: ignore[union-attr]


def test_merge_keys_give_way_to_own_ones() -> None:
    loaded = load_policy_texts(
        {
            "sla.yaml": "policies:\n  - &base {name: a, mode: mark, targets: {update: 1h}}\n"
            "  - {<<: *base, name: b}\n"
        }
    )
    assert [(each.name, each.mode) for each in loaded.required().policies] == [
        ("a", "mark"),
        ("b", "mark"),
    ]
