"""The same findings without the people: what is shown where agents are not to be seen.

Somebody's share stays in the sum of the group, so that the parts go on adding up to the whole; a
line for each nameless agent would still tell who is who to everybody who counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from slaplugin.core.causes.lost import shares
from slaplugin.core.causes.values import BESIDE, COUNTED, Cause, CauseReport, Miss, PauseAudit


def causes_without_agents(report: CauseReport) -> CauseReport:
    """All time with agents of a group as one cause."""
    misses = tuple(map(_miss, report.misses))
    return replace(
        report,
        misses=misses,
        counted=tuple(shares(misses, COUNTED)),
        beside=tuple(shares(misses, BESIDE)),
    )


def pauses_without_agents(audit: PauseAudit) -> PauseAudit:
    """The waits that were found, by nobody."""
    return replace(audit, found=tuple(replace(item, agent=None) for item in audit.found), agents=())


def _miss(miss: Miss) -> Miss:
    seconds: Counter[Cause] = Counter()
    for cause, length in miss.seconds.items():
        seconds[replace(cause, agent=None)] += length
    return replace(miss, seconds=dict(seconds))
