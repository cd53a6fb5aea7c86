"""The SLAs of a helpdesk written down as a policy file (``policy import``).

The file says what the helpdesk does, no more: ``mode: observe``, the family's ``profile``, and of
several agreements the first that matches counts alone, as on the helpdesk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from slaplugin.app.agreements import Agreement, Agreements, HostCalendar, Promise
from slaplugin.core.calendars import ALWAYS
from slaplugin.core.conditions import ALWAYS_TRUE
from slaplugin.core.durations import format_duration
from slaplugin.policyfiles.importing.hours import calendar_lines, ever_open
from slaplugin.policyfiles.importing.spelling import comment, condition, listed, text
from slaplugin.policyfiles.vocabulary import BUILT_IN_CLOCKS

_HEAD = """\
# SLAs of the helpdesk itself, written by slaplugin policy import on {today}.
# mode: observe measures only; mark also tags tickets, act does all steps."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A policy file and what it leaves out."""

    text: str
    calendars: tuple[str, ...]
    policies: tuple[str, ...]
    commented: tuple[str, ...]
    """Agreements that stand in the file as comments only."""
    left_out: tuple[str, ...]
    """What the helpdesk has and the file cannot say, one sentence each."""


def policy_file(found: Agreements, today: date) -> Imported:
    """The set as text. ``today`` is the local date, for days that are closed every year."""
    calendars = tuple(each for each in found.calendars if ever_open(each))
    agreements = _writable(found.agreements, {each.name for each in calendars})
    live = [each for each in agreements if not each.doubts]
    left_out = tuple(_left_out(found, agreements))
    lines = [_HEAD.format(today=today)]
    if left_out:
        lines += [
            "# Not carried over, or not as it is there:",
            *(f"#   * {comment(each)}" for each in left_out),
        ]
    lines += [f"profile: {text(found.family)}", *_calendars(calendars, today)]
    lines += ["policies:" if live else "policies: []", *_policies(agreements, live)]
    return Imported(
        "\n".join(lines) + "\n",
        calendars=tuple(each.name for each in calendars),
        policies=tuple(each.name for each in live),
        commented=tuple(each.name for each in agreements if each.doubts),
        left_out=left_out,
    )


def _left_out(found: Agreements, agreements: Sequence[Agreement]) -> Iterator[str]:
    yield from found.remarks
    for calendar in found.calendars:
        yield from (f"calendar '{calendar.name}': {each}" for each in calendar.remarks)
        if not ever_open(calendar):
            yield f"calendar '{calendar.name}' has no open time"
    for agreement in agreements:
        said = (*agreement.doubts, *agreement.remarks)
        yield from (f"SLA '{agreement.name}': {each}" for each in said)


# ---------------------------------------------------------------------- what can be written


def _writable(agreements: Sequence[Agreement], calendars: set[str]) -> list[Agreement]:
    """With names of their own, and in doubt where they count by a calendar without open time."""
    names: set[str] = set()
    found = []
    for agreement in agreements:
        name = _unique(agreement.name, names)
        names.add(name)
        shut = {each for each in _calendars_of(agreement) if each not in calendars}
        why = tuple(f"its calendar '{each}' has no open time" for each in sorted(shut))
        found.append(replace(agreement, name=name, doubts=(*agreement.doubts, *why)))
    return found


def _unique(name: str, taken: set[str]) -> str:
    name = comment(name) or "unnamed"
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"


def _calendars_of(agreement: Agreement) -> Iterator[str]:
    for promise in agreement.promises.values():
        if promise.calendar is not None:
            yield promise.calendar
        if promise.out_of_hours is not None:
            yield promise.out_of_hours.calendar


# ---------------------------------------------------------------------- the sections


def _calendars(calendars: Sequence[HostCalendar], today: date) -> Iterator[str]:
    if calendars:
        yield "calendars:"
    for each in calendars:
        yield from calendar_lines(each, today)


def _policies(agreements: Sequence[Agreement], live: Sequence[Agreement]) -> Iterator[str]:
    for place, agreement in enumerate(agreements):
        below = {clock for each in agreements[place + 1 :] for clock in each.promises}
        rank = 10 * (len(agreements) - place) if len(agreements) > 1 else None
        lines = _policy(agreement, rank, below)
        if agreement in live:
            yield from lines
        else:
            yield "  # Complete the condition, then take the comment signs away:"
            yield from (f"  # {line.removeprefix('  ')}" for line in lines)


def _policy(agreement: Agreement, rank: int | None, below: set[str]) -> Iterator[str]:
    for remark in (*agreement.doubts, *agreement.remarks):
        yield f"  # note: {comment(remark)}"
    yield f"  - name: {text(agreement.name)}"
    if rank is not None:
        yield f"    rank: {rank}"
    yield "    mode: observe"
    if agreement.when != ALWAYS_TRUE:
        yield f"    when: {condition(agreement.when)}"
    elif agreement.doubts:
        yield "    when: its condition"  # no mapping, so that nobody forgets to write it
    if agreement.pause is not None:
        yield f"    pause: {listed(sorted(agreement.pause))}"
    yield from _targets(agreement, below)
    yield from _steps(agreement.warnings)


def _targets(agreement: Agreement, below: set[str]) -> Iterator[str]:
    """Its own targets, and ``none`` for clocks that an agreement below it would give instead."""
    calendar = _common(agreement.promises)
    if calendar is not None:
        yield f"    calendar: {_calendar_name(calendar)}"
    yield "    targets:"
    for clock in BUILT_IN_CLOCKS:
        promise = agreement.promises.get(clock)
        if promise is not None:
            yield f"      {clock}: {_target(promise, calendar)}"
        elif clock in below:
            yield f"      {clock}: none"


def _common(promises: Mapping[str, Promise]) -> str | None:
    """The calendar of the first target, which the policy then names once; 24x7 where none."""
    return next((each.calendar or ALWAYS for each in promises.values()), None)


def _calendar_name(name: str) -> str:
    return name if name == ALWAYS else text(name)


def _target(promise: Promise, calendar: str | None) -> str:
    own = promise.calendar or ALWAYS
    within = format_duration(promise.seconds)
    name = "" if own == calendar else f", calendar: {_calendar_name(own)}"
    if promise.out_of_hours is None:
        return f"{{within: {within}{name}}}" if name else within
    other = format_duration(promise.out_of_hours.seconds)
    opened = text(promise.out_of_hours.calendar)
    inside = f"{{when: {{created_in: {opened}}}, within: {within}{name}}}"
    return f"[{inside}, {{within: {other}{name}}}]"


def _steps(warnings: Mapping[str, int]) -> Iterator[str]:
    """The helpdesk's warnings as the at-risk mark, beside the breach mark (policy-language §8)."""
    if not warnings:
        return
    yield "    steps:"
    for share in sorted(set(warnings.values())):
        clocks = [clock for clock in BUILT_IN_CLOCKS if warnings.get(clock) == share]
        yield f"      - {{at: {share}%, clocks: {listed(clocks)}, do: [mark]}}"
    yield "      - {at: breach, do: [mark]}"
