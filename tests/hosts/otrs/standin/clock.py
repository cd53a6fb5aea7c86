"""The stand-in's time: one movable instant, and the zone its texts are written in (facts 8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from zoneinfo import ZoneInfo

PATTERN = "%Y-%m-%d %H:%M:%S"


def epoch(when: str | int | datetime) -> int:
    """UTC epoch seconds of ``2026-10-21T07:12:31Z``, of a datetime, or of an epoch."""
    if isinstance(when, int):
        return when
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


class Clock:
    """Stands still until it is moved; every time of the stand-in comes from here."""

    def __init__(self, now: str | int | datetime, zone: str = "UTC") -> None:
        self._now = epoch(now)
        self.zone = ZoneInfo(zone)

    def now(self) -> int:
        return self._now

    def set(self, when: str | int | datetime) -> None:
        self._now = epoch(when)

    def advance(self, seconds: int) -> None:
        self._now += seconds

    @contextmanager
    def at(self, when: str | int | datetime) -> Iterator[None]:
        """For a while another time: what a slow transaction writes carries the time it began."""
        before, self._now = self._now, epoch(when)
        try:
            yield
        finally:
            self._now = before

    def http_date(self) -> str:
        return formatdate(self._now, usegmt=True)

    def text(self, instant: int, pattern: str = PATTERN) -> str:
        """The instant as the database shows it: in the system zone, without offset."""
        return datetime.fromtimestamp(instant, self.zone).strftime(pattern)

    def local(self, instant: int) -> datetime:
        return datetime.fromtimestamp(instant, self.zone)

    def read(self, text: str) -> int | None:
        """The instant of a text; None where it is malformed or does not exist in the zone.

        The hour that comes twice is read as the later one.
        """
        try:
            naive = datetime.strptime(text, PATTERN)  # noqa: DTZ007 - the zone is the desk's
        except ValueError:
            return None
        return self.instant(naive) if naive.strftime(PATTERN) == text else None

    def as_read(self, instant: int) -> int:
        """What a client can tell from the text of an instant: of the hour that comes twice, the
        later pass."""
        return self.instant(self.local(instant).replace(tzinfo=None)) or instant

    def instant(self, naive: datetime) -> int | None:
        aware = naive.replace(tzinfo=self.zone, fold=1)
        found = int(aware.timestamp())
        there = datetime.fromtimestamp(found, self.zone).replace(tzinfo=None)
        return found if there - naive == timedelta(0) else None
