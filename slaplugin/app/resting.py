"""Channels that failed rest: nothing is sent to them for a while, and what is wanted waits.

So one that hangs costs its timeout once a rest and not once a cycle, and what surely did not
arrive is not spent on a channel that is away. The rest is kept in the store: a ``sync`` that a
timer starts knows of it, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Protocol, Self

from slaplugin.app.messages import NotSentError, SendError
from slaplugin.core.texts import utc_text

LONGEST = 900
"""Seconds of a rest that nobody asked for."""
LONGEST_ASKED = 3600
"""Seconds of a rest that the channel asked for (``Retry-After``), however many it named."""
_GIVEN_UP = 86400
"""A channel that has been away for so long (seconds) uses up its messages' tries."""


class Flags(Protocol):
    """The part of a store that a rest is read from."""

    def flag(self, name: str) -> str | None: ...


class SetFlags(Protocol):
    """The part of a transaction that a rest is kept by."""

    def set_flag(self, name: str, value: str | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Rest:
    """Why and until when a channel is left alone; instants UTC epoch seconds."""

    since: int
    """Of the first failure after which nothing has arrived."""
    until: int
    failures: int
    why: str

    @classmethod
    def after(cls, before: Self | None, error: SendError, now: int, first: int) -> Self:
        """The rest that follows a failure; ``first`` seconds, doubled from failure to failure."""
        failures = before.failures + 1 if before else 1
        own = min(first << min(failures - 1, 16), LONGEST)
        asked = min(error.retry_after or 0.0, LONGEST_ASKED)
        since = before.since if before else now
        return cls(since, now + round(max(own, asked)), failures, str(error))

    def holds(self, now: int) -> bool:
        """Whether it is still going on; never for longer than any rest lasts, if a clock was set
        back meanwhile."""
        return now < self.until <= now + LONGEST_ASKED

    def spares(self, error: SendError) -> bool:
        """Whether the failure that led to it uses up none of the tries of its messages.

        The message is not to blame; but nobody wants to be told everything of a month at once.
        """
        return isinstance(error, NotSentError) and error.for_now and not self._is_old

    @property
    def _is_old(self) -> bool:
        return self.until - self.since > _GIVEN_UP

    def told(self, channel: str) -> str:
        """Why a message waits."""
        return f"waits: {channel} is left alone until {utc_text(self.until)}, since {self.why}"


def rest_of(flags: Flags, host: str, channel: str) -> Rest | None:
    """What is known of a channel that failed last; None: it did not."""
    kept = flags.flag(_name(host, channel))
    return None if kept is None else Rest(**json.loads(kept))


def keep(flags: SetFlags, host: str, channel: str, rest: Rest | None) -> None:
    """Note how it stands with a channel; None: it works."""
    kept = None if rest is None else json.dumps(asdict(rest))
    flags.set_flag(_name(host, channel), kept)


def resting(flags: Flags, host: str, channels: Iterable[str], now: int) -> dict[str, str]:
    """Channel -> why its messages wait, of those that are to be left alone ``now``."""
    found = ((channel, rest_of(flags, host, channel)) for channel in channels)
    return {channel: rest.told(channel) for channel, rest in found if rest and rest.holds(now)}


def _name(host: str, channel: str) -> str:
    return f"rest:{host}:{channel}"
