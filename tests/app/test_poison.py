"""One ticket that cannot be judged does not stop the rest."""

from __future__ import annotations

import pytest

from slaplugin.app.errors import BrakeError, HookError, LeaseHeldError, TicketHeldError
from slaplugin.app.ports import Agent
from slaplugin.hosts.memory import Draft
from slaplugin.testing import NoHooks
from tests.app.desk_of import HEAD, HOUR, policy_set, with_steps


def test_an_unknown_state_holds_that_ticket_alone(live):
    desk = live()
    bad, good = desk.host.create(), desk.host.create()
    read = desk.host.read

    def unknown_state(ticket_id):
        if ticket_id == bad:
            raise TicketHeldError("state 'in the oven' is unknown; name it in states.*")
        return read(ticket_id)

    desk.host.read = unknown_state
    report = desk.sync(after=3 * HOUR)
    assert [str(problem) for problem in report.problems] == [
        "ticket 1: state 'in the oven' is unknown; name it in states.*"
    ]
    assert desk.ticket(good).tags == {"sla-risk"}
    assert desk.store.row("memory", bad).held is not None

    desk.host.read = read
    desk.sync(after=60)
    assert desk.store.row("memory", bad).held is None
    assert desk.ticket(bad).tags == {"sla-risk"}


def test_holds_last_longer_each_time(live):
    desk = live(hold=60, hold_at_most=300)
    bad = desk.host.create()

    def broken(ticket_id):
        raise TicketHeldError("no")

    desk.host.read = broken
    pauses = []
    for _ in range(4):
        desk.sync(after=301)
        pauses.append(desk.store.row("memory", bad).held_until - desk.clock.now())
    assert pauses == [60, 120, 240, 300]
    assert desk.audit(bad) == ["held"]


class Facts(NoHooks):
    """A hook whose answers the test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, object] = {}
        self.pause: str | None = None
        self.fails = False

    def ticket_facts(self, timeline):
        if self.fails:
            raise HookError("crm", "ticket_facts", "hooks/crm.py:12", "KeyError: 'tier'")
        return self.facts

    def pause_reason(self, timeline):
        return self.pause


def test_a_failing_hook_holds_the_ticket_and_names_its_place(live):
    desk = live()
    ticket = desk.host.create()
    desk.hooks = Facts()
    desk.hooks.fails = True
    [problem] = desk.sync(after=3 * HOUR).problems
    assert "hooks/crm.py:12" in problem.message
    assert desk.host.written == []

    desk.hooks.fails = False
    desk.sync(after=60)
    assert desk.ticket(ticket).tags == {"sla-risk"}


def test_facts_of_a_hook_count_from_creation_and_changes_are_observed(live):
    desk = live(
        HEAD
        + """    sub:
      - {name: gold, when: {facts.tier: gold}, targets: {first_response: 1h}}
