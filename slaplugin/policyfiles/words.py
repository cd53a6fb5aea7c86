"""Parts of a policy set in the words of a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from slaplugin.core.calendars import CalendarSpec, CalendarVersion, Interval
from slaplugin.core.conditions import ALWAYS_TRUE, describe
from slaplugin.core.durations import format_duration
from slaplugin.core.objectives import CreditTable, Objective
from slaplugin.core.policies import (
    BusinessDays,
    ByTime,
    ChangeRule,
    CustomClock,
    Duration,
    EventPattern,
    Goal,
    Step,
    StepAction,
    TargetEntry,
)
from slaplugin.policyfiles.calendars import DAYS
from slaplugin.policyfiles.scalars import wall_text

_DAY = 86400


def wall(seconds: int) -> str:
    """``09:00``; the end of the day is ``24:00``."""
    return "24:00" if seconds == _DAY else wall_text(seconds)


def joined(words: Iterable[str], last: str = "and") -> str:
    """``a, b and c``."""
    *first, end = [*words] or ["nothing"]
    return f"{', '.join(first)} {last} {end}" if first else end


def percent(share: Fraction) -> str:
    """``99.9%``, exactly as far as decimals can tell."""
    return f"{float(share * 100):.10g}%"


# ---------------------------------------------------------------------- targets


def goal_words(goal: Goal) -> str:
    """``4h of open time``, ``2 business days``, ``by 12:00 on the next business day``."""
    match goal:
        case Duration(seconds=seconds):
            return f"{format_duration(seconds)} of open time"
        case BusinessDays(days=1):
            return "1 business day"
        case BusinessDays(days=days):
            return f"{days} business days"
        case ByTime(wall=None, after=after):
            return f"by the end of {_which_day(after)}"
        case ByTime(wall=int() as seconds, after=after):
            return f"by {wall(seconds)} on {_which_day(after)}"
        case _:
            return "no target"


def _which_day(after: int | None) -> str:
    if after is None:
        return "the current open day"
    return "the next business day" if after == 1 else f"business day {after} after the start's"


def target_words(entries: tuple[TargetEntry, ...]) -> str:
    """All entries of one clock in one phrase."""
    return "; ".join(_entry_words(entry) for entry in entries) or "no target"


def _entry_words(entry: TargetEntry) -> str:
    text = goal_words(entry.goal)
    if entry.calendar is not None:
        text += f" of {entry.calendar}"
    if entry.priority == "default":
        text += " otherwise"
    elif entry.priority is not None:
        text += f" for priority {entry.priority}"
    if entry.when != ALWAYS_TRUE:
        text += f" where {describe(entry.when)}"
    return text


# ---------------------------------------------------------------------- calendars


def hours_words(version: CalendarVersion) -> str:
    """``mon-thu 09:00-17:00, fri 09:00-15:00``; days with equal hours stand together."""
    groups: list[tuple[int, int, tuple[Interval, ...]]] = []
    for day, shifts in enumerate(version.hours):
        if groups and groups[-1][2] == shifts:
            groups[-1] = (groups[-1][0], day, shifts)
        else:
            groups.append((day, day, shifts))
    open_groups = [group for group in groups if group[2]]
    if not open_groups:
        return "no weekly hours"
    return ", ".join(f"{_days(first, last)} {_shifts(hours)}" for first, last, hours in open_groups)


def _days(first: int, last: int) -> str:
    return DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}"


def _shifts(shifts: tuple[Interval, ...]) -> str:
    return " and ".join(f"{wall(start)}-{wall(end)}" for start, end in shifts)


def exceptions_words(version: CalendarVersion) -> str:
    """Dated hours, by date."""
    return ", ".join(
        f"{day.isoformat()} {_shifts(shifts) or 'closed'}"
        for day, shifts in sorted(version.exceptions.items())
    )


def calendar_words(spec: CalendarSpec) -> str:
    """The whole calendar in one phrase, without its closed dates."""
    if spec.members:
        zone = f", in {spec.zone}" if spec.zone else ""
        return f"open whenever {joined(spec.members, 'or')} is open{zone}"
    return "; ".join(_version_words(version) for version in spec.versions)


def _version_words(version: CalendarVersion) -> str:
    since = f"from {version.start.isoformat()} " if version.start else ""
    text = f"{since}open {hours_words(version)} in {version.zone}"
    exceptions = exceptions_words(version)
    return f"{text}, with exceptions {exceptions}" if exceptions else text


# ---------------------------------------------------------------------- clocks


def clock_words(clock: CustomClock) -> str:
    """What a custom clock is made of."""
    party = f", accountable: {clock.party}" if clock.party else ""
    if clock.like:
        return f"runs like {clock.like}{party}"
    parts = []
    if clock.runs_while is not None:
        parts.append(f"runs while {describe(clock.runs_while)}")
    for verb, patterns in (
        ("starts", clock.start),
        ("stops", clock.stop),
        ("is void", clock.void),
    ):
        if patterns:
            parts.append(f"{verb} at {patterns_words(patterns)}")
    if clock.pause is not None:
        parts.append(f"pauses while {describe(clock.pause)}")
    return f"{', '.join(parts)}, cycle {clock.cycle}{party}"


def patterns_words(patterns: tuple[EventPattern, ...]) -> str:
    """``tag_added (tag spam) or closed``."""
    return joined((_pattern_words(pattern) for pattern in patterns), "or")


def _pattern_words(pattern: EventPattern) -> str:
    keys = ", ".join(f"{key} {_value(value)}" for key, value in pattern.keys.items())
    return f"{pattern.event} ({keys})" if keys else pattern.event


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return joined((str(item) for item in value), "or")
    return "none" if value is None else str(value)


# ---------------------------------------------------------------------- steps


def step_words(step: Step) -> str:
    """What a step does, without when."""
    text = joined(action_words(action) for action in step.do)
    if step.clocks is not None:
        text += f" (only {joined(sorted(step.clocks))})"
    return f"{text}, which may change targets" if step.retarget else text


def action_words(action: StepAction) -> str:
    """``set priority high if that raises it``, ``mark the ticket``."""
    text = _ACTIONS[action.kind].format(value=_action_value(action))
    if action.only_raise:
        text += " if that raises it"
    return f"{text} and put it back on recovery" if action.is_put_back else text


_ACTIONS = {
    "mark": "mark the ticket",
    "tag": "add the tag {value}",
    "priority": "set priority {value}",
    "group": "move to group {value}",
    "owner": "set owner {value}",
    "note": 'write the internal note "{value}"',
    "notify": "notify {value}",
    "field": "set field {value}",
    "state": "set state {value}",
}


def _action_value(action: StepAction) -> str:
    if action.kind == "field":
        name, value = action.value
        return f"{name} to {_value(value)}"
    return _value(action.value)


# ---------------------------------------------------------------------- the rest


def change_words(change: ChangeRule) -> str:
    """Rule R8 as the policy has it."""
    tighten = change.tighten.how
    if tighten == "floor":
        tighten_text = f"a shorter target leaves at least {format_duration(change.tighten.floor)}"
    elif tighten == "restart":
        tighten_text = "a shorter target counts from the change"
    else:
        tighten_text = "a shorter target counts from the start"
    loosen = "extends the time" if change.loosen == "extend" else "is not applied"
    return f"{tighten_text}, a longer one {loosen}"


def objective_words(objective: Objective) -> str:
    """The goal with its period and credits."""
    if objective.availability:
        text = f"{percent(objective.share)} availability by {objective.availability}"
        text += f" in {objective.calendar}"
    else:
        text = f"{percent(objective.share)} of {objective.clock}"
        if objective.within is not None:
            text += f" within {format_duration(objective.within)}"
    if objective.during:
        text += f", started during {objective.during}"
    if objective.per:
        text += f", per {objective.per} in {objective.zone}"
    return text + _credit_words(objective.credits)


def _credit_words(table: CreditTable | None) -> str:
    if table is None:
        return ""
    lines = joined(f"{step.text} below {percent(step.below)}" for step in table.steps)
    text = f"; credits {lines}"
    if table.base is not None:
        text += f" of {table.base} {table.currency or ''}".rstrip()
    if table.cap is not None:
        text += f", at most {percent(table.cap)}"
    if table.min_count:
        text += f", from {table.min_count} instances on"
    return text
