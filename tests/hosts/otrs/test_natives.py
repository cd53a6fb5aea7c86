"""The recorded lifecycles' own escalation numbers against ours, told again on the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from slaplugin.app.reconcile import Compared, Comparison, Ours, reconcile
from slaplugin.app.reconcile.bench import Bench
from slaplugin.app.reconcile.values import target_of
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import Timeline
from slaplugin.core.rulebook import RuleBook
from slaplugin.hosts.config import HostConfig, Secret
from slaplugin.hosts.otrs import make_host
from slaplugin.hosts.otrs.natives import Natives, native_of
from slaplugin.hosts.otrs.wire import zone_of
from slaplugin.policyfiles.loader import load_policy_texts
from tests.hosts.otrs.standin import Clock, Desk, Server, epoch
from tests.hosts.otrs.standin.recordings import LAST_LIFECYCLE, Retelling, shown

TICKETS = tuple(str(number) for number in range(1, 26))
RESTRICTED = "9999"

NATIVE = """
profile: otrs
calendars:
  native: {timezone: UTC, hours: {mon-fri: "08:00-21:00"}}
policies:
  - name: support
    when: {group: Support}
    targets: {first_response: 1h, update: 4h, resolution: 8h}
  - name: billing
    when: {group: Billing}
    targets: {first_response: 2h, resolution: 16h}
  - name: vip
    when: {group: VIP Desk}
    targets: {first_response: 15m, update: 1h, resolution: 4h}
"""
OURS = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - {name: standard, targets: {first_response: 2h, next_response: 4h, resolution: 16h}}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The 25 lifecycles, as the recorded server lived them."""
    with Server(Desk(Clock("2026-10-21T07:00:00Z"))) as running:
        retelling = Retelling(running)
        retelling.lifecycles()
        retelling.close()
        running.desk.clock.set(LAST_LIFECYCLE)
        yield running


@pytest.fixture(scope="module")
def config(server: Server) -> HostConfig:
    return HostConfig(
        server.url, "otrs", user="sla.api", password=Secret("PASSWORD"), timezone="UTC"
    )


@pytest.fixture(scope="module")
def timelines(config: HostConfig) -> tuple[Timeline, ...]:
    host = make_host(config)
    try:
        return tuple(host.read(ticket).timeline for ticket in TICKETS)
    finally:
        host.close()


@pytest.fixture
def natives(config: HostConfig) -> Iterator[Natives]:
    made = Natives(config)
    yield made
    made.close()


def compared(text: str, timelines: tuple[Timeline, ...], natives: Natives) -> dict[str, Compared]:
    """Every ticket under this policy set, by its id."""
    policy_set = load_policy_texts({"policies.yaml": text}).required()
    rules = RuleBook.compile(policy_set, only_targeted=True)
    ours = [Ours(each, evaluate(each, rules, LAST_LIFECYCLE)) for each in timelines]
    found = reconcile(ours, natives, Bench(policy_set, "otrs"))
    return {each.timeline.ticket.id: each for each in found}


def clock_of(found: Compared, clock: str) -> Comparison:
    return next(each for each in found.clocks if each.clock == clock)


def keys(comparison: Comparison) -> list[str]:
    return [reason.key for reason in comparison.reasons]


# ---------------------------------------------------------------------- reading


def numbers(key: str) -> Any:
    """The recorded server's own answer."""
    return native_of(shown(key), zone_of("UTC"), LAST_LIFECYCLE)


def test_numbers_of_a_ticket_that_nobody_answered() -> None:
    first, update, solution = numbers("S22").clocks
    assert first.figures.due_at == epoch("2026-11-10T18:05:55Z")
    assert update.figures.due_at == epoch("2026-11-11T08:05:55Z")
    assert solution.figures.due_at == epoch("2026-11-11T12:05:55Z")
    assert (first.figures.stopped_at, first.figures.consumed) == (None, None)
    assert (first.figures.late, update.figures.late) == (True, True)


def test_numbers_of_a_closed_ticket() -> None:
    found = numbers("S10")
    first, _, solution = found.clocks
    assert found.agreement == "Gold 4h"
    assert (first.figures.consumed, first.figures.late, first.target) == (130 * 60, True, 30 * 60)
    assert solution.figures.stopped_at == epoch("2026-10-28T13:13:13Z")
    assert (solution.target, solution.last_stop) == (4 * 3600, True)


def test_an_answer_outside_the_working_hours_took_no_minute() -> None:
    first = numbers("S04").clocks[0]
    assert (first.figures.consumed, first.target) == (0, 15 * 60)


@pytest.mark.parametrize(
    ("used", "left", "target"), [(21, 38, 60), (45, 15, 60), (667, 292, 960), (60, 1, 61)]
)
def test_minutes_that_were_cut_down_add_up(used: int, left: int, target: int) -> None:
    assert target_of(used, left) == target * 60


def test_one_request_for_many_and_an_unreadable_one_among_them(
    natives: Natives, server: Server
) -> None:
    assert [each.id for each in natives.of(TICKETS)] == list(TICKETS)
    assert natives.client.transport.requests_made() == 2  # the session, and the tickets
    found = [each.id for each in natives.of([*TICKETS[:5], RESTRICTED, *TICKETS[5:8]])]
    assert found == list(TICKETS[:8])


# ---------------------------------------------------------------------- comparing


def test_the_same_targets_under_the_profile_give_the_same_numbers(
    timelines: tuple[Timeline, ...], natives: Natives
) -> None:
    found = compared(NATIVE, timelines, natives)
    differing = {
        (ticket, each.clock, tuple(keys(each)))
        for ticket, one in found.items()
        for each in one.clocks
        if each.verdict != "equal" and keys(each) != ["ended"]
    }
    assert differing == {
        # After a reopen the minutes go on, although there is no deadline any more.
        ("7", "resolution", ("resume",)),
        ("24", "resolution", ("resume",)),
        ("25", "resolution", ("resume",)),
        ("24", "first_response", ("closed time",)),
        # The note that a merge leaves is the host's answer; we do not count machines.
        ("8", "first_response", ("answer", "minutes")),
        ("9", "first_response", ("merge",)),
        ("9", "resolution", ("merge",)),
        # An SLA in place of the queue's targets; queues without any (facts 14).
        ("10", "first_response", ("agreement",)),
        ("10", "resolution", ("agreement",)),
        ("18", "first_response", ("today",)),
        ("18", "resolution", ("today",)),
        ("21", "first_response", ("today",)),
        ("21", "resolution", ("no target",)),
    }


def test_nothing_is_left_unexplained_under_our_own_rules(
    timelines: tuple[Timeline, ...], natives: Natives
) -> None:
    found = compared(OURS, timelines, natives)
    left = {
        (ticket, each.clock, each.open_questions)
        for ticket, one in found.items()
        for each in one.clocks
        if each.verdict == "unexplained"
    }
    assert left == set()
    assert keys(clock_of(found["3"], "first_response")) == ["reply", "agreement"]
    assert keys(clock_of(found["2"], "resolution")) == ["waiting", "agreement"]
    assert keys(clock_of(found["21"], "resolution")) == ["no target"]
    moved = clock_of(found["21"], "resolution").reasons[0].text
    assert moved.endswith("since it moved to Escalations")
    waits = clock_of(found["22"], "resolution")
    assert [reason.kind for reason in waits.reasons] == ["proved", "inferred"]
    assert "8h in the family's default hours" in waits.reasons[1].text
