"""Why a helpdesk's number is not ours: each reason once, and none where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from slaplugin.app.agreements import Agreement, HostCalendar, Promise
from slaplugin.app.reconcile import (
    EARLIEST,
    Comparison,
    Figures,
    NativeClock,
    NativeTicket,
    Ours,
    reconcile,
)
from slaplugin.app.reconcile.bench import Bench
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import Event, Ticket, Timeline
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.loader import load_policy_texts

HOUR = 3600
MONDAY = 1_773_039_600
"""9 March 2026, 08:00 in Berlin, where the office opens at nine."""
POLICY = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    targets: {first_response: {high: 1h, default: 4h}, resolution: 8h}
    sub:
      - {name: second, when: {group: Second}, targets: {first_response: 2h}}
"""
CREATED: tuple[Any, ...] = (1, "created", {"by": "customer"})


def at(hours: float) -> int:
    """Hours after 08:00: 1 is nine o'clock, when the office opens."""
    return MONDAY + int(hours * HOUR)


def timeline(*told: tuple[Any, ...]) -> Timeline:
    """Events as (hours after eight, kind, payload); ``ours`` in the payload marks our own."""
    events = []
    for place, (hours, kind, data) in enumerate(told):
        kept = {key: value for key, value in data.items() if key != "ours"}
        ours = bool(data.get("ours"))
        events.append(Event(at(hours) * 1000, place, str(place), kind, kept, ours=ours))
    facts = {"group": "First", "priority": "normal", "state": "new", "state_kind": "new"}
    return Timeline(Ticket("desk", "1", facts=facts), tuple(events))


@dataclass
class Told:
    """A helpdesk that says what it is told to."""

    ticket: NativeTicket
    family: str = "zammad"
    asked: list[list[str]] = field(default_factory=list)

    def of(self, ticket_ids: Sequence[str]) -> Iterator[NativeTicket]:
        self.asked.append(list(ticket_ids))
        yield self.ticket

    def close(self) -> None:
        """Nothing is open."""


def compared(
    past: Timeline, native: NativeTicket, now: float, family: str = "zammad", text: str = POLICY
) -> Comparison | None:
    """The one number, compared at so many hours after eight."""
    policy_set = load_policy_texts({"policies.yaml": text}).required()
    rules = RuleBook.compile(policy_set, only_targeted=True)
    ours = Ours(past, evaluate(past, rules, at(now)))
    (found,) = reconcile([ours], Told(native, family), Bench(policy_set, family))
    return found.clocks[0] if found.clocks else None


def number(clock: str = "first_response", *, target: int | None = None, **figures: Any) -> Any:
    """A helpdesk that has this one number; instants in hours after eight."""
    instants: dict[str, Any] = {
        name: at(value) if name in ("due_at", "stopped_at") else value
        for name, value in figures.items()
    }
    return NativeTicket("1", (NativeClock(clock, "field", Figures(**instants), target),))


def reasons(found: Comparison | None) -> tuple[str, list[str]]:
    if found is None:
        return ("nothing", [])
    return (found.verdict, [reason.key for reason in found.reasons])


ANSWERED = (CREATED, (2, "agent_reply", {"channel": "email"}))
NOTED = (CREATED, (2, "agent_reply", {"channel": "note"}), (3, "agent_reply", {"channel": "email"}))
WAITED = (
    CREATED,
    (2, "state_changed", {"to": "pending", "kind": "waiting_customer"}),
    (4, "state_changed", {"to": "open", "kind": "open"}),
)
REOPENED: tuple[Any, ...] = (CREATED, (2, "closed", {}), (3, "reopened", {}), (4, "closed", {}))
MOVED = (CREATED, (2, "group_changed", {"to": "Second"}))
RAISED = (CREATED, (2, "priority_changed", {"to": "high", "ours": True}))
EXTENDED = (CREATED, (2, "extended", {"clock": "first_response", "add": HOUR}))


@pytest.mark.parametrize(
    ("past", "native", "family", "verdict"),
    [
        # Equal, within what a helpdesk that counts minutes can tell.
        (ANSWERED, number(stopped_at=2, consumed=HOUR, late=False), "zammad", ("equal", [])),
        (ANSWERED, number(stopped_at=2, consumed=HOUR - 60), "zammad", ("equal", [])),
        ((CREATED,), number(due_at=5 + 1 / 3600), "zammad", ("equal", [])),
        # Another idea of what an answer is.
        (NOTED, number(stopped_at=3, consumed=2 * HOUR), "zammad", ("explained", ["reply"])),
        # Time that the one counts and the other does not.
        (WAITED, number(due_at=7), "zammad", ("explained", ["waiting"])),
        (WAITED, number("resolution", due_at=9), "otrs", ("explained", ["waiting"])),
        # What a close means.
        (
            REOPENED,
            number("resolution", stopped_at=2, consumed=HOUR),
            "zammad",
            ("explained", ["reopen"]),
        ),
        (
            REOPENED,
            number("resolution", stopped_at=4, consumed=3 * HOUR),
            "otrs",
            ("explained", ["closed time"]),
        ),
        # Which terms applied when.
        (MOVED, number(due_at=5), "zammad", ("explained", ["creation"])),
        (RAISED, number(due_at=2), "zammad", ("explained", ["own"])),
        (EXTENDED, number(due_at=5), "zammad", ("explained", ["amendment"])),
        # Other terms: told by its figures, or fitting.
        (
            ANSWERED,
            number(stopped_at=2, consumed=HOUR, late=True, target=1800),
            "zammad",
            ("explained", ["agreement"]),
        ),
        ((CREATED,), number(due_at=4), "zammad", ("explained", ["agreement"])),
        # One of the two is silent.
        ((CREATED,), number(), "zammad", ("explained", ["no target"])),
        (WAITED[:2], number("resolution"), "otrs", ("equal", [])),
        ((CREATED, (2, "closed", {})), number("resolution"), "zammad", ("explained", ["ended"])),
        ((CREATED,), number("update", due_at=5), "otrs", ("explained", ["no target"])),
        # One date for all: the first that is due.
        ((CREATED,), number(EARLIEST, due_at=5), "rt", ("equal", [])),
        (ANSWERED, number(EARLIEST, due_at=9), "rt", ("equal", [])),
        (WAITED, number(EARLIEST, due_at=5), "rt", ("equal", [])),
        # No reason is better than a wrong one.
        ((CREATED,), number(due_at=3.53), "zammad", ("unexplained", [])),
        (ANSWERED, number(stopped_at=2.5), "zammad", ("unexplained", [])),
    ],
)
def test_reasons(past: Any, native: NativeTicket, family: str, verdict: Any) -> None:
    assert reasons(compared(timeline(*past), native, 4.5, family)) == verdict


