"""What an adapter is told about its helpdesk, independent of where the settings come from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A password or token that shows neither in ``repr`` nor in ``str``."""

    _value: str

    def reveal(self) -> str:
        """The secret itself, for the one place that puts it into a request."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class StateMeaning:
    """What a host state means to clocks (policy-language §6, details 4)."""

    kind: str
    """One of ``slaplugin.core.model.STATE_KINDS``."""
    closes: bool = False
    """The host closes the ticket by itself at the state's date."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient and how polite the transport is. All times in seconds."""

    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    deadline: float = 180.0
    """For one request with all its retries."""
    longest_wait: float = 60.0
    """A ``Retry-After`` beyond this is not waited for but reported."""
    retries: int = 3
    requests_per_second: float | None = None


_COUNTER = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def uptime() -> float:
    """Seconds since the machine was started, those included that it was suspended for.

    ``time.monotonic`` stands still meanwhile on Linux, and the helpdesk's clock does not.
    """
    return time.clock_gettime(_COUNTER)


@dataclass(frozen=True, slots=True)
class Timing:
    """The only clocks an adapter may read, so that tests and the demo can move them."""

    monotonic: Callable[[], float] = uptime
    sleep: Callable[[float], None] = time.sleep
    wall: Callable[[], float] = time.time
    """UTC epoch seconds; used only where an answer carries no ``Date``."""
    now: Callable[[], int] | None = None
    """Overrules the host's clock (``--now``); UTC epoch seconds."""


@dataclass(frozen=True, slots=True)
class HostConfig:
    """One helpdesk. ``name`` is the first part of every ticket key."""

    url: str
    name: str = "zammad"
    token: Secret | None = None
    user: str | None = None
    password: Secret | None = None
    verify: bool | str = True
    """False: no TLS check; text: the path of a CA bundle."""
    overlap: int = 120
    """Seconds before the newest seen change that each pull reads again (rule 5)."""
    states: Mapping[str, StateMeaning] = field(default_factory=dict)
    """Overrules the meaning of host states, by name."""
    priorities: Mapping[str, str] = field(default_factory=dict)
    """Host priority -> ``urgent``, ``high``, ``normal`` or ``low``; added to the defaults."""
    bots: frozenset[str] = frozenset()
    """Logins whose public messages are automatic."""
    page_size: int = 200
    timezone: str = "UTC"
    """IANA name of the zone in which the host writes local times (OTRS family)."""
    tags_field: str | None = None
    """Custom field that holds our tags where the host has none; None: the adapter's default."""
    own_fields: Mapping[str, str] = field(default_factory=dict)
    """Role (``due``, ``state``, ``policy``, ``summary``) -> host field that we write."""
    routes: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Where the admin put the operations of the web service (OTRS family)."""
    limits: Limits = Limits()
    timing: Timing = Timing()
    pace: Callable[[], None] | None = None
    """Called before each request: returns when it may be sent; for sessions that share a rate."""
    told: Callable[[str], None] | None = None
    """Hears how each request ended: ``ok``, ``busy``, ``refused``, ``failed``, ``unreachable``."""
