"""Policy sets from a directory, from texts kept in the store, or from a part of another file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.core.calendars import closed_dates
from slaplugin.core.policies import PolicySet
from slaplugin.policyfiles.closeddays import ClosedDates
from slaplugin.policyfiles.composer import read_yaml
from slaplugin.policyfiles.cursor import Cursor, Findings
from slaplugin.policyfiles.doubts import doubts
from slaplugin.policyfiles.nodes import Table
from slaplugin.policyfiles.sets import ReadSet, Source, read_set
from slaplugin.policyfiles.vocabulary import TEST_KEYS

NO_PRIORITIES: Mapping[str, str] = MappingProxyType({})
NO_CALENDARS: Mapping[str, Any] = MappingProxyType({})
PLUGIN_FILE = "(plugins).yaml"
"""Under this name the calendars of plugins stand among the texts of a set."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy set, or everything that keeps it from being one."""

    policy_set: PolicySet | None
    """None as soon as there is a problem."""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    frozen: Mapping[str, Any] = field(default_factory=dict)
    """Resolved holidays and ICS closings, JSON-able: the ``closed`` of a later reading."""
    places: Mapping[str, Cursor] = field(default_factory=dict)
    """Policy name -> where it stands in the files."""

    def required(self) -> PolicySet:
        """The set; raises ConfigurationError with every problem where there is none."""
        if self.policy_set is None:
            raise ConfigurationError(self.problems)
        return self.policy_set


def load_policy_dir(
    path: Path,
    *,
    priorities: Mapping[str, str] = NO_PRIORITIES,
    calendars: Mapping[str, Any] = NO_CALENDARS,
) -> Loaded:
    """All ``*.yaml`` and ``*.yml`` files of a directory, or one file, as one set.

    Files of policy tests among them are left out; of one that is named itself the set is read.
    ``priorities`` maps a host's priorities to the common names; ``calendars`` are those of
    plugins, each as a policy file would write it. They become a text of the set like any other, so
    that the store's copy has them too.
    """
    files, problems = read_files(path)
    if problems:
        return Loaded(None, tuple(problems))
    folder = path if path.is_dir() else path.parent
    if calendars:
        files[PLUGIN_FILE] = json.dumps(
            {"calendars": _jsonable(calendars)}, indent=1, ensure_ascii=False
        )
    source = Source(priorities=priorities, closed=ClosedDates(folder))
    loaded = _load(files, source, with_tests=not path.is_dir())
    if loaded.policy_set is not None and not loaded.policy_set.policies:
        hint = "write policies: as docs/policies.md shows"
        nothing = Problem("holds no policy", file=str(path), hint=hint)
        return replace(loaded, warnings=(nothing, *loaded.warnings))
    return loaded


def _jsonable(value: Any) -> Any:
    """A plugin's answer as JSON has it, which YAML reads; dates become their ISO text."""
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def load_policy_texts(
    files: Mapping[str, str],
    *,
    priorities: Mapping[str, str] = NO_PRIORITIES,
    closed: Mapping[str, Any] | None = None,
) -> Loaded:
    """A set from its texts (file name -> contents).

    ``closed`` are dates that were resolved when the set was in force (:attr:`Loaded.frozen`, or
    the store's copy); with them neither the holiday package nor any file is asked.
    """
    return _load(files, Source(priorities=priorities, closed=ClosedDates(frozen=closed)))


def load_policy_node(
    root: Cursor, *, priorities: Mapping[str, str] = NO_PRIORITIES, folder: Path | None = None
) -> Loaded:
    """The set that stands in a part of another file, such as a policy test.

    Only the findings of this call are reported; those of ``root`` stay as they are.
    """
    findings = Findings()
    own = Cursor(root.node, root.path, findings, root.key_place)
    text = {root.file: repr(root.node)}
    read = read_set([own], Source(text, priorities, ClosedDates(folder)))
    return _loaded(read, findings)


def read_files(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """File name -> contents of a directory's YAML files, test files included."""
    if not path.exists():
        return {}, [Problem("there is no such file or directory", file=str(path))]
    paths = yaml_files(path) if path.is_dir() else [path]
    if not paths:
        hint = "put a policy file there, or run slaplugin init"
        return {}, [Problem("holds no policy file (*.yaml)", file=str(path), hint=hint)]
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for each in paths:
        try:
            texts[shown_path(each, path)] = each.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = "is not UTF-8 text" if isinstance(error, ValueError) else f"{error.strerror}"
            problems.append(Problem(reason, file=str(each), hint="mend or remove the file"))
    return texts, problems


def yaml_files(path: Path) -> list[Path]:
    """The YAML files of a directory, by name; hidden ones and folders in it are left alone."""
    return sorted(
        each
        for each in path.iterdir()
        if each.suffix in (".yaml", ".yml") and each.is_file() and not each.name.startswith(".")
    )


def shown_path(path: Path, given: Path) -> str:
    """How a file is called in messages: as reached from what the user named."""
    return str(given / path.name) if given.is_dir() else str(given)


def is_test_file(root: Cursor) -> bool:
    """Whether a file holds policy tests (policy-language §9)."""
    return isinstance(root.node, Table) and bool(TEST_KEYS & set(root.node.entries))


def _load(files: Mapping[str, str], source: Source, *, with_tests: bool = False) -> Loaded:
    findings = Findings()
    roots: list[Cursor] = []
    texts: dict[str, str] = {}
    for name, text in sorted(files.items()):
        tree, problems = read_yaml(text, name)
        if tree is not None and not with_tests and is_test_file(Cursor(tree, "", findings)):
            continue
        findings.errors.extend(problems)
        texts[Path(name).name] = text
        if tree is not None:
            roots.append(Cursor(tree, "", findings))
    whole = Source(texts, source.priorities, source.closed)
    return _loaded(read_set(roots, whole), findings)


def _loaded(read: ReadSet, findings: Findings) -> Loaded:
    if findings.errors:
        problems = tuple(sorted(findings.errors, key=_by_place))
        return Loaded(None, problems, tuple(findings.warnings))
    policy_set = read.policy_set
    doubts(read)
    return Loaded(
        policy_set,
        warnings=tuple(sorted(findings.warnings, key=_by_place)),
        frozen=closed_dates(policy_set.calendars),
        places=read.policies,
    )


def _by_place(problem: Problem) -> tuple[str, int, int]:
    return (problem.file or "", problem.line or 0, problem.column or 0)