"""
    )
    desk.hooks = Facts()
    desk.hooks.facts = {"facts.tier": "gold"}
    ticket = desk.host.create()
    desk.sync(after=60)
    assert [item.policy for item in desk.instances(ticket)] == ["gold"]
    assert desk.store.ticket("memory", ticket).observed == ()

    desk.hooks.facts = {"facts.tier": "silver"}
    desk.host.tag(ticket, "x")
    desk.sync(after=60)
    assert [item.policy for item in desk.instances(ticket)] == ["standard"]


def test_a_pause_reason_stops_a_pausing_clock_while_it_lasts(live):
    desk = live(HEAD.replace("first_response", "resolution"))
    desk.hooks = Facts()
    ticket = desk.host.create()
    desk.sync(after=60)
    desk.hooks.pause = "a blocking issue"
    desk.host.tag(ticket, "x")
    desk.sync(after=60)
    assert [item.status for item in desk.instances(ticket)] == ["paused"]
    desk.hooks.pause = None
    desk.host.tag(ticket, "y")
    desk.sync(after=HOUR)
    [clock] = desk.instances(ticket)
    assert (clock.status, clock.paused) == ("running", HOUR)


def test_a_host_that_suddenly_lists_nothing_stops_the_run(live):
    desk = live(sweep_interval=HOUR)
    tickets = [desk.host.create() for _ in range(20)]
    desk.sync(after=60)
    for ticket in tickets:
        desk.host.delete(ticket)
    with pytest.raises(BrakeError, match="20 of 20 open tickets"):
        desk.sync(after=2 * HOUR)
    assert [item.status for item in desk.instances(tickets[0])] == ["running"]

    desk.set_option(accept_missing=True)
    desk.sync(after=60)
    assert [item.status for item in desk.instances(tickets[0])] == ["void"]


def test_a_ticket_that_the_store_cannot_keep_is_held_alone(live):
    desk = live()
    bad, good = desk.host.create(), desk.host.create()
    desk.host.tickets[bad].facts["fields.broken"] = object()
    report = desk.sync(after=3 * HOUR)
    assert [problem.ticket for problem in report.problems] == [bad]
    assert desk.ticket(good).tags == {"sla-risk"}
    assert desk.sync(after=5).problems == ()


def test_a_held_ticket_is_read_again_before_anything_clears_it(live):
    desk = live()
    ticket = desk.host.create()
    desk.sync(after=60)
    read = desk.host.read

    def unknown_state(ticket_id):
        raise TicketHeldError("unknown state")

    desk.host.read = unknown_state
    desk.host.agent_replies(ticket)
    desk.sync(after=10)
    desk.host.party("customer", "c1", vip=True)
    assert len(desk.sync(after=10).problems) == 1

    desk.host.read = read
    desk.sync(after=HOUR)
    assert [item.outcome for item in desk.instances(ticket)] == ["met"]


class BrokenChooser(NoHooks):
    """A plugin whose choice of an assignee fails."""

    def choose_assignee(self, timeline, group, candidates):
        raise HookError("rota", "assignee", "hooks/rota.py:3", "no rota for today")


def test_a_failing_choice_of_assignee_holds_the_ticket_and_nothing_of_it_is_written(live):
    desk = live(
        with_steps("{at: breach, do: [mark, {owner: least_loaded}]}")
        + "  - {name: billing, when: {group: Billing}, targets: {first_response: 4h}}\n"
    )
    desk.host.agents["Support"] = [Agent("anna", "Anna")]
    desk.hooks = BrokenChooser()
    held, other = desk.host.create(), desk.host.create(Draft(group="Billing"))
    report = desk.sync(after=4 * HOUR + 1)
    assert [str(problem) for problem in report.problems] == [
        "ticket #1: plugin rota: assignee failed at hooks/rota.py:3: no rota for today"
    ]
    assert (desk.ticket(held).tags, desk.ticket(other).tags) == (set(), {"sla-breach"})

    desk.hooks = NoHooks()
    desk.sync(after=120)
    assert desk.ticket(held).values["owner"] == "anna"


def test_a_policy_set_that_forgot_a_group_is_mended_by_the_next_one(live):
    desk = live()
    ticket = desk.host.create()
    desk.sync(after=HOUR)
    desk.policies.adopt(policy_set(HEAD.replace("group: Support", "group: Nobody")))
    desk.sync(after=60)
    assert [item.target for item in desk.instances(ticket)] == [None]
    desk.policies.adopt(policy_set(HEAD.replace("4h", "5h")))
    desk.sync(after=60)
    [clock] = desk.instances(ticket)
    assert (clock.status, clock.target) == ("running", 5 * HOUR)


def test_a_killed_run_is_forgotten_and_a_living_one_is_not_disturbed(live):
    desk = live()
    now = desk.clock.now()
    assert desk.store.acquire("another process", now, 120) is not None
    with pytest.raises(LeaseHeldError, match="120 seconds"):
        desk.sync(after=60)
    assert desk.sync(after=61).problems == ()
