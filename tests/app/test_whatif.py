"""What a draft would have made of the past: both sides, their differences, first targets."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from slaplugin.app.ports import Adoption, StoredInstance, StoredTicket, TicketRow
from slaplugin.app.promises import Promising
from slaplugin.app.whatif import Job, Measuring, PastTicket, WhatIf, past_ticket
from slaplugin.core.evaluate import evaluate, outcomes
from slaplugin.core.model import Event, Ticket
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.whatif import Bounds, Conclusion, concluded
from tests.columnar.pasts import MONDAY, NOW, loaded, pasts

OFFICE = """
calendars:
  office: {timezone: UTC, hours: {mon-fri: "09:00-17:00"}}
"""
IN_FORCE = loaded(
    OFFICE
    + """
policies:
  - name: standard
    targets: {first_response: 4h}
"""
)
HOUR = 3600
NINE = MONDAY + HOUR
EVERYTHING = Bounds()


def job(draft: str, bounds: Bounds = EVERYTHING) -> Job:
    adopted = (Adoption(MONDAY - 86400, IN_FORCE.hash),)
    return Job(IN_FORCE, loaded(draft), NOW, bounds, adopted, live_since=MONDAY - 86400)


def answered(name: str, minutes: int | None, facts: dict[str, object] | None = None) -> PastTicket:
    """A ticket of Monday 09:00, answered after so many minutes; None: never, and still open."""
    events = [Event(NINE * 1000, 0, "0", "created", {"by": "customer"})]
    if minutes is not None:
        events.append(Event((NINE + minutes * 60) * 1000, 1, "1", "agent_reply"))
    ticket = Ticket(
        "desk", name, f"N{name}", "Printer", facts={"group": "Support", **(facts or {})}
    )
    past = PastTicket(ticket, tuple(events), (), minutes is None)
    rules = RuleBook.compile(IN_FORCE, only_targeted=True)
    rows = tuple(
        StoredInstance(each, IN_FORCE.hash, not each.is_open)
        for each in outcomes(past.timeline, rules, NOW)
    )
    return replace(past, instances=rows)


def told(draft: str, tickets: list[PastTicket], share: Fraction | None = None) -> Conclusion:
    whatif = WhatIf(job(draft))
    comparison = whatif.empty()
    whatif.add(comparison, tickets)
    return concluded(comparison, share)


TIGHTER = OFFICE + "policies: [{name: standard, targets: {first_response: 1h}}]"
TICKETS = [answered("a", 30), answered("b", 90), answered("c", 300), answered("d", None)]


def test_attainment_before_and_after_is_exact() -> None:
    found = told(TIGHTER, TICKETS)
    (clock,) = found.clocks
    assert clock.before is not None
    assert clock.after is not None
    # The open one is overdue on both sides: a miss like any other (details 46).
    assert clock.before.share == Fraction(2, 4)
    assert clock.after.share == Fraction(1, 4)
    assert (found.tickets, found.changed_tickets) == (4, 1)


def test_what_changes_is_named_with_its_reason() -> None:
    found = told(TIGHTER, TICKETS)
    (change,) = found.top
    assert (change.id, change.was, change.now, change.reasons) == (
        "b",
        "hits",
        "misses",
        ("target",),
    )
    assert change.moved == -3 * HOUR
    (shift,) = found.shifts
    assert (shift.clock, shift.number) == ("first_response", 1)
    (moved,) = found.moved
    assert (moved.later, moved.number, moved.seconds) == (False, 4, 4 * 3 * HOUR)


@pytest.mark.parametrize(
    ("draft", "reasons"),
    [
        (TIGHTER, ("target",)),
        ("policies: [{name: standard, targets: {first_response: 1h}}]", ("target", "calendar")),
        (
            """
