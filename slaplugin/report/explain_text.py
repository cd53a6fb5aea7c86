"""``explain`` as text: one paragraph a clock, with its life drawn as a bar."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from slaplugin.core.changes import Story
from slaplugin.core.model import ClockInstance, LayerTrace, Span, SpanKind
from slaplugin.report import times
from slaplugin.report.bars import bar_of, draw, legend
from slaplugin.report.look import Look
from slaplugin.report.telling import ended, reckoned, span_cause, told
from slaplugin.report.values import (
    Explanation,
    StepOutcome,
    Written,
    action_text,
    steps_of,
    written_for,
)

_ROLES = {
    "met": "good",
    "breached": "bad",
    "pending": "head",
    "void": "dim",
    "not_applicable": "dim",
    "closed_unanswered": "warn",
}
_SPAN_ROLES: dict[SpanKind, str] = {"counted": "good", "paused": "warn", "closed": "dim"}
_FOLD = 6
"""A run of more opening and closing hours than this is told in one line."""


def explanation_text(explained: Explanation, look: Look, *, every_span: bool = False) -> str:
    """The whole page, lines at most ``look.width`` wide where the words allow it."""
    look = look.at(explained.evaluation.as_of)
    lines = list(_head(explained, look))
    for instance in explained.evaluation.instances:
        lines += ["", *_clock(instance, explained, look, every_span)]
    if not explained.evaluation.instances:
        lines += ["", "No clock has started on this ticket: no policy gives it a target."]
    lines += ["", *_foot(explained, look)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(explained: Explanation, look: Look) -> Iterator[str]:
    ticket, facts = explained.ticket, explained.evaluation.facts or explained.ticket.facts
    title = look.cut(look.clean(ticket.title), look.width - 20)
    yield look.paint(f"Ticket {look.clean(ticket.number or ticket.id)}  {title}", "bold")
    known = [
        f"{name} {look.clean(str(facts[name]))}"
        for name in ("group", "priority", "state", "owner")
        if facts.get(name) not in (None, "")
    ]
    yield from _wrapped([f"{ticket.host} id {ticket.id}", *known], look)
    if ticket.url:
        yield f"  {look.clean(ticket.url)}"
    as_of = times.full(explained.evaluation.as_of, look.zone)
    yield f"  as of {as_of}; all times in {look.zone_name}"
    policies = f"draft policies {explained.draft}" if explained.draft else "policies in force"
    yield from _wrapped(
        [f"{policies} ({explained.policy_set[:12]})", f"events from the {explained.source}"], look
    )
    if explained.held:
        yield look.paint(f"  HELD: {look.clean(explained.held)}", "bad")


def _wrapped(parts: Sequence[str], look: Look) -> list[str]:
    joined = f" {look.glyph('dot')} ".join(parts)
    return textwrap.wrap(
        joined, look.width, initial_indent="  ", subsequent_indent="  ", break_long_words=False
    )


def _clock(
    instance: ClockInstance, explained: Explanation, look: Look, every_span: bool
) -> Iterator[str]:
    yield from _verdict(instance, look)
    yield from _bar(instance, look)
    yield from _trace(instance.trace, look)
    yield from _story(instance, explained.story, look)
    yield from _spans(instance, explained.story, look, every_span=every_span)
    rows = written_for(instance, explained.written)
    yield from _steps(instance, explained, look)
    yield from _written(rows, look)


def _verdict(instance: ClockInstance, look: Look) -> Iterator[str]:
    outcome = instance.outcome.replace("_", " ").upper()
    name = f"{instance.clock} #{instance.instance}"
    state = "" if instance.status in ("stopped", "not_applicable", "void") else instance.status
    rule = look.glyph("rule") * max(0, look.width - len(name) - len(outcome) - len(state) - 5)
    painted = look.paint(outcome, _ROLES[instance.outcome])
    yield f"{look.paint(name, 'bold')}  {painted} {state} {look.paint(rule, 'dim')}"
    yield from _wrapped(_figures(instance, look), look)
    layer = [f"policy {instance.policy or 'none'}", f"calendar {instance.calendar or 'none'}"]
    yield from _wrapped([*layer, f"party {instance.party}"], look)
    if instance.confidence == "low":
        reason = instance.confidence_reason or "a fact is known only as of today"
        yield from _wrapped([look.paint(f"low confidence: {look.clean(reason)}", "warn")], look)


def _figures(instance: ClockInstance, look: Look) -> list[str]:
    said = [f"{times.duration(instance.elapsed)} of {times.target_text(instance.target)}"]
    if instance.paused:
        said.append(f"paused {times.duration(instance.paused)}")
    if instance.due_at is not None:
        said.append(f"due {look.short(instance.due_at)}")
    if instance.breached_at is not None:
        reason = f" ({instance.breach_reason})" if instance.breach_reason else ""
        said.append(f"breached {look.short(instance.breached_at)}{reason}")
    if instance.remaining is not None and instance.is_open:
        said.append(_left(instance.remaining))
    if instance.stopped_at is not None:
        said.append(f"ended {look.short(instance.stopped_at)}")
    if instance.void_reason:
        said.append(f"void: {look.clean(instance.void_reason)}")
    if instance.waived:
        said.append("waived")
    return said


def _left(remaining: int) -> str:
    if remaining < 0:
        return f"{times.duration(-remaining)} over"
    return f"{times.duration(remaining)} left"


def _bar(instance: ClockInstance, look: Look) -> Iterator[str]:
    bar = bar_of(instance)
    if bar is None:
        return
    cells = look.width - 4
    left, right = look.short(bar.start), look.short(bar.end)
    yield "  " + look.paint(left + right.rjust(cells - len(left)), "dim")
    for line in draw(bar, look, cells):
        yield "  " + line


def _trace(trace: Sequence[LayerTrace], look: Look) -> Iterator[str]:
    if not trace:
        return
    yield "  target"
    wide = min(24, max(len(layer.policy) for layer in trace))
    for layer in trace:
        mark = look.glyph("yes" if layer.gave_target else "no")
        lead = f"    {mark} {look.clean(layer.policy):<{wide}} rank {layer.rank:<3} "
        lines = textwrap.wrap(
            look.told(layer.why), max(30, look.width - len(lead)), break_long_words=False
        )
        yield lead + (lines[0] if lines else "")
        for line in lines[1:]:
            yield " " * len(lead) + line


def _story(instance: ClockInstance, story: Story, look: Look) -> Iterator[str]:
    """How the due came about, and what moved it."""
    name = (instance.clock, instance.start_event)
    sum_ = story.reckonings.get(name)
    if sum_ is not None:
        yield "  due"
        for said in reckoned(sum_, instance, look):
            yield from _hanging("    ", _safe(said, look), look)
    changes = story.changes.get(name)
    if changes:
        yield "  changed"
    for change in changes or ():
        found = told(change, look)
        yield from _hanging(f"    {look.short(found.at)}  ", _safe(found.what, look), look)
        for said in (found.why, found.moved):
            yield from _hanging("      ", _safe(said, look), look)
    end = ended(story, instance, look)
    if end is not None:
        yield from _hanging("  ", _safe(end, look), look)


def _safe(text: str, look: Look) -> str:
    return look.clean(look.plain(text))


def _spans(instance: ClockInstance, story: Story, look: Look, *, every_span: bool) -> Iterator[str]:
    if not instance.spans:
        return
    yield "  time"
    moved = len({span.calendar for span in instance.spans}) > 1
    for run in folded(instance.spans, every_span=every_span):
        where = f" ({run[0].calendar})" if moved else ""
        yield from _span_run(run, span_cause(run[0], story, instance, look) + where, look, where)
    sums = dict.fromkeys(("counted", "closed", "paused"), 0)
    for span in instance.spans:
        sums[span.kind] += span.seconds
    parts = " + ".join(f"{kind} {times.duration(seconds)}" for kind, seconds in sums.items())
    wall = times.duration(sum(sums.values()))
    for line in _hanging("    ", f"{parts} = {wall} of wall time", look):
        yield look.paint(line, "dim")


def folded(spans: Sequence[Span], *, every_span: bool = False) -> list[tuple[Span, ...]]:
    """Spans one by one, save long runs of nothing but opening and closing hours."""
    runs: list[list[Span]] = []
    for span in spans:
        routine = _routine(span)
        if runs and routine and _routine(runs[-1][-1]) and runs[-1][-1].calendar == span.calendar:
            runs[-1].append(span)
        else:
            runs.append([span])
    return [
        group
        for run in runs
        for group in (
            [tuple(run)] if len(run) > _FOLD and not every_span else [(span,) for span in run]
        )
    ]


def _routine(span: Span) -> bool:
    return span.cause in ("open", "closed hours")


def _span_run(run: Sequence[Span], cause: str, look: Look, where: str) -> Iterator[str]:
    """``where`` names the calendar on a clock that has seen several."""
    first, last = run[0], run[-1]
    # The ends of the bar, right above, have their years.
    when = look.plain(times.interval(first.start, last.end, look.zone))
    if len(run) == 1:
        yield from _row(when, (first.kind, first.seconds, look.plain(cause)), look)
        return
    counted = [span.seconds for span in run if span.kind == "counted"]
    closed = sum(span.seconds for span in run if span.kind == "closed")
    yield from _row(when, ("counted", sum(counted), f"open, {len(counted)} stretches{where}"), look)
    yield from _row("", ("closed", closed, f"closed hours{where}"), look)


def _row(when: str, told: tuple[SpanKind, int, str], look: Look) -> list[str]:
    """One line, or two where the cause does not fit beside the times."""
    kind, seconds, cause = told
    painted = look.paint(f"{kind:<8}", _SPAN_ROLES[kind])
    lead = f"    {when:<35} {painted} {times.duration(seconds):>11}"
    room = look.width - (4 + max(35, len(when)) + 1 + 8 + 1 + 11 + 1)
    if len(cause) <= room:
        return [f"{lead} {look.clean(cause)}"]
    return [lead, *_hanging(" " * 8, look.clean(cause), look)]


def _steps(instance: ClockInstance, explained: Explanation, look: Look) -> Iterator[str]:
    if not instance.steps:
        return
    yield "  steps"
    for record, outcome in steps_of(instance, explained):
        done = ", ".join(look.clean(look.plain(action_text(item))) for item in record.do)
        when = look.short(record.at)
        yield from _hanging(f"    {when}  ", f"{record.step}: {done}", look)
        yield from _hanging("      ", _outcome_text(outcome, look), look)


def _outcome_text(outcome: StepOutcome, look: Look) -> str:
    fired = "" if outcome.fired_at is None else f" {look.short(outcome.fired_at)}"
    why = f": {look.told(outcome.why)}" if outcome.why else ""
    return f"{outcome.status}{fired}{why}"


def _written(rows: Sequence[Written], look: Look) -> Iterator[str]:
    if rows and rows[0].clock is not None:
        yield "  written"
    for row in rows:
        told = f"{look.told(row.what)} ({row.status})"
        if row.result and row.status != "done":
            told += f": {look.told(row.result)}"
        yield from _hanging(f"    {look.short(row.at)}  ", told, look)


def _hanging(lead: str, text: str, look: Look) -> list[str]:
    return textwrap.wrap(
        text,
        look.width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
    )


def _foot(explained: Explanation, look: Look) -> Iterator[str]:
    loose = [row for row in explained.written if row.clock is None]
    if loose:
        yield "Written for the ticket as a whole"
        yield from _written(loose, look)
        yield ""
    yield from _shown(explained, look)
    if any(bar_of(instance) for instance in explained.evaluation.instances):
        yield "  " + legend(look)


def _shown(explained: Explanation, look: Look) -> Iterator[str]:
    marks, following = explained.evaluation.marks, explained.evaluation.next_check_at
    said = [f"mark {marks.mark.replace('_', ' ')}", f"state {marks.state.replace('_', ' ')}"]
    if marks.due is not None:
        said.append(f"due {look.short(marks.due)} ({marks.policy})")
    if following is not None:
        said.append(f"next change by itself {look.short(following)}")
    yield "The ticket should show"
    yield from _wrapped(said, look)
