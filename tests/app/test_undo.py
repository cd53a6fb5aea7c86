"""``undo``: afterwards the ticket is as it was before us."""

from __future__ import annotations

from copy import deepcopy

import pytest

from slaplugin.app.errors import ConfigurationError
from slaplugin.app.ports import Agent
from slaplugin.app.undo import Scope, plan_undo, undo
from slaplugin.hosts.memory import Draft
from tests.app.desk_of import HEAD, HOUR, with_steps

BREACH = 4 * HOUR + 1
ALL = with_steps(
    """{at: 75%, do: [mark, {tag: "sla-soon"}, {field: {queue: fast}}]}
{at: breach, do: [mark, {priority: high, only: raise}, {group: Escalations}, {owner: least_loaded}]}
{at: 1h after due, do: [{priority: low}]}"""
)


def state(desk, ticket):
    found = desk.ticket(ticket)
    return deepcopy((found.values, found.tags, found.fields))


def worked_on(live, text=ALL):
    desk = live(text)
    desk.host.fields.add("queue")
    desk.host.agents["Escalations"] = [Agent("cleo", "Cleo")]
    ticket = desk.host.create(Draft(owner="bob", tags=("vip",), fields={"queue": "slow"}))
    before = state(desk, ticket)
    for after in (3 * HOUR, HOUR + 1, HOUR, 60):
        desk.sync(after=after)
    return desk, ticket, before


def test_after_undo_all_the_ticket_equals_the_one_before(live):
    desk, ticket, before = worked_on(live)
    assert state(desk, ticket) != before

    planned = plan_undo(desk.desk, Scope())
    done = undo(desk.desk, Scope())
    assert state(desk, ticket) == before
    assert [w.as_json()["to"] for w in done.writes] == [w.as_json()["to"] for w in planned.writes]
    assert {write.status for write in done.writes} == {"done"}

    assert undo(desk.desk, Scope()).writes == ()


def test_what_is_undone_stays_undone_until_a_new_cause(live):
    desk, ticket, before = worked_on(live)
    undo(desk.desk, Scope())
    for _ in range(3):
        assert desk.sync(after=600).done == 0
    assert state(desk, ticket) == before


def test_what_others_changed_since_is_left_alone(live):
    desk, ticket, _ = worked_on(live)
    desk.host.set(ticket, "priority", "2 normal")
    desk.host.set(ticket, "group", "Billing")
    undo(desk.desk, Scope())
    values = desk.ticket(ticket).values
    assert (values["priority"], values["group"], values["owner"]) == ("2 normal", "Billing", "bob")
    assert desk.ticket(ticket).tags == {"vip"}


def test_an_owner_dropped_with_our_change_of_group_comes_back(live):
    desk = live(with_steps("{at: breach, do: [{group: Escalations}]}"))

    def no_access(ticket):
        if ticket.values["group"] == "Escalations":
            ticket.values["owner"] = None

    desk.host.after_write(no_access)
    ticket = desk.host.create(Draft(owner="bob"))
    before = state(desk, ticket)
    desk.sync(after=BREACH)
    assert desk.ticket(ticket).values["owner"] is None
    undo(desk.desk, Scope())
    assert state(desk, ticket) == before


def test_undo_of_one_policy_leaves_the_others(live):
    desk = live(
        HEAD
        + """  - name: billing
    when: {group: Billing}
    targets: {first_response: 4h}
"""
    )
    support, billing = desk.host.create(), desk.host.create(Draft(group="Billing"))
    desk.sync(after=BREACH)
    undo(desk.desk, Scope(policy="billing"))
    assert (desk.ticket(support).tags, desk.ticket(billing).tags) == ({"sla-breach"}, set())


def test_undo_since_takes_back_only_what_came_later(live):
    desk = live()
    ticket = desk.host.create()
    desk.sync(after=3 * HOUR)
    since = desk.clock.now() + 60
    desk.sync(after=HOUR + 1)
    undo(desk.desk, Scope(since=since))
    assert desk.ticket(ticket).tags == set()
    assert desk.ticket(ticket).fields["sla_state"] == "at_risk"


def test_notes_stay_and_the_report_says_so(live):
    desk = live(with_steps('{at: breach, do: [{note: "Late."}]}'))
    ticket = desk.host.create()
    desk.sync(after=BREACH)
    report = undo(desk.desk, Scope())
    assert report.notices == ("notes that stay, since they cannot be unsaid: 1",)
    assert len(desk.ticket(ticket).notes) == 1


def test_a_policy_that_never_was_is_not_undone_in_silence(live):
    desk, _, _ = worked_on(live)
    with pytest.raises(ConfigurationError, match="did you mean 'standard'"):
        plan_undo(desk.desk, Scope(policy="standart"))


class Killed(BaseException):
    """Ends a cycle like a signal: nothing may catch it."""


def _moved_and_killed(live):
    """A move that takes the owner with it, cut short between the write and its mark."""
    desk = live(with_steps("{at: breach, do: [{group: Escalations}]}"))

    def no_access(ticket):
        if ticket.values["group"] == "Escalations" and ticket.values["owner"]:
            desk.host.set(ticket.id, "owner", None, by=desk.host.account)

    desk.host.after_write(no_access)
    ticket = desk.host.create(Draft(owner="bob"))
    before, look = state(desk, ticket), desk.host.look

    def killed(ticket_id):
        raise Killed

    desk.host.look = killed
    with pytest.raises(Killed):
        desk.sync(after=BREACH)
    desk.host.look = look
    return desk, ticket, before


@pytest.mark.parametrize("cycles", [0, 1, 2])
def test_undo_takes_back_what_a_killed_run_wrote(live, cycles):
    desk, ticket, before = _moved_and_killed(live)
    for _ in range(cycles):
        desk.sync(after=30)
    assert desk.ticket(ticket).values["group"] == "Escalations"
    undo(desk.desk, Scope())
    assert state(desk, ticket) == before
    desk.sync(after=30)
    assert state(desk, ticket) == before


def test_an_owner_who_was_dropped_by_our_move_left_because_of_us(live):
    desk, ticket, _ = _moved_and_killed(live)
    desk.sync(after=30)
    [dropped] = [
        event
        for event in desk.store.ticket("memory", ticket).events
        if event.kind == "owner_changed"
    ]
    assert (dropped.data["to"], dropped.ours) == (None, True)
