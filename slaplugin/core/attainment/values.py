"""What attainment is told in: exact counts, the cells of a table, the instances behind a figure.

Instants are UTC epoch seconds, durations whole seconds, shares exact fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from fractions import Fraction
from zlib import crc32

from slaplugin.core.dimensions import Dimension, Place, Values, place_order
from slaplugin.core.objectives import VERDICTS, Verdict
from slaplugin.core.periods import CalendarPeriod, Period

SAMPLE = 10
"""Met instances of a cell that are drawn for who doubts the figure; fewer are all there."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many instances came to which verdict; each counts once (details 46)."""

    hits: int = 0
    misses: int = 0
    waived: int = 0
    void: int = 0
    unanswered: int = 0
    low_confidence: int = 0
    not_due: int = 0
    elapsed: int = 0
    """Counted seconds of the hits and misses together."""
    paused: int = 0
    """Seconds that those stood still in pauses, waiting on the customer above all."""

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """The instances alone, by verdict."""
        return {verdict: getattr(self, verdict) for verdict in VERDICTS}

    @property
    def counted(self) -> int:
        """What the share is of."""
        return self.hits + self.misses

    @property
    def beside(self) -> int:
        """Told beside the share and in none: waived, void, unanswered, of low confidence."""
        return self.waived + self.void + self.unanswered + self.low_confidence

    @property
    def share(self) -> Fraction | None:
        """The attainment; None where nothing is counted."""
        return Fraction(self.hits, self.counted) if self.counted else None

    def __add__(self, other: Counts) -> Counts:
        both = zip(_numbers(self), _numbers(other), strict=True)
        return Counts(*(mine + more for mine, more in both))


@dataclass(frozen=True, slots=True, order=True)
class Behind:
    """One clock instance behind a figure."""

    decided_at: int
    ticket: str
    """The host's id."""
    clock: str
    instance: int
    """Its ordinal on the ticket, for display."""
    start_event: str
    """With ticket and clock the key of the instance."""
    number: str
    title: str
    verdict: Verdict
    elapsed: int
    target: int | str | None
    """Seconds, or the text of a ``bd`` or ``by`` target; None: it had none."""
    policy: str | None

    @property
    def identity(self) -> tuple[str, str, str]:
        """(ticket, clock, start event)."""
        return (self.ticket, self.clock, self.start_event)


@dataclass(frozen=True, slots=True)
class Cell:
    """The instances of one period and one combination of values."""

    period: CalendarPeriod | None
    """None: all time is one."""
    values: Values
    counts: Counts
    behind: tuple[Behind, ...] = ()
    """In order of their decision: the misses, or what the question asked to keep."""
    sample: tuple[Behind, ...] = ()
    """In order of their decision: some of the hits, as :func:`drawn`, where they were asked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a table is to show."""

    per: Period | None = None
    """None: all time as one."""
    dimensions: tuple[Dimension, ...] = ()
    first: date | None = None
    """Only periods that begin on this day or later; None: from the beginning."""
    last: date | None = None
    """Only periods that begin on this day or before."""
    keep: frozenset[Verdict] = frozenset({"misses"})
    """Verdicts of which the instances are kept, so that a figure leads to its tickets."""
    touching: bool = False
    """Periods that only reach into the bounds are told, too, and whole: of a report of March the
    quarter that it is in."""
    sampled: bool = False
    """Whether some of the hits are drawn, which are too many to be kept."""
    known_from: int | None = None
    """UTC epoch seconds: the creation of the first ticket of all, where not all are fed."""

    def wants(self, period: CalendarPeriod | None) -> bool:
        """Whether the period lies within its bounds; all time always does."""
        if period is None:
            return True
        return (self.last is None or period.first <= self.last) and (
            self.first is None or self.first <= period.first or self._reached_by(period)
        )

    def _reached_by(self, period: CalendarPeriod) -> bool:
        """An earlier period ends after the first day."""
        return self.touching and self.first is not None and self.first < period.following.first


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in order of period, then values; those in which nothing happened are left out."""

    question: Question
    cells: tuple[Cell, ...] = ()

    @property
    def total(self) -> Counts:
        """Everything in it."""
        return sum((cell.counts for cell in self.cells), Counts())

    def by_period(self) -> tuple[Cell, ...]:
        """One cell a period, whatever the values."""
        return self._regrouped(lambda cell: replace(cell, values=()))

    def by_values(self) -> tuple[Cell, ...]:
        """One cell a combination of values, whatever the period."""
        return self._regrouped(lambda cell: replace(cell, period=None))

    def periods(self) -> tuple[CalendarPeriod, ...]:
        """Those in which anything happened, in order."""
        return tuple(cell.period for cell in self.by_period() if cell.period is not None)

    def cell(self, period: CalendarPeriod | None, values: Values = ()) -> Cell:
        """The cell of this place, an empty one where nothing happened."""
        found = (cell for cell in self.cells if (cell.period, cell.values) == (period, values))
        return next(found, Cell(period, values, Counts()))

    def __add__(self, other: Table) -> Table:
        """Two parts of the tickets as one whole; both of the same question."""
        return Table(self.question, added((*self.cells, *other.cells)))

    def _regrouped(self, place: Callable[[Cell], Cell]) -> tuple[Cell, ...]:
        return added(place(cell) for cell in self.cells)


def added(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Cells of the same place as one, in order of place."""
    places: dict[Place, list[Cell]] = {}
    for cell in cells:
        places.setdefault((cell.period, cell.values), []).append(cell)
    whole = (
        Cell(
            period,
            values,
            sum((part.counts for part in parts), Counts()),
            tuple(sorted(_all_behind(parts), key=order)),
            drawn(each for part in parts for each in part.sample),
        )
        for (period, values), parts in places.items()
    )
    return tuple(sorted(whole, key=lambda cell: place_order((cell.period, cell.values))))


def lot(identity: tuple[str, str, str]) -> int:
    """What an instance (ticket, clock, start event) draws: the same wherever it is counted."""
    return crc32("\n".join(identity).encode("utf-8", "surrogatepass"))


def drawn(instances: Iterable[Behind]) -> tuple[Behind, ...]:
    """The :data:`SAMPLE` of them with the lowest lots, in order of their decision.

    Nobody wants the list of a million clocks that were met, but some of them to look at. So they
    are drawn evenly, in no more memory, and from parts of the tickets the same as from all.
    """
    lowest = sorted(instances, key=lambda each: (lot(each.identity), each.identity))[:SAMPLE]
    return tuple(sorted(lowest, key=order))


def order(behind: Behind) -> tuple[int, str, str, str]:
    """Sort key of instances: the decision, then what tells them apart."""
    return (behind.decided_at, *behind.identity)


def _numbers(counts: Counts) -> Iterator[int]:
    return (getattr(counts, field.name) for field in fields(counts))


def _all_behind(cells: Sequence[Cell]) -> Iterator[Behind]:
    return (behind for cell in cells for behind in cell.behind)
