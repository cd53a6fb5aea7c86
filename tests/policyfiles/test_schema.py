"""The JSON Schema accepts what the parser accepts, and refuses the shapes it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from slaplugin.policyfiles.composer import read_yaml
from slaplugin.policyfiles.nodes import plain
from slaplugin.policyfiles.schema import policy_schema
from slaplugin.policyfiles.vocabulary import SET_KEYS

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "tests" / "core" / "scenarios").glob("*.yaml")),
    *sorted((ROOT / "policies").glob("*/*.yaml")),
]
VALIDATOR = Draft202012Validator(policy_schema())


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, tuple) else value


def read(text: str) -> Any:
    tree, problems = read_yaml(text, "sla.yaml")
    assert tree is not None
    assert not problems
    return as_json(plain(tree))


def sets_of(path: Path) -> list[dict[str, Any]]:
    """Every set of a file: its own, and those that cases bring."""
    whole = read(path.read_text(encoding="utf-8"))
    found = [
        {key: value for key, value in each.items() if key in SET_KEYS}
        for each in (whole, *whole.get("cases", []))
    ]
    return [each for each in found if each and not isinstance(each.get("policies"), str)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(policy_schema())


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def test_real_sets_are_valid(path: Path) -> None:
    errors = [
        f"{error.json_path}: {error.message}"
        for each in sets_of(path)
        for error in VALIDATOR.iter_errors(each)
    ]
    assert not errors


@pytest.mark.parametrize(
    "text",
    [
        "polices: []",
        "policies: [{targets: {update: 1h}}]",
        "policies: [{name: p, targets: {update: 1d}}]",
        "policies: [{name: p, targets: {update: -4h}}]",
        "policies: [{name: p, mode: watch}]",
        "policies: [{name: p, when: {custmer.vip: true}}]",
        "policies: [{name: p, when: {state_kind: waiting}}]",
        "policies: [{name: p, when: {group: {mathces: a}}}]",
        "policies: [{name: p, steps: [{at: 1h past due, do: [mark]}]}]",
        "policies: [{name: p, steps: [{at: breach, do: [{ownr: x}]}]}]",
        "policies: [{name: p, enforce_from: tomorrow}]",
        "policies: [{name: p, objectives: [{clock: update, share: 90}]}]",
        "calendars: {c: {hours: {mon: '09:00-17:00'}}}",
        "calendars: {c: {timezone: UTC, hours: {mno: '09:00-17:00'}}}",
        "calendars: {c: {timezone: UTC, hours: {mon: '9-17'}}}",
        "clocks: {c: {like: update, cycle: once}}",
        "clocks: {c: {start: [{event: created}]}}",
        "void: [{tag: spam}]",
    ],
)
def test_wrong_shapes_are_refused(text: str) -> None:
    assert not VALIDATOR.is_valid(read(text))
