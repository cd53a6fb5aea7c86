"""A ticket as the host gave it, before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from slaplugin.hosts.rt.wire import Record, ref, seconds

OWNER_TYPES = frozenset({"Set", "SetWatcher", "Take", "Untake", "Steal", "Give", "Force"})
"""One change of owner is two rows today; older histories have one of the other types (facts 4)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction. ``at`` is UTC epoch seconds: the host knows no finer time."""

    id: int
    ticket: str
    type: str
    field: str
    old: str
    new: str
    by: str
    """Login of who did it; ``RT_System`` for the host itself."""
    at: int

    @property
    def merge(self) -> bool:
        return self.type == "AddLink" and self.field == "MergedInto"

    @property
    def target(self) -> str:
        """Number of the ticket that a link points to."""
        return self.new.rpartition("/")[2]

    @property
    def message(self) -> bool:
        return self.type in ("Correspond", "Comment")

    @property
    def attribute(self) -> str:
        """What it changes: ``Status``, ``Owner``, ``Queue`` …, ``CF.<number>``; empty: nothing."""
        if self.type == "CustomField":
            return f"CF.{self.field}"
        if self.field == "Owner":
            return "Owner" if self.type in OWNER_TYPES else ""
        if self.type == "Status":
            return "Status"
        return self.field if self.type == "Set" else ""


@dataclass(frozen=True, slots=True)
class RawTicket:
    """A ticket's own columns, its transactions, and the tickets that were merged into it."""

    id: str
    ticket: Record
    """Own columns, also of a merged ticket (a search by EffectiveId has them)."""
    rows: tuple[Row, ...]
    """By id, which is the host's order; e-mail records left out."""
    absorbed: Mapping[str, RawTicket] = field(default_factory=dict)
    """Everything that ended in the same ticket, by number."""

    @property
    def merged(self) -> bool:
        """Whether it lives on in another ticket."""
        return ref(self.ticket.get("EffectiveId")) not in (None, self.id)


def row_of(record: Record) -> Row:
    """A transaction's record; ValueError where it has no date or number."""
    at = seconds(record.get("Created"))
    if at is None:
        raise ValueError(f"transaction {record.get('id')} has no date")
    return Row(
        id=int(record["id"]),
        ticket=str(record.get("ObjectId") or ""),
        type=str(record.get("Type") or ""),
        field=str(record.get("Field") or ""),
        old=str(record.get("OldValue") or ""),
        new=str(record.get("NewValue") or ""),
        by=ref(record.get("Creator")) or "",
        at=at,
    )


def rows_of(records: Iterable[Record]) -> dict[str, list[Row]]:
    """Transactions by ticket, each list by id."""
    found: dict[str, list[Row]] = {}
    for row in sorted(map(row_of, records), key=lambda row: row.id):
        found.setdefault(row.ticket, []).append(row)
    return found
