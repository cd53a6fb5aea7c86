"""The OTRS family's own escalation numbers: fields of TicketGet (facts 5 and 14).

One request for up to 100 tickets, without their articles. The web service shows no agreement but
the name of an SLA, and no calendar: the family's default one is told as a guess that is tested.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slaplugin.app.agreements import HostCalendar
from slaplugin.app.reconcile.values import Figures, NativeClock, NativeTicket, target_of
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.otrs.client import OperationError
from slaplugin.hosts.otrs.host import make_client
from slaplugin.hosts.otrs.wire import Record, Zone, number, text, zone_of

_BATCH = 100
_DAY = ((8 * 3600, 21 * 3600),)
_FIELDS = {"first_response": "Response", "update": "Update", "resolution": "Solution"}


class Natives:
    """Reads the numbers of tickets; the family is ``otrs``."""

    family = "otrs"

    def __init__(self, config: HostConfig) -> None:
        self.client = make_client(config)
        self._zone = zone_of(config.timezone)

    def of(self, ticket_ids: Sequence[str]) -> Iterator[NativeTicket]:
        """The numbers of these tickets; hidden and deleted ones are left out."""
        for start in range(0, len(ticket_ids), _BATCH):
            for record in self._records(list(ticket_ids[start : start + _BATCH])):
                yield native_of(record, self._zone, self.client.transport.now())

    def _records(self, ids: list[str]) -> Iterator[Record]:
        """One unreadable id fails a whole batch and is not named: halves find it (facts 5)."""
        try:
            yield from self.client.tickets(ids, articles=False)
        except OperationError as refused:
            if refused.code != "AccessDenied":
                raise
            middle = len(ids) // 2
            for half in (ids[:middle], ids[middle:]) if middle else ():
                yield from self._records(half)

    def close(self) -> None:
        """Give the connections back."""
        self.client.transport.close()


def native_of(record: Record, zone: Zone, now: int) -> NativeTicket:
    """The numbers in a ticket of TicketGet with ``Extended``; ``now`` in UTC epoch seconds."""
    hours = default_hours(zone.info.key)
    return NativeTicket(
        id=str(number(record["TicketID"])),
        clocks=tuple(_clock(record, name, zone, now) for name in _FIELDS),
        agreement=text(record.get("SLA")) or None,
        hours={hours.name: hours},
    )


def default_hours(zone: str) -> HostCalendar:
    """Mon-Fri 08:00-21:00 in the system zone: the default working hours (facts 14)."""
    return HostCalendar("the family's default hours", zone, (_DAY,) * 5 + ((), ()))


def _clock(record: Record, name: str, zone: Zone, now: int) -> NativeClock:
    word = _FIELDS[name]
    due = number(record.get(f"Escalation{word}Time")) or None
    stop = {"first_response": "FirstResponse", "resolution": "Closed"}.get(name)
    ended = text(record.get(stop)) if stop else ""
    prefix = "FirstResponse" if name == "first_response" else word
    margin = record.get(f"{prefix}DiffInMin")
    used = record.get(f"{prefix}InMin")
    left = None if margin is None else number(margin)
    figures = Figures(
        due_at=due,
        stopped_at=zone.seconds(ended) if ended else None,
        consumed=None if used is None else number(used) * 60,
        late=(now > due if due else None) if left is None else left < 0,
    )
    target = None if left is None or used is None else target_of(number(used), left)
    return NativeClock(
        name,
        f"Escalation{word}Time",
        figures,
        target,
        last_stop=name == "resolution",
    )
