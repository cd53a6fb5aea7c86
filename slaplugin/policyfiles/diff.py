"""``policy diff``: what changes between two sets, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from slaplugin.core.calendars import CalendarSpec
from slaplugin.core.policies import PolicySet
from slaplugin.policyfiles.facets import facets
from slaplugin.policyfiles.words import joined

_SHOWN_DATES = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs; ``before`` or ``after`` is None where it is not there."""

    subject: str
    """``policy vip``, ``calendar berlin``, ``clock vendor`` or ``the set``."""
    aspect: str | None
    """``target first_response``, ``step breach``; None for the subject as a whole."""
    before: str | None
    after: str | None

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def __str__(self) -> str:
        what = f"{self.subject}: {self.aspect}" if self.aspect else self.subject
        match self.kind:
            case "added":
                return f"+ {what}: {self.after}"
            case "removed":
                return f"- {what}: {self.before}"
            case _:
                return f"~ {what}: {self.before} -> {self.after}"


def differences(before: PolicySet, after: PolicySet, since: date = date.min) -> list[Difference]:
    """Everything that differs, by subject and aspect; empty where the sets mean the same.

    Closed days are compared from the local date ``since`` on.
    """
    old, new = facets(before), facets(after)
    found: list[Difference] = []
    for subject in {**old, **new}:
        found += _subject(subject, old.get(subject), new.get(subject))
    for name in before.calendars.keys() & after.calendars.keys():
        found += _closed(name, before.calendars[name], after.calendars[name], since)
    return found


def _subject(
    subject: str, old: Mapping[str, str] | None, new: Mapping[str, str] | None
) -> Iterator[Difference]:
    if old is None or new is None:
        text = [_phrases(old), _phrases(new)]
        yield Difference(subject, None, text[0], text[1])
        return
    for aspect in {**old, **new}:
        if old.get(aspect) != new.get(aspect):
            yield Difference(subject, aspect, old.get(aspect), new.get(aspect))


def _phrases(parts: Mapping[str, str] | None) -> str | None:
    if parts is None:
        return None
    return "; ".join(
        f"{aspect} {phrase}" if aspect.startswith(("target", "step")) else phrase
        for aspect, phrase in parts.items()
    )


def _closed(name: str, old: CalendarSpec, new: CalendarSpec, since: date) -> Iterator[Difference]:
    """Closed days that came or went: holidays are compared by date, not by code."""
    was, now = ({day for day in _days(spec) if day >= since} for spec in (old, new))
    if now - was:
        yield Difference(f"calendar {name}", "closed days", None, _dates(now - was))
    if was - now:
        yield Difference(f"calendar {name}", "closed days", _dates(was - now), None)
    if _spans(old) != _spans(new):
        text = [f"{len(_spans(spec))} periods" for spec in (old, new)]
        yield Difference(f"calendar {name}", "closed periods", text[0], text[1])


def _days(spec: CalendarSpec) -> frozenset[date]:
    return frozenset().union(*(version.closed for version in spec.versions))


def _spans(spec: CalendarSpec) -> frozenset[tuple[int, int]]:
    return frozenset(span for version in spec.versions for span in version.closures)


def _dates(days: set[date]) -> str:
    shown = [day.isoformat() for day in sorted(days)[:_SHOWN_DATES]]
    if len(days) > _SHOWN_DATES:
        shown.append(f"{len(days) - _SHOWN_DATES} more")
    return joined(shown)
