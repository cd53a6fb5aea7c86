"""``slaplugin whatif``: a draft policy set over the stored past, beside the one in force."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of, note
from slaplugin.cli.progress import Bar
from slaplugin.cli.values import MOMENT, SHARE, moment

if TYPE_CHECKING:
    from slaplugin.core.policies import PolicySet
    from slaplugin.core.whatif import Bounds
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.whatif import Execution

ENGINES = ("plain", "columnar", "dask")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command's options, understood."""

    bounds: Bounds
    execution: Execution
    share: Fraction | None
    as_json: bool


@click.command(epilog="Example: slaplugin whatif --policies draft --since 2026-01-01 --suggest 95%")
@click.option(
    "--policies",
    type=click.Path(exists=True, path_type=Path),
    metavar="DIR",
    help="The draft: a directory of policy files, or one file.",
)
@click.option("--baseline", is_flag=True, help="No draft: what clocks took without any target.")
@click.option("--since", metavar="D", type=MOMENT, help="Only what was decided from here on.")
@click.option("--until", metavar="D", type=MOMENT, help="Only what was decided before.")
@click.option(
    "--suggest",
    "share",
    metavar="SHARE",
    type=SHARE,
    help="Targets that so many, 95%, would meet.",
)
@click.option("--engine", type=click.Choice(ENGINES), default="plain", show_default=True)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes.")
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster (--engine dask).")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def whatif(invocation: Invocation, /, **given: Any) -> None:
    """Judge the stored past by a draft, beside the policies in force.

    Attainment before and after, due times that move, tickets whose outcome changes and why,
    objectives and credits; with --suggest the tightest target that each clock would have met.
    Reads the local store alone and changes nothing in it. Every engine says the same.
    """
    from slaplugin.wiring import Runtime

    asked = _asked(invocation, given)
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        if given["baseline"]:
            _baseline(runtime, _calendars(runtime, given["policies"]), asked)
        else:
            draft = runtime.policies_in(_needed(given["policies"])).current()
            _compare(invocation, runtime, (str(given["policies"]), draft), asked)


def _needed(policies: Path | None) -> Path:
    if policies is None:
        raise click.UsageError("name the draft with --policies DIR, or ask for a --baseline")
    return policies


def _calendars(runtime: Runtime, policies: Path | None) -> PolicySet:
    """The set whose calendars clocks are measured by."""
    source = runtime.policies if policies is None else runtime.policies_in(policies)
    return source.current()


def _asked(invocation: Invocation, given: dict[str, Any]) -> _Asked:
    from slaplugin.core.whatif import Bounds
    from slaplugin.wiring.whatif import Execution, check

    if given["scheduler"] and given["engine"] != "dask":
        raise click.UsageError("--scheduler is for --engine dask")
    zone = invocation.settings.timezone
    since, until = (
        None if given[name] is None else moment(given[name], zone) for name in ("since", "until")
    )
    if since is not None and until is not None and until <= since:
        raise click.UsageError("--until must be later than --since")
    execution = Execution(given["engine"], given["workers"], given["scheduler"])
    check(execution)
    return _Asked(Bounds(since, until), execution, given["share"], given["as_json"])


def _compare(
    invocation: Invocation, runtime: Runtime, draft: tuple[str, PolicySet], asked: _Asked
) -> None:
    from slaplugin.core.whatif import concluded
    from slaplugin.report.whatif import WhatIfAnswer, whatif_document, whatif_text
    from slaplugin.wiring.whatif import compare, draft_job, objectives, source_of

    job = draft_job(runtime, draft[1], asked.bounds)
    source, bar = source_of(runtime), Bar()
    found = concluded(compare(job, source, asked.execution, bar), asked.share)
    promised = objectives(job, source, asked.execution, invocation.settings.timezone, bar)
    hashes = (job.current.hash, job.draft.hash)
    answer = WhatIfAnswer(draft[0], hashes, job.as_of, found, promised, asked.share)
    if asked.as_json:
        emit(whatif_document(answer))
    else:
        click.echo(whatif_text(answer, look_of(invocation.settings)), nl=False)
    if not found.tickets:
        note("the store has no tickets yet: `slaplugin backfill --since D` loads past ones")


def _baseline(runtime: Runtime, calendars: PolicySet, asked: _Asked) -> None:
    from slaplugin.report.whatif import baseline_document, baseline_text
    from slaplugin.wiring.whatif import draft_job, measure, source_of

    share = asked.share or Fraction(95, 100)
    job = draft_job(runtime, calendars, asked.bounds)
    measured = measure(job, source_of(runtime), asked.execution, Bar())
    found = measured.result(share)
    if asked.as_json:
        emit(baseline_document(found, measured.tickets, share))
    else:
        click.echo(baseline_text(found, share), nl=False)
