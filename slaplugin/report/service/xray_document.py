"""The X-ray as one JSON document and as text; instants ISO 8601 UTC, durations whole seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slaplugin.app.reporting.xray import Promise, XRay
from slaplugin.report.look import Look
from slaplugin.report.service.document import document
from slaplugin.report.service.figures import exact, percent, percent_number, time
from slaplugin.report.service.wording import clock_title
from slaplugin.report.service.xray import NO_TICKETS, hours_said
from slaplugin.report.times import duration, iso

_TAKEN = ("attainment", "by", "causes", "pauses", "metrics")
"""Parts of a report's document that the X-ray has, too."""


def xray_document(made: XRay, policy: str) -> dict[str, Any]:
    """Everything that the page says, without names like the page."""
    look, given = made.look, made.report.provenance
    judged = document(made.report)
    parts = {name: judged[name] for name in _TAKEN}
    for place in (parts["metrics"]["whole"], *parts["metrics"]["periods"]):
        place["parts"] = [part for part in place["parts"] if part["of"] != "owner"]
    return {
        "host": given.host,
        "as_of": iso(given.as_of),
        "since": iso(look.since),
        "timezone": look.zone,
        "office_hours": {
            "hours": dict(made.hours.hours),
            "guessed": made.hours.guessed,
            "answers": made.hours.answers,
            "inside": made.hours.inside,
        },
        "share": exact(look.share),
        "tickets": given.tickets,
        "unread": len(made.report.unread),
        "promises": [_promise(each) for each in made.promises],
        **parts,
        "policy": policy,
    }


def _promise(each: Promise) -> dict[str, Any]:
    found = each.suggestion
    return {
        "clock": each.clock,
        "by": each.by or None,
        "value": each.value,
        "target": None if found is None else found.target,
        "share": None if found is None else exact(found.share),
        "percent": None if found is None else percent_number(found.share),
        "counted": 0 if found is None else found.counted,
        "sure": each.sure,
        "median": each.median,
        "finished": each.ended,
        "unfinished": each.unended,
    }


def xray_text(made: XRay, look: Look) -> str:
    """The few lines for the terminal, with a line break at their end."""
    return "".join(f"{look.plain(line)}\n" for line in _lines(made))


def _lines(made: XRay) -> Iterator[str]:
    given = made.report.provenance
    yield f"{given.tickets} tickets; office hours {hours_said(made)}, {made.look.zone}"
    if not given.tickets:
        yield NO_TICKETS
    for each in made.overall:
        name, found = clock_title(each.clock), each.suggestion
        if found is None:
            yield f"  {name:<16} nothing finished yet"
            continue
        few = "" if each.sure else f"  (a guess: only {found.counted} seen)"
        half = f"half within {time(each.median)}"
        share = percent(made.look.share)
        yield f"  {name:<16} {share} within {duration(found.target):<8} {half}{few}"
