"""A policy set's copy in the store: enough to rebuild it without asking anybody anew."""

from __future__ import annotations

from typing import Any

from slaplugin.core.calendars import CalendarSpec, CalendarVersion
from slaplugin.core.policies import PolicySet


def closed_dates(policy_set: PolicySet) -> dict[str, list[dict[str, Any]]]:
    """Calendar name -> one mapping per version with what was resolved for it.

    ``start`` (ISO date or None), ``closed`` (ISO dates) and ``closures`` ([start, end] in UTC epoch
    seconds): what holiday tables and ICS files said on the day the set was loaded. Everything else
    about a calendar stands in the set's text.
    """
    return {name: _versions(spec) for name, spec in sorted(policy_set.calendars.items())}


def _versions(spec: CalendarSpec) -> list[dict[str, Any]]:
    return [_version(version) for version in spec.versions]


def _version(version: CalendarVersion) -> dict[str, Any]:
    return {
        "start": version.start and version.start.isoformat(),
        "closed": [day.isoformat() for day in sorted(version.closed)],
        "closures": [list(span) for span in version.closures],
    }
