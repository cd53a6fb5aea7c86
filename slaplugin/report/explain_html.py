"""``explain --html``: the same verdicts as a page to send to somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slaplugin.core.changes import Story
from slaplugin.core.model import ClockInstance, LayerTrace
from slaplugin.report import times
from slaplugin.report.bars import LEGEND, bar_of
from slaplugin.report.html import badge, facts, long, page, table, text
from slaplugin.report.look import Look
from slaplugin.report.svg import bar_svg
from slaplugin.report.telling import ended, reckoned, span_cause, told
from slaplugin.report.values import (
    Explanation,
    Written,
    action_text,
    steps_of,
    written_for,
)

_ROLES = {
    "met": "good",
    "breached": "bad",
    "pending": "calm",
    "void": "calm",
    "not_applicable": "calm",
    "closed_unanswered": "warn",
}
_SHOWN_SPANS = 14
"""More spans than this are folded behind a line that says how many there are."""


def explanation_html(explained: Explanation, look: Look) -> str:
    """One self-contained page."""
    ticket = explained.ticket
    return page(f"{ticket.number or ticket.id} {ticket.title}", explanation_body(explained, look))


def explanation_body(explained: Explanation, look: Look) -> list[str]:
    """What stands on the page, as markup, for a page with a frame of its own."""
    look = look.at(explained.evaluation.as_of)
    body = [*_head(explained, look)]
    for instance in explained.evaluation.instances:
        body += _clock(instance, explained, look)
    if not explained.evaluation.instances:
        body.append("<p>No clock has started on this ticket: no policy gives it a target.</p>")
    body += _loose(explained, look)
    as_of = times.full(explained.evaluation.as_of, look.zone)
    body.append(
        f"<footer>As of {text(as_of)}. All times in {text(look.zone_name)}. "
        f"Policy set {text(explained.policy_set[:12] or 'unknown')}, events from the "
        f"{text(explained.source)}.</footer>"
    )
    return body


def _head(explained: Explanation, look: Look) -> Iterator[str]:
    ticket, marks = explained.ticket, explained.evaluation.marks
    known = explained.evaluation.facts or ticket.facts
    yield f'<header><p class="eyebrow">Ticket {text(ticket.number or ticket.id)}</p>'
    yield f"<h1>{text(ticket.title)}</h1>"
    if explained.held:
        yield f'<p class="held">Held, nothing is written: {text(explained.held)}</p>'
    if explained.draft:
        yield f"<p>What if: policies of {text(explained.draft)}, not those in force.</p>"
    pairs: list[tuple[str, object]] = [
        (name, known.get(name)) for name in ("group", "priority", "state", "owner")
    ]
    pairs.append(("as of", times.full(explained.evaluation.as_of, look.zone)))
    if marks.due is not None:
        pairs.append(("due", f"{times.full(marks.due, look.zone)} ({marks.policy})"))
    yield facts(pairs)
    said = {"none": ("no mark", "calm"), "at_risk": ("at risk", "warn")}
    yield f"<p>{badge(*said.get(marks.mark, ('breached', 'bad')))} "
    state = "" if marks.state == "none" else badge(f"state {marks.state.replace('_', ' ')}", "calm")
    yield f"{state}</p>"
    yield f"{_link(ticket.url)}{_legend()}</header>"


def _link(url: str | None) -> str:
    if not url or not url.startswith(("http://", "https://")):
        return ""
    return f'<p><a href="{text(url)}" rel="noreferrer">Open the ticket in the helpdesk</a></p>'


def _legend() -> str:
    entries = [*LEGEND, ("ahead", "still to come")]
    items = "".join(f'<li><i class="{shade}"></i>{text(said)}</li>' for shade, said in entries)
    return f'<ul class="legend" aria-label="What the colours of the bars mean">{items}</ul>'


def _clock(instance: ClockInstance, explained: Explanation, look: Look) -> Iterator[str]:
    outcome = instance.outcome.replace("_", " ")
    frame = "breached" if instance.outcome == "breached" else ""
    yield f'<section class="card {frame}">'
    yield f"<h2>{text(instance.clock)} <small>#{instance.instance}</small> "
    yield f"{badge(outcome, _ROLES[instance.outcome])}{_state(instance)}</h2>"
    yield facts(_figures(instance, look))
    if instance.confidence == "low":
        reason = instance.confidence_reason or "a fact is known only as of today"
        yield f'<p class="note">Low confidence: {text(reason)}</p>'
    yield from _picture(instance, look)
    yield from _trace(instance.trace)
    yield from _story(instance, explained.story, look)
    yield from _steps(instance, explained, look)
    yield from _written(written_for(instance, explained.written), look)
    yield from _spans(instance, explained.story, look)
    yield "</section>"


def _state(instance: ClockInstance) -> str:
    if instance.status in ("running", "paused"):
        return f" {badge(instance.status, 'calm')}"
    return " " + badge("waived", "calm") if instance.waived else ""


def _figures(instance: ClockInstance, look: Look) -> list[tuple[str, object]]:
    def when(at: int | None) -> str | None:
        return None if at is None else look.short(at)

    remaining = instance.remaining if instance.is_open else None
    left = None if remaining is None else times.duration(abs(remaining))
    breach = when(instance.breached_at)
    return [
        ("elapsed", times.duration(instance.elapsed)),
        ("target", times.target_text(instance.target)),
        ("over" if (remaining or 0) < 0 else "left", left),
        ("paused", times.duration(instance.paused) if instance.paused else None),
        ("started", when(instance.started_at)),
        ("due", when(instance.due_at)),
        ("breached", f"{breach} ({instance.breach_reason})" if breach else None),
        ("ended", when(instance.stopped_at)),
        ("void because", instance.void_reason),
        ("policy", instance.policy or "none"),
        ("calendar", instance.calendar),
        ("party", instance.party),
    ]


def _picture(instance: ClockInstance, look: Look) -> Iterator[str]:
    bar = bar_of(instance)
    if bar is None:
        return
    name = f"Time of {instance.clock} {instance.instance}: {instance.outcome.replace('_', ' ')}"
    yield f"<figure>{bar_svg(bar, name, look)}"
    ends = (look.short(bar.start), look.short(bar.end))
    yield f'<div class="ends"><span>{ends[0]}</span><span>{ends[1]}</span></div></figure>'


def _trace(trace: Sequence[LayerTrace]) -> Iterator[str]:
    if not trace:
        return
    rows = [
        (
            f'<strong class="gave">{text(layer.policy)}</strong>'
            if layer.gave_target
            else text(layer.policy),
            text(layer.rank),
            "gave the target" if layer.gave_target else "matched" if layer.matched else "no match",
            long(layer.why),
        )
        for layer in trace
    ]
    yield "<h3>Which layer gave the target</h3>"
    yield table(
        "Layers, highest rank first", ("policy", "rank", "result", "why"), rows, stacks=True
    )


def _story(instance: ClockInstance, story: Story, look: Look) -> Iterator[str]:
    """How the due came about, and what moved it."""
    name = (instance.clock, instance.start_event)
    sum_ = story.reckonings.get(name)
    end = ended(story, instance, look)
    if sum_ is not None:
        said = [*reckoned(sum_, instance, look), *([] if end is None else [end])]
        items = "".join(f"<li>{text(each)}</li>" for each in said)
        yield f'<h3>How the due time comes about</h3><ul class="said">{items}</ul>'
    changes = [told(change, look) for change in story.changes.get(name, ())]
    if changes:
        rows = [
            (look.short(each.at), long(each.what), long(each.why), long(each.moved))
            for each in changes
        ]
        yield "<h3>What moved the due time</h3>"
        yield table("Changes", ("when", "what happened", "rule", "from, to"), rows, stacks=True)


def _steps(instance: ClockInstance, explained: Explanation, look: Look) -> Iterator[str]:
    rows = []
    for record, outcome in steps_of(instance, explained):
        role = {"fired": "good", "due": "warn"}.get(outcome.status, "calm")
        fired = "" if outcome.fired_at is None else look.short(outcome.fired_at)
        rows.append(
            (
                look.short(record.at),
                text(record.step),
                long(", ".join(action_text(item) for item in record.do)),
                f"{badge(outcome.status, role)} {text(fired)}",
                long(look.localized(outcome.why)),
            )
        )
    if rows:
        yield "<h3>Steps</h3>"
        yield table(
            "Steps that fell due", ("due", "step", "does", "became", "why"), rows, stacks=True
        )


def _written(rows: Sequence[Written], look: Look) -> Iterator[str]:
    if not rows:
        return
    yield "<h3>Written</h3>"
    lines = [
        (
            look.short(row.at),
            long(look.localized(row.what)),
            text(row.status),
            long(look.localized(row.result or row.why)),
        )
        for row in rows
    ]
    yield table("What was written", ("when", "what", "status", "why"), lines, stacks=True)


def _spans(instance: ClockInstance, story: Story, look: Look) -> Iterator[str]:
    spans = instance.spans
    if not spans:
        return
    sums = {
        kind: sum(s.seconds for s in spans if s.kind == kind)
        for kind in ("counted", "closed", "paused")
    }
    told = " + ".join(f"{kind} {times.duration(seconds)}" for kind, seconds in sums.items())
    opened = " open" if len(spans) <= _SHOWN_SPANS else ""
    wall = times.duration(sum(sums.values()))
    yield f"<details{opened}><summary>{len(spans)} spans: {told} = {wall} of wall time</summary>"
    rows = [
        (
            text(look.interval(span.start, span.end)),
            f'<i class="dot {span.kind}"></i>{text(span.kind)}',
            text(times.duration(span.seconds)),
            long(span_cause(span, story, instance, look)),
            text(span.calendar),
        )
        for span in spans
    ]
    yield table("Spans", ("time", "kind", "length", "cause", "calendar"), rows) + "</details>"


def _loose(explained: Explanation, look: Look) -> Iterator[str]:
    rows = [row for row in explained.written if row.clock is None]
    if rows:
        yield '<section class="card"><h2>Written for the ticket as a whole</h2>'
        yield from _written(rows, look)
        yield "</section>"
