"""The program on the same tickets: a backfill into a store, its exports and its report as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from slaplugin.app.backfill import Range, backfill
from slaplugin.app.explaining import present_judge
from slaplugin.app.reporting.making import Sources, make_report
from slaplugin.app.reporting.report import Ask
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.metrics import Scale, Survey
from slaplugin.core.model import Actor, Event, Role
from slaplugin.core.periods import parse_period
from slaplugin.hosts.memory import MemoryTicket
from slaplugin.report.look import Look
from slaplugin.store.exporting import Selection, exported
from slaplugin.store.views import VIEWS
from slaplugin.testing import SilentProgress
from slaplugin.wiring.forms import written
from tests.app.desk_of import Installation
from tests.recount.contract import VIPS, YAML
from tests.recount.hours import BEGIN
from tests.recount.lives import NOW, STATES, Happened, Life


@dataclass(frozen=True)
class Asked:
    """A report in the periods from ``first`` to ``last``."""

    first: str
    last: str
    zone: str = "Europe/Berlin"
    by: tuple[str, ...] = ()


class Installed:
    """The store of everything that happened in some lives."""

    def __init__(self, folder: Path, lives: Iterable[Life]) -> None:
        self.desk = Installation(folder, YAML)
        self.desk.clock.set(NOW)
        self.desk.host.states |= STATES
        for key in VIPS:
            self.desk.host.party("customer", key, vip=key == VIPS[0])
        for life in lives:
            self.desk.host.tickets[life.id] = _ticket(life)
        backfill(self.desk.desk, Range(BEGIN), SilentProgress())

    def clocks(self) -> list[dict[str, Any]]:
        """The rows of ``slaplugin export clocks``."""
        names = [column.name for column in VIEWS["clocks"].columns]
        rows = exported(self.desk.store, Selection("clocks"))
        return [dict(zip(names, row, strict=True)) for row in rows]

    def report(self, asked: Asked) -> Mapping[str, Any]:
        """``slaplugin report --json``."""
        desk, now = self.desk, self.desk.clock.now()
        ask = Ask(
            parse_period(asked.first),
            parse_period(asked.last),
            asked.zone,
            breakdowns=tuple(parse_dimensions([words]) for words in asked.by),
        )
        judge = present_judge(desk.policies, desk.store, now)
        survey = Survey(Scale.parse("1-5"), field="fields.csat")
        sources = Sources(desk.store, judge, desk.host.name, now, survey=survey)
        made = make_report(sources, ask)
        return dict(json.loads(written(made, "json", Look())))


def _ticket(life: Life) -> MemoryTicket:
    customer = life.facts.get("customer.id")
    facts = {name: value for name, value in life.facts.items() if value is not None}
    events = [_event(life, place, each) for place, each in enumerate(life.events)]
    now = {name: life.facts.get(name) for name in ("state", "priority", "group", "owner")}
    return MemoryTicket(
        life.id, f"Ticket {life.id}", facts, customer, life.facts["organization.id"],
        values={**now, "state": life.state}, events=events,
        updated_at_ms=events[-1].at_ms, created_at_ms=events[0].at_ms,
    )  # fmt: skip


def _event(life: Life, place: int, event: Happened) -> Event:
    actor = Actor(event.by, cast(Role, event.role), event.by)
    return Event(
        event.at * 1000, place, f"{life.id}-{place}", event.kind, event.data, actor, event.ours
    )
