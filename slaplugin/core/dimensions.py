"""By what figures are broken down: a clock's own names, and the ticket's facts at a moment.

"Its group, agent and priority are those in force then" (policy-language §8): *then* is an instant
that the caller names, for attainment the decision of the instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from slaplugin.core.model import ClockInstance
from slaplugin.core.past import Past, Stage
from slaplugin.core.periods import LENGTHS, CalendarPeriod

Values = tuple[str | None, ...]
"""One value for each dimension; None: the ticket had none."""
Place = tuple[CalendarPeriod | None, Values]
"""What names a cell of a table: a period (None: all time) and one value for each dimension."""

_OF_CLOCK: Mapping[str, Callable[[ClockInstance], str | None]] = {
    "policy": lambda instance: instance.policy,
    "clock": lambda instance: instance.clock,
    "party": lambda instance: instance.party,
    "calendar": lambda instance: instance.calendar,
}
_OF_TICKET: Mapping[str, tuple[str, ...]] = {
    "agent": ("owner",),
    # The first that has a value: a login is what every host tells of everybody it knows.
    "customer": ("customer.login", "customer.email", "customer.name", "customer.id"),
    "organization": ("organization.name", "organization.id"),
    # Request Tracker keeps the capitals of a field, and most people write one here.
    "product": ("fields.product", "fields.Product", "facts.product"),
}
_FIELDS = (
    "group",
    "priority",
    "channel",
    "type",
    "state",
    "state_kind",
    "tags",
    "owner",
    "created_by",
)
_PREFIXES = ("fields.", "customer.", "organization.", "facts.")
_PEOPLE = frozenset({"agent", "owner"})
_PERIODS = frozenset({"day", "week", "month", "quarter", "year"})

WORDS = (*_OF_CLOCK, *_OF_TICKET, *_FIELDS)
"""Every dimension that has a name of its own; field names below a prefix come on top."""

CHANGES = frozenset(
    {
        "state_changed",
        "closed",
        "reopened",
        "owner_changed",
        "group_changed",
        "priority_changed",
        "customer_changed",
        "type_changed",
        "field_changed",
        "tag_added",
        "tag_removed",
    }
)
"""Kinds of events that change a fact."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One word of ``--by``; made by :func:`parse_dimensions`."""

    name: str
    """As it was written: the heading of its column."""
    facts: tuple[str, ...] = ()
    """The first of these facts that has a value is the ticket's; empty: the clock's own name."""

    @property
    def of_clock(self) -> bool:
        """It is told by the clock instance, whatever the ticket was."""
        return not self.facts

    @property
    def names_agents(self) -> bool:
        """Its values are people who work here: the setting ``agents`` says how they are shown."""
        return self.name in _PEOPLE

    @property
    def names_customers(self) -> bool:
        """Its values are people who ask us for something; an organization is no person."""
        return any(name.startswith("customer.") for name in self.facts)


def parse_dimensions(words: Iterable[str]) -> tuple[Dimension, ...]:
    """The dimensions of ``--by policy,group``: in order, each once.

    Each word may hold several, with commas. ValueError names the word that is none, what comes
    closest to it, and the allowed forms.
    """
    names = [name.strip() for word in words for name in word.split(",")]
    return tuple(dict.fromkeys(_parsed(name) for name in names if name))


def values_of(
    dimensions: Iterable[Dimension], past: Past, instance: ClockInstance, at: int
) -> Values:
    """The ticket's or clock's value of each dimension at an instant (UTC epoch seconds).

    None where it had none. The ticket's past is searched once, and only if a dimension needs it.
    """
    facts: Mapping[str, Any] | None = None
    found: list[str | None] = []
    for dimension in dimensions:
        if dimension.of_clock:
            found.append(_OF_CLOCK[dimension.name](instance))
            continue
        facts = facts_then(past, at) if facts is None else facts
        found.append(value_in(dimension, facts))
    return tuple(found)


def value_in(dimension: Dimension, facts: Mapping[str, Any]) -> str | None:
    """The value that facts give a dimension of the ticket, as text; None for one of clocks."""
    return next(filter(None, (as_text(facts.get(name)) for name in dimension.facts)), None)


def facts_then(past: Past, at: int) -> Mapping[str, Any]:
    """The facts in force at an instant, before what we ourselves changed in that very second.

    A step that moves a breached ticket to another group runs because of the breach: the breach
    belongs to the group that had the ticket.
    """
    stage = past.stage_at(at)
    if stage is None:
        return past.ticket.facts
    if stage.start == at and _is_own_doing(past, at):
        stage = _before(past, stage)
    return stage.facts


def place_order(place: Place) -> tuple[date, int, tuple[tuple[bool, str], ...]]:
    """Sort key: by period, then by values; April goes before the quarter that begins with it."""
    period, values = place
    if period is None:
        return (date.min, 0, values_order(values))
    return (period.first, LENGTHS.index(period.per), values_order(values))


def values_order(values: Values) -> tuple[tuple[bool, str], ...]:
    """Sort key: those without a value last."""
    return tuple((value is None, value or "") for value in values)


def as_text(value: Any) -> str | None:
    """A fact as a value of a column: yes and no as ``true`` and ``false``, several with commas.

    Several values (tags) are one text, so that the rows of a column still add up to the whole.
    """
    if value is None or value in ("", (), []):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(str(item) for item in value))
    return str(value)


def _is_own_doing(past: Past, at: int) -> bool:
    changes = [event for event in past.events if event.at == at and event.kind in CHANGES]
    return bool(changes) and all(event.ours for event in changes)


def _before(past: Past, stage: Stage) -> Stage:
    place = past.stages.index(stage)
    return past.stages[max(place - 1, 0)]


def _parsed(name: str) -> Dimension:
    lowered = name.lower()
    if lowered in _OF_CLOCK:
        return Dimension(lowered)
    if lowered in _OF_TICKET:
        return Dimension(lowered, _OF_TICKET[lowered])
    if lowered in _FIELDS:
        return Dimension(lowered, (lowered,))
    prefix = next((prefix for prefix in _PREFIXES if lowered.startswith(prefix)), None)
    if prefix is None or len(name) == len(prefix):
        raise ValueError(_refusal(name))
    # A custom field is spelled as the helpdesk spells it, capitals included.
    return Dimension(name, (prefix + name[len(prefix) :],))


def _refusal(name: str) -> str:
    allowed = (
        f"allowed are {', '.join(WORDS)}, and names of fields: fields.NAME, customer.NAME,"
        " customer.fields.NAME, organization.NAME, organization.fields.NAME, facts.NAME"
    )
    if name.lower() in _PERIODS:
        return f"'{name}' is a period and not something to break figures down by; {allowed}"
    close = get_close_matches(name.lower(), WORDS, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return f"'{name}' is nothing that figures can be broken down by{hint}; {allowed}"
