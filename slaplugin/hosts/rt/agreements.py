"""Request Tracker's own SLAs (``%ServiceAgreements``, ``%ServiceBusinessHours``) as neutral values.

They stand in Perl configuration files, which :mod:`slaplugin.hosts.rt.perldata` reads without
running them. What each option means: RT's documentation of ``RT_Config`` and facts 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slaplugin.app.agreements import Agreement, Agreements, HostCalendar, OutOfHours, Promise
from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.core.conditions import All, AnyOf, Condition, Test
from slaplugin.hosts.rt.businesshours import DEFAULT_HOURS, calendar_name, calendar_of
from slaplugin.hosts.rt.perldata import PerlDataError, settings_in

LEVEL_FIELD = "fields.SLA"
"""The ticket's level: what RT goes by, whichever queue the ticket has come to since (facts 9).

Where it is empty the queue decides (decision 0111): RT fills it in only for queues whose SLAs are
switched on, and no longer once an admin has replaced them by ours.
"""
CLOCKS: Mapping[str, tuple[str, ...]] = {
    "Response": ("first_response", "next_response"),
    "KeepInLoop": ("update",),
    "Resolve": ("resolution",),
}
"""Deadline of a level -> the clocks that run as it does under ``profile: rt``."""
HOW = """\
Request Tracker's SLAs stand in its configuration: name the file with Set(%ServiceAgreements, ...)
and the one with Set(%ServiceBusinessHours, ...) if that is another one. Nothing in them is run;
where the settings are worked out by code, write them as plain data in a copy.

  slaplugin policy import --host rt --from /etc/request-tracker5/RT_SiteConfig.pm --output policies

Where no file sets $Timezone give the server's: --timezone Europe/Berlin."""
_FROM_CREATION = frozenset({"first_response", "resolution"})
_MINUTES = ("BusinessMinutes", "RealMinutes")
_DEADLINE_KEYS = frozenset({*_MINUTES, "IgnoreOnStatuses", "ExcludeTimeOnIgnoredStatuses"})
_LEVEL_KEYS = frozenset(
    {*CLOCKS, "OutOfHours", "BusinessHours", "Timezone", "Starts", "StartImmediately"}
)
_TOP_KEYS = frozenset({"Default", "QueueDefault", "Levels", "AssumeOutsideActor"})
_STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class _Config:
    """What the files say."""

    agreements: Mapping[str, Any]
    hours: Mapping[str, Any]
    zone: str
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Level:
    """One level while it is read."""

    name: str
    raw: Mapping[str, Any]
    hours: str
    """Name of its schedule."""
    zone: str
    pauses: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)

    @property
    def calendar(self) -> str:
        return calendar_name(self.hours, self.zone)


def how() -> str:
    """Which files to name."""
    return HOW


def from_files(files: Mapping[str, str], zone: str) -> Agreements:
    """Levels and business hours of one or more files (name -> text), read in this order.

    ``zone`` counts where the files set no ``$Timezone``. Raises ConfigurationError with file and
    line for what is no plain data, and where no file sets ``%ServiceAgreements``.
    """
    config = _config(files, zone)
    levels = [_level(name, raw, config) for name, raw in _levels(config).items()]
    agreements = tuple(_agreement(level, config) for level in levels)
    return Agreements(
        family="rt",
        calendars=tuple(_calendars(levels, agreements, config)),
        agreements=agreements,
        remarks=(*config.remarks, *_remarks(config)),
    )


# ---------------------------------------------------------------------- the files


def _config(files: Mapping[str, str], zone: str) -> _Config:
    agreements = _last(files, "ServiceAgreements")
    if agreements is None:
        shown = ", ".join(files)
        raise ConfigurationError(
            f"no Set(%ServiceAgreements, ...) in {shown}: name the file that has it "
            "(RT_SiteConfig.pm or one of RT_SiteConfig.d)"
        )
    own_zone = _zone(files)
    said = () if own_zone else (f"the files set no $Timezone, {zone} is taken",)
    hours = _last(files, "ServiceBusinessHours") or {}
    return _Config(agreements, hours, own_zone or zone, said)