calendars: {day: {timezone: UTC, hours: {mon-fri: "09:00-09:30, 16:00-18:00"}}}
policies: [{name: standard, targets: {first_response: 4h, update: 8h}}]
""",
            ("calendar",),
        ),
        (
            OFFICE.replace("09:00-17:00", "06:00-11:00")
            + "policies: [{name: standard, targets: {first_response: 20m}}]",
            ("target",),
        ),
        (
            OFFICE.replace("09:00-17:00", "09:00-09:15, 10:00-10:20")
            + "policies: [{name: standard, targets: {first_response: 30m}}]",
            ("target", "hours"),
        ),
        (OFFICE + "policies: [{name: standard, targets: {first_response: none}}]", ("clock",)),
        (OFFICE + "policies: [{name: standard, targets: {resolution: 4h}}]", ("clock",)),
    ],
)
def test_reasons(draft: str, reasons: tuple[str, ...]) -> None:
    tickets = [answered("a", 90), answered("b", 8 * 60 - 1)]
    found = {
        each.reasons: each.number
        for each in told(draft, tickets).shifts
        if each.clock == "first_response"
    }
    assert reasons in found


def test_a_draft_says_what_live_evaluation_would_have_said() -> None:
    draft = OFFICE + "policies: [{name: standard, targets: {first_response: 1h, resolution: 9h}}]"
    whatif = WhatIf(job(draft))
    for past in pasts(random.Random("live"), IN_FORCE, 60):
        live = evaluate(past.timeline, whatif.draft, NOW, detail=False).instances
        assert whatif.after(past) == tuple(replace(each, steps=()) for each in live)


def test_a_finished_outcome_counts_as_recorded_an_open_one_as_derived() -> None:
    late = answered("x", 300)
    waived = replace(late.instances[0].instance, waived=True)
    recorded = replace(late, instances=(replace(late.instances[0], instance=waived),))
    whatif = WhatIf(job(TIGHTER))
    assert whatif.before(recorded) == (waived,)
    still_open = answered("y", None)
    stale = replace(still_open.instances[0].instance, outcome="pending", breached_at=None)
    kept = replace(still_open, instances=(replace(still_open.instances[0], instance=stale),))
    assert [each.outcome for each in whatif.before(kept)] == ["breached"]


def test_a_period_looks_at_what_was_decided_in_it() -> None:
    whatif = WhatIf(job(TIGHTER, Bounds(until=NINE + 2 * HOUR)))
    comparison = whatif.empty()
    whatif.add(comparison, TICKETS)
    (clock,) = concluded(comparison).clocks
    assert clock.before is not None
    assert clock.after is not None
    assert clock.before.counted == 2  # the others were decided later
    assert (clock.after["hits"], clock.after["misses"]) == (1, 3)


def test_suggested_targets() -> None:
    found = told(TIGHTER, TICKETS[:3], Fraction(2, 3))
    (clock,) = found.clocks
    assert clock.suggestion is not None
    assert (clock.suggestion.target, clock.suggestion.share) == (90 * 60, Fraction(2, 3))


def test_a_baseline_needs_no_target() -> None:
    measuring = Measuring(loaded(OFFICE + "policies: [{name: none}]"), EVERYTHING, NOW)
    measured = measuring.empty()
    measuring.add(measured, TICKETS)
    (first,) = [each for each in measured.result(Fraction(1, 2)) if each.clock == "first_response"]
    assert (first.counted, first.unended, first.median) == (3, 1, 90 * 60)
    assert first.suggestion is not None
    assert first.suggestion.target == 90 * 60


def test_parts_of_a_baseline_add_up() -> None:
    measuring = Measuring(IN_FORCE, EVERYTHING, NOW)
    whole, first, second = measuring.empty(), measuring.empty(), measuring.empty()
    measuring.add(whole, TICKETS)
    measuring.add(first, TICKETS[:1])
    measuring.add(second, TICKETS[1:])
    first.merge(second)
    assert first.result(Fraction(9, 10)) == whole.result(Fraction(9, 10))
    assert first.tickets == 4


def test_objectives_and_credits_of_both_sides() -> None:
    owing = (
        OFFICE
        + """
policies:
  - name: standard
    targets: {first_response: 1h}
    objectives:
      - {clock: first_response, share: 90%, per: month, timezone: UTC,
         credits: {table: [{below: 90%, credit: 5%}], base: 1000, currency: EUR}}
"""
    )
    acme = {"organization.name": "Acme"}
    tickets = [answered("a", 30, acme), answered("b", 90, acme)]
    parts = []
    for part in (tickets[:1], tickets[1:]):
        promising = Promising(WhatIf(job(owing)), "UTC")
        assert promising.any
        promising.add(part)
        parts.append(promising.result())
    parts[0].merge(parts[1])
    assert parts[0].before is not None
    assert parts[0].after is not None
    assert parts[0].before.owed() == {}
    (line,) = parts[0].after.lines()
    assert (line.told.share, line.told.met) == (Fraction(1, 2), False)
    assert {name: str(amount) for name, amount in parts[0].after.owed().items()} == {"EUR": "50.00"}


def test_a_stored_ticket_is_one_line_of_events() -> None:
    row = TicketRow("desk", "1", "1", "t", {"group": "x"}, frozenset(), 0)
    event = Event(2000, 0, "b", "note")
    stored = StoredTicket(
        row,
        events=(Event(3000, 0, "c", "note"), event),
        observed=(Event(1000, 0, "a", "field_changed"), replace(event, at_ms=9000)),
        amendments=(),
        instances=(),
    )
    found = past_ticket(stored)
    assert found is not None
    assert [each.id for each in found.events] == ["a", "b", "c"]
    assert past_ticket(replace(stored, row=replace(row, facts={}))) is None
