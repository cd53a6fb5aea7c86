"""Some tickets of the helpdesk, read once, that the examinations look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slaplugin.hosts.otrs.client import Client
from slaplugin.hosts.otrs.wire import Record, Zone, is_stamp, local, number, text

_EACH = 40
"""Tickets from either end; together one read of under a second (facts 12)."""
_SLACK = 120
"""Seconds between the host's clock and the one behind its ``Date``; zones differ by more."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Newest and longest untouched tickets, without their messages."""

    rows: tuple[Record, ...]

    @classmethod
    def read(cls, client: Client) -> Sample:
        """At most :data:`_EACH` from either end of the list by last change."""
        ids: dict[str, None] = {}
        for order in ("Down", "Up"):
            criteria = {
                "SortBy": ["Changed", "TicketNumber"],
                "OrderBy": [order, order],
                "Limit": _EACH,
            }
            ids.update(dict.fromkeys(client.search(criteria)))
        return cls(tuple(client.tickets(list(ids), articles=False)) if ids else ())

    def quiet(self) -> Mapping[str, Record]:
        """Of each queue the ticket that nobody has touched for longest."""
        found: dict[str, Record] = {}
        for row in sorted(self.rows, key=lambda row: text(row.get("Changed"))):
            found.setdefault(text(row.get("Queue")), row)
        return found

    def field_names(self) -> frozenset[str]:
        """Custom fields: the host shows every valid one on every ticket (facts 5)."""
        return frozenset(name for row in self.rows for name in values_of(row))

    def value(self, field: str) -> Any:
        """A value of the field that some ticket has; None where none has one."""
        filled = (values_of(row).get(field) for row in self.rows)
        return next((value for value in filled if value not in (None, "", [])), None)


def values_of(row: Record) -> dict[str, Any]:
    """Custom field -> value."""
    items = row.get("DynamicField") or ()
    return {text(item.get("Name")): item.get("Value") for item in items}


@dataclass(frozen=True, slots=True)
class ZoneVerdict:
    """Whether the host writes its times in the configured zone."""

    off: int
    """Seconds by which a text of the host and our reading of it are apart; 0: right."""
    stamp: str
    """The text that disagrees; of a right zone the newest one."""
    seasons: bool
    """Tickets of winter and of summer were compared, so that the rule for both is known."""


def judge_zone(rows: tuple[Record, ...], zone: Zone, now: int) -> ZoneVerdict | None:
    """Compare ``Created`` with now less ``Age``, which counts real seconds (facts 8).

    None without a ticket. A time that comes twice may mean either pass.
    """
    compared = [
        (text(row["Created"]), now - number(row.get("Age")))
        for row in rows
        if is_stamp(row.get("Created")) and "Age" in row
    ]
    if not compared:
        return None
    for stamp, at in compared:
        off = min((_off(stamp, at, zone, first=first) for first in (False, True)), key=abs)
        if abs(off) > _SLACK:
            return ZoneVerdict(off, stamp, seasons=False)
    halves = {_half(local(stamp)) for stamp, _ in compared} - {None}
    return ZoneVerdict(0, max(compared)[0], seasons=len(halves) == 2)


def _off(stamp: str, at: int, zone: Zone, *, first: bool) -> int:
    return zone.epoch(local(stamp), first=first) - at


def _half(moment: datetime) -> str | None:
    """Which time a country has in that month; None in those where it changes."""
    if moment.month in (11, 12, 1, 2):
        return "winter"
    return "summer" if moment.month in (5, 6, 7, 8) else None
