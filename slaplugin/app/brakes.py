"""The brake for a helpdesk that suddenly lists nothing (architecture, rule 8)."""

from __future__ import annotations

from slaplugin.app.desk import ACCEPT_MISSING, Desk
from slaplugin.app.errors import BrakeError


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
