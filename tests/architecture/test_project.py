"""The project's own files: locked dependencies, layers, what ships in the wheel."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from slaplugin import __version__
from slaplugin.settings import bundled

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))
REQUIREMENT = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[=><~!\[; ]", name)[0]).lower()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert REQUIREMENT.search(text)
    assert len(re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)) <= text.count("--hash=sha256:")
    assert not re.search(r"https?:|--index-url|--find-links|@ file", text)


def test_the_runtime_lock_covers_every_dependency() -> None:
    locked = dict(REQUIREMENT.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    wanted = {normal(name) for name in PROJECT["project"]["dependencies"]}
    assert wanted - locked.keys() == set()
    assert locked["holidays"] == "0.109"


def test_the_locks_agree() -> None:
    runtime, *others = (
        dict(REQUIREMENT.findall(lock.read_text(encoding="utf-8")))
        for lock in sorted(LOCKS, key=lambda lock: len(lock.name))
    )
    for other in others:
        assert runtime.items() <= other.items()


def test_every_package_of_the_product_has_a_layer() -> None:
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    named = set(re.findall(r"\w+", " ".join(layers)))
    present = {
        path.stem
        for path in (ROOT / "slaplugin").iterdir()
        if path.suffix == ".py" or (path.is_dir() and (path / "__init__.py").exists())
    }
    assert present - {"__init__"} <= named


def test_the_wheel_carries_policies_and_hooks() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {"slaplugin", *wheel["sources"]} == set(wheel["only-include"])
    for name, target in wheel["sources"].items():
        assert target == f"slaplugin/data/{name}"
    assert list(bundled("hooks").glob("*.py"))


def test_the_changelog_knows_the_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_launcher_has_no_logic() -> None:
    assert len((ROOT / "cli.py").read_text(encoding="utf-8").splitlines()) < 10
