"""Why due times moved, where policy sets followed one another while clocks ran (R11)."""

from __future__ import annotations

from collections.abc import Callable

from slaplugin.app.explaining import Question, explain, present_judge, story
from slaplugin.app.judge import adoptions_of
from slaplugin.app.known import from_store
from slaplugin.core.changes import Change
from slaplugin.core.model import ClockInstance
from slaplugin.report import Look
from slaplugin.report.telling import told
from tests.app.desk_of import HEAD, HOUR, Installation, policy_set

Live = Callable[..., Installation]
BY_PRIORITY = HEAD.replace("4h", "{high: 3h, default: 8h}")
TIGHTER = HEAD.replace("4h", "{high: 1h, default: 8h}")


def explained(
    desk: Installation, ticket: str, ago: int = 0
) -> tuple[ClockInstance, tuple[Change, ...]]:
    """The ticket's first response, and its changes, as they were told ``ago`` seconds ago."""
    now = desk.clock.now()
    stored = desk.store.ticket(desk.host.name, ticket)
    assert stored is not None
    known = from_store(stored, desk.store.actions_of(desk.host.name, ticket))
    judge = present_judge(desk.policies, desk.store, now)
    question = Question(now - ago, past=ago > 0)
    verdict = explain(known, judge, question)
    (instance,) = verdict.instances
    adoptions = adoptions_of(judge.current.hash, desk.store, now)
    found = story(known, judge, question, adoptions).of(verdict.instances)
    return instance, found.changes.get((instance.clock, instance.start_event), ())


def test_a_reload_is_told_with_both_sets_and_what_it_made_of_the_due(live: Live) -> None:
    desk = live()
    old = desk.policies.current().hash
    ticket = desk.host.create()
    created = desk.clock.now()
    desk.sync(HOUR)
    desk.policies.adopt(policy_set(HEAD.replace("4h", "30m")))
    desk.sync(60)
    instance, (change,) = explained(desk, ticket)
    assert instance.breach_reason == "retarget"
    assert (change.kind, change.at, change.breached) == ("adopted", instance.breached_at, True)
    assert change.cause.sets == (old, desk.policies.current().hash)
    assert (change.before.target, change.before.due_at) == (4 * HOUR, created + 4 * HOUR)
    assert (change.after.target, change.after.due_at) == (1800, created + 1800)
    said = told(change, Look())
    assert said.what.startswith(f"policy files were edited, and policy set {old[:12]} → ")
    assert "breached from this moment on" in said.moved


def test_what_happened_under_the_old_set_is_told_as_it_was_then(live: Live) -> None:
    """The new set counts as if it had always been so, but nobody could see that before it came."""
    desk = live(BY_PRIORITY)
    ticket = desk.host.create()
    desk.sync(2 * HOUR)
    desk.host.set(ticket, "priority", "3 high")
    raised = desk.clock.now()
    desk.sync(60)
    desk.policies.adopt(policy_set(TIGHTER))
    desk.sync(60)
    instance, changes = explained(desk, ticket)
    assert [(each.kind, each.after.target, each.breached) for each in changes] == [
        ("target", 3 * HOUR, False),
        ("adopted", HOUR, True),
    ]
    assert [each.at for each in changes] == [raised, instance.breached_at]


def test_a_set_that_asks_the_same_of_a_clock_is_not_told(live: Live) -> None:
    desk = live()
    ticket = desk.host.create()
    desk.sync(HOUR)
    desk.policies.adopt(policy_set(f"{HEAD}    steps: []\n"))
    desk.sync(60)
    assert explained(desk, ticket)[1] == ()


def test_a_clock_that_had_ended_knows_nothing_of_later_sets(live: Live) -> None:
    desk = live()
    ticket = desk.host.create()
    desk.sync(HOUR)
    desk.host.agent_replies(ticket)
    desk.sync(60)
    desk.policies.adopt(policy_set(HEAD.replace("4h", "30m")))
    desk.sync(60)
    instance, changes = explained(desk, ticket)
    assert (instance.outcome, changes) == ("met", ())


def test_an_earlier_moment_knows_nothing_of_a_later_set(live: Live) -> None:
    desk = live()
    ticket = desk.host.create()
    desk.sync(HOUR)
    desk.policies.adopt(policy_set(HEAD.replace("4h", "30m")))
    desk.sync(60)
    assert explained(desk, ticket, ago=120)[1] == ()


def test_a_breach_on_record_is_not_the_next_reloads(live: Live) -> None:
    """A set that was looser for a while takes nothing back and gives nothing new."""
    desk = live(HEAD.replace("4h", "30m"))
    ticket = desk.host.create()
    desk.sync(HOUR)
    desk.policies.adopt(policy_set(HEAD))
    desk.sync(60)
    desk.policies.adopt(policy_set(HEAD.replace("4h", "20m")))
    desk.sync(60)
    instance, changes = explained(desk, ticket)
    assert instance.breach_reason == "overdue"
    assert [(each.kind, each.breached) for each in changes] == [("adopted", False)] * 2
