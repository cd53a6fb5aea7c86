"""``policy check --host`` where the helpdesk lists little: single values are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from textwrap import dedent

import pytest

from slaplugin.app.errors import Problem
from slaplugin.app.ports import Reference
from slaplugin.core.actions import ChangeKind
from slaplugin.core.policies import PolicySet
from slaplugin.policyfiles.hostcheck import Asked, Writing, check_against, escalation_warnings
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.policyfiles.mentions import Places, step_tags

Valid = Callable[[str], PolicySet]

REFERENCE = Reference(
    groups=("Raw",),
    priorities=("3 normal",),
    states={"open": "open"},
    owners=(),
    fields={"Product": "select"},
    tags_field="SLATags",
    complete=False,
)


@dataclass
class Desk:
    """A helpdesk that lists nothing and judges single values; ``tags`` None: any text will do."""

    groups: frozenset[str] = frozenset({"Raw", "Support"})
    tags: frozenset[str] | None = frozenset({"sla-risk"})
    asked: list[tuple[ChangeKind, str, str | None]] = field(default_factory=list)

    def refuses(self, kind: ChangeKind, value: str, field: str | None = None) -> str | None:
        self.asked.append((kind, value, field))
        if kind == "set_group":
            return None if value in self.groups else "Ticket->Queue parameter is invalid!"
        if kind == "add_tag":
            taken = self.tags is None or value in self.tags
        else:
            taken = (field, value) in {("Product", "cloud"), ("Product", ""), ("Region", "")}
        return None if taken else "DynamicField->Value parameter is invalid!"


def check(text: str, desk: Desk | None, writing: Writing | None = None) -> tuple[Problem, ...]:
    loaded = load_policy_texts({"sla.yaml": dedent(text)})
    return check_against(
        loaded.required(),
        REFERENCE,
        places=Places(loaded.places),
        writing=writing,
        asked=Asked(desk.refuses) if desk else None,
    )


SET = """\
policies:
  - name: p
    when:
      group: [Raw, Support, Suport]
      fields.Region: north
      fields.Colour: red
    targets:
      update: [{when: {group: Elsewhere}, within: 1h}, 2h]
    steps:
      - {at: 75%, do: [mark]}
      - at: breach
        do: [{group: Escalations}, {field: Product, to: cloud}, {field: Product, to: clowd}]
"""


def test_names_that_only_the_helpdesk_knows_are_asked_for() -> None:
    found = check(SET, Desk())
    assert [(each.line, each.path, each.message) for each in found] == [
        (4, "policies.p.when", told("tests group 'Suport'", "Ticket->Queue")),
        (4, "policies.p.when", told("tests field 'Colour'", "DynamicField->Value")),
        (8, "policies.p.targets", told("tests group 'Elsewhere'", "Ticket->Queue")),
        (11, "policies.p.steps[1]", told("sets group 'Escalations'", "Ticket->Queue")),
        (
            11,
            "policies.p.steps[1]",
            (
                "a step sets field 'Product' to 'clowd', which the helpdesk refuses: "
                "DynamicField->Value parameter is invalid!"
            ),
        ),
    ]
    assert found[0].file == "sla.yaml"


def told(what: str, where: str) -> str:
    return f"the policy {what}, which the helpdesk refuses: {where} parameter is invalid!"


def test_each_value_is_asked_for_once_and_known_ones_never() -> None:
    desk = Desk()
    check(SET + SET.partition("policies:\n")[2].replace("name: p", "name: q"), desk)
    assert len(desk.asked) == len(set(desk.asked))
    assert ("set_group", "Raw", None) not in desk.asked
    assert ("set_group", "Support", None) in desk.asked


def test_a_helpdesk_that_cannot_be_asked_says_nothing_about_names() -> None:
    silent = Desk(groups=frozenset({"Raw", "slaplugin: nothing is called so"}))
    found = check("policies: [{name: p, when: {group: Suport}}]", silent)
    assert [each.message for each in found] == [
        "the policy tests group 'Suport', which the helpdesk does not show to this account"
    ]
    assert found == check("policies: [{name: p, when: {group: Suport}}]", None)
    assert len(silent.asked) == 1


# ---------------------------------------------------------------------- tags that are declared

TAGS = """\
policies:
  - name: p
    targets: {update: 2h, resolution: 4h}
    steps:
      - {at: breach, clocks: [update], do: [{tag: "sla-{clock}"}, {tag: late}]}
      - {at: 1h after due, do: [{tag: "by-{owner}"}]}
