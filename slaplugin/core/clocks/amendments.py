"""Corrections by a person that never edit history (details 37)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from slaplugin.core.clocks.run import Run
from slaplugin.core.clocks.segments import Override
from slaplugin.core.model import Event

if TYPE_CHECKING:
    from slaplugin.core.clocks.replay import Replay


def apply(replay: Replay, event: Event) -> None:
    """Let an amendment take effect from its own instant on."""
    if event.kind == "extended":
        _extend(replay, event)
    elif event.kind == "excluded":
        _exclude(replay, event)
    elif event.kind == "pause_corrected":
        waiting = bool(event.data.get("waiting", True))
        _override(replay, event, None, _span(event, waiting))


def _extend(replay: Replay, event: Event) -> None:
    track = replay.tracks.get(str(event.data.get("clock")))
    last = track.last if track else None
    if last is not None and last.void_reason is None and not last.left:
        last.extend(event.at, int(event.data["add"]))


def _exclude(replay: Replay, event: Event) -> None:
    clock = event.data.get("clock")
    if event.data.get("from") is not None or event.data.get("to") is not None:
        _override(replay, event, clock, _span(event, None))
        return
    for track in replay.tracks.values():
        if clock in (None, track.clock.name) and track.current is not None:
            track.current.void(event.at, "excluded")


def _span(event: Event, waiting: bool | None) -> Override:
    start, end = event.data.get("from"), event.data.get("to")
    return Override(0 if start is None else start, event.at if end is None else end, waiting)


def _override(replay: Replay, event: Event, clock: str | None, change: Override) -> None:
    replay.overrides.append((clock, change))
    for run in _concerned(replay, clock, change):
        run.override(event.at, change)
        if run.active:
            run.obey_overrides(event.at)
    for instant in (change.start, change.end):
        if instant > event.at:
            replay.at(instant, lambda at: _boundary(replay, at))


def _concerned(replay: Replay, clock: str | None, change: Override) -> Iterator[Run]:
    for track in replay.tracks.values():
        if clock not in (None, track.clock.name):
            continue
        if change.waiting is not None and track.clock.base == "customer_wait":
            continue
        for run in track.runs:
            over = run.stopped_at is not None and run.stopped_at <= change.start
            if run.void_reason is None and run.started_at < change.end and not over:
                yield run


def _boundary(replay: Replay, at: int) -> None:
    for track in replay.tracks.values():
        if track.current is not None:
            track.current.obey_overrides(at)
