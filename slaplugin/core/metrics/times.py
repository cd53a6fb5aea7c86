"""Where a ticket's time went: every second of its life in one state, group and owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from slaplugin.core.metrics.opentime import OpenTime
from slaplugin.core.metrics.values import Elapsed, Part, Times, total
from slaplugin.core.metrics.walk import Stretch
from slaplugin.core.past import Stage


@dataclass(frozen=True, slots=True)
class Stay:
    """A stage of the ticket's life with its length."""

    stage: Stage
    elapsed: Elapsed

    @property
    def in_hand(self) -> bool:
        """Somebody has still to do something."""
        return not self.stage.closed

    @property
    def group(self) -> str | None:
        return name_in(self.stage, "group")

    @property
    def owner(self) -> str | None:
        return name_in(self.stage, "owner")

    @property
    def handled(self) -> bool:
        """An owner has it in a state of kind ``open`` (details 20)."""
        stage = self.stage
        return stage.state_kind == "open" and self.owner is not None and not stage.waiting


def name_in(stage: Stage, fact: str) -> str | None:
    """A fact as a name; None where it is empty."""
    value = stage.facts.get(fact)
    return str(value) if value else None


def stays(stages: Iterable[Stage], opened: OpenTime) -> tuple[Stay, ...]:
    """The stages up to the end of the ticket's life: its last close, its merge, its removal."""
    known = list(stages)
    while known and known[-1].closed:
        known.pop()
    return tuple(Stay(stage, opened.elapsed(stage.start, stage.end)) for stage in known)


def times_of(given: tuple[Stay, ...], inherited: Iterable[Stretch], opened: OpenTime) -> Times:
    """All sums over a ticket's stays."""
    hand = tuple(stay for stay in given if stay.in_hand)
    before = total(opened.elapsed(*stretch) for stretch in inherited)
    return Times(
        age=_sum(given),
        in_hand=_sum(hand),
        requester_wait=before + _sum(stay for stay in hand if not stay.stage.waiting),
        agent_wait=_sum(stay for stay in hand if stay.stage.waiting),
        on_hold=_sum(stay for stay in hand if stay.stage.state_kind == "waiting_other"),
        handle_time=_sum(stay for stay in hand if stay.handled),
        unassigned=_sum(stay for stay in hand if stay.owner is None),
        inherited=before,
        by_state=_parts(given, lambda stay: name_in(stay.stage, "state")),
        by_state_kind=_parts(given, lambda stay: stay.stage.state_kind),
        by_group=_parts(hand, lambda stay: stay.group),
        by_owner=_parts(hand, lambda stay: stay.owner),
    )


def _sum(given: Iterable[Stay]) -> Elapsed:
    wall = opened = 0
    for stay in given:
        wall += stay.elapsed.wall
        opened += stay.elapsed.open
    return Elapsed(wall, opened)


def _parts(given: tuple[Stay, ...], name_of: Callable[[Stay], str | None]) -> tuple[Part, ...]:
    """In order of first appearance."""
    found: dict[str | None, list[Stay]] = {}
    for stay in given:
        found.setdefault(name_of(stay), []).append(stay)
    return tuple(Part(name, _sum(of_name)) for name, of_name in found.items())
