"""Files of policy tests (policy-language §9, details 6, 8, 9, 36-38 and 41)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.core.objectives import Objective
from slaplugin.core.policies import Origin, PolicySet
from slaplugin.core.policytests import (
    ErrorCase,
    ObjectiveCase,
    PolicyTestFile,
    TestCase,
)
from slaplugin.policyfiles.composer import read_yaml
from slaplugin.policyfiles.context import Names
from slaplugin.policyfiles.cursor import Cursor, Findings
from slaplugin.policyfiles.loader import (
    NO_PRIORITIES,
    Loaded,
    is_test_file,
    load_policy_dir,
    load_policy_node,
    read_files,
)
from slaplugin.policyfiles.nodes import Table, Tree
from slaplugin.policyfiles.objectives import parse_objective
from slaplugin.policyfiles.scalars import instant
from slaplugin.policyfiles.testevents import parse_events, parse_ticket
from slaplugin.policyfiles.testexpect import (
    parse_expect,
    parse_expected_objective,
    parse_expected_steps,
    parse_instances,
    parse_marks,
)
from slaplugin.policyfiles.vocabulary import SET_KEYS, TEST_KEYS

COMMENT_KEYS = frozenset(
    {
        "about",
        "comment",
        "description",
        "generator",
        "id",
        "note",
        "notes",
        "rule",
        "rules",
        "seed",
        "source",
        "tags",
        "title",
        "why",
    }
)
"""Read over wherever a test may say more about itself; anything else unknown is a typo."""
CASE_KEYS = SET_KEYS | {
    "name",
    "why",
    "ticket",
    "events",
    "as_of",
    "expect",
    "expect_steps",
    "expect_marks",
}
ERROR_KEYS = SET_KEYS | {"name", "why", "message_contains"}
OBJECTIVE_CASE_KEYS = frozenset({"name", "why", "objective", "now", "instances", "expect"})
EXPECTATIONS = ("expect", "expect_steps", "expect_marks")


def load_policy_tests(
    path: Path, *, priorities: Mapping[str, str] = NO_PRIORITIES
) -> PolicyTestFile:
    """Read one file of policy tests; raises ConfigurationError with every problem in it."""
    texts, problems = read_files(path)
    if problems:
        raise ConfigurationError(problems)
    file, text = next(iter(texts.items()))
    tree, problems = read_yaml(text, file)
    if problems or tree is None:
        raise ConfigurationError(problems or [Problem("holds no policy test", file=file)])
    findings = Findings()
    found = _Reader(path, findings, priorities).read(Cursor(tree, "", findings))
    if findings.errors:
        raise ConfigurationError(findings.errors)
    return found


def find_test_files(path: Path) -> list[Path]:
    """The test files among the YAML files of a folder and its folders, or the file itself."""
    if not path.is_dir():
        return [path]
    candidates = sorted(
        each
        for pattern in ("*.yaml", "*.yml")
        for each in path.rglob(pattern)
        if each.is_file() and not any(part.startswith(".") for part in each.parts)
    )
    return [each for each in candidates if _holds_tests(each)]


def _holds_tests(path: Path) -> bool:
    """Whether a key of tests stands at the top; a file that cannot be read is kept, to be told."""
    texts, problems = read_files(path)
    if problems:
        return True
    text = next(iter(texts.values()))
    return any(line.partition(":")[0].strip("\"' {") in TEST_KEYS for line in _at_the_top(text))


def _at_the_top(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if not line.startswith((" ", "-", "#")))


class _Reader:
    """Reads one file; the file's own set is loaded once and shared by its cases."""

    def __init__(self, path: Path, findings: Findings, priorities: Mapping[str, str]) -> None:
        self._folder = path.parent
        self._findings = findings
        self._priorities = priorities
        self._own: Loaded | None = None

    def read(self, root: Cursor) -> PolicyTestFile:
        fields = root.fields("a file of policy tests", SET_KEYS | TEST_KEYS, COMMENT_KEYS)
        if not is_test_file(root):
            root.fail("holds no policy test", "write cases:, errors: or objective_cases:")
        cases = [self._case(at, root) for at in _items(fields, "cases")]
        errors = [self._error(at) for at in _items(fields, "errors")]
        objectives = [self._objective(at, root) for at in _items(fields, "objective_cases")]
        return PolicyTestFile(
            root.file,
            tuple(case for case in cases if case is not None),
            tuple(error for error in errors if error is not None),
            tuple(case for case in objectives if case is not None),
        )

    # ------------------------------------------------------------------ sets

    def _set_for(self, fields: Mapping[str, Cursor], root: Cursor, at: Cursor) -> PolicySet | None:
        """The case's whole set where it brings any part of one, else the file's (details 6)."""
        if SET_KEYS & set(fields):
            return self._report(self._load(at)).policy_set
        if self._own is None:
            self._own = self._report(self._load(root))
        return self._own.policy_set

    def _report(self, loaded: Loaded) -> Loaded:
        self._findings.errors.extend(loaded.problems)
        return loaded

    def _load(self, at: Cursor) -> Loaded:
        policies = at.table("a test").get("policies")
        if policies is not None and isinstance(policies.value, str):
            return load_policy_dir(self._folder / policies.value, priorities=self._priorities)
        own = Cursor(_only_set(at.node), at.path, at.findings)
        return load_policy_node(own, priorities=self._priorities, folder=self._folder)

    # ------------------------------------------------------------------ entries

    def _case(self, at: Cursor, root: Cursor) -> TestCase | None:
        fields = at.fields("a case", CASE_KEYS, COMMENT_KEYS)
        if not at.is_table:
            return None
        for key in ("ticket", "events"):
            if key not in fields:
                at.fail(f"a case needs '{key}'")
        if not set(EXPECTATIONS) & set(fields):
            at.fail("a case expects nothing", f"write one of {', '.join(EXPECTATIONS)}")
        policy_set = self._set_for(fields, root, at)
        before = len(self._findings.errors)
        events = parse_events(fields["events"]) if "events" in fields else ()
        as_of = instant(fields["as_of"], "as_of") if "as_of" in fields else None
        case = TestCase(
            name=_name(fields, at),
            ticket=parse_ticket(fields.get("ticket", at), events),
            events=events,
            policy_set=policy_set or PolicySet(),
            origin=_origin(at),
            as_of=as_of,
            expect=parse_expect(fields["expect"]) if "expect" in fields else None,
            expect_steps=parse_expected_steps(fields["expect_steps"])
            if "expect_steps" in fields
            else None,
            expect_marks=parse_marks(fields["expect_marks"]) if "expect_marks" in fields else None,
            why=_why(fields),
        )
        return case if len(self._findings.errors) == before else None

    def _error(self, at: Cursor) -> ErrorCase | None:
        fields = at.fields("an entry of errors", ERROR_KEYS, COMMENT_KEYS)
        if "message_contains" not in fields:
            at.fail("an entry of errors needs 'message_contains'", "write [text, text]")
            return None
        wanted = fields["message_contains"].items_or_one("message_contains")
        return ErrorCase(
            name=_name(fields, at),
            message_contains=tuple(item.shown for item in wanted),
            messages=tuple(str(problem) for problem in self._load(at).problems),
            origin=_origin(at),
            why=_why(fields),
        )

    def _objective(self, at: Cursor, root: Cursor) -> ObjectiveCase | None:
        fields = at.fields("an objective case", OBJECTIVE_CASE_KEYS, COMMENT_KEYS)
        missing = [key for key in ("objective", "now", "instances", "expect") if key not in fields]
        if missing:
            at.fail(f"an objective case needs '{missing[0]}'")
            return None
        policy_set = self._set_for({}, root, at)
        if policy_set is None:
            return None
        objective = self._parsed_objective(fields["objective"], policy_set)
        now = instant(fields["now"], "now")
        if objective is None or now is None:
            return None
        return ObjectiveCase(
            name=_name(fields, at),
            objective=objective,
            now=now,
            instances=parse_instances(fields["instances"]),
            expect=parse_expected_objective(fields["expect"]),
            policy_set=policy_set,
            origin=_origin(at),
            why=_why(fields),
        )

    def _parsed_objective(self, at: Cursor, policy_set: PolicySet) -> Objective | None:
        # The rows of an objective case may be of clocks that no set declares, such as `outage`.
        entries = at.table("an objective")
        named = {entries[key].shown for key in ("clock", "availability") if key in entries}
        names = Names(frozenset(policy_set.calendars), frozenset({*policy_set.clocks, *named}))
        return parse_objective(at, names)


def _items(fields: Mapping[str, Cursor], key: str) -> tuple[Cursor, ...]:
    return fields[key].items(key) if key in fields else ()


def _only_set(node: Tree) -> Tree:
    if not isinstance(node, Table):
        return node
    kept = {key: entry for key, entry in node.entries.items() if key in SET_KEYS}
    return Table(kept, node.place)


def _name(fields: Mapping[str, Cursor], at: Cursor) -> str:
    if "name" not in fields:
        at.fail("an entry needs its 'name'", "write name: over the evening")
        return at.path
    return fields["name"].text("name") or at.path


def _why(fields: Mapping[str, Cursor]) -> str:
    return fields["why"].shown if "why" in fields else ""


def _origin(at: Cursor) -> Origin:
    place = at.node.place
    return Origin(place.file, place.line, place.column, at.path)
