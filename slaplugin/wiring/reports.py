"""What a report is made from, out of settings and options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from slaplugin import __version__
from slaplugin.app.desk import Quiet
from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.app.explaining import present_judge
from slaplugin.app.history import EVERYTHING, Wanted
from slaplugin.app.reporting.making import Sources, books_of
from slaplugin.app.reporting.people import people_of
from slaplugin.app.reporting.report import Ask, Breakdown
from slaplugin.app.reporting.sealing import Books, Versions
from slaplugin.core.attainment import Contracts
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.metrics import Ladder, Rating, RatingsError, Scale, Survey, read_ratings
from slaplugin.core.periods import CalendarPeriod, Period
from slaplugin.core.pseudonyms import People

if TYPE_CHECKING:
    from slaplugin.app.ports import Progress
    from slaplugin.settings import Settings
    from slaplugin.store import SqliteStore
    from slaplugin.wiring import Present, Runtime

BEFORE: dict[Period, int] = {"day": 13, "week": 7, "month": 3, "quarter": 3, "year": 2}
"""How many periods before the present one a report shows, unless somebody says more."""
DEFAULT_BREAKDOWNS = ("group", "priority", "channel")


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What the options of ``report`` say; instants UTC epoch seconds."""

    per: Period = "month"
    since: int | None = None
    until: int | None = None
    by: Sequence[str] = ()
    parties: Wanted = EVERYTHING
    every_instance: bool = False
    statements: bool = False
    """Every party's statement, also where nothing can be owed."""
    statements_by: str | None = None
    """Whom statements are for: one word of ``--by``; None: the customer where the report is about
    one, else the organization."""
    csat: Path | None = None
    """File with customers' answers, in place of the setting's."""


def ask_of(runtime: Runtime, options: ReportOptions, now: int) -> Ask:
    """The question of a report; ConfigurationError where it makes no sense."""
    zone = runtime.settings.timezone
    first, last = _first_and_last(options, zone, now)
    people = people_of(runtime.view, runtime.settings.agents)
    return Ask(
        first=first,
        last=last,
        zone=zone,
        breakdowns=() if options.statements else _breakdowns(options, people),
        parties=options.parties,
        people=people,
        every_instance=options.every_instance,
        statements=options.statements,
    )


def _first_and_last(
    options: ReportOptions, zone: str, now: int
) -> tuple[CalendarPeriod, CalendarPeriod]:
    until = now if options.until is None else options.until - 1
    first = last = CalendarPeriod.around(options.per, zone, until)
    if options.since is None:
        for _ in range(BEFORE[options.per]):
            first = first.before
    else:
        first = CalendarPeriod.around(options.per, zone, options.since)
    if last.first < first.first:
        bound = "now, and nothing has come to pass" if options.until is None else "--until"
        raise ConfigurationError(f"the report would end before it begins: --since is after {bound}")
    return first, last


def sources_of(
    runtime: Runtime,
    present: Present,
    progress: Progress | None = None,
    options: ReportOptions = ReportOptions(),
) -> Sources:
    """The store as it is, judged as of the present. ConfigurationError, StoreError."""
    settings = runtime.settings
    judge = present_judge(runtime.policies, runtime.view, present.at)
    return Sources(
        store=runtime.view,
        judge=judge,
        host=settings.host_key,
        as_of=present.at,
        ladder=Ladder.of(settings.escalation.groups, settings.escalation.managers),
        statements_by=parties_of(options),
        survey=survey_of(settings, options.csat),
        versions=versions_of(runtime.view, judge.current.hash),
        makers=tuple(runtime.registry.report_sections()),
        progress=progress or Quiet(),
    )


def books_for_closing(runtime: Runtime, present: Present) -> Books:
    """The store, to be written to, with everything that a closed period names."""
    judge = present_judge(runtime.policies, runtime.view, present.at)
    sources = Sources(runtime.store, judge, runtime.settings.host_key, present.at)
    contracts = Contracts(judge.rules, runtime.settings.timezone)
    return books_of(sources, contracts, versions_of(runtime.view, judge.current.hash))


def versions_of(store: SqliteStore, policy_set: str) -> Versions:
    """What judges: this program, the one that resolved the policy set, the holidays installed."""
    kept = store.policy_set_text(policy_set)
    return Versions(
        program=__version__,
        engine=str(kept["engine"]) if kept else __version__,
        holidays=version("holidays"),
    )


def parties_of(options: ReportOptions) -> str:
    """Whom statements are for; ConfigurationError where that is nobody who is sent one."""
    word = options.statements_by or ("customer" if options.parties.customer else "organization")
    try:
        found = parse_dimensions([word])
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    if len(found) != 1:
        raise ConfigurationError(
            f"statements are by one thing alone, not by {word!r}: take customer, organization or a"
            " field"
        )
    (dimension,) = found
    if dimension.of_clock or dimension.names_agents:
        raise ConfigurationError(
            f"nobody is sent a statement by {word}: take customer, organization or a field that"
            " names a customer or contract, as fields.contract"
        )
    return word


def survey_of(settings: Settings, file: Path | None = None) -> Survey | None:
    """Where customers' answers are; None: nowhere. ConfigurationError with every wrong line."""
    asked = settings.csat
    file = file or asked.file
    if file is None and asked.field is None:
        return None
    scale = Scale.parse(asked.scale, asked.satisfied)
    name = asked.field
    if name is not None and not name.startswith("fields."):
        name = f"fields.{name}"
    return Survey(scale, name, _ratings(file, scale, settings.timezone) if file else ())


def _ratings(file: Path, scale: Scale, zone: str) -> tuple[Rating, ...]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return read_ratings(lines, scale, ZoneInfo(zone))
    except RatingsError as error:
        problems = [Problem(what, file=str(file), line=line) for line, what in error.problems]
        raise ConfigurationError(problems) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(
            f"the ratings in {file} cannot be read ({reason}): name a CSV file that this user may"
            " read, with --csat or the setting csat.file"
        ) from error


def _breakdowns(options: ReportOptions, people: People) -> tuple[Breakdown, ...]:
    try:
        breakdowns = tuple(parse_dimensions([word]) for word in options.by or DEFAULT_BREAKDOWNS)
        for breakdown in breakdowns:
            people.check(breakdown)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    return breakdowns
