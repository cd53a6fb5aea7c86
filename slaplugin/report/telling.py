"""What moved a due time and how it comes about, in words: the same for text and page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from slaplugin.core.changes import (
    Cause,
    Change,
    ChangeKind,
    FactChange,
    Reckoning,
    Story,
    Terms,
)
from slaplugin.core.model import ClockInstance, Event, Span
from slaplugin.report import times
from slaplugin.report.look import Look

_SHOWN_DAYS = 8
_SHOWN_FACTS = 4
WAITING = "waiting on the customer"
OWN_PAUSE = "the clock's own pause"
"""Causes of the spans that a :class:`Wait` explains."""
_KINDS: dict[ChangeKind, str] = {
    "target": "another target",
    "calendar": "the same target on another calendar: time counted so far stays counted (R9)",
    "policy": "the same target of another policy",
    "policy_left": "no policy gives a target any more: the clock is void from here on (R10)",
    "policy_returned": "a policy gives a target again: the time in between does not count",
    "extended": "extended by an amendment",
    "excluded": "time excluded by an amendment",
    "pause_corrected": "waiting corrected by an amendment",
    "merged": "another ticket was merged into this one (R12)",
    "split": "split out of another ticket: counted from its message (R12)",
    "late_start": "the clock began in the past: a customer had written while the ticket was closed",
    "adopted": "the policy set was replaced, and counts as if it had always been so (R11)",
}
_RULES = {
    "retroactive": "tightened, measured from the start (R8 retroactive)",
    "floor": "tightened, with a floor for what is left (R8 floor)",
    "restart": "tightened, counted from the change on (R8 restart)",
    "extend": "loosened, measured from the start (R8 extend)",
    "keep": "loosened, and what was in force is kept (R8 keep)",
}


_DAYS = {
    "closed": "holiday or closing day",
    "exception": "exception",
    "closure": "closed for a part",
    "version": "new weekly hours from here on",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One change in words."""

    at: int
    what: str
    """What happened, and who did it."""
    why: str
    """What it means for the clock."""
    moved: str
    """From which target and due to which."""


def told(change: Change, look: Look) -> Told:
    """One change of a clock's terms."""
    why = meaning(change)
    if change.asleep:
        why += f"; while the clock stood still: {_cause(change.asleep, look)}"
    moved = f"{_terms(change.before, look)} {look.glyph('arrow')} {_terms(change.after, look)}"
    begins = change.kind in ("split", "late_start") or change.before.target is None
    if begins or change.before.started_at != change.after.started_at:
        moved += f", counted from {look.short(change.after.started_at)}"
    if change.refused is not None:
        moved += f"; {times.target_text(change.refused)} does not count"
    if change.breached:
        moved += "; that had passed, so it is breached from this moment on (retarget)"
    return Told(change.at, _cause(change.cause, look), why, moved)


def meaning(change: Change) -> str:
    """Which rule applied, in words without instants."""
    if change.kind == "calendar" and isinstance(change.after.target, str):
        return "another calendar: a target by days stays on the one that it came with (R9)"
    return _RULES[change.rule] if change.rule else _KINDS[change.kind]


def _terms(terms: Terms, look: Look) -> str:
    said = times.target_text(terms.target)
    if terms.allowed is not None and terms.allowed != terms.target:
        said += f" ({times.duration(terms.allowed)} in all)"
    if terms.policy is not None:
        said += f" of {terms.policy} on {terms.calendar}"
    return said if terms.due_at is None else f"{said}, due {look.short(terms.due_at)}"


def _cause(cause: Cause, look: Look) -> str:
    if cause.sets is not None:
        before, after = (name[:12] for name in cause.sets)
        arrow = look.glyph("arrow")
        return f"policy files were edited, and policy set {before} {arrow} {after} was taken up"
    if cause.event is None:
        return "a date was reached"
    facts = [_fact(each, look) for each in cause.facts[:_SHOWN_FACTS]]
    more = len(cause.facts) - _SHOWN_FACTS
    facts += [f"and {more} more"] if more > 0 else []
    return ": ".join(part for part in (event_told(cause.event, look), ", ".join(facts)) if part)


def _fact(change: FactChange, look: Look) -> str:
    arrow = look.glyph("arrow")
    return f"{change.field} {_value(change.before)} {arrow} {_value(change.after)}"


def _value(value: Any) -> str:
    if value is None or value == ():
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def event_told(event: Event, look: Look) -> str:
    """``priority_changed by Anna (agent)``, with what an amendment says."""
    who = _who(event)
    return f"{event.kind}{_amended(event, look)}" + (f" by {who}" if who else "")


def _who(event: Event) -> str | None:
    if event.ours:
        return "a step of ours" + (" (retarget: true)" if event.retarget else "")
    if event.id.startswith("observed:"):
        return "somebody, first seen at this moment"
    if event.actor is None:
        return event.data.get("by")
    return f"{event.actor.name or event.actor.key or 'the helpdesk'} ({event.actor.role})"


def _amended(event: Event, look: Look) -> str:
    data = event.data
    if event.kind == "extended":
        said = f" by {times.duration(int(data['add']))}"
    elif event.kind in ("excluded", "pause_corrected"):
        said = _stretch(data.get("from"), data.get("to"), look)
        if event.kind == "pause_corrected":
            said += " as waiting" if data.get("waiting", True) else " as not waiting"
    elif event.kind in ("absorbed", "split_from") and data.get("ticket"):
        said = f" ticket {data['ticket']}"
    else:
        return ""
    return f"{said} ({data['reason']})" if data.get("reason") else said