def _last(files: Mapping[str, str], name: str) -> Mapping[str, Any] | None:
    found = None
    for file, text in files.items():
        try:
            for setting in settings_in(text, name):
                found = setting.table()
        except PerlDataError as error:
            raise ConfigurationError([_problem(file, error, f"%{name}")]) from error
    return found


def _problem(file: str, error: PerlDataError, name: str) -> Problem:
    hint = "nothing is executed here: write it as plain data in a copy of the file"
    return Problem(str(error), file=file, line=error.line, path=name, hint=hint)


def _zone(files: Mapping[str, str]) -> str | None:
    """``$Timezone``; one that is worked out by code counts as not set."""
    found = None
    for text in files.values():
        try:
            values = [setting.values for setting in settings_in(text, "Timezone")]
        except PerlDataError:
            continue
        found = next((str(each[0]) for each in reversed(values) if each and each[0]), found)
    return found


# ---------------------------------------------------------------------- levels


def _levels(config: _Config) -> Mapping[str, Any]:
    """Levels by name; the default one comes last, because it also takes what is left over."""
    raw = config.agreements.get("Levels")
    levels = raw if isinstance(raw, Mapping) else {}
    default = _default(config)
    return dict(sorted(levels.items(), key=lambda pair: (pair[0] == default, pair[0])))


def _level(name: str, raw: Any, config: _Config) -> _Level:
    table = raw if isinstance(raw, Mapping) else {}
    level = _Level(
        name,
        table,
        str(table.get("BusinessHours") or DEFAULT_HOURS),
        str(table.get("Timezone") or config.zone),
    )
    unknown = sorted(set(table) - _LEVEL_KEYS)
    if unknown:
        level.remarks.append(f"unknown options {', '.join(unknown)}")
    if "Starts" in table:
        level.remarks.append("Starts: there is no clock for the date on which work begins")
    level.remarks.extend(_queue_remarks(name, config))
    return level


def _queues(config: _Config) -> dict[str, Mapping[str, Any]]:
    """Queue -> its ``Level`` and ``Timezone``, as far as ``QueueDefault`` names them."""
    given = config.agreements.get("QueueDefault")
    return {
        queue: about if isinstance(about, Mapping) else {"Level": about}
        for queue, about in (given if isinstance(given, Mapping) else {}).items()
    }


def _queue_remarks(level: str, config: _Config) -> Iterator[str]:
    for queue, about in sorted(_queues(config).items()):
        if about.get("Timezone") and (about.get("Level") or _default(config)) == level:
            yield f"tickets of {queue} count in the zone {about['Timezone']}"


def _default(config: _Config) -> str | None:
    found = config.agreements.get("Default")
    return None if found is None else str(found)


def _when(level: str, config: _Config) -> Condition:
    """Tickets of this level, and those without one in the queues that have it by default."""
    unset = Test(LEVEL_FIELD, "set", False)
    named = Test(LEVEL_FIELD, "is", level)
    if level == _default(config):
        return AnyOf((named, unset))
    queues = tuple(
        queue for queue, about in sorted(_queues(config).items()) if about.get("Level") == level
    )
    if not queues:
        return named
    group = Test("group", "is", queues[0]) if len(queues) == 1 else Test("group", "in", queues)
    return AnyOf((named, All((unset, group))))


def _agreement(level: _Level, config: _Config) -> Agreement:
    promises: dict[str, Promise] = {}
    for deadline, clocks in CLOCKS.items():
        raw = level.raw.get(deadline)
        if not raw:
            continue
        for clock in clocks:
            promise = _promise(level, deadline, raw, clock)
            if promise is not None:
                promises[clock] = promise
    return Agreement(
        level.name,
        promises,
        _when(level.name, config),
        pause=frozenset(level.pauses) or None,
        remarks=tuple(dict.fromkeys(level.remarks)),
        doubts=() if promises else ("it promises nothing that a clock could count",),
    )


