"""What the names of history entries spell: fields between ``%%``, which values may hold, too.

Names are cut at 200 characters (facts 6, 7); what was lost is None here, or is told by the entry's
neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from slaplugin.hosts.otrs.wire import number

CUT = 200
"""Characters of a history entry's name that the host keeps (facts 6)."""

_MARK = "%%"
_LOST = "[...]"
_PAIR = re.compile(r"%%(.*)%%(\d*)%%(.*)%%(\d*)", re.DOTALL)
_SINGLE = re.compile(r"%%(.*)%%(\d+)", re.DOTALL)
_FIELD = re.compile(r"%%FieldName%%(.*?)%%Value%%(.*?)(?:%%OldValue%%(.*))?", re.DOTALL)
_CUSTOMER = re.compile(r"%%(?:CustomerID=(?P<id>.*?);)?(?:CustomerUser=(?P<user>.*);)?", re.DOTALL)
_PENDING = re.compile(r"(\d{4})-(\d\d?)-(\d\d?) (\d\d?):(\d\d?)", re.ASCII)
_BIRTH = re.compile(r"%%(\d+)%%(.*)%%(.*)%%(.*)%%(\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Named:
    """A name with its id; 0: the id was cut off, or there is none."""

    name: str
    id: int


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a ``TicketDynamicFieldUpdate`` tells; None: that value was cut."""

    field: str
    to: str | None
    before: str | None


@dataclass(frozen=True, slots=True)
class Customer:
    """What a ``CustomerUpdate`` sets; None: it says nothing of it, and the old one stays."""

    login: str | None
    company: str | None


def parts_of(name: str) -> tuple[str, ...]:
    """The fields of a name; empty for plain text."""
    return tuple(name.split(_MARK)[1:])


def named(name: str) -> tuple[Named, Named]:
    """The first and the second pair of ``%%name%%id%%name%%id``; missing ones are empty."""
    found = _PAIR.fullmatch(name)
    if found:
        return Named(found[1], number(found[2])), Named(found[3], number(found[4]))
    if single := _SINGLE.fullmatch(name):
        return Named(single[1], number(single[2])), Named("", 0)
    parts = (*parts_of(name), "", "", "", "")
    return Named(parts[0], number(parts[1])), Named(parts[2], number(parts[3]))


def first_values(name: str) -> tuple[str, str, str]:
    """Queue, priority and state of a ``NewTicket``."""
    found = _BIRTH.fullmatch(name)
    if found:
        return found[2], found[3], found[4]
    parts = (*parts_of(name), "", "", "", "")
    return parts[1], parts[2], parts[3]


def state_after(name: str) -> str:
    """The new state of a ``StateUpdate``."""
    parts = parts_of(name)
    return parts[1] if len(parts) > 1 else ""


def pending_until(text: str) -> datetime | None:
    """The host's local time in a ``SetPendingTime``; None where it was cleared.

    ValueError for what is no time: the ticket is held rather than judged by half of it.
    """
    if not text.strip("0-: "):
        return None
    found = _PENDING.match(text)
    if found is None:
        raise ValueError(f"no pending time: {text!r}")
    year, month, day, hour, minute = map(int, found.groups())
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the host's own zone


def field_change(name: str) -> FieldChange | None:
    """None where even the field is lost. Long values end in ``[...]``."""
    found = _FIELD.fullmatch(name)
    if found is None:
        parts = parts_of(name)
        return FieldChange(parts[1], None, None) if len(parts) > 2 else None
    to, before = found[2], found[3]
    ends_early = len(name) >= CUT
    to_is_whole = _LOST not in to and (before is not None or not ends_early)
    before_is_whole = before is not None and _LOST not in before and not ends_early
    return FieldChange(found[1], to if to_is_whole else None, before if before_is_whole else None)


def customer(name: str) -> Customer:
    """The host's jobs set login and company one without the other, too."""
    found = _CUSTOMER.fullmatch(name)
    return Customer(found["user"], found["id"]) if found else Customer(None, None)


def titles(names: Sequence[str], today: str) -> list[tuple[str, str]]:
    """Before and after of each ``TitleUpdate``, earliest first.

    A title may hold ``%%`` and be longer than an entry keeps: read from today's backwards, each
    entry ends with a title that is known.
    """
    return list(reversed(list(_titles(names, today))))


def _titles(names: Sequence[str], today: str) -> Iterator[tuple[str, str]]:
    after = today
    for name in reversed(names):
        before = _title_before(name, after)
        if before is None:
            before, _, after = name.removeprefix(_MARK).partition(_MARK)
        yield before, after
        after = before


def _title_before(name: str, after: str) -> str | None:
    """What stands before a known title; None where the entry does not speak of that title."""
    place = name.find(_MARK, len(_MARK))
    while place >= 0:
        if _is_title(name[place + len(_MARK) :], after, cut=len(name) >= CUT):
            return name[len(_MARK) : place]
        place = name.find(_MARK, place + 1)
    return name[len(_MARK) :] if len(name) >= CUT else None


def _is_title(told: str, title: str, *, cut: bool) -> bool:
    """Whether an entry means that title. New titles are shortened to 50 characters and dots."""
    short = told.removesuffix("...")
    begins = title.startswith(short) and len(short) < len(told)
    return told == title or begins or (cut and (title.startswith(told) or told.startswith(title)))
