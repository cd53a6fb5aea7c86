"""What a draft policy set would have made of the past, as text and as a JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, get_args

from slaplugin.app.promises import Promised, SideObjectives
from slaplugin.app.whatif import Baseline
from slaplugin.core.durations import format_duration
from slaplugin.core.model import ClockInstance
from slaplugin.core.objectives import Verdict
from slaplugin.core.suggest import Suggestion
from slaplugin.core.whatif import Change, Conclusion, Line, Moved, Reason
from slaplugin.core.whatif.conclusion import Counted
from slaplugin.report.look import Look
from slaplugin.report.pairs import HEAD, objective_rows
from slaplugin.report.service.figures import exact, percent, percent_number, time
from slaplugin.report.times import duration, iso

_STANDINGS = {
    "hits": "met",
    "misses": "missed",
    "waived": "waived",
    "void": "void",
    "unanswered": "closed unanswered",
    "low_confidence": "uncertain",
    "not_due": "not due yet",
    "none": "no target",
}
_SHOWN = 10
"""Changed tickets in the text; the document has all that were kept."""
_VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class WhatIfAnswer:
    """Everything that is said about a draft."""

    draft: str
    """Where it was read."""
    hashes: tuple[str, str]
    """Of the set in force and of the draft."""
    as_of: int
    """UTC epoch seconds."""
    found: Conclusion
    promised: Promised | None = None
    """None: neither set has objectives."""
    share: Fraction | None = None
    """What ``--suggest`` asked for."""


# ---------------------------------------------------------------------- text


def whatif_text(answer: WhatIfAnswer, look: Look) -> str:
    """Tables for people; the same figures as the document."""
    found = answer.found
    at = f"{look.short(answer.as_of)} ({look.zone_name})"
    lines = [
        f"{found.tickets} tickets as of {at}; {found.changed_tickets} of them change an outcome",
        "",
        *_attained(answer),
        *_moves(found.moved),
        *_shifts(found),
        *_objectives(answer.promised),
        *_top(found.top, look),
    ]
    text = "\n".join(line.rstrip() for line in lines)
    return look.plain(text.replace("→", look.glyph("arrow"))) + "\n"


def _attained(answer: WhatIfAnswer) -> Iterator[str]:
    head = ["CLOCK", "POLICY", "BEFORE", "", "AFTER", ""]
    if answer.share is not None:
        head += [f"FOR {percent(answer.share)}", "ATTAINED"]
    rows = [_row(line, answer.share) for line in (*answer.found.clocks, *answer.found.lines)]
    rows.sort(key=lambda row: (row[0], row[1] != "(all)", row[1]))
    yield from table([head, *rows])


def _row(line: Line, share: Fraction | None) -> list[str]:
    cells = [line.clock, line.policy or "(all)", *_side(line.before), *_side(line.after)]
    return cells if share is None else [*cells, *_suggested(line.suggestion)]


def _side(counted: Counted | None) -> tuple[str, str]:
    if counted is None:
        return ("–", "")
    if not counted.counted:
        doubtful = counted["low_confidence"]
        return ("–", f"{doubtful} uncertain" if doubtful else "")
    return (percent(counted.share), f"{counted['hits']}/{counted.counted}")


def _suggested(suggestion: Suggestion | None) -> tuple[str, str]:
    if suggestion is None:
        return ("–", "")
    return (format_duration(suggestion.target), percent(suggestion.share))


def _moves(moved: Sequence[Moved]) -> Iterator[str]:
    if not moved:
        return
    yield "\nDue times that move"
    for each in moved:
        way = "later" if each.later else "earlier"
        mean = duration(each.seconds // each.number // 60 * 60)
        yield f"  {each.clock}: {each.number} {way}, by {mean} on average"


def _shifts(found: Conclusion) -> Iterator[str]:
    if not found.shifts:
        return
    yield "\nOutcomes that change"
    rows = [
        [
            f"  {each.clock}",
            f"{_STANDINGS[each.was]} → {_STANDINGS[each.now]}",
            str(each.number),
            _reasons(each.reasons),
        ]
        for each in found.shifts
    ]
    yield from table(rows)


REASON_TEXTS: Mapping[Reason, str] = {
    "clock": "a target on one side only",
    "target": "another target",
    "calendar": "another calendar",
    "pause": "other pauses",
    "hours": "other hours",
    "record": "recorded otherwise",
}


def _objectives(promised: Promised | None) -> Iterator[str]:
    if promised is None:
        return
    yield "\nObjectives and credits"
    sides = (("before", promised.before), ("after", promised.after))
    before, after = (() if kept is None else kept.lines() for _, kept in sides)
    rows = [list(HEAD), *objective_rows(before, after)]
    yield from table([["  " + row[0], *row[1:]] for row in rows])
    for side, kept in sides:
        if kept is not None:
            yield f"  owed {side}: {_owed(kept)}"


def _owed(kept: SideObjectives) -> str:
    amounts = ", ".join(f"{amount} {currency}".strip() for currency, amount in kept.owed().items())
    return amounts or (f"{percent(kept.granted())} of a base" if kept.granted() else "nothing")


def _top(changes: Sequence[Change], look: Look) -> Iterator[str]:
    if not changes:
        return
    yield "\nTickets that change most"
    for change in changes[:_SHOWN]:
        name, title = look.clean(change.number or change.id), look.clean(change.title)
        yield look.cut(f"  {name}  {title}", look.width)
        standing = f"{_STANDINGS[change.was]} → {_STANDINGS[change.now]}"
        yield f"    {change.clock}: {standing}, {_reasons(change.reasons)}"
        yield f"    {_aim(change.before)} → {_aim(change.after)}"


def _reasons(reasons: Sequence[Reason]) -> str:
    return ", ".join(REASON_TEXTS[reason] for reason in reasons)


def why(change: Change) -> str:
    """``2h of 4h (standard, office) → 2h of 1h (vip, 24x7): another target, another calendar``."""
    return f"{_aim(change.before)} → {_aim(change.after)}: {_reasons(change.reasons)}"


def _aim(instance: ClockInstance | None) -> str:
    if instance is None:
        return "no clock"
    if instance.target is None:
        return "no target"
    target = instance.target
    text = format_duration(target) if isinstance(target, int) else target
    paused = f", {time(instance.paused)} paused" if instance.paused else ""
    took = f"{time(instance.elapsed)} of {text}"
    return f"{took} ({instance.policy}, {instance.calendar}{paused})"


def baseline_text(found: Sequence[Baseline], share: Fraction) -> str:
    """What clocks took without any target, and what could be promised."""
    rows = [["CLOCK", "ENDED", "NOT", "MEDIAN", f"FOR {percent(share)}", "ATTAINED"]]
    rows += [
        [
            each.clock,
            str(each.counted),
            str(each.unended),
            "–" if each.median is None else duration(each.median),
            *_suggested(each.suggestion),
        ]
        for each in found
    ]
    return "\n".join(table(rows)) + "\n"


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell, two blanks between them."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


# ---------------------------------------------------------------------- JSON


def whatif_document(answer: WhatIfAnswer) -> dict[str, Any]:
    """The answer for machines: shares as fractions and as percentages that are not rounded up."""
    found = answer.found
    return {
        "as_of": iso(answer.as_of),
        "policy_set": answer.hashes[0],
        "draft": {"policies": answer.draft, "policy_set": answer.hashes[1]},
        "tickets": found.tickets,
        "changed_tickets": found.changed_tickets,
        "clocks": [_line(line) for line in found.clocks],
        "policies": [_line(line) for line in found.lines],
        "moved": [
            {
                "clock": each.clock,
                "direction": "later" if each.later else "earlier",
                "instances": each.number,
                "seconds": each.seconds,
            }
            for each in found.moved
        ],
        "changes": [
            {
                "clock": each.clock,
                "from": each.was,
                "to": each.now,
                "reasons": list(each.reasons),
                "instances": each.number,
            }
            for each in found.shifts
        ],
        "objectives": _promises(answer.promised),
        "tickets_changed_most": [_change(change) for change in found.top],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "clock": line.clock,
        "policy": line.policy or None,
        "before": _counted(line.before),
        "after": _counted(line.after),
        "suggestion": suggestion_document(line.suggestion),
    }


def _counted(counted: Counted | None) -> dict[str, Any] | None:
    if counted is None:
        return None
    return {
        "share": exact(counted.share),
        "percent": percent_number(counted.share),
        "counted": counted.counted,
        **{name: counted[name] for name in _VERDICTS},
    }


def suggestion_document(suggestion: Suggestion | None) -> dict[str, Any] | None:
    """``{target, share, counted, hits, misses}``; None stays None."""
    if suggestion is None:
        return None
    return {
        "target": suggestion.target,
        "share": exact(suggestion.share),
        "counted": suggestion.counted,
        "hits": suggestion.hits,
        "misses": suggestion.misses,
    }


def baseline_document(found: Sequence[Baseline], tickets: int, share: Fraction) -> dict[str, Any]:
    """What clocks took, in seconds."""
    return {
        "tickets": tickets,
        "share": exact(share),
        "clocks": [
            {
                "clock": each.clock,
                "ended": each.counted,
                "not_ended": each.unended,
                "median": each.median,
                "suggestion": suggestion_document(each.suggestion),
            }
            for each in found
        ],
    }


def _promises(promised: Promised | None) -> dict[str, Any] | None:
    if promised is None:
        return None
    return {"before": _kept(promised.before), "after": _kept(promised.after)}


def _kept(kept: SideObjectives | None) -> dict[str, Any] | None:
    if kept is None:
        return None
    return {
        "objectives": [
            {
                "objective": line.commitment.key,
                "clock": line.commitment.clock,
                "period": line.period.label if line.period else None,
                "goal": exact(line.commitment.objective.share),
                "share": exact(line.told.share),
                "met": line.told.met,
                "credit": line.told.credit,
            }
            for line in kept.lines()
        ],
        "owed": {currency: str(amount) for currency, amount in kept.owed().items()},
        "credit": exact(kept.granted()),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "ticket": change.id,
        "number": change.number,
        "title": change.title,
        "clock": change.clock,
        "from": change.was,
        "to": change.now,
        "reasons": list(change.reasons),
        "why": why(change),
        "before": _instance(change.before),
        "after": _instance(change.after),
    }


def _instance(instance: ClockInstance | None) -> dict[str, Any] | None:
    if instance is None:
        return None
    return {
        "policy": instance.policy,
        "calendar": instance.calendar,
        "target": instance.target,
        "outcome": instance.outcome,
        "started_at": iso(instance.started_at),
        "stopped_at": iso(instance.stopped_at),
        "due_at": iso(instance.due_at),
        "elapsed": instance.elapsed,
        "paused": instance.paused,
    }