def _promise(level: _Level, deadline: str, raw: Any, clock: str) -> Promise | None:
    table = raw if isinstance(raw, Mapping) else {"BusinessMinutes": raw}
    _note_pauses(level, deadline, table, clock)
    business, real = (_minutes(table.get(unit)) for unit in _MINUTES)
    _note_mixture(level, deadline, business, real)
    minutes = business or real
    if not minutes:
        return None
    unit, calendar = ("BusinessMinutes", level.calendar) if business else ("RealMinutes", None)
    extra = _out_of_hours(level, deadline, unit)
    if extra and clock not in _FROM_CREATION:
        level.remarks.append(
            f"OutOfHours of {deadline}: {clock} gets no extra time for messages out of hours"
        )
        extra = 0
    other = OutOfHours(60 * (minutes + extra), level.calendar) if extra else None
    return Promise(60 * minutes, calendar, other)


def _note_mixture(level: _Level, deadline: str, business: int | None, real: int | None) -> None:
    """Business minutes first and then real ones is more than a target can say."""
    if business and real:
        level.remarks.append(
            f"{deadline}: {business} business minutes and then {real} real ones; a target counts "
            "one kind of time, so the real ones are left out"
        )
    elif real and business == 0:
        level.remarks.append(f"{deadline}: counts from the next business minute on")
    elif not business and not real:
        level.remarks.append(f"{deadline}: no minutes")


def _minutes(value: Any) -> int | None:
    """Whole minutes; None where the option is not given or is no number."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _out_of_hours(level: _Level, deadline: str, unit: str) -> int:
    """Minutes added when something happens out of hours, of the unit that the deadline has."""
    modifiers = level.raw.get("OutOfHours")
    raw = modifiers.get(deadline) if isinstance(modifiers, Mapping) else None
    table = raw if isinstance(raw, Mapping) else {}
    for other in _MINUTES:
        if other != unit and _minutes(table.get(other)):
            level.remarks.append(f"OutOfHours of {deadline}: extra {other} on a target in {unit}")
    return _minutes(table.get(unit)) or 0


def _note_pauses(level: _Level, deadline: str, table: Mapping[str, Any], clock: str) -> None:
    """``IgnoreOnStatuses``: a pause for the waiting status; other statuses are settings."""
    unknown = sorted(set(table) - _DEADLINE_KEYS)
    if unknown:
        level.remarks.append(f"{deadline}: unknown options {', '.join(unknown)}")
    given = table.get("IgnoreOnStatuses")
    statuses = [str(each) for each in given] if isinstance(given, list) else []
    if _STALLED in statuses:
        level.pauses.add(clock)
        if not table.get("ExcludeTimeOnIgnoredStatuses"):
            level.remarks.append(
                f"{deadline}: RT shows no deadline while stalled but counts that time afterwards; "
                "here the clock stands still"
            )
    others = [each for each in statuses if each != _STALLED]
    if others:
        level.remarks.append(
            f"{deadline} is ignored on {', '.join(others)}: it pauses there once the settings say "
            "that these states wait on the customer (states.*)"
        )


# ---------------------------------------------------------------------- the rest


def _calendars(
    levels: Iterable[_Level], agreements: Iterable[Agreement], config: _Config
) -> Iterator[HostCalendar]:
    """The schedules that some promise counts by, once for each zone it is used in."""
    used = set()
    for agreement in agreements:
        for promise in agreement.promises.values():
            used.add(promise.calendar)
            if promise.out_of_hours:
                used.add(promise.out_of_hours.calendar)
    wanted = {level.calendar: level for level in levels if level.calendar in used}
    for level in wanted.values():
        yield calendar_of(level.hours, level.zone, config.hours.get(level.hours))


def _remarks(config: _Config) -> Iterator[str]:
    if _default(config) is not None or _queues(config):
        yield (
            "queues whose SLAs are switched off: their tickets have no deadline on the helpdesk; "
            "here the queue's level counts, unless its policy's condition leaves them out"
        )
    if config.agreements.get("AssumeOutsideActor"):
        yield "AssumeOutsideActor: who counts as an outsider is decided by who is staff"
    unknown = sorted(set(config.agreements) - _TOP_KEYS)
    if unknown:
        yield f"unknown options of %ServiceAgreements: {', '.join(unknown)}"
