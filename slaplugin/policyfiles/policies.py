"""The ``policies:`` section: layers in layers, flattened, parents first (policy-language §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, cast

from slaplugin.core.conditions import ALWAYS_TRUE
from slaplugin.core.policies import (
    ChangeRule,
    MarksRule,
    Mode,
    Origin,
    Policy,
    Tighten,
)
from slaplugin.policyfiles.calendars import known_calendar
from slaplugin.policyfiles.conditions import parse_condition
from slaplugin.policyfiles.context import Names
from slaplugin.policyfiles.cursor import Cursor, suggestion
from slaplugin.policyfiles.objectives import parse_objectives
from slaplugin.policyfiles.scalars import duration, local_date
from slaplugin.policyfiles.steps import parse_steps
from slaplugin.policyfiles.targets import parse_targets
from slaplugin.policyfiles.vocabulary import MODES

POLICY_KEYS = frozenset(
    {
        "name",
        "rank",
        "when",
        "effective",
        "calendar",
        "targets",
        "pause",
        "reopen_within",
        "change",
        "mode",
        "enforce_from",
        "steps",
        "objectives",
        "marks",
        "count_unanswered",
        "sub",
    }
)
TIGHTEN = ("retroactive", "restart", "floor")
LOOSEN = ("extend", "keep")
MARKS = ("keep", "while_overdue")


@dataclass(slots=True)
class Layers:
    """The policies read so far, and where each stands."""

    names: Names
    policies: dict[str, Policy] = field(default_factory=dict)
    places: dict[str, Cursor] = field(default_factory=dict)

    def read(self, at: Cursor, parent: Policy | None = None) -> None:
        """Read a list of policies, each followed by the layers in it."""
        if at.is_table:
            at.fail("policies must be a list", "write - name: standard")
            return
        for item in at.items("sub" if parent else "policies"):
            self._one(item, parent)

    def _one(self, at: Cursor, parent: Policy | None) -> None:
        name = self._name(at)
        place = at.named(f"policies.{name}") if name else at
        fields = place.fields(f"policy '{name}'" if name else "a policy", POLICY_KEYS)
        policy = self._policy(name or at.path, fields, parent, place)
        if name is not None:
            first = self.places.setdefault(name, place)
            if first is place:
                self.policies[name] = policy
            else:
                where = f"{first.file} line {first.node.place.line}"
                fields["name"].fail(
                    f"two policies are called '{name}', the first in {where}",
                    "names are unique in all files of a set",
                )
        if "sub" in fields:
            self.read(fields["sub"], policy)

    def _name(self, at: Cursor) -> str | None:
        if not at.is_table:
            return None
        found = at.table("a policy").get("name")
        if found is None:
            at.fail("a policy needs its 'name'", "write - name: standard")
            return None
        return found.text("name")

    def _policy(
        self, name: str, fields: Mapping[str, Cursor], parent: Policy | None, at: Cursor
    ) -> Policy:
        names = self.names
        first, last = _effective(fields["effective"]) if "effective" in fields else (None, None)
        unanswered = (
            fields["count_unanswered"].flag("count_unanswered")
            if "count_unanswered" in fields
            else None
        )
        counts = unanswered if unanswered is not None else bool(parent and parent.count_unanswered)
        return Policy(
            name=name,
            parent=parent.name if parent else None,
            rank=_rank(fields["rank"]) if "rank" in fields else None,
            when=parse_condition(fields["when"], names) if "when" in fields else ALWAYS_TRUE,
            effective_from=first,
            effective_until=last,
            calendar=_calendar(fields["calendar"], names) if "calendar" in fields else None,
            targets=parse_targets(fields["targets"], names) if "targets" in fields else {},
            pause=_pause(fields["pause"], names) if "pause" in fields else None,
            reopen_within=_reopen(fields),
            change=_change(fields["change"]) if "change" in fields else None,
            mode=cast("Mode | None", _word(fields, "mode", MODES)),
            enforce_from=_enforce_from(fields),
            steps=parse_steps(fields["steps"], names) if "steps" in fields else None,
            objectives=parse_objectives(fields["objectives"], names, count_unanswered=counts)
            if "objectives" in fields
            else None,
            marks=cast("MarksRule | None", _word(fields, "marks", MARKS)),
            count_unanswered=unanswered,
            origin=_origin(at),
        )


def _origin(at: Cursor) -> Origin:
    place = at.node.place
    return Origin(place.file, place.line, place.column, at.path)


def _word(fields: Mapping[str, Cursor], key: str, allowed: tuple[str, ...]) -> str | None:
    return fields[key].one_of(key, allowed) if key in fields else None


def _rank(at: Cursor) -> int | None:
    if isinstance(at.value, int) and not isinstance(at.value, bool):
        return at.value
    at.fail(f"rank must be a whole number, not '{at.shown}'", "write rank: 20")
    return None


def _calendar(at: Cursor, names: Names) -> str | None:
    name = at.text("calendar")
    return name if name is not None and known_calendar(at, name, names.calendars) else None


def _effective(at: Cursor) -> tuple[date | None, date | None]:
    fields = at.fields("effective", ("from", "until"))
    first = local_date(fields["from"], "from") if "from" in fields else None
    last = local_date(fields["until"], "until") if "until" in fields else None
    if first is not None and last is not None and last < first:
        at.fail(f"effective until {last} is before from {first}", "the day of 'until' is included")
    return first, last


def _pause(at: Cursor, names: Names) -> frozenset[str]:
    found = (names.clock(item) for item in at.items_or_one("pause"))
    return frozenset(name for name in found if name is not None)


def _reopen(fields: Mapping[str, Cursor]) -> int | None:
    if "reopen_within" not in fields:
        return None
    return duration(fields["reopen_within"], "reopen_within", days=True, zero=True)


def _enforce_from(fields: Mapping[str, Cursor]) -> date | None:
    return local_date(fields["enforce_from"], "enforce_from") if "enforce_from" in fields else None


def _change(at: Cursor) -> ChangeRule:
    fields = at.fields("change", ("tighten", "loosen"))
    loosen = _word(fields, "loosen", LOOSEN) or "extend"
    tighten = _tighten(fields["tighten"]) if "tighten" in fields else Tighten()
    return ChangeRule(tighten, cast(Literal["extend", "keep"], loosen))


def _tighten(at: Cursor) -> Tighten:
    if at.is_table:
        fields = at.fields("tighten", ("floor",))
        floor = duration(fields["floor"], "floor") if "floor" in fields else None
        return Tighten("floor", floor or 0)
    word = at.text("tighten")
    if word == "floor":
        at.fail("a floor needs its duration", "write tighten: {floor: 30m}")
    elif word in ("retroactive", "restart"):
        return Tighten(cast(Literal["retroactive", "restart"], word))
    elif word is not None:
        at.fail(f"unknown tighten '{word}'", suggestion(word, TIGHTEN))
    return Tighten()