def test_what_is_left_open_is_named() -> None:
    found = compared(timeline(*ANSWERED), number(stopped_at=2.5, consumed=99), 4)
    assert found is not None
    assert found.open_questions == ("stopped_at", "consumed")
    assert (found.ours.stopped_at, found.host.stopped_at) == (at(2), at(2.5))


def test_two_reasons_together() -> None:
    """The helpdesk neither takes the note for an answer nor counts the time after it."""
    past = timeline(
        CREATED,
        (2, "agent_reply", {"channel": "note"}),
        (2, "state_changed", {"to": "pending", "kind": "waiting_customer"}),
        (4, "state_changed", {"to": "open", "kind": "open"}),
        (5, "agent_reply", {"channel": "email"}),
    )
    found = compared(past, number(stopped_at=5, consumed=2 * HOUR), 6)
    assert reasons(found) == ("explained", ["reply", "waiting"])


def test_an_agreement_that_can_be_read_is_the_proof() -> None:
    terms = Agreement("Gold", {"first_response": Promise(2 * HOUR, "late shift")})
    week = (((10 * HOUR, 18 * HOUR),),) * 5 + ((), ())
    hours = {"late shift": HostCalendar("late shift", "Europe/Berlin", week)}
    native = replace(number(due_at=4), agreement="Gold", terms=terms, hours=hours)
    found = compared(timeline(CREATED), native, 2)
    assert reasons(found) == ("explained", ["agreement"])
    assert found is not None
    (reason,) = found.reasons
    assert reason.kind == "proved"
    assert reason.text == "'Gold' of the helpdesk allows 2h in late shift (we 4h in office)"


def test_no_open_time_between_closing_and_opening() -> None:
    """R2 names the closing, 17:00; others the next opening."""
    found = compared(timeline(CREATED), number("resolution", due_at=25), 4)
    assert reasons(found) == ("explained", ["boundary"])


def test_an_internal_note_that_the_helpdesk_took_for_the_answer() -> None:
    past = timeline(CREATED, (2, "note", {}), (3, "agent_reply", {}))
    found = compared(past, number(stopped_at=2), 4, "otrs")
    assert found is not None
    assert reasons(found) == ("explained", ["answer"])
    assert found.reasons[0].text.startswith("the helpdesk's answer was an internal note")


def test_other_opening_hours_between_the_same_instants() -> None:
    native = number(stopped_at=2, consumed=100 * 60)
    found = compared(timeline(*ANSWERED), native, 4, "otrs")
    assert reasons(found) == ("explained", ["calendar"])
    assert found is not None
    assert found.reasons[0].kind == "told"


def test_a_verdict_of_an_earlier_set_is_named() -> None:
    """The store keeps finished outcomes; today's policies would have said what the host says."""
    policy_set = load_policy_texts({"policies.yaml": POLICY}).required()
    past = timeline(*ANSWERED)
    rules = RuleBook.compile(policy_set, only_targeted=True)
    judged = evaluate(past, rules, at(4))
    older = tuple(replace(item, elapsed=0) for item in judged.instances)
    ours = Ours(past, replace(judged, instances=older))
    native = number(stopped_at=2, consumed=HOUR)
    (found,) = reconcile([ours], Told(native), Bench(policy_set, "zammad"))
    assert reasons(found.clocks[0]) == ("explained", ["policies"])


def test_nothing_is_compared_where_neither_has_a_number() -> None:
    past = timeline((1, "created", {"by": "agent"}))
    assert compared(past, number(), 4) is None


def test_tickets_are_asked_for_in_batches() -> None:
    policy_set = load_policy_texts({"policies.yaml": POLICY}).required()
    rules = RuleBook.compile(policy_set, only_targeted=True)
    past = timeline(CREATED)
    ours = [
        Ours(
            replace(past, ticket=replace(past.ticket, id=str(place))), evaluate(past, rules, at(2))
        )
        for place in range(250)
    ]
    told = Told(number())
    list(reconcile(ours, told, Bench(policy_set, "zammad")))
    assert [len(batch) for batch in told.asked] == [100, 100, 50]
