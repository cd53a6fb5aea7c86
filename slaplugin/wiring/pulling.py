"""Who reads the helpdesk in a backfill: how many sessions, and how fast all of them together."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slaplugin.app.readers import Crew, gain_of
from slaplugin.hosts.pace import Pace

if TYPE_CHECKING:
    from slaplugin.app.desk import Desk
    from slaplugin.wiring import Runtime


@dataclass(frozen=True, slots=True)
class PullOptions:
    """What the command line says; None: the setting counts."""

    rate: float | None = None
    """Requests per second."""
    workers: int | None = None


def pulling(runtime: Runtime, options: PullOptions) -> tuple[Desk, Crew]:
    """The desk over a session that keeps the rate, and the crew beside it that shares it."""
    limits = runtime.settings.limits
    rate = options.rate or limits.backfill_rate
    pace = Pace(rate) if rate else None
    runtime.pace = pace
    desk = runtime.desk()
    size = options.workers or limits.backfill_workers or gain_of(desk.host)
    return desk, Crew(size, runtime.another_host, time.sleep)
