"""The host's spelling of values: numbers that are texts, local times without an offset (facts 8).

The host keeps texts like ``2026-10-25 02:30:00`` in one zone of its own. Where that zone sets its
clocks back, an hour of texts is meant twice; where it sets them forward, an hour does not exist and
the host refuses it. :class:`Zone` is the only place that knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slaplugin.app.errors import ConfigurationError

Record = Mapping[str, Any]
"""One JSON object of the host."""

_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")
_SECOND = timedelta(seconds=1)
_NEAR = 3 * 3600
"""No clocks are set back by more seconds."""


def number(value: Any) -> int:
    """An id or flag, which come as numbers or as texts; 0 for an empty one."""
    text = str(value if value is not None else "").strip()
    return int(text) if text.lstrip("-").isdigit() else 0


def text(value: Any) -> str:
    """A text; empty where the host has null."""
    return "" if value is None else str(value)


def is_stamp(value: Any) -> bool:
    """Whether a value of a custom field is a date with a time."""
    return isinstance(value, str) and len(value) == 19 and _STAMP.fullmatch(value) is not None


def local(stamp: str) -> datetime:
    """A text of the host as a local time without a zone; ValueError where it is none."""
    if not _STAMP.fullmatch(stamp):
        raise ValueError(f"{stamp!r} is no time of the helpdesk")
    return datetime.fromisoformat(stamp)


def stamp(moment: datetime) -> str:
    """``YYYY-MM-DD hh:mm:ss``, as searches and date fields take it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone in which the host writes its texts."""

    info: ZoneInfo

    def epoch(self, moment: datetime, *, first: bool = False) -> int:
        """UTC epoch seconds of a local time.

        In the hour that comes twice, the host itself means the later pass; ``first``: the earlier.
        """
        return int(moment.replace(tzinfo=self.info, fold=0 if first else 1).timestamp())

    def seconds(self, stamp: str) -> int:
        """UTC epoch seconds of a text, as the host itself reads it."""
        return self.epoch(local(stamp))

    def local(self, epoch: int) -> datetime:
        """The local time of UTC epoch seconds, without its zone."""
        return datetime.fromtimestamp(epoch, self.info).replace(tzinfo=None)

    def text(self, epoch: int) -> str:
        """UTC epoch seconds as the host writes them."""
        return stamp(self.local(epoch))

    def twice(self, moment: datetime) -> bool:
        """Whether the local time comes twice on that day."""
        return self.epoch(moment, first=True) < self.epoch(moment)

    def exists(self, moment: datetime) -> bool:
        """Whether the clocks of the zone ever show the local time."""
        return self.local(self.epoch(moment)) == moment

    def since(self, epoch: int) -> datetime:
        """A local time that nothing lies before that happened at ``epoch`` or later.

        After clocks are set back, later things have earlier texts.
        """
        return min(self.local(epoch), self._as_seen_from(epoch, _NEAR))

    def upto(self, epoch: int) -> datetime:
        """A local time that nothing lies behind that happened until ``epoch``."""
        return max(self.local(epoch), self._as_seen_from(epoch, -_NEAR))

    def lower(self, moment: datetime, now: int) -> str:
        """A search's lower bound, moved down where the host would take it for a mistake.

        That is a time that does not exist, and one it reads as lying in its future: the first
        pass of the hour that comes twice.
        """
        while not self.exists(moment) or self.epoch(moment) > now:
            moment = moment.replace(minute=0, second=0) - _SECOND
        return stamp(moment)

    def upper(self, moment: datetime) -> str:
        """A search's upper bound; a time that clocks jump over becomes the one they jump to."""
        if not self.exists(moment):
            moment = self.local(self.epoch(moment, first=True))
        return stamp(moment)

    def _as_seen_from(self, epoch: int, away: int) -> datetime:
        return self.local(epoch + away) - timedelta(seconds=away)


def zone_of(name: str) -> Zone:
    """The zone of the settings; ConfigurationError for a name that nobody knows."""
    try:
        return Zone(ZoneInfo(name))
    except (KeyError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"host_timezone: {name!r} is no time zone; write it like Europe/Berlin or UTC, as the "
            "helpdesk's setting OTOBOTimeZone or OTRSTimeZone has it"
        ) from error
