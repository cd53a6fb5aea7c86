"""What a cycle may be told: names on the host, waits, limits. All durations are seconds."""

from __future__ import annotations

from dataclasses import dataclass

from slaplugin.core.plan import Patience, Showing


@dataclass(frozen=True, slots=True)
class Limits:
    """The brake (architecture, rule 8): no more than this without somebody looking."""

    writes_per_cycle: int = 500
    writes_per_hour: int = 2000
    reassignments_per_cycle: int = 50
    reassignments_per_hour: int = 200


@dataclass(frozen=True, slots=True)
class Options:
    """Everything of a cycle that is configured; wiring fills it from the settings."""

    showing: Showing = Showing()
    limits: Limits = Limits()
    patience: Patience = Patience()
    dry_run: bool = False
    holder: str = "sync"
    """Who holds the writer's lease."""
    lease_seconds: int = 120
    sweep_interval: int = 3600
    settle: int = 2
    """A read so soon after a change may have missed a second change of the same instant."""
    baseline_grace: int = 3600
    """A ticket first seen that soon after its creation: what is known today held then, too."""
    hold: int = 60
    """First pause of a held ticket; doubles up to ``hold_at_most``."""
    hold_at_most: int = 6 * 3600
    portion: int = 500
    """Tickets re-judged per cycle after the policy set was edited."""
    timezone: str = "UTC"
    """IANA zone of contracts whose calendars are always open, for texts that people read."""
    retention: int | None = None
    """Tickets that were over for longer are pruned to figures; None: never."""
    missing_share: float = 0.2
    """More missing tickets than this share stop a sweep: the host, not the tickets, is amiss."""
    accept_missing: bool = False
    """The admin knows that many tickets were deleted."""
    missing_floor: int = 10
    """So many missing tickets are always believed."""
