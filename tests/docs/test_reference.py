"""The reference pages name everything that exists, and nothing that does not."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from slaplugin.hookspecs import KINDS, Specifications
from slaplugin.settings import Settings, load_settings, parse_duration

DOCS = Path(__file__).resolve().parents[2] / "docs"
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")
HOOKS = (DOCS / "hooks.md").read_text(encoding="utf-8")

ROWS = dict(re.findall(r"^\| `([a-z_.]+)` \| (none|`[^`]+`) \|", SETTINGS, re.MULTILINE))


def existing(section: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its dotted name, with its default."""
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from existing(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, field.get_default(call_default_factory=True)


DEFAULTS = dict(existing(Settings))


def test_every_setting_has_its_row_and_no_row_is_made_up() -> None:
    assert ROWS.keys() == DEFAULTS.keys()


@pytest.mark.parametrize("name", ROWS)
def test_the_default_is_the_one_of_the_program(name: str) -> None:
    text, default = ROWS[name].strip("`"), DEFAULTS[name]
    if text == "none":
        assert not default
    elif isinstance(default, bool):
        assert text == str(default).lower()
    elif isinstance(default, int) and text[-1].isalpha():
        assert parse_duration(text) == default
    else:
        assert text == str(default)


def test_the_examples_of_the_page_are_valid(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", SETTINGS, re.DOTALL)
    file = tmp_path / "slaplugin.toml"
    file.write_text(example, encoding="utf-8")
    settings = load_settings(file, environ={})
    assert settings.states["closes on its own"].closes
    assert settings.priorities == {"4 emergency": "urgent"}


def test_every_hook_is_described_with_its_arguments_under_its_kind() -> None:
    described = {}
    for section in HOOKS.split("\n## ")[1:]:
        kind = section.split("\n", 1)[0]
        for name, arguments in re.findall(r"^### `(\w+)\((.*)\)`", section, re.MULTILINE):
            described[name] = (kind, [part for part in arguments.split(", ") if part])
    wanted = {}
    for name, kind in KINDS.items():
        _, *arguments = inspect.signature(getattr(Specifications, name)).parameters
        wanted[name] = (kind, arguments)
    assert described == wanted


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), target


def test_every_decision_is_in_the_index_under_its_title() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    records = [file for file in (DOCS / "decisions").glob("*.md") if file.name != "README.md"]
    wanted = {
        f"[{file.read_text(encoding='utf-8').splitlines()[0].removeprefix('# ')}]({file.name})"
        for file in records
    }
    assert {line.removeprefix("* ") for line in index.splitlines() if "](" in line} == wanted


def test_every_benchmark_is_described() -> None:
    page = (DOCS.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    scripts = {file.name for file in (DOCS.parent / "benchmarks").glob("*.py")}
    assert set(re.findall(r"^\| `(\w+\.py)`", page, re.MULTILINE)) == scripts


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    for page in DOCS.glob("*.md"):
        assert f"(docs/{page.name})" in readme, page.name
