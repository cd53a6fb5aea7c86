"""The stretches of a clock's life, and the walk along them to a due instant (rules R2, R9)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from slaplugin.core.calendars import Calendar

RUN, PAUSE, OFF = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Segment:
    """Time between two changes, UTC epoch seconds, judged by one calendar (rule R9).

    ``off`` names why nothing counts at all; the flags say what could make the clock pause, so
    that amendments can correct the past (details 37).
    """

    start: int
    end: int
    calendar: Calendar
    off: str | None = None
    pausable: bool = False
    waiting: bool = False
    held: bool = False
    """The custom clock's own pause condition held."""
    excluded: bool = False

    @property
    def mode(self) -> int:
        if self.off is not None:
            return OFF
        if self.excluded or self.held or (self.pausable and self.waiting):
            return PAUSE
        return RUN

    @property
    def cause(self) -> str:
        """Why the clock stood still; empty while it ran."""
        if self.off is not None:
            return self.off
        if self.excluded:
            return "excluded"
        if self.held:
            return "the clock's own pause"
        return "waiting on the customer" if self.mode == PAUSE else ""


@dataclass(frozen=True, slots=True)
class Override:
    """An amendment of the past or future: a span excluded, or waiting by decree."""

    start: int
    end: int
    waiting: bool | None
    """None: the span is excluded."""

    def apply(self, segment: Segment) -> Segment:
        if self.waiting is None:
            return replace(segment, excluded=True)
        return replace(segment, waiting=self.waiting)


def overlay(segment: Segment, override: Override) -> list[Segment]:
    """The segment cut where the override begins and ends, with the middle changed."""
    start, end = max(segment.start, override.start), min(segment.end, override.end)
    if start >= end:
        return [segment]
    pieces = []
    if segment.start < start:
        pieces.append(replace(segment, end=start))
    pieces.append(override.apply(replace(segment, start=start, end=end)))
    if end < segment.end:
        pieces.append(replace(segment, start=end))
    return pieces


def overlay_all(segments: list[Segment], override: Override) -> list[Segment]:
    """A new list: the old one stays true for the time before the amendment."""
    return [piece for segment in segments for piece in overlay(segment, override)]


def elapsed(segments: list[Segment]) -> int:
    """Counted open seconds, piecewise."""
    return sum(
        segment.calendar.elapsed(segment.start, segment.end)
        for segment in segments
        if segment.mode == RUN
    )


def paused(segments: list[Segment]) -> int:
    """Open seconds that fell into pauses and excluded spans (details 12)."""
    return sum(
        segment.calendar.elapsed(segment.start, segment.end)
        for segment in segments
        if segment.mode == PAUSE
    )


def instant_of(
    segments: list[Segment], amount: int, onward: tuple[int, Calendar] | None
) -> int | None:
    """Earliest instant at which the counted time equals ``amount`` (rule R2, details 10).

    An instant at which the clock just then stops running is none: it is due when it runs
    again. ``onward`` is (instant, calendar) from which the clock is taken to run on.
    """
    left = amount
    for segment in segments:
        if segment.mode != RUN or segment.start == segment.end:
            continue
        spent = segment.calendar.elapsed(segment.start, segment.end)
        if spent >= left:
            due = segment.calendar.due(segment.start, max(left, 0))
            if due is not None and due < segment.end:
                return due
        left -= spent
    if onward is None:
        return None
    start, calendar = onward
    return calendar.due(start, max(left, 0))


def since(segments: list[Segment], start: int) -> list[Segment]:
    """The segments from an instant on."""
    return [
        replace(segment, start=max(segment.start, start))
        for segment in segments
        if segment.end > start
    ]


def standstills(segments: list[Segment], since: int) -> list[tuple[int, int]]:
    """Maximal stretches in which the clock did not run, clipped to ``since`` (details 25)."""
    found: list[tuple[int, int]] = []
    for segment in segments:
        start = max(segment.start, since)
        if segment.mode == RUN or start >= segment.end:
            continue
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], segment.end)
        else:
            found.append((start, segment.end))
    return found
