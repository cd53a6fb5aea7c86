"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import datetime


class FrozenClock:
    """The port :class:`slaplugin.app.ports.WallClock` for tests; UTC epoch seconds."""

    def __init__(self, at: int | str) -> None:
        """``at``: epoch seconds, or ISO 8601 with an offset."""
        self._at = _seconds(at)

    def now(self) -> int:
        """The instant it stands at."""
        return self._at

    def advance(self, seconds: int) -> int:
        """Move on and return the new instant; ValueError backwards."""
        if seconds < 0:
            raise ValueError(f"a clock goes forward, not by {seconds} seconds")
        self._at += seconds
        return self._at

    def set(self, at: int | str) -> int:
        """Move to an instant (a host's clock may be wrong, so back is allowed)."""
        self._at = _seconds(at)
        return self._at


def _seconds(at: int | str) -> int:
    if isinstance(at, int):
        return at
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(f"an instant needs an offset or Z: {at!r}")
    return int(moment.timestamp())
