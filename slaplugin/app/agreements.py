"""The SLAs that a helpdesk keeps by itself, as values that know no helpdesk's spelling.

Adapters read them from an answer of the API or from an admin's export; ``policyfiles.importing``
writes them down as a policy file. Durations are seconds; hours are seconds after local midnight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from slaplugin.core.calendars import ALWAYS, Interval
from slaplugin.core.conditions import ALWAYS_TRUE, Condition

Week = tuple[tuple[Interval, ...], ...]
"""Open intervals of Monday to Sunday; an end above 86400 lies in the next day."""


@dataclass(frozen=True, slots=True)
class HostCalendar:
    """Opening hours as the helpdesk has them."""

    name: str
    zone: str
    """IANA name."""
    hours: Week
    closed: Mapping[date, str] = field(default_factory=dict)
    """Closed day -> why; an empty text where that is not told."""
    yearly: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """(month, day) that is closed every year -> why."""
    remarks: tuple[str, ...] = ()
    """What of it could not be carried over."""


def calendar_named(name: str) -> str:
    """The helpdesk's name of a calendar, unless it is the one that policies give a meaning."""
    return f"{name} hours" if name == ALWAYS else name


@dataclass(frozen=True, slots=True)
class OutOfHours:
    """Another length where the ticket was created outside the opening hours."""

    seconds: int
    calendar: str


@dataclass(frozen=True, slots=True)
class Promise:
    """How long one clock may run."""

    seconds: int
    calendar: str | None = None
    """Name of a :class:`HostCalendar`; None: around the clock."""
    out_of_hours: OutOfHours | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One SLA of the helpdesk: whom it is for and what it promises."""

    name: str
    promises: Mapping[str, Promise]
    """Clock of policy-language §5 -> its promise; clocks not named have none."""
    when: Condition = ALWAYS_TRUE
    pause: frozenset[str] | None = None
    """Clocks that stand still while waiting on the customer; None: as the profile has it."""
    warnings: Mapping[str, int] = field(default_factory=dict)
    """Clock -> percentage of its time at which the helpdesk warns."""
    remarks: tuple[str, ...] = ()
    """What of it could not be carried over; the rest holds without it."""
    doubts: tuple[str, ...] = ()
    """Why the rest would hold for other tickets than it does on the helpdesk: an agreement with
    doubts is written as a comment for the admin to complete."""


@dataclass(frozen=True, slots=True)
class Agreements:
    """Everything one helpdesk promises by itself."""

    family: str
    """``zammad``, ``otrs`` or ``rt``: the profile of the imported set."""
    calendars: tuple[HostCalendar, ...]
    agreements: tuple[Agreement, ...]
    """The first that matches a ticket is the only one that counts for it."""
    remarks: tuple[str, ...] = ()
