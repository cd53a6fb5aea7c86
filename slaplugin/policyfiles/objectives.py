"""The ``objectives:`` of a policy (policy-language §8, details 46)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import cast, get_args

from slaplugin.core.calendars import ALWAYS
from slaplugin.core.objectives import CreditStep, CreditTable, Objective
from slaplugin.core.periods import Period
from slaplugin.policyfiles.calendars import known_calendar, zone_name
from slaplugin.policyfiles.conditions import field_hint
from slaplugin.policyfiles.context import Names
from slaplugin.policyfiles.cursor import Cursor
from slaplugin.policyfiles.scalars import amount, duration, share, whole_number
from slaplugin.policyfiles.vocabulary import field_is_known

PERIODS: tuple[str, ...] = get_args(Period)
MONEY_KEYS = frozenset({"base", "currency", "cap", "rounding", "min_count"})
CREDIT_KEYS = MONEY_KEYS | {"table"}
OBJECTIVE_KEYS = MONEY_KEYS | {
    "clock",
    "availability",
    "share",
    "within",
    "per",
    "timezone",
    "during",
    "calendar",
    "credits",
}


def parse_objectives(
    at: Cursor, names: Names, *, count_unanswered: bool = False
) -> tuple[Objective, ...]:
    """The list of objectives of a policy."""
    found = (
        parse_objective(item, names, count_unanswered=count_unanswered)
        for item in at.items_or_one("objectives")
    )
    objectives = tuple(objective for objective in found if objective is not None)
    _check_currencies(at, objectives)
    return objectives


def _check_currencies(at: Cursor, objectives: Iterable[Objective]) -> None:
    """What is owed under one policy is one sum, which its caps are a share of."""
    tables = [each.credits for each in objectives if each.credits is not None]
    named = {table.currency for table in tables if table.base is not None and table.currency}
    if len(named) > 1:
        at.fail(
            "the credits of one policy must be in one currency, and these are in"
            f" {', '.join(sorted(filter(None, named)))}",
            "name one currency in all of them, or give one of them to a policy of its own",
        )


def parse_objective(
    at: Cursor, names: Names, *, count_unanswered: bool = False
) -> Objective | None:
    """One objective; None where something about it is wrong."""
    before = len(at.findings.errors)
    fields = at.fields("an objective", OBJECTIVE_KEYS)
    _check_kind(at, fields)
    goal = share(fields["share"], "share") if "share" in fields else None
    if "share" not in fields and at.is_table:
        at.fail("an objective needs its 'share'", "write share: 95%")
    per = fields["per"].one_of("period", PERIODS) if "per" in fields else None
    if per is not None and "timezone" not in fields:
        at.warn("the periods of this objective are those of UTC", "say timezone: Europe/Berlin")
    objective = Objective(
        share=goal or Fraction(0),
        clock=names.clock(fields["clock"]) if "clock" in fields else None,
        availability=names.clock(fields["availability"]) if "availability" in fields else None,
        within=duration(fields["within"], "within") if "within" in fields else None,
        per=cast("Period | None", per),
        zone=(zone_name(fields["timezone"]) if "timezone" in fields else None) or "UTC",
        during=_calendar(fields["during"], names) if "during" in fields else None,
        calendar=(_calendar(fields["calendar"], names) if "calendar" in fields else None) or ALWAYS,
        credits=_credits(fields),
        count_unanswered=count_unanswered,
    )
    return objective if len(at.findings.errors) == before else None


def _check_kind(at: Cursor, fields: Mapping[str, Cursor]) -> None:
    if not at.is_table:
        return
    if ("clock" in fields) == ("availability" in fields):
        at.fail("an objective needs either 'clock' or 'availability'", "write clock: resolution")
    elif "availability" in fields:
        for key in sorted({"within", "during"} & set(fields)):
            fields[key].fail_key(f"'{key}' does not go with 'availability'", "leave it out")
    elif "calendar" in fields:
        fields["calendar"].fail_key("'calendar' belongs to 'availability'", "did you mean during?")


def _calendar(at: Cursor, names: Names) -> str | None:
    name = at.text("calendar")
    return name if name is not None and known_calendar(at, name, names.calendars) else None


# ---------------------------------------------------------------------- credits


def _credits(fields: Mapping[str, Cursor]) -> CreditTable | None:
    """A list of lines, or a mapping with ``table``; money keys stand in it or beside it."""
    beside = {key: fields[key] for key in MONEY_KEYS if key in fields}
    if "credits" not in fields:
        for key in sorted(set(beside) - {"min_count"}):
            beside[key].fail_key(f"'{key}' belongs to 'credits'", "add credits, or leave it out")
        return None
    at = fields["credits"]
    if not at.is_table:
        return _table(at, beside)
    inside = at.fields("credits", CREDIT_KEYS)
    for key in sorted(set(inside) & set(beside)):
        inside[key].fail_key(f"'{key}' is given twice", "keep one of the two")
    if "table" not in inside:
        at.fail("credits need their 'table'", "write table: [{below: 90%, credit: 5%}]")
        return None
    return _table(inside.pop("table"), {**beside, **inside})


def _table(at: Cursor, money: Mapping[str, Cursor]) -> CreditTable:
    steps = [step for item in at.items("a credit table") if (step := _line(item)) is not None]
    rounding = amount(money["rounding"], "rounding") if "rounding" in money else None
    if rounding is not None and rounding == 0:
        money["rounding"].fail("rounding must be more than nothing", "write rounding: 0.01")
    return CreditTable(
        steps=tuple(steps),
        base=_base(money["base"]) if "base" in money else None,
        currency=money["currency"].text("currency") if "currency" in money else None,
        cap=share(money["cap"], "cap") if "cap" in money else None,
        rounding=rounding or Decimal("0.01"),
        min_count=(whole_number(money["min_count"], "min_count") if "min_count" in money else 0)
        or 0,
    )


def _line(at: Cursor) -> CreditStep | None:
    fields = at.fields("a line of a credit table", ("below", "credit"))
    if set(fields) != {"below", "credit"}:
        if at.is_table:
            at.fail("a credit line needs 'below' and 'credit'", "write {below: 90%, credit: 5%}")
        return None
    below, credit = share(fields["below"], "below"), share(fields["credit"], "credit")
    if below is None or credit is None:
        return None
    return CreditStep(below, credit, fields["credit"].shown)


def _base(at: Cursor) -> Decimal | str | None:
    """An amount, or ``{field: organization.fields.fee}``."""
    if not at.is_table:
        return amount(at, "base")
    fields = at.fields("base", ("field",))
    name = fields["field"].text("field") if "field" in fields else None
    if name is not None and not field_is_known(name):
        fields["field"].fail(f"unknown field '{name}'", field_hint(name, fields["field"]))
        return None
    return name
