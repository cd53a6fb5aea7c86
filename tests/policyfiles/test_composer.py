"""YAML as such: what its scalars mean, where its nodes stand, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from slaplugin.policyfiles import composer
from slaplugin.policyfiles.composer import read_yaml
from slaplugin.policyfiles.nodes import Listing, Scalar, Table, Tree, plain

VALUES = [
    # YAML 1.2 reads these as what they look like ...
    ("", None), ("~", None), ("null", None), ("true", True), ("False", False),
    ("7", 7), ("-3", -3), ("010", 10), ("0o17", 15), ("0x1F", 31),
    ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("-.inf", float("-inf")),
    # ... and these, which 1.1 read otherwise, as text
    ("no", "no"), ("on", "on"), ("y", "y"), ("12:30", "12:30"), ("2026-03-01", "2026-03-01"),
    ("1_000", "1_000"), ("0b11", "0b11"), ("=", "="), ("'7'", "7"), ('"true"', "true"),
    ("9" * 5000, "9" * 5000), ("!!str 7", "7"), ("!!int '7'", 7), ("!!int x", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "value"), VALUES, ids=[text[:12] for text, _ in VALUES])
def test_a_scalar(written: str, value: Any) -> None:
    tree, problems = read_yaml(f"a: {written}\n", "f.yaml")
    assert (plain_of(tree), problems) == ({"a": value}, [])
    assert type(plain_of(tree)["a"]) is type(value)


def plain_of(tree: Tree | None) -> Any:
    return None if tree is None else plain(tree)


def places(tree: Tree) -> Iterator[tuple[str, int, int]]:
    match tree:
        case Scalar(text=text, place=place):
            yield text, place.line, place.column
        case Listing(items=items):
            for item in items:
                yield from places(item)
        case Table(entries=entries):
            for entry in entries.values():
                yield entry.key, entry.place.line, entry.place.column
                yield from places(entry.node)


TEXT = """\
# a comment
a:  {b: 'é', "c" : [1, &x z]}
😀: *x
d:
e: {f: , g}
h:   >
  folded
  text
"""


@pytest.mark.parametrize("parser", ["_FAST", "python"])
def test_every_key_and_value_knows_its_place(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if parser == "python":
        monkeypatch.setattr(composer, "_FAST", yaml.SafeLoader)
    tree, problems = read_yaml(TEXT, "f.yaml")
    assert problems == []
    assert tree is not None
    assert list(places(tree)) == [
        ("a", 2, 1), ("b", 2, 6), ("é", 2, 9), ("c", 2, 14), ("1", 2, 21), ("z", 2, 24),
        ("😀", 3, 1), ("z", 2, 24), ("d", 4, 1), ("", 4, 3), ("e", 5, 1), ("f", 5, 5), ("", 5, 7),
        ("g", 5, 10), ("", 5, 11), ("h", 6, 1), ("folded text\n", 6, 6),
    ]  # fmt: skip


REFUSED = [
    ("a: [1, 2", "1:9: not valid YAML: while parsing a flow sequence"),
    ("a: 1\n b: 2", "2:3: not valid YAML: mapping values are not allowed here"),
    ("a: é\nb: \x07", "2:4: not valid YAML: a character is not allowed"),
    ("a: *x", "1:4: not valid YAML: nothing is called &x before this"),
    ("a: &x [*x]", "1:8: an alias contains itself"),
    ("--- {}\n--- {}", "2:1: not valid YAML: a second document"),
    ("a: " + "[" * 100_000, "1:63: nested too deeply"),
    ("{[a]: 1}", "1:2: a key must be a word"),
    ("~: 1", "1:1: a key must be a word"),
    ("a: 1\nb: 2\na: 3", "3:1: 'a' is given twice, first in line 1, column 1"),
    ("a: !mine x", "1:4: the tag !mine has no meaning here"),
    ("<<: 1", "1:5: << needs a mapping"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=[text[:12] for text, _ in REFUSED])
def test_refused(text: str, said: str) -> None:
    _, problems = read_yaml(text, "f.yaml")
    assert [str(problem).startswith(f"f.yaml:{said}") for problem in problems] == [True], problems


@pytest.mark.parametrize("text", ["", "# nothing\n", "%YAML 1.2\n---\n..."])
def test_no_document(text: str) -> None:
    tree, problems = read_yaml(text, "f.yaml")
    assert (plain_of(tree), problems) == (None, [])


@pytest.mark.parametrize("text", ["{update:}", "{update: }", "update:", "{update:\t}"])
def test_a_value_left_out_is_no_syntax_error(text: str) -> None:
    tree, problems = read_yaml(text, "f.yaml")
    assert (plain_of(tree), problems) == ({"update": None}, [])
