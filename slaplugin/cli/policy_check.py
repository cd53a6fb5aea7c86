"""``slaplugin policy check``: every mistake of a set, and what the helpdesk says to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.app.errors import Problem
from slaplugin.cli.exits import DONE, FOUND_WRONG, WRONG_USE
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, note
from slaplugin.cli.progress import progress

if TYPE_CHECKING:
    from slaplugin.app.ports import Reference
    from slaplugin.core.policies import PolicySet
    from slaplugin.hosts.office import Office
    from slaplugin.policyfiles.loader import Loaded
    from slaplugin.policyfiles.moves import Moves
    from slaplugin.wiring import Runtime

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
PATH: click.Path = click.Path(path_type=Path)
DIRECTORY = click.argument("directory", required=False, metavar="[DIR]", type=PATH)


def load_set(invocation: Invocation, directory: Path | None) -> Loaded:
    """The set of a directory, with the calendars of plugins as a cycle has them."""
    from slaplugin.policyfiles.loader import load_policy_dir

    settings = invocation.settings
    return load_policy_dir(
        directory or settings.policies,
        priorities=settings.priorities,
        calendars=invocation.registry.calendars(),
    )


def count(number: int, what: str) -> str:
    """``1 policy``, ``2 policies``."""
    if number == 1:
        return f"1 {what}"
    return f"{number} {what[:-1]}ies" if what.endswith("y") else f"{number} {what}s"


@click.command(epilog="Example: slaplugin policy check policies --strict")
@DIRECTORY
@click.option("--host", is_flag=True, help="Also compare with what the helpdesk has.")
@click.option("--strict", is_flag=True, help="End with 1 where there are warnings.")
@JSON
@pass_invocation
def check(
    invocation: Invocation, directory: Path | None, host: bool, strict: bool, as_json: bool
) -> int:
    """Find every mistake in a policy set, with file, line and column.

    With --host also names, tags and fields that the helpdesk lacks or refuses, steps that change
    which of its own SLAs applies, and how many open clocks the set would move. Nothing is written.
    """
    loaded = load_set(invocation, directory)
    warnings = list(loaded.warnings)
    moves: Moves | None = None
    if host and loaded.policy_set is not None:
        found, moves = _against_host(invocation, loaded, loaded.policy_set)
        warnings += found
    if as_json:
        emit(_document(loaded, warnings, moves))
    else:
        _print(loaded, warnings, moves)
    if loaded.problems:
        return WRONG_USE
    return FOUND_WRONG if strict and warnings else DONE


def _document(loaded: Loaded, warnings: Sequence[Problem], moves: Moves | None) -> dict[str, Any]:
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


def _print(loaded: Loaded, warnings: Sequence[Problem], moves: Moves | None) -> None:
    for problem in loaded.problems:
        note(f"error: {problem}")
    for warning in warnings:
        note(f"warning: {warning}")
    found = loaded.policy_set
    if found is None:
        note(f"{count(len(loaded.problems), 'error')}, {count(len(warnings), 'warning')}")
        return
    parts = (count(len(found.policies), "policy"), count(len(found.calendars), "calendar"))
    click.echo(f"valid: {' and '.join(parts)}, {count(len(warnings), 'warning')}")
    if moves is not None:
        click.echo(str(moves))


# ---------------------------------------------------------------------- the helpdesk


def _against_host(
    invocation: Invocation, loaded: Loaded, policy_set: PolicySet
) -> tuple[list[Problem], Moves | None]:
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.moves import moves_of

    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        return _compared(runtime, loaded, policy_set), moves_of(runtime, policy_set)


def _compared(runtime: Runtime, loaded: Loaded, policy_set: PolicySet) -> list[Problem]:
    from slaplugin.policyfiles.hostcheck import (
        Asked,
        Writing,
        check_against,
        check_installation,
    )
    from slaplugin.policyfiles.mentions import Places
    from slaplugin.wiring.sides import office_of

    tags, reference = runtime.settings.tags, runtime.host.reference()
    places = Places(loaded.places)
    channels = runtime.notifier.channels()
    writing = Writing((tags.at_risk, tags.breached), tags.prefix)
    office = office_of(runtime.settings)
    try:
        with progress("asking the helpdesk", None) as advance:
            ours = list(_fields(runtime, office, reference))
            without_tags = any(problem.path == "tags.field" for problem in ours)
            found = check_against(
                policy_set,
                reference,
                places=places,
                writing=None if without_tags else writing,
                asked=Asked(office.refuses, advance) if office else None,
            )
    finally:
        if office is not None:
            office.close()
    here = check_installation(policy_set, runtime.settings.host, channels, places)
    return [*ours, *found, *here]


def _fields(runtime: Runtime, office: Office | None, reference: Reference) -> Iterator[Problem]:
    """Our fields that are missing or of the wrong type, by the setting that names them."""
    from slaplugin.cli.doctor.fields import wanted_field
    from slaplugin.hosts.office import WantedField, finding_by_type
    from slaplugin.wiring import own_fields

    named = own_fields(runtime.settings)
    settings = {name: f"fields.{role}" for role, name in named.items()}
    wanted = [wanted_field(role, name) for role, name in named.items()]
    if office is not None and reference.tags_field is not None:
        settings[reference.tags_field] = "tags.field"
        wanted.append(WantedField(reference.tags_field, "tags"))
    by_type = (finding_by_type(each, reference.fields) for each in wanted)
    for finding in office.field_findings(wanted) if office else by_type:
        name = finding.field.name
        if not finding.there:
            said = f"the field '{name}' is not on the helpdesk, or not visible to this account"
            hint = "slaplugin doctor --fix creates it or prints the steps"
            yield Problem(said, path=settings[name], hint=hint)
        elif finding.wrong:
            yield Problem(finding.wrong, path=settings[name], hint=finding.remedy or None)
