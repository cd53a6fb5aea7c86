"""Tickets that cannot be judged now: held with a backoff, listed, and tried again (rule 9)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from slaplugin.app.errors import (
    HookError,
    HostError,
    HostLostError,
    HostPermanentError,
    TicketHeldError,
)
from slaplugin.app.options import Options
from slaplugin.app.outcome import TicketProblem
from slaplugin.app.ports import AuditEntry, TicketRow, Transaction

POISON = (
    TicketHeldError,
    HookError,
    HostLostError,
    HostPermanentError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    RecursionError,
)
"""What one ticket can suffer without the rest suffering with it."""

_ACCOUNT_OR_ADDRESS = frozenset({401, 407, 408, 429})


def concerns_ticket(error: Exception) -> bool:
    """Whether an error is about one ticket, not about the account, the address or the host.

    Of what a host refuses for good only the 4xx answers that speak of the request itself.
    """
    if not isinstance(error, HostPermanentError):
        return True
    status = error.status
    return status is not None and 400 <= status < 500 and status not in _ACCOUNT_OR_ADDRESS


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket that was put aside, and why."""

    row: TicketRow
    problem: TicketProblem
    was_held: bool
    """It was held before: the history does not need it again."""


def hold(row: TicketRow, error: Exception, now: int, options: Options) -> Held:
    """Put a ticket aside until ``now`` plus a pause that doubles each time."""
    reason = _reason(error)
    pause = min(options.hold * 2 ** min(row.holds, 20), options.hold_at_most)
    held = replace(
        row,
        held=reason,
        held_until=now + pause,
        holds=row.holds + 1,
        missing="lost" if isinstance(error, HostLostError) else row.missing,
    )
    return Held(held, TicketProblem(row.id, row.number, reason), row.held == reason)


def _reason(error: Exception) -> str:
    text = str(error)
    if isinstance(error, TicketHeldError | HookError | HostError):
        return text or type(error).__name__
    return f"it could not be judged ({type(error).__name__}: {text})"


def unknown(host: str, ticket: str, now: int) -> TicketRow:
    """A row for a ticket that could not even be read once."""
    return TicketRow(
        host=host,
        id=ticket,
        number="",
        title="",
        facts={},
        current_only=frozenset(),
        first_seen_at=now,
    )


def record_held(tx: Transaction, held: Held, now: int) -> None:
    """Store the hold; the history names it once."""
    tx.save_ticket(held.row)
    if not held.was_held:
        payload = {"reason": held.row.held}
        tx.audit(AuditEntry("held", now, payload, held.row.host, held.row.id))
