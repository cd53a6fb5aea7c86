"""Zammad's own SLA numbers: columns of the ticket record (facts 3 and 9, live facts 9).

One request for up to 200 tickets, two more for SLAs and calendars where the account may read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.app.agreements import Agreement, HostCalendar
from slaplugin.app.reconcile.values import Figures, NativeClock, NativeTicket, target_of
from slaplugin.hosts.access import in_header
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.http import Transport
from slaplugin.hosts.zammad.agreements import from_answers
from slaplugin.hosts.zammad.client import SCHEME, Client
from slaplugin.hosts.zammad.wire import Record, seconds

_BATCH = 200
_COLUMNS: Mapping[str, tuple[str, str | None]] = {
    "first_response": ("first_response", "first_response_at"),
    "update": ("update", None),
    "resolution": ("close", "close_at"),
}
"""Our clock -> prefix of the columns, and the column of its stop. An SLA has either an update time
or a response time, and both stand in ``update_escalation_at`` (facts 9)."""


@dataclass(frozen=True, slots=True)
class Known:
    """The SLAs of the helpdesk, as far as the account may read them."""

    agreements: Mapping[int, Agreement]
    """By the id that a ticket's record names."""
    hours: Mapping[str, HostCalendar]


class Natives:
    """Reads the numbers of tickets; the family is ``zammad``."""

    family = "zammad"

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._transport = Transport(config, in_header(config, SCHEME))
        self.client = Client(self._transport)
        self._known: Known | None = None

    def of(self, ticket_ids: Sequence[str]) -> Iterator[NativeTicket]:
        """The numbers of these tickets; hidden and deleted ones are left out."""
        if self._known is None:
            self._known = self._read_agreements()
        for start in range(0, len(ticket_ids), _BATCH):
            numbers = [int(one) for one in ticket_ids[start : start + _BATCH]]
            for record in self.client.tickets_of(numbers):
                yield native_of(record, self._known, self._transport.now())

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def _read_agreements(self) -> Known:
        slas, calendars = self.client.allowed("slas"), self.client.allowed("calendars")
        if slas is None or calendars is None:
            return Known({}, {})
        return known_of(slas, calendars, self._config.timezone)


def known_of(slas: Sequence[Record], calendars: Sequence[Record], zone: str) -> Known:
    """The answers of ``/slas`` and ``/calendars``."""
    found = from_answers({"slas": list(slas), "calendars": list(calendars)}, zone)
    by_name = {each.name: each for each in found.agreements}
    agreements = {
        int(row["id"]): by_name[str(row.get("name"))]
        for row in slas
        if str(row.get("name")) in by_name
    }
    return Known(agreements, {each.name: each for each in found.calendars})


def native_of(record: Record, known: Known, now: int) -> NativeTicket:
    """The numbers in a plain ticket record; ``now`` in UTC epoch seconds."""
    applied = (record.get("preferences") or {}).get("escalation_calculation") or {}
    terms = known.agreements.get(applied.get("sla_id") or 0)
    clocks = (_clock(record, name, now) for name in _COLUMNS)
    return NativeTicket(
        id=str(record["id"]),
        clocks=tuple(_as_agreed(clock, terms) for clock in clocks),
        agreement=terms.name if terms else None,
        terms=terms,
        hours=known.hours,
    )


def _clock(record: Record, name: str, now: int) -> NativeClock:
    prefix, stop = _COLUMNS[name]
    due = seconds(record.get(f"{prefix}_escalation_at"))
    if record.get("escalation_at") is None:
        due = None  # paused or closed: what still stands in the column is old (live facts 9)
    used, left = record.get(f"{prefix}_in_min"), record.get(f"{prefix}_diff_in_min")
    if stop is None:
        used = left = None  # the longest gap of all, not the present one (facts 3)
    figures = Figures(
        due_at=due,
        stopped_at=seconds(record.get(stop)) if stop else None,
        consumed=None if used is None else int(used) * 60,
        late=_late(due, left, now),
    )
    target = None if used is None or left is None else target_of(int(used), int(left))
    return NativeClock(name, f"{prefix}_escalation_at", figures, target)


def _late(due: int | None, left: Any, now: int) -> bool | None:
    if left is not None:
        return int(left) < 0
    return None if due is None else now > due


def _as_agreed(clock: NativeClock, terms: Agreement | None) -> NativeClock:
    """The column of update times is that of response times where the SLA has one of those."""
    if clock.clock != "update":
        return clock
    if terms is None:
        return replace(clock, instead="next_response")
    return replace(clock, clock="next_response") if "next_response" in terms.promises else clock