"""
WRITING = Writing(("sla-risk", "sla-breach"), "sla-")


def test_tags_that_a_multiselect_must_declare() -> None:
    found = check(TAGS, Desk(), WRITING)
    assert [(each.line, each.path, each.message, each.hint) for each in found] == [
        (None, "tags", *undeclared("sla-breach")),
        (5, "policies.p.steps[0]", *undeclared("sla-update")),
        (5, "policies.p.steps[0]", *undeclared("sla-late")),
        (
            6,
            "policies.p.steps[1]",
            (
                "nobody can declare beforehand what tag 'sla-by-{owner}' becomes, and SLATags "
                "takes declared values alone"
            ),
            "use {clock} or {policy}, or make SLATags a field of free text",
        ),
    ]


def undeclared(tag: str) -> tuple[str, str]:
    return (
        f"tag '{tag}' is none of the possible values of SLATags",
        f"add {tag} to the possible values of SLATags",
    )


def test_a_field_of_free_text_takes_every_tag() -> None:
    desk = Desk(tags=None)
    assert check(TAGS, desk, WRITING) == ()
    assert len(desk.asked) == 2


def test_a_helpdesk_with_tags_of_its_own_declares_nothing(valid: Valid) -> None:
    own = replace(REFERENCE, tags_field=None)
    desk = Desk()
    assert check_against(valid(TAGS), own, writing=WRITING, asked=Asked(desk.refuses)) == ()
    assert desk.asked == []


def test_tags_of_steps_are_written_out(valid: Valid) -> None:
    policy_set = valid("""
        policies:
          - name: p
            targets: {update: 2h}
            steps: [{at: breach, do: [{tag: "{policy}-{clock}"}]}]
            sub:
              - {name: heir, when: {group: A}, targets: {resolution: 1h}}
              - {name: own, when: {group: B}, targets: {update: 1h}, steps: []}
    """)
    assert [tag for tag, _ in step_tags(policy_set, "sla-")] == [
        "sla-p-resolution",
        "sla-heir-resolution",
        "sla-p-update",
        "sla-heir-update",
    ]


# ---------------------------------------------------------------------- the host's own SLAs


@pytest.mark.parametrize(
    ("fields", "step", "said"),
    [
        ({"Queue", "SLA", "Service"}, "{group: A}", "changes group,"),
        ({"queue", "sla", "service"}, "{field: sla, to: Gold}", "changes fields.sla,"),
        ({"group", "fields.SLA"}, "{field: SLA, to: vip}", "changes fields.SLA,"),
        ({"ticket.priority_id"}, "{priority: high}", "changes priority,"),
        ({"ticket.product"}, "{field: product, to: x}", "changes fields.product,"),
        ({"tags"}, "{tag: sla-x}", "changes tags,"),
        ({"customer.vip"}, "{field: vip, to: x}", None),
        ({"group"}, "{priority: high}", None),
        (set(), "{group: A}", None),
    ],
)
def test_steps_that_change_the_hosts_own_sla(
    valid: Valid, fields: set[str], step: str, said: str | None
) -> None:
    policy_set = valid(f"policies: [{{name: p, steps: [{{at: breach, do: [{step}]}}]}}]")
    found = escalation_warnings(policy_set, replace(REFERENCE, escalation_fields=frozenset(fields)))
    assert [said in each.message for each in found if said] == ([True] if said else [])
    assert len(found) == (said is not None)
