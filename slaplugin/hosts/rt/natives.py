"""Request Tracker's own SLA number: one ``Due`` for everything (facts 9).

One request for up to 50 tickets. REST shows the level's name, not what it promises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slaplugin.app.reconcile.values import EARLIEST, Figures, NativeClock, NativeTicket
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.rt.client import BATCH, Client
from slaplugin.hosts.rt.wire import Record, either, seconds

_FIELDS = "Due,Starts,SLA,Status,EffectiveId"


class Natives:
    """Reads the numbers of tickets; the family is ``rt``."""

    family = "rt"

    def __init__(self, config: HostConfig) -> None:
        self.client = Client(config)

    def of(self, ticket_ids: Sequence[str]) -> Iterator[NativeTicket]:
        """The numbers of these tickets; merged, hidden and deleted ones are left out (facts 3)."""
        for start in range(0, len(ticket_ids), BATCH):
            asked = list(ticket_ids[start : start + BATCH])
            query = either("id", asked)
            found = self.client.tickets(query, fields=_FIELDS)
            yield from (native_of(record) for record in found.items)

    def close(self) -> None:
        """Give the connections back."""
        self.client.transport.close()


def native_of(record: Record) -> NativeTicket:
    """The number in a ticket's record."""
    clock = NativeClock(EARLIEST, "Due", Figures(due_at=seconds(record.get("Due"))))
    return NativeTicket(str(record["id"]), (clock,), agreement=record.get("SLA") or None)
