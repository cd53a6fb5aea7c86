"""Sets that are valid and yet not what was meant: what ``policy check`` warns of."""

# ruff: noqa: E501 - one case a line, however long its text

from __future__ import annotations

import pytest

from slaplugin.policyfiles.loader import load_policy_texts

T = "targets: {resolution: 8h}"
DOUBTFUL = [
    (f"policies: [{{name: a, {T}}}, {{name: b, {T}}}]", ["'a' and 'b'", "rank 0", "resolution"]),
    (f"policies: [{{name: a, when: {{group: X}}, {T}}}, {{name: b, when: {{type: Y}}, {T}}}]", ["same ticket"]),
    (f"policies: [{{name: a, when: {{tags: x}}, {T}}}, {{name: b, when: {{tags: y}}, {T}}}]", ["same ticket"]),
    (f"policies: [{{name: a, when: {{group: X}}, {T}, sub: [{{name: b, when: {{group: Y}}, targets: {{update: 1h}}}}]}}]", ["'b' never matches", "group"]),
    (f"policies: [{{name: a, {T}, sub: [{{name: b, targets: {{update: 1h}}}}]}}]", ["'b' has no condition"]),
    (f"policies: [{{name: a, rank: 50, {T}, sub: [{{name: b, rank: 10, when: {{type: x}}, {T}}}]}}]", ["ranks below its parent"]),
    ("policies: [{name: a, when: {type: x}}]", ["gives no target"]),
    ("policies: [{name: a, targets: {resolution: {by: close}}}]", ["resolution pauses", "'by'"]),
    ("policies: [{name: a, pause: [update], targets: {update: {by: close}}}]", ["update pauses"]),
    ("clocks: {c: {like: resolution}}\npolicies: [{name: a, targets: {c: {by: close}}}]", ["c pauses"]),
    (f"clocks: {{c: {{like: update}}}}\npolicies: [{{name: a, {T}}}]", ["clocks.c", "no target"]),
    ("policies: [{name: a, targets: {resolution: [8h, {when: {type: x}, within: 4h}]}}]", ["never reached"]),
    ("policies: [{name: a, targets: {resolution: {urgnet: 1h, default: 8h}}}]", ["urgnet", "urgent"]),
    (f"policies: [{{name: a, {T}, steps: [{{at: 75%, do: [mark]}}, {{at: 75%, do: [mark]}}]}}]", ["twice"]),
    (f"policies: [{{name: a, {T}, steps: [{{at: breach, do: [{{tag: late}}]}}]}}]", ["'late'", "sla-late"]),
    (f"policies: [{{name: a, when: {{group: X}}, {T}, steps: [{{at: breach, retarget: true, do: [{{group: Y}}]}}]}}]", ["changes group", "a tests it"]),
    (f"policies: [{{name: a, {T}, steps: [{{at: breach, do: [{{tag: spam}}]}}]}}]", ["voids every running clock"]),
    ("clocks: {c: {start: [{event: created}], stop: [{event: group_changed, to: [Y, Z]}]}}\npolicies: [{name: a, targets: {c: 1h}, steps: [{at: breach, do: [{group: Y}]}]}]", ["stops clock 'c'"]),
    (f"policies: [{{name: a, {T}, objectives: [{{clock: resolution, share: 90%, per: month}}]}}]", ["UTC", "timezone"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), DOUBTFUL, ids=[text for text, _ in DOUBTFUL])
def test_a_doubt(text: str, said: list[str]) -> None:
    loaded = load_policy_texts({"sla.yaml": text})
    assert loaded.policy_set is not None, loaded.problems
    told = "\n".join(str(warning) for warning in loaded.warnings)
    missing = [part for part in said if part not in told]
    assert not missing, told
    assert all(warning.line for warning in loaded.warnings)


SOUND = [
    f"policies: [{{name: a, when: {{group: X}}, {T}}}, {{name: b, when: {{group: Y}}, {T}}}]",
    f"policies: [{{name: a, when: {{group: [X, Y]}}, {T}}}, {{name: b, when: {{group: {{not_in: [X, Y]}}}}, {T}}}]",
    f"policies: [{{name: a, when: {{group: X}}, {T}}}, {{name: b, when: {{group: {{matches: Y-*}}}}, {T}}}]",
    f"policies: [{{name: a, {T}}}, {{name: b, rank: 5, {T}}}]",
    f"policies: [{{name: a, {T}}}, {{name: b, targets: {{update: 1h}}}}]",
    f"policies: [{{name: a, effective: {{until: 2026-03-31}}, {T}}}, {{name: b, effective: {{from: 2026-04-01}}, {T}}}]",
    f"policies: [{{name: a, {T}, sub: [{{name: b, when: {{type: x}}, {T}}}]}}]",
    f"policies: [{{name: a, {T}, sub: [{{name: b, effective: {{from: 2026-04-01}}, {T}}}]}}]",
    "policies: [{name: a, sub: [{name: b, when: {type: x}, targets: {update: 1h}}]}]",
    "policies: [{name: a, targets: {first_response: {by: close}}}]",
    "policies: [{name: a, pause: [], targets: {resolution: {by: close}}}]",
    f"policies: [{{name: a, when: {{group: X}}, {T}, steps: [{{at: breach, do: [{{group: Y}}]}}]}}]",
]  # fmt: skip


@pytest.mark.parametrize("text", SOUND)
def test_no_doubt(text: str) -> None:
    loaded = load_policy_texts({"sla.yaml": text})
    assert loaded.policy_set is not None
    assert loaded.warnings == ()
