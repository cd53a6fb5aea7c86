"""Random months with injected faults: the same end, nothing twice, nothing left over."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from slaplugin.app.desk import begin
from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.known import from_store
from slaplugin.app.ports import Agent
from slaplugin.app.undo import Scope, undo
from slaplugin.core.evaluate import evaluate
from slaplugin.hosts.memory import Draft
from tests.app.desk_of import HEAD, with_steps

POLICIES = with_steps(
    """{at: 50%, do: [mark, {tag: "sla-soon"}]}
{at: breach, do: [mark, {priority: high, only: raise}, {owner: round_robin}, {note: "{clock}!"}]}
{at: 1h after due, do: [{group: Escalations}]}""",
    HEAD.replace("targets: {first_response: 4h}", "targets: {first_response: 2h, resolution: 6h}"),
)


def play(desk, dice, faults):
    """Some days of tickets, answers and cycles; some of the cycles are cut short."""
    tickets = []
    for _ in range(40):
        desk.clock.advance(dice.randrange(300, 5400))
        if dice.random() < 0.5:
            tickets.append(desk.host.create(Draft(owner=dice.choice([None, "anna"]))))
        for ticket in dice.sample(tickets, min(2, len(tickets))):
            do_something(desk, ticket, dice)
        if faults and dice.random() < 0.5:
            desk.host.fail(HostTemporaryError("503", status=503), at=dice.randrange(1, 30))
        try:
            desk.sync()
        except HostTemporaryError:
            continue
    desk.host._failures.clear()
    return tickets


def do_something(desk, ticket, dice):
    match dice.randrange(5):
        case 0:
            desk.host.agent_replies(ticket)
        case 1:
            desk.host.customer_writes(ticket)
        case 2:
            desk.host.set(ticket, "state", dice.choice(["open", "closed", "pending reminder"]))
        case 3:
            desk.host.set(ticket, "priority", dice.choice(["1 low", "2 normal", "3 high"]))
        case _:
            desk.host.tag(ticket, dice.choice(["red", "blue"]))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_fails_the_marks_are_right_in_the_end_and_notes_come_once(live, seed):
    desk = live(POLICIES)
    desk.host.agents["Support"] = [Agent("anna", "Anna"), Agent("bob", "Bob")]
    tickets = play(desk, random.Random(seed), faults=True)
    for _ in range(4):
        desk.sync(after=900)

    assert desk.sync(after=5).writes == ()
    assert [flaw for ticket in tickets for flaw in flaws(desk, ticket)] == []


def flaws(desk, ticket):
    """What the ticket shows, or the store has of it, that a verdict on all its events would not."""
    found = desk.ticket(ticket)
    stored = desk.store.ticket("memory", ticket)
    run = begin(desk.desk, only_looking=True)
    timeline = from_store(stored, ()).timeline
    verdict = evaluate(timeline, run.judge.rules, desk.clock.now(), detail=False)
    notes = Counter(key for key, _ in found.notes)
    marks = {"at_risk": {"sla-risk"}, "breached": {"sla-breach"}, "none": set()}
    shown = found.tags & {"sla-risk", "sla-breach"}
    recorded = [row.instance.outcome for row in stored.instances]
    outcomes = [item.outcome for item in verdict.instances]
    return [
        *(f"{ticket}: note {key} {times} times" for key, times in notes.items() if times > 1),
        *([] if shown == marks[verdict.marks.mark] else [f"{ticket}: tags {shown}"]),
        *([] if recorded == outcomes else [f"{ticket}: recorded {recorded}, right {outcomes}"]),
    ]


@pytest.mark.parametrize("seed", range(2))
def test_undo_after_a_random_week_leaves_nothing_of_ours(live, seed):
    desk = live(POLICIES)
    desk.host.agents["Support"] = [Agent("anna", "Anna"), Agent("bob", "Bob")]
    tickets = play(desk, random.Random(seed), faults=False)
    undo(desk.desk, Scope())
    for ticket in tickets:
        found = desk.ticket(ticket)
        assert not {tag for tag in found.tags if tag.startswith("sla-")}
        assert set(found.fields.values()) == {None}
    assert undo(desk.desk, Scope()).writes == ()
    assert desk.sync(after=5).done == 0
