"""Counts and columns of numbers that grow ticket by ticket, place by place."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from slaplugin.core.calendars.walltime import zone_named
from slaplugin.core.dimensions import Place, Values
from slaplugin.core.metrics.backlog import AGES, Backlog
from slaplugin.core.metrics.figures import Question
from slaplugin.core.metrics.observed import Counted, Observed, Timed
from slaplugin.core.metrics.series import Largest, Series
from slaplugin.core.metrics.values import Elapsed, Part, Times
from slaplugin.core.weekhours import HOURS


@dataclass(slots=True)
class CellTally:
    """The figures of one place in the making."""

    series: defaultdict[str, Series] = field(default_factory=lambda: defaultdict(Series))
    counts: Counter[str] = field(default_factory=Counter)
    latest: defaultdict[str, Largest] = field(default_factory=lambda: defaultdict(Largest))
    parts: dict[tuple[str, str | None], tuple[int, Elapsed]] = field(default_factory=dict)

    def take(self, ticket: str, seen: Observed) -> None:
        """Add what one ticket tells."""
        if isinstance(seen, Counted):
            self.counts[seen.key] += 1
            self.latest[seen.key].add(seen.at, ticket)
            return
        series = self.series[seen.key]
        number = seen.elapsed.wall if isinstance(seen, Timed) else seen.value
        series.wall.append(number)
        series.largest.add(number, ticket)
        if isinstance(seen, Timed):
            series.open.append(seen.elapsed.open)

    def take_parts(self, times: Times) -> None:
        """Where a solved ticket's time went."""
        for of in ("state", "state_kind", "group", "owner"):
            parts: tuple[Part, ...] = getattr(times, f"by_{of}")
            for part in parts:
                self._share(of, part.name, 1, part.elapsed)

    def extend(self, other: CellTally) -> None:
        """Take over what another part of the tickets has in the same place."""
        for key, series in other.series.items():
            self.series[key].extend(series)
        self.counts += other.counts
        for key, largest in other.latest.items():
            self.latest[key].extend(largest)
        for (of, name), (tickets, elapsed) in other.parts.items():
            self._share(of, name, tickets, elapsed)

    def _share(self, of: str, name: str | None, tickets: int, elapsed: Elapsed) -> None:
        known, so_far = self.parts.get((of, name), (0, Elapsed()))
        self.parts[of, name] = (known + tickets, so_far + elapsed)


@dataclass(slots=True)
class BacklogTally:
    """The backlog of one combination of values at the end of the question."""

    by_age: list[int] = field(default_factory=lambda: [0] * len(AGES))
    oldest: Largest = field(default_factory=Largest)

    def extend(self, other: BacklogTally) -> None:
        self.by_age = [mine + more for mine, more in zip(self.by_age, other.by_age, strict=True)]
        self.oldest.extend(other.oldest)


class Tally:
    """Everything counted so far: plain data, which can be sent between processes and added.

    Memory grows by eight bytes for each number and place, and with the days; not with the texts
    of the tickets.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.as_of: int | None = None
        self.cells: defaultdict[Place, CellTally] = defaultdict(CellTally)
        self.backlog = Backlog(zone_named(question.zone))
        self.backlog_now: defaultdict[Values, BacklogTally] = defaultdict(BacklogTally)
        self.arrivals = [0] * HOURS
        self.replies = [0] * HOURS
        self.left_out: Counter[str] = Counter()

    def __add__(self, other: Tally) -> Tally:
        """Two parts of the tickets as one whole; ValueError where they answer two questions."""
        if self.question != other.question:
            raise ValueError("totals of two questions cannot be added")
        whole = Tally(self.question)
        for part in (self, other):
            whole._extend(part)
        return whole

    def whole(self) -> CellTally:
        """All places as one."""
        whole = CellTally()
        for cell in self.cells.values():
            whole.extend(cell)
        return whole

    def _extend(self, part: Tally) -> None:
        known = [at for at in (self.as_of, part.as_of) if at is not None]
        self.as_of = max(known, default=None)
        for place, cell in part.cells.items():
            self.cells[place].extend(cell)
        for values, standing in part.backlog_now.items():
            self.backlog_now[values].extend(standing)
        self.backlog.extend(part.backlog)
        self.arrivals = [a + b for a, b in zip(self.arrivals, part.arrivals, strict=True)]
        self.replies = [a + b for a, b in zip(self.replies, part.replies, strict=True)]
        self.left_out += part.left_out
