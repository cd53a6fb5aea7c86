"""What a statement to a customer says, and what a restatement does, as blocks of any form.

Instants are local to the objective and name their zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from slaplugin.app.reporting.sealing import Mover, Restatement
from slaplugin.core.attainment import Behind, Line, Section, Statement
from slaplugin.core.attainment.restatement import Changed
from slaplugin.core.calendars.walltime import zone_named
from slaplugin.core.texts import utc_text
from slaplugin.report import times
from slaplugin.report.blocks import Block
from slaplugin.report.service.figures import percent
from slaplugin.report.service.wording import clock_title, policy_clock, promised

_MOST = 200
"""Tickets that a statement lists; the rest are counted."""


def statement_block(told: Statement) -> Block:
    """What was promised, kept, missed and is owed."""
    when = "all time" if told.period is None else told.period.label
    parts = [_section(section) for section in told.sections]
    if told.theirs:
        parts.append(_theirs(told.theirs))
    missed = [
        (line, each)
        for section in told.sections
        for line in section.lines
        for each in line.behind
        if each.verdict == "misses"
    ]
    if missed:
        parts.append(_tickets(missed))
    return Block(
        f"Service levels of {told.party}, {when}",
        notes=(*_bounds(told), *_owed(told)),
        parts=tuple(parts),
    )


def _bounds(told: Statement) -> Iterator[str]:
    """The period of each zone that an objective is told in."""
    lines = [line for section in told.sections for line in section.lines] + [*told.theirs]
    known = {(line.commitment.objective.zone, line.told.period) for line in lines}
    for zone, period in sorted(known, key=str):
        if period is not None:
            local = zone_named(zone)
            start, end = (times.full(at, local) for at in period)
            yield f"From {start} to {end} ({zone})."


def _owed(told: Statement) -> Iterator[str]:
    for currency, amount in told.totals.items():
        yield f"Credit in total: {_money(amount, currency)}."
    if not told.owes:
        yield "Nothing is owed."


def _section(section: Section) -> Block:
    return Block(
        section.policy,
        ("objective", "kept", "counted", "in time", "missed", "credit"),
        [_row(line) for line in section.lines],
        (*_left_out(section.lines), *_credit(section)),
    )


def _row(line: Line) -> tuple[str, ...]:
    told, counted = line.told, line.commitment.objective.availability is None
    kept = percent(told.share, 4) if line.known else "nothing known yet"
    exact = f" ({told.share})" if told.share is not None and counted else ""
    outages = f"{len(line.behind)} outages" if len(line.behind) != 1 else "1 outage"
    outages = outages if line.known else "–"
    figures = (
        (str(told.counted), str(told.hits), str(told.misses)) if counted else ("", "", outages)
    )
    return (promised(line.commitment), kept + exact, *figures, told.credit or "–")


def _left_out(lines: Iterable[Line]) -> Iterator[str]:
    """What stands apart from the figures, and the time that clocks waited on the customer."""
    for line in lines:
        told = line.told
        apart = {
            "waived": told.waived,
            "void": told.void,
            "closed unanswered": told.unanswered,
            "of low confidence": told.low_confidence,
            "not due yet": told.not_due,
        }
        named = ", ".join(f"{count} {name}" for name, count in apart.items() if count)
        if named:
            yield f"{clock_title(line.commitment.clock)}: beside the counted ones {named}."
        if line.counts.paused:
            waited, taken = (
                times.duration(each) for each in (line.counts.paused, line.counts.elapsed)
            )
            yield (
                f"{clock_title(line.commitment.clock)}: {taken} of ours; {waited} of waiting are"
                " left out."
            )


def _credit(section: Section) -> Iterator[str]:
    if not section.credit:
        return
    asked = sum((line.told.credit_share or Fraction(0) for line in section.lines), Fraction(0))
    capped = f", capped from {percent(asked)}" if asked > section.credit else ""
    share = f"{percent(section.credit, 4)}{capped}"
    if section.amount is None:
        yield f"Credit: {share}."
    else:
        base = next(filter(None, map(_base, section.lines)), "the agreed base")
        yield f"Credit: {share} of {base}: {_money(section.amount, section.currency)}."


def _base(line: Line) -> str | None:
    """What the credit is a share of: ``1000 EUR``, or what the field held."""
    credits_ = line.commitment.priced.credits
    if credits_ is None or credits_.base is None:
        return None
    held = line.facts.get(credits_.base) if isinstance(credits_.base, str) else credits_.base
    return None if held is None else f"{held} {credits_.currency or ''}".strip()


def _money(amount: Decimal, currency: str | None) -> str:
    return f"{amount} {currency or ''}".strip()


def _theirs(lines: Sequence[Line]) -> Block:
    """Two-way: what we wait for, beside ours and in none of our figures."""
    return Block(
        "What was asked of you",
        ("objective", "kept", "counted", "in time", "late", "time taken"),
        [(*_row(line)[:5], times.duration(line.counts.elapsed)) for line in lines],
        ("Shown beside our own clocks; none of their time counts in them.",),
    )


def _tickets(missed: Sequence[tuple[Line, Behind]]) -> Block:
    rest = len(missed) - _MOST
    return Block(
        "The tickets behind it",
        ("ticket", "title", "clock", "decided", "took", "target"),
        [_ticket(line, each) for line, each in missed[:_MOST]],
        (f"And {rest} more.",) if rest > 0 else (),
    )


def _ticket(line: Line, each: Behind) -> tuple[str, ...]:
    within = line.commitment.objective.within
    zone = zone_named(line.commitment.objective.zone)
    return (
        each.number or each.ticket,
        each.title,
        policy_clock(each.clock, each.instance),
        times.full(each.decided_at, zone),
        times.duration(each.elapsed),
        times.target_text(each.target if within is None else within),
    )


# ---------------------------------------------------------------------- restatements


def restatement_block(found: Restatement) -> Block:
    """The figures that differ from the closed ones, the tickets that moved, and why."""
    seal = found.seal
    closed = f"Closed at {utc_text(seal.closed_at)}, SHA-256 {seal.hash}."
    if found.same:
        return Block(f"{seal.period} stands as it was closed", notes=(closed,))
    parts = [
        Block(
            "Figures that differ",
            ("figure", "closed", "now"),
            [row for each in found.changed for row in _differences(each, found)],
        ),
        Block(
            "Tickets that moved",
            ("ticket", "title", "clock", "closed", "now", "why"),
            [_mover(each) for each in found.movers],
        ),
    ]
    return Block(
        f"Restatement of {seal.period}",
        notes=(closed, "What was closed stays; this is what it would say now."),
        parts=tuple(part for part in parts if part.rows),
    )


def closed_block(found: Restatement, told: Statement) -> Block | None:
    """Of a closed period: how one party's statement differs from the closed one.

    None where another period was closed, or statements of other parties were.
    """
    if told.period is None or found.seal.period != told.period.label:
        return None
    if found.seal.figures["by"] != told.by:
        return None
    closed = f"This period was closed at {utc_text(found.seal.closed_at)}"
    rows = [
        row
        for each in found.changed
        if each.part == "statements" and told.party in _names(each, found)
        for row in _differences(each, found)
    ]
    if not rows:
        return Block("As it was closed", notes=(f"{closed}; nothing differs.",))
    notes = (f"{closed}; the closed figures are those that hold.",)
    return Block("Other than it was closed", ("figure", "closed", "now"), rows, notes)


def _names(each: Changed, found: Restatement) -> tuple[str, ...]:
    return tuple(found.parties.get(part, part) for part in each.name)


def _differences(each: Changed, found: Restatement) -> Iterator[tuple[str, ...]]:
    label = " ".join((each.part.replace("_", " "), *_names(each, found)))
    before, after = dict(_flat(each.sealed)), dict(_flat(each.now))
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{label}: {name}", _shown(before.get(name)), _shown(after.get(name))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """``{"totals": {"EUR": 1}}`` is ``totals EUR``: every figure of a line by its path."""
    if isinstance(value, dict):
        named = value.items()
    elif isinstance(value, list):
        named = {str(number): each for number, each in enumerate(value, start=1)}.items()
    else:
        if name:
            yield name, value
        return
    for key, each in named:
        yield from _flat(each, f"{name} {key}".strip())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)


def _mover(each: Mover) -> tuple[str, ...]:
    moved = each.moved
    verdicts = (moved.before or "not in it", moved.after or "not in it")
    return (each.number, each.title, moved.clock, *verdicts, ", ".join(each.why))
