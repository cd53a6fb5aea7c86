"""A profile as `policy describe`, `show`, `diff`, `check` and the schema tell it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slaplugin.core.policies import PolicySet
from slaplugin.core.profiles import PROFILES
from slaplugin.policyfiles.describe import sentences
from slaplugin.policyfiles.diff import differences
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.policyfiles.schema import policy_schema
from slaplugin.policyfiles.show import layers, layers_text

Valid = Callable[[str], PolicySet]
POLICIES = """
policies:
  - name: standard
    targets: {first_response: 4h, resolution: 16h}
    sub:
      - name: own words
        when: {group: Second}
        targets: {resolution: 8h}
        pause: [first_response]
        reopen_within: 2d
"""


HEAD = "Where the policies are silent, as {} counts by itself: "


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (
            "zammad",
            [
                (
                    "while the waiting state lasts these stand still: first_response, "
                    "next_response, update, resolution and first_resolution"
                ),
                "the first close is final",
                "any public message of an agent but a note and a logged inbound call is a reply",
                (
                    "first_response for every ticket, and an agent's own opening message "
                    "answers it at once"
                ),
                "next_response counts from the creation on",
                "update counts from the creation",
            ],
        ),
        (
            "otrs",
            [
                "while the waiting state lasts these stand still: update",
                "the first close is final",
                "any public message of an agent but a logged inbound call is a reply",
                (
                    "first_response for every ticket, and an agent's own opening message "
                    "answers it at once"
                ),
                "update counts from the creation, counts anew from the customer's answer",
            ],
        ),
        (
            "rt",
            [
                "no clock of the family pauses",
                "a reopen continues",
                "any public message of an agent is a reply",
                "first_response for tickets that the customer entered in person",
                (
                    "update counts from the first reply, or a creation by an agent, ends at the "
                    "customer's answer"
                ),
            ],
        ),
    ],
)
def test_described(valid: Valid, profile: str, said: list[str]) -> None:
    (told, *_) = sentences(valid(f"profile: {profile}\n{POLICIES}"))["the set"]
    assert told == HEAD.format(profile) + "; ".join(said) + "."


@pytest.mark.parametrize(
    ("profile", "first", "resolution"),
    [
        (
            "",
            "4h of open time in 24x7",
            "16h of open time in 24x7, pauses while waiting on the customer",
        ),
        (
            "profile: zammad",
            "4h of open time in 24x7, pauses while waiting on the customer",
            (
                "16h of open time in 24x7, pauses while waiting on the customer, "
                "the first close is final"
            ),
        ),
        (
            "profile: otrs",
            "4h of open time in 24x7",
            "16h of open time in 24x7, the first close is final",
        ),
        (
            "profile: rt",
            "4h of open time in 24x7",
            "16h of open time in 24x7, every reopen continues",
        ),
    ],
)
def test_shown(valid: Valid, profile: str, first: str, resolution: str) -> None:
    text = layers_text(layers(valid(f"{profile}\n{POLICIES}")))
    assert f"  first_response: {first}\n  resolution: {resolution}\n" in text
    assert "  resolution: 8h of open time in 24x7, every reopen within 48h continues\n" in text


def test_what_changes_when_one_comes(valid: Valid) -> None:
    (found,) = differences(valid(POLICIES), valid(f"profile: rt\n{POLICIES}"))
    assert (found.subject, found.kind) == ("the set", "added")
    assert "as rt counts by itself" in str(found)


def test_a_target_that_the_family_has_no_clock_for() -> None:
    text = "profile: otrs\npolicies: [{name: a, targets: {next_response: 4h, update: 1h}}]\n"
    (warning,) = load_policy_texts({"policies.yaml": text}).warnings
    assert "profile otrs has no clock like next_response" in str(warning)


def test_a_by_target_of_a_clock_that_pauses_under_the_profile_alone() -> None:
    """Policy-language §3: such a target does not move with pauses."""
    text = "policies: [{name: a, targets: {first_response: {by: close}}}]\n"
    assert load_policy_texts({"policies.yaml": text}).warnings == ()
    (warning,) = load_policy_texts({"policies.yaml": f"profile: zammad\n{text}"}).warnings
    assert "first_response pauses while the ticket waits" in str(warning)


def test_the_schema_names_all() -> None:
    assert policy_schema()["properties"]["profile"]["enum"] == list(PROFILES)
