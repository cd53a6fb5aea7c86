"""``policy describe``: the set in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slaplugin.core.calendars import CalendarSpec
from slaplugin.core.policies import PolicySet
from slaplugin.policyfiles.facets import Facets, facets


def sentences(policy_set: PolicySet) -> dict[str, list[str]]:
    """Subject -> its sentences, in the order of reading."""
    found = {subject: list(_told(parts)) for subject, parts in facets(policy_set).items()}
    for name, spec in policy_set.calendars.items():
        found[f"calendar {name}"].extend(_closed(spec))
    if not any(subject.startswith("calendar ") for subject in found):
        found["the set"] = [
            *found.get("the set", []),
            "There is no calendar: time never stops.",
        ]
    return found


def _closed(spec: CalendarSpec) -> Iterator[str]:
    days = sorted({day for version in spec.versions for day in version.closed})
    if days:
        yield (
            f"Closed on {len(days)} public holidays and closing days from {days[0].year} "
            f"to {days[-1].year}, fixed when the set was read."
        )
    spans = sum(len(version.closures) for version in spec.versions)
    if spans:
        yield f"Closed during {spans} further periods."


def _told(parts: Facets) -> Iterator[str]:
    for aspect, phrase in parts.items():
        yield _sentence(aspect, phrase)


def _sentence(aspect: str, phrase: str) -> str:
    kind, _, rest = aspect.partition(" ")
    if kind == "condition":
        return f"Applies to {phrase}."
    if kind == "target":
        return f"{rest}: {phrase}."
    if kind == "step":
        return f"At {rest}: {phrase}."
    if kind == "objective":
        return f"Goal: {phrase}."
    return f"{phrase[0].upper()}{phrase[1:]}."


def as_text(told: Mapping[str, list[str]]) -> str:
    """Headings with a list under each."""
    blocks = []
    for subject, lines in told.items():
        blocks.append(
            "\n".join([f"{subject[0].upper()}{subject[1:]}", *(f"  - {x}" for x in lines)])
        )
    return "\n\n".join(blocks)
