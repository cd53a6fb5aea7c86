"""``slaplugin policy``: check, test, show, describe and compare policy sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.cli.exits import DONE, FOUND_WRONG, WRONG_USE
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, note
from slaplugin.cli.policy_check import DIRECTORY, JSON, PATH, check, count, load_set
from slaplugin.cli.policy_import import import_

if TYPE_CHECKING:
    from slaplugin.app.policytest import CaseResult, Difference
    from slaplugin.core.policies import PolicySet


@click.group(epilog="Example: slaplugin policy check policies")
def policy() -> None:
    """Check, test, show and compare policy sets.

    DIR is a directory whose YAML files are one set, or one file; without it, the directory of the
    settings.
    """


policy.add_command(check)
policy.add_command(import_)


# ---------------------------------------------------------------------- test


@policy.command(epilog="Example: slaplugin policy test policies")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=PATH)
@JSON
def test(paths: tuple[Path, ...], as_json: bool) -> int:
    """Run policy tests: files, or folders with all folders in them.

    Prints a line for each case, below a failed one every key that differs, and the two numbers.
    Ends with 1 where a case fails, with 2 where a file cannot be read.
    """
    results: list[CaseResult] = []
    problems: list[Problem] = []
    for path in paths:
        for found in _run(path, problems):
            results += found
            if not as_json:
                for result in found:
                    _print_result(result)
    passed = sum(result.passed for result in results)
    if as_json:
        emit(_test_document(results, problems))
    else:
        for problem in problems:
            note(f"error: {problem}")
        click.echo(f"{passed} passed, {len(results) - passed} failed")
    if problems:
        return WRONG_USE
    return DONE if passed == len(results) else FOUND_WRONG


def _run(path: Path, problems: list[Problem]) -> Any:
    """The results of each file below a path, one list a file; unreadable ones become problems."""
    from slaplugin.app.policytest import run_file
    from slaplugin.policyfiles.testfiles import find_test_files, load_policy_tests

    files = find_test_files(path)
    if not files:
        problems.append(
            Problem("holds no policy tests", file=str(path), hint="a test file has cases:")
        )
    for file in files:
        try:
            tests = load_policy_tests(file)
        except ConfigurationError as error:
            problems.extend(error.problems)
        else:
            yield run_file(tests)


def _print_result(result: CaseResult) -> None:
    sign = "ok  " if result.passed else "FAIL"
    click.echo(f"{sign} {result.file}:{result.line} {result.name}")
    for difference in result.differences:
        expected, actual = _values(difference)
        click.echo(f"       {difference.where}: expected {expected}, actual {actual}")


def _values(difference: Difference) -> tuple[Any, Any]:
    from slaplugin.core.durations import format_duration
    from slaplugin.core.texts import utc_text

    def shown(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            if difference.unit == "instant":
                return utc_text(value)
            if difference.unit == "duration":
                return format_duration(value)
        return "null" if value is None else value

    return shown(difference.expected), shown(difference.actual)


def _test_document(results: Sequence[CaseResult], problems: Sequence[Problem]) -> dict[str, Any]:
    passed = sum(result.passed for result in results)
    return {
        "passed": passed,
        "failed": len(results) - passed,
        "cases": [_case_document(result) for result in results],
        "errors": [asdict(problem) for problem in problems],
    }


def _case_document(result: CaseResult) -> dict[str, Any]:
    rows = []
    for difference in result.differences:
        expected, actual = _values(difference)
        rows.append({"key": difference.where, "expected": expected, "actual": actual})
    return {
        "file": result.file,
        "line": result.line,
        "name": result.name,
        "passed": result.passed,
        "differences": json.loads(json.dumps(rows, default=str)),
    }


# ---------------------------------------------------------------------- show


@policy.command(epilog="Example: slaplugin policy show --ticket 31001")
@DIRECTORY
@click.option("--ticket", metavar="TICKET", help="The targets of this ticket (number or id).")
@JSON
@pass_invocation
def show(invocation: Invocation, directory: Path | None, ticket: str | None, as_json: bool) -> None:
    """Show the targets of every layer, or those of a ticket with the trace of layers."""
    from slaplugin.policyfiles.show import layers, layers_text, ticket_text

    if ticket is not None:
        view = _ticket_view(invocation, directory, ticket)
        if as_json:
            emit(view)
        else:
            click.echo(ticket_text(view))
        return
    shown = layers(load_set(invocation, directory).required())
    if as_json:
        emit({"layers": [asdict(layer) for layer in shown]})
    else:
        click.echo(layers_text(shown))


def _ticket_view(invocation: Invocation, directory: Path | None, ticket: str) -> dict[str, Any]:
    from slaplugin.cli.explain import Asked, explanation_of
    from slaplugin.policyfiles.show import ticket_view
    from slaplugin.wiring import Runtime

    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        explained = explanation_of(runtime, Asked(ticket, policies=directory))
    return {"ticket": explained.ticket.id, **ticket_view(explained.evaluation)}


# ---------------------------------------------------------------------- schema, describe, diff


@policy.command(epilog="Example: slaplugin policy schema > policy.schema.json")
@click.option("--json", "_as_json", is_flag=True, help="The schema is JSON in any case.")
def schema(_as_json: bool) -> None:
    """Print the JSON Schema of policy files, for editors."""
    from slaplugin.policyfiles.schema import policy_schema

    emit(policy_schema())


@policy.command(epilog="Example: slaplugin policy describe policies")
@DIRECTORY
@JSON
@pass_invocation
def describe(invocation: Invocation, directory: Path | None, as_json: bool) -> None:
    """Tell a policy set in plain sentences."""
    from slaplugin.policyfiles.describe import as_text, sentences

    told = sentences(load_set(invocation, directory).required())
    if as_json:
        emit(told)
    else:
        click.echo(as_text(told))


@policy.command(epilog="Example: slaplugin policy diff policies draft")
@click.argument("before", metavar="A", type=PATH)
@click.argument("after", metavar="B", type=PATH)
@JSON
@pass_invocation
def diff(invocation: Invocation, before: Path, after: Path, as_json: bool) -> None:
    """Say in words what changes from set A to set B.

    Public holidays and other closed days are compared by date, from today on.
    """
    from slaplugin.policyfiles.diff import differences

    old, new = _both(invocation, before, after)
    found = differences(old, new, since=datetime.now(UTC).date())
    if as_json:
        emit({"differences": [{"kind": each.kind, **asdict(each)} for each in found]})
        return
    for each in found:
        click.echo(str(each))
    click.echo("the sets mean the same" if not found else count(len(found), "difference"))


def _both(invocation: Invocation, before: Path, after: Path) -> tuple[PolicySet, PolicySet]:
    """Both sets, or every problem of both."""
    old, new = load_set(invocation, before), load_set(invocation, after)
    if old.policy_set is None or new.policy_set is None:
        raise ConfigurationError((*old.problems, *new.problems))
    return old.policy_set, new.policy_set
