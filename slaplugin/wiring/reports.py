"""What a report is made from, out of settings and options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slaplugin.app.desk import Quiet
from slaplugin.app.errors import ConfigurationError
from slaplugin.app.explaining import present_judge
from slaplugin.app.history import EVERYTHING, Wanted
from slaplugin.app.reporting.making import Sources
from slaplugin.app.reporting.report import Ask
from slaplugin.app.reporting.sealing import PSEUDONYM_KEY
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.periods import CalendarPeriod, Period
from slaplugin.core.pseudonyms import People

if TYPE_CHECKING:
    from slaplugin.app.ports import Progress
    from slaplugin.wiring import Present, Runtime

BEFORE: dict[Period, int] = {"day": 13, "week": 7, "month": 3, "quarter": 3, "year": 2}
"""How many periods before the present one a report shows, unless somebody says more."""
DEFAULT_BREAKDOWNS = ("group", "priority", "channel")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options of ``report`` say; instants UTC epoch seconds."""

    per: Period = "month"
    since: int | None = None
    until: int | None = None
    by: Sequence[str] = ()
    parties: Wanted = EVERYTHING
    every_instance: bool = False


def ask_of(runtime: Runtime, wish: Wish, now: int) -> Ask:
    """The question of a report; ConfigurationError where it makes no sense."""
    zone = runtime.settings.timezone
    last = CalendarPeriod.around(wish.per, zone, now if wish.until is None else wish.until - 1)
    first = last
    if wish.since is None:
        for _ in range(BEFORE[wish.per]):
            first = first.before
    else:
        first = CalendarPeriod.around(wish.per, zone, wish.since)
    if last.first < first.first:
        raise ConfigurationError("the report would end before it begins: --since is after --until")
    people = people_of(runtime)
    try:
        words = wish.by or DEFAULT_BREAKDOWNS
        breakdowns = tuple(parse_dimensions([word]) for word in words)
        for breakdown in breakdowns:
            people.check(breakdown)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    return Ask(
        first=first,
        last=last,
        zone=zone,
        breakdowns=breakdowns,
        parties=wish.parties,
        people=people,
        every_instance=wish.every_instance,
    )


def people_of(runtime: Runtime) -> People:
    """How the setting ``agents`` shows people."""
    key = runtime.view.flag(PSEUDONYM_KEY)
    return People(runtime.settings.agents, bytes.fromhex(key or ""))


def sources_of(runtime: Runtime, present: Present, progress: Progress | None = None) -> Sources:
    """The store as it is, judged as of the present. ConfigurationError, StoreError."""
    judge = present_judge(runtime.policies, runtime.view, present.at)
    return Sources(
        store=runtime.view,
        judge=judge,
        host=runtime.settings.host_key,
        as_of=present.at,
        progress=progress or Quiet(),
    )
