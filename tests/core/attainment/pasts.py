"""Pasts of known outcome, made by hand: no engine judges them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from slaplugin.core.attainment import Contracts
from slaplugin.core.calendars import CalendarSpec, CalendarVersion
from slaplugin.core.model import ClockInstance, Ticket
from slaplugin.core.objectives import CreditStep, CreditTable, Objective
from slaplugin.core.past import Past, Stage
from slaplugin.core.policies import Policy, PolicySet
from slaplugin.core.rulebook import RuleBook

HOUR = 3600
OFFICE = (((9 * HOUR, 17 * HOUR),),) * 5 + ((), ())


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


NOW = at("2026-03-31T23:59:59+02:00")


def share(percent: str) -> Fraction:
    return Fraction(percent) / 100


def credits_of(*lines: tuple[str, str], **more: Any) -> CreditTable:
    """``("90", "5")``: below 90 % five per cent are owed."""
    steps = (CreditStep(share(below), share(owed), f"{owed}%") for below, owed in lines)
    return CreditTable(tuple(steps), **more)


def objective(percent: str = "90", **more: Any) -> Objective:
    """Of first responses, by months in Berlin."""
    given = {"per": "month", "zone": "Europe/Berlin", **more}
    if "availability" not in given:
        given = {"clock": "first_response", **given}
    return Objective(share(percent), **given)


def contracts(*policies: Policy, zone: str = "UTC") -> Contracts:
    """With one calendar, berlin: Monday to Friday nine to five."""
    calendar = CalendarSpec("berlin", (CalendarVersion("Europe/Berlin", OFFICE),))
    given = policies or (Policy("standard"),)
    return Contracts(RuleBook.compile(PolicySet({"berlin": calendar}, policies=given)), zone)


def met(end: str | int, **more: Any) -> ClockInstance:
    """A first response in time."""
    decided = _instant(end)
    return _instance(**{"status": "stopped", "outcome": "met", "stopped_at": decided, **more})


def missed(end: str | int, **more: Any) -> ClockInstance:
    """A first response that came an hour late."""
    decided = _instant(end)
    given = {
        "status": "stopped",
        "outcome": "breached",
        "breached_at": decided,
        "stopped_at": decided + HOUR,
        "elapsed": 5 * HOUR,
        **more,
    }
    return _instance(**given)


def pending(**more: Any) -> ClockInstance:
    """Open and not due yet."""
    return _instance(status="running", outcome="pending", started_at=NOW - HOUR, **more)


def past(ticket: str, *instances: ClockInstance, **facts: Any) -> Past:
    """A ticket with these clocks and one stage, in which the facts were in force."""
    born = min((each.started_at for each in instances), default=NOW - HOUR)
    stage = Stage(born, NOW, facts, waiting=False)
    row = Ticket("desk", ticket, f"4{ticket}", f"Ticket {ticket}", facts=facts)
    return Past(row, (), instances, (stage,), NOW)


def pasts(*instances: ClockInstance, facts: Mapping[str, Any] | None = None) -> Iterator[Past]:
    """A ticket for each instance."""
    for number, instance in enumerate(instances, start=1):
        yield past(str(number), instance, **(facts or {}))


def _instant(given: str | int) -> int:
    return at(given) if isinstance(given, str) else given


def _instance(**given: Any) -> ClockInstance:
    end = given.get("stopped_at") or NOW
    made: dict[str, Any] = {
        "clock": "first_response",
        "instance": 1,
        "started_at": end - HOUR,
        "start_event": "created",
        "policy": "standard",
        "calendar": "berlin",
        "target": 4 * HOUR,
        "elapsed": HOUR,
        **given,
    }
    return ClockInstance(**made)