def _stretch(start: int | None, end: int | None, look: Look) -> str:
    if start is not None and end is not None:
        return f" {look.interval(start, end)}"
    if start is None and end is None:
        return ""
    return (
        f" from {look.short(start)} on" if start is not None else f" up to {look.short(end or 0)}"
    )


# ---------------------------------------------------------------------- the sum behind a due


def reckoned(sum_: Reckoning, instance: ClockInstance, look: Look) -> Iterator[str]:
    """The sum behind the due time in force, a sentence each."""
    yield _from(sum_, instance, look)
    if sum_.days:
        yield _by_days(sum_, instance, look)
    if sum_.ahead:
        yield _ahead(sum_.ahead, instance, look)
    if instance.status == "paused" and instance.due_at is None and instance.remaining is not None:
        yield f"it stands still: {_left(instance.remaining)} from when it runs again"
    if sum_.special:
        yield _special(sum_, look)


def _left(remaining: int) -> str:
    if remaining < 0:
        return f"{times.duration(-remaining)} over"
    return f"{times.duration(remaining)} left"


def _from(sum_: Reckoning, instance: ClockInstance, look: Look) -> str:
    target = times.target_text(instance.target)
    said = f"{target} on {sum_.calendar} from {look.short(sum_.counts_from)}"
    if sum_.restarted:
        said += ", when the target began anew"
    elif sum_.started_by is not None:
        said += f" ({event_told(sum_.started_by, look)})"
    parts = [
        (sum_.raised, "counted before" if sum_.restarted else "that the floor leaves"),
        (sum_.extended, "extended"),
    ]
    added = [f" + {times.duration(seconds)} {why}" for seconds, why in parts if seconds]
    total = "" if not added or sum_.allowed is None else f" = {times.duration(sum_.allowed)}"
    return said + "".join(added) + total


def _which_days(sum_: Reckoning, instance: ClockInstance) -> str:
    if not str(instance.target).startswith("by"):
        return "business days counted"
    if sum_.after is None:
        return "the first open day on which that is not over"
    return f"open day {sum_.after} after the day of the start"


def _by_days(sum_: Reckoning, instance: ClockInstance, look: Look) -> str:
    days = [_day(each.isoformat()) for each in sum_.days]
    said = f"{_which_days(sum_, instance)}: {', '.join(days[:_SHOWN_DAYS])}"
    if sum_.opens is not None:
        said = f"begins at the next opening, {look.short(sum_.opens)}; {said}"
    if len(days) > _SHOWN_DAYS:
        said += f" {look.glyph('ellipsis')} {days[-1]}"
    moved = f"; moved by {times.duration(sum_.moved)} of standing still" if sum_.moved else ""
    return said + moved


def _ahead(ahead: Sequence[tuple[int, int]], instance: ClockInstance, look: Look) -> str:
    total = times.duration(sum(end - start for start, end in ahead))
    listed = [
        f"{look.interval(start, end)} ({times.duration(end - start)})"
        for start, end in ahead[:_SHOWN_DAYS]
    ]
    more = len(ahead) - len(listed)
    listed += [f"{more} more stretches"] if more > 0 else []
    said = f"still to count {total}: {', '.join(listed)}"
    if instance.due_at is not None and instance.due_at > ahead[-1][1]:
        # Details 10: a clock that just then stands still is due when it runs again.
        said += f", when it will stand still: due as it runs again, {look.short(instance.due_at)}"
    return said


def _special(sum_: Reckoning, look: Look) -> str:
    names = {each.calendar for each in sum_.special}
    listed = []
    for each in sum_.special[:_SHOWN_DAYS]:
        hours = ", ".join(
            f"{times.clock_time(start, look.zone)} - {times.clock_time(end, look.zone)}"
            for start, end in each.hours
        )
        what = hours or "closed"
        where = f" in {each.calendar}" if len(names) > 1 else ""
        listed.append(f"{_day(each.day.isoformat())} {what} ({_DAYS[each.kind]}{where})")
    more = len(sum_.special) - len(listed)
    listed += [f"{more} more days"] if more > 0 else []
    return f"other hours than usual: {', '.join(listed)}"


def _day(text: str) -> str:
    """``Fri 25 Dec`` of an ISO date."""
    return times.day(times.parsed(f"{text}T12:00:00Z"), UTC)


def ended(story: Story, instance: ClockInstance, look: Look) -> str | None:
    """What stopped or voided the clock: ``ended Tue 10 Mar 10:20: agent_reply by Anna (agent)``."""
    cause = story.ends.get((instance.clock, instance.start_event))
    if instance.void_reason == "policy_left":
        return None  # the last change has told it
    if cause is None or cause.event is None or instance.stopped_at is None:
        return None
    return f"ended {look.short(instance.stopped_at)}: {_cause(cause, look)}"


# ---------------------------------------------------------------------- why it waited


def span_cause(span: Span, story: Story, instance: ClockInstance, look: Look) -> str:
    """The span's cause, and of a pause who or what began it."""
    if span.kind != "paused":
        return span.cause
    own = story.pauses.get((instance.clock, instance.start_event), ())
    told = {WAITING: story.waits, OWN_PAUSE: own}.get(span.cause, ())
    began = [wait for wait in told if wait.at <= span.start and wait.waits]
    if not began or began[-1].cause.event is None:
        return span.cause
    return f"{span.cause} ({_cause(began[-1].cause, look)})"
