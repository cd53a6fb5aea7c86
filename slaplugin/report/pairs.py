"""Objectives of two policy sets beside each other: what was promised, what would have been."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from slaplugin.core.attainment import Line
from slaplugin.report.service.figures import percent
from slaplugin.report.service.wording import clock_title
from slaplugin.report.times import duration

HEAD = ("POLICY", "OBJECTIVE", "PERIOD", "BEFORE", "AFTER")


@dataclass(frozen=True, slots=True)
class _Pair:
    """One objective and period; one side may not promise it."""

    line: Line
    """That of the side before, else that of the other one."""
    before: Line | None
    after: Line | None

    @property
    def order(self) -> tuple[date, str, bool, int]:
        line = self.line
        first = date.min if line.period is None else line.period.first
        return first, line.commitment.policy, self.before is None, line.commitment.number


def objective_rows(before: Sequence[Line], after: Sequence[Line]) -> Iterator[list[str]]:
    """One row an objective and period with what each side says; cells as in :data:`HEAD`."""
    for pair in _pairs(before, after):
        line = pair.line
        yield [
            line.commitment.policy,
            _about(line),
            line.period.label if line.period else "all time",
            _side(pair.before),
            _side(pair.after),
        ]


def _pairs(before: Sequence[Line], after: Sequence[Line]) -> list[_Pair]:
    """Objectives of one policy about the same clock and lengths of period are partners.

    Several of them in the order in which they are written, those with the same ``within`` first.
    """
    places: defaultdict[object, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    for side, lines in enumerate((before, after)):
        for line in lines:
            places[_place(line)][side].append(line)
    found = [pair for mine, theirs in places.values() for pair in _matched(mine, theirs)]
    return sorted(found, key=lambda pair: pair.order)


def _place(line: Line) -> object:
    objective = line.commitment.objective
    return line.commitment.policy, objective.clock, objective.availability, line.period


def _matched(before: Sequence[Line], after: Iterable[Line]) -> Iterator[_Pair]:
    left, rest = list(after), []
    for line in before:
        same = next((each for each in left if _within(each) == _within(line)), None)
        if same is None:
            rest.append(line)
        else:
            left.remove(same)
            yield _Pair(line, line, same)
    for mine, theirs in zip_longest(rest, left):
        yield _Pair(mine or theirs, mine, theirs)


def _within(line: Line) -> object:
    return line.commitment.objective.within, line.commitment.objective.during


def _about(line: Line) -> str:
    objective = line.commitment.objective
    title = clock_title(line.commitment.clock)
    named = f"no {title}" if objective.availability else title
    return named if line.commitment.is_ours else f"{named} (the customer's)"


def _side(line: Line | None) -> str:
    """``kept 98.36 % (85 % within 6h)``."""
    if line is None:
        return "not promised"
    told, objective = line.told, line.commitment.objective
    goal = percent(objective.share, 4)
    if objective.within is not None:
        goal += f" within {duration(objective.within)}"
    if objective.during is not None:
        goal += f" in {objective.during}"
    if told.met is None:
        return f"nothing {'counted' if line.known else 'known yet'} ({goal})"
    said = f"{'kept' if told.met else 'MISSED'} {percent(told.share)} ({goal})"
    return f"{said}, credit {told.credit}" if told.credit else said
