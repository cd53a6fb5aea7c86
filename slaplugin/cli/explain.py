"""``slaplugin explain``: every clock of a ticket, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of, note, present_of
from slaplugin.cli.values import INSTANT

if TYPE_CHECKING:
    from slaplugin.app.judge import Judge
    from slaplugin.app.known import Known
    from slaplugin.app.ports import Store
    from slaplugin.cli.subject import Subject
    from slaplugin.core.changes import Story
    from slaplugin.core.model import Evaluation
    from slaplugin.core.policies import PolicySet
    from slaplugin.report import Explanation
    from slaplugin.wiring import Runtime


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's options."""

    ticket: str
    as_of: int | None = None
    policies: Path | None = None
    live: bool = False


@click.command(epilog="Example: slaplugin explain 31001 --html ticket.html")
@click.argument("ticket")
@click.option("--as-of", type=INSTANT, metavar="INSTANT", help="At an earlier moment.")
@click.option(
    "--policies",
    type=click.Path(exists=True, path_type=Path),
    metavar="DIR",
    help="What if these policies were in force.",
)
@click.option("--live", is_flag=True, help="Ask the helpdesk even if the store has the ticket.")
@click.option("--spans", is_flag=True, help="Every span on a line of its own.")
@click.option("--html", "page", metavar="FILE", help="Write a page for the browser.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def explain(invocation: Invocation, /, **given: Any) -> None:
    """Explain every clock of TICKET (number or id).

    Which layer gave the target and why, how each span was counted, what fell due and what was
    written.
    """
    from slaplugin.wiring import Runtime

    asked = Asked(given["ticket"], given["as_of"], given["policies"], given["live"])
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        explained = explanation_of(runtime, asked)
    _show(invocation, explained, given)


def _show(invocation: Invocation, explained: Explanation, given: dict[str, Any]) -> None:
    look = look_of(invocation.settings)
    if given["page"]:
        from slaplugin.report.explain_html import explanation_html
        from slaplugin.wiring.files import write_text

        page = explanation_html(explained, look)
        note(f"wrote {write_text(Path(given['page']), page)}")
    if given["as_json"]:
        from slaplugin.report.explain_json import explanation_json

        emit(explanation_json(explained))
    elif not given["page"]:
        from slaplugin.report.explain_text import explanation_text

        click.echo(explanation_text(explained, look, every_span=given["spans"]), nl=False)


def explanation_of(runtime: Runtime, asked: Asked) -> Explanation:
    """Everything there is to say about the ticket at the asked moment."""
    from slaplugin.app.explaining import present_judge
    from slaplugin.cli.subject import known_of, subject_of
    from slaplugin.report import Explanation
    from slaplugin.report.written import written_of
    from slaplugin.wiring.reading import looks, mark_shown

    subject = subject_of(runtime, asked.ticket, live=asked.live)
    now = _present(runtime, subject)
    as_of = now if asked.as_of is None else asked.as_of
    store = runtime.view if runtime.has_store else None
    judge = present_judge(runtime.policies, store, now)
    known = known_of(subject, runtime, judge, now)
    if asked.policies is None:
        used = judge.current
        evaluation, told = _in_force(known, judge, (as_of, now), store)
    else:
        used = runtime.policies_in(asked.policies).current()
        evaluation, told = _drafted(known, used, as_of, judge.rules.live_since)
    if asked.as_of is None:
        evaluation = replace(evaluation, facts={**evaluation.facts, **looks(known.row.seen)})
    return Explanation(
        ticket=known.ticket,
        evaluation=evaluation,
        written=tuple(row for row in written_of(subject.actions) if row.at <= as_of),
        policy_set=used.hash,
        source=subject.source,
        draft=str(asked.policies) if asked.policies else None,
        held=known.row.held,
        shown=mark_shown(known.row.seen.tags, runtime.settings.tags),
        story=told.of(evaluation.instances),
    )


def _in_force(
    known: Known, judge: Judge, moments: tuple[int, int], store: Store | None
) -> tuple[Evaluation, Story]:
    """What the policies in force say; ``moments``: the one asked for, and the present."""
    from slaplugin.app.explaining import Question, story
    from slaplugin.app.explaining import explain as explain_ticket
    from slaplugin.app.judge import adoptions_of

    as_of, now = moments
    question = Question(as_of, past=as_of < now)
    adoptions = adoptions_of(judge.current.hash, store, now)
    return explain_ticket(known, judge, question), story(known, judge, question, adoptions)


def _drafted(
    known: Known, draft: PolicySet, as_of: int, live_since: int | None
) -> tuple[Evaluation, Story]:
    """What other policies would say, had they always been in force."""
    from slaplugin.app.explaining import what_if
    from slaplugin.core.changes import story_of
    from slaplugin.core.rulebook import RuleBook

    rules = RuleBook.compile(draft, live_since=live_since, only_targeted=True)
    return what_if(known, rules, as_of), story_of(known.timeline, rules, as_of)


def _present(runtime: Runtime, subject: Subject) -> int:
    if subject.snapshot is not None:
        return subject.snapshot.read_at
    return present_of(runtime).at
