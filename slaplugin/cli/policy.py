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

if TYPE_CHECKING:
    from slaplugin.app.policytest import CaseResult, Difference
    from slaplugin.core.policies import PolicySet
    from slaplugin.policyfiles.hostcheck import Moves
    from slaplugin.policyfiles.loader import Loaded
    from slaplugin.wiring import Runtime

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
_PATH: click.Path = click.Path(path_type=Path)
_DIRECTORY = click.argument("directory", required=False, metavar="[DIR]", type=_PATH)


@click.group(epilog="Example: slaplugin policy check policies")
def policy() -> None:
    """Check, test, show and compare policy sets.

    DIR is a directory whose YAML files are one set, or one file; without it, the directory of the
    settings.
    """


def _load(invocation: Invocation, directory: Path | None) -> Loaded:
    """The set of a directory, with the calendars of plugins as a cycle has them."""
    from slaplugin.policyfiles.loader import load_policy_dir

    settings = invocation.settings
    return load_policy_dir(
        directory or settings.policies,
        priorities=settings.priorities,
        calendars=invocation.registry.calendars(),
    )


# ---------------------------------------------------------------------- check


@policy.command(epilog="Example: slaplugin policy check policies --strict")
@_DIRECTORY
@click.option("--host", is_flag=True, help="Also compare with what the helpdesk has.")
@click.option("--strict", is_flag=True, help="End with 1 where there are warnings.")
@_JSON
@pass_invocation
def check(
    invocation: Invocation, directory: Path | None, host: bool, strict: bool, as_json: bool
) -> int:
    """Find every mistake in a policy set, with file, line and column."""
    loaded = _load(invocation, directory)
    warnings = list(loaded.warnings)
    moves: Moves | None = None
    if host and loaded.policy_set is not None:
        found, moves = _against_host(invocation, loaded.policy_set)
        warnings += found
    if as_json:
        emit(_check_document(loaded, warnings, moves))
    else:
        _print_check(loaded, warnings, moves)
    if loaded.problems:
        return WRONG_USE
    return FOUND_WRONG if strict and warnings else DONE


def _check_document(
    loaded: Loaded, warnings: Sequence[Problem], moves: Moves | None
) -> dict[str, Any]:
    found = loaded.policy_set
    return {
        "valid": found is not None,
        "errors": [asdict(problem) for problem in loaded.problems],
        "warnings": [asdict(problem) for problem in warnings],
        "hash": found.hash if found else None,
        "policies": [each.name for each in found.policies] if found else [],
        "calendars": sorted(found.calendars) if found else [],
        "clocks": sorted(found.clocks) if found else [],
        "moves": {**asdict(moves), "moved": moves.moved} if moves else None,
    }


def _print_check(loaded: Loaded, warnings: Sequence[Problem], moves: Moves | None) -> None:
    for problem in loaded.problems:
        note(f"error: {problem}")
    for warning in warnings:
        note(f"warning: {warning}")
    found = loaded.policy_set
    if found is None:
        note(f"{_count(len(loaded.problems), 'error')}, {_count(len(warnings), 'warning')}")
        return
    parts = (_count(len(found.policies), "policy"), _count(len(found.calendars), "calendar"))
    click.echo(f"valid: {' and '.join(parts)}, {_count(len(warnings), 'warning')}")
    if moves is not None:
        click.echo(str(moves))


def _count(number: int, what: str) -> str:
    if number == 1:
        return f"1 {what}"
    return f"{number} {what[:-1]}ies" if what.endswith("y") else f"{number} {what}s"


def _against_host(
    invocation: Invocation, policy_set: PolicySet
) -> tuple[list[Problem], Moves | None]:
    from slaplugin.policyfiles.hostcheck import check_against
    from slaplugin.wiring import Runtime

    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        found = list(check_against(policy_set, runtime.host.reference()))
        return found, _moves(runtime, policy_set)


def _moves(runtime: Runtime, policy_set: PolicySet) -> Moves | None:
    """Open clocks that the set would move; None where no set was ever in force."""
    from slaplugin.app.explaining import what_if
    from slaplugin.app.known import from_store
    from slaplugin.core.rulebook import RuleBook
    from slaplugin.policyfiles.hostcheck import Moves

    adoptions = runtime.view.adoptions() if runtime.has_store else ()
    in_force = runtime.policies.by_hash(adoptions[-1].hash) if adoptions else None
    if in_force is None:
        return None
    books = [RuleBook.compile(each, only_targeted=True) for each in (in_force, policy_set)]
    host, now = runtime.settings.host_key, runtime.present().at
    moves = Moves()
    for name in runtime.view.ids(host, open_only=True):
        stored = runtime.view.ticket(host, name)
        if stored is not None:
            known = from_store(stored, ())
            before, after = (what_if(known, book, now).instances for book in books)
            moves.add(before, after)
    return moves


# ---------------------------------------------------------------------- test


@policy.command(epilog="Example: slaplugin policy test policies")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=_PATH)
@_JSON
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
@_DIRECTORY
@click.option("--ticket", metavar="TICKET", help="The targets of this ticket (number or id).")
@_JSON
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
    shown = layers(_load(invocation, directory).required())
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
@_DIRECTORY
@_JSON
@pass_invocation
def describe(invocation: Invocation, directory: Path | None, as_json: bool) -> None:
    """Tell a policy set in plain sentences."""
    from slaplugin.policyfiles.describe import as_text, sentences

    told = sentences(_load(invocation, directory).required())
    if as_json:
        emit(told)
    else:
        click.echo(as_text(told))


@policy.command(epilog="Example: slaplugin policy diff policies draft")
@click.argument("before", metavar="A", type=_PATH)
@click.argument("after", metavar="B", type=_PATH)
@_JSON
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
    click.echo("the sets mean the same" if not found else _count(len(found), "difference"))


def _both(invocation: Invocation, before: Path, after: Path) -> tuple[PolicySet, PolicySet]:
    """Both sets, or every problem of both."""
    old, new = _load(invocation, before), _load(invocation, after)
    if old.policy_set is None or new.policy_set is None:
        raise ConfigurationError((*old.problems, *new.problems))
    return old.policy_set, new.policy_set
