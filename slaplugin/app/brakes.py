"""Brakes (architecture, rule 8): what an hour may hold; a host that suddenly lists nothing."""

from __future__ import annotations

from collections.abc import Iterator

from slaplugin.app.desk import ACCEPT_MISSING, Desk
from slaplugin.app.errors import BrakeError
from slaplugin.app.options import Limits
from slaplugin.app.ports import Store
from slaplugin.core.actions import HOST_WRITES
from slaplugin.core.plan import REASSIGNMENTS

HOUR = 3600


def written_within_the_hour(store: Store, host: str, now: int) -> tuple[int, int]:
    """Writes, and reassignments among them, done within the hour before ``now``."""
    since = now - HOUR
    writes = store.count_writes(host, since, tuple(HOST_WRITES))
    return writes, store.count_writes(host, since, tuple(sorted(REASSIGNMENTS)))


def used_up(store: Store, host: str, limits: Limits, now: int) -> Iterator[tuple[str, int]]:
    """The limits per hour that let nothing through at present: name, and what it allows."""
    writes, moves = written_within_the_hour(store, host, now)
    if writes >= limits.writes_per_hour:
        yield "writes_per_hour", limits.writes_per_hour
    if moves >= limits.reassignments_per_hour:
        yield "reassignments_per_hour", limits.reassignments_per_hour


def require_plausible(desk: Desk, missing: int, known: int) -> None:
    """Whether so many of the known open tickets can be gone; BrakeError where rather the account,
    the address or the host is amiss, and nobody said that they were deleted on purpose."""
    options = desk.options
    if options.accept_missing or desk.store.flag(ACCEPT_MISSING) is not None:
        return
    if missing <= max(options.missing_floor, int(known * options.missing_share)):
        return
    raise BrakeError(
        f"{missing} of {known} open tickets are suddenly missing on the host; nothing was "
        "changed. Look at the account's groups and permissions with `slaplugin doctor`; if the "
        "tickets were deleted on purpose, run `slaplugin sync --accept-missing`, or "
        "`slaplugin resume --accept-missing` while a daemon runs"
    )
