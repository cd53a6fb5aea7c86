"""Writing: the fresh look, others win, verification, limits, crashes."""

from __future__ import annotations

from copy import deepcopy

import pytest

from slaplugin.app.errors import HostPermanentError, HostTemporaryError
from slaplugin.app.options import Limits
from slaplugin.app.ports import Agent
from slaplugin.hosts.memory import Draft, keeping_priority, without_owner
from slaplugin.store import SqliteStore, upkeep
from tests.app.desk_of import HOUR, shown, with_steps

BREACH = 4 * HOUR + 1
MANY = with_steps(
    """{at: 75%, do: [mark]}
{at: breach, do: [mark, {priority: high, only: raise}, {owner: least_loaded}, {note: "Late."}]}"""
)


def with_agents(desk, *logins):
    desk.host.agents["Support"] = [Agent(login, login) for login in logins]


def test_an_answer_between_judging_and_writing_prevents_the_step(live):
    desk = live(MANY)
    with_agents(desk, "anna")
    ticket = desk.host.create()
    desk.sync(after=HOUR)
    read, times = desk.host.read, []

    def answered_meanwhile(ticket_id):
        if not times:
            desk.host.agent_replies(ticket_id)
            desk.host.tickets[ticket_id].events[-1] = _earlier(desk, ticket_id)
        times.append(ticket_id)
        return read(ticket_id)

    desk.host.read = answered_meanwhile
    report = desk.sync(after=3 * HOUR + 1)
    assert times == [ticket]
    assert {write.status for write in report.writes} == {"skipped"}
    assert desk.host.written == []


def _earlier(desk, ticket_id):
    from dataclasses import replace

    event = desk.host.tickets[ticket_id].events[-1]
    return replace(event, at_ms=(desk.clock.now() - 2 * HOUR) * 1000)


@pytest.mark.parametrize(
    ("change", "shown_after"),
    [
        (lambda desk, t: desk.host.tag(t, "sla-breach", remove=True), ("tags", set())),
        (lambda desk, t: desk.host.set(t, "priority", "1 low"), ("priority", "1 low")),
        (lambda desk, t: desk.host.set(t, "owner", None), ("owner", None)),
    ],
)
def test_what_others_change_after_us_is_not_set_again(live, change, shown_after):
    desk = live(MANY)
    with_agents(desk, "anna")
    ticket = desk.host.create()
    desk.sync(after=BREACH)
    written = len(desk.host.written)
    change(desk, ticket)
    desk.sync(after=60)
    desk.sync(after=HOUR)
    what, value = shown_after
    found = desk.ticket(ticket)
    assert (found.tags if what == "tags" else found.values[what]) == value
    assert len(desk.host.written) == written


def test_own_fields_are_restored_once_then_reported(live):
    desk = live(MANY)
    with_agents(desk, "anna")
    ticket = desk.host.create()
    desk.sync(after=BREACH)
    desk.host.set(ticket, "sla_state", "whatever")
    desk.sync(after=60)
    assert desk.ticket(ticket).fields["sla_state"] == "overdue"

    desk.host.set(ticket, "sla_state", "whatever")
    report = desk.sync(after=60)
    assert desk.ticket(ticket).fields["sla_state"] == "whatever"
    [write] = report.writes
    assert (write.status, write.action.field) == ("skipped", "sla_state")
    assert desk.sync(after=60).writes == ()


def test_changes_of_one_step_are_one_request(live):
    desk = live(MANY)
    with_agents(desk, "anna")
    desk.host.create()
    desk.sync(after=BREACH)
    [(_, changes)] = desk.host.written
    kinds = [change.kind for change in changes]
    assert {"set_priority", "set_owner", "add_note", "add_tag", "set_field"} <= set(kinds)


def test_plan_equals_sync(live):
    desk = live(MANY)
    with_agents(desk, "anna", "bob")
    for _ in range(5):
        desk.host.create()
    planned = desk.plan(after=BREACH)
    assert desk.host.written == []
    done = desk.sync()
    assert [_line(write) for write in planned.writes] == [_line(write) for write in done.writes]
    assert {write.status for write in planned.writes} == {"planned"}
    assert {write.status for write in done.writes} == {"done"}
    assert planned.expected == done.expected
    assert planned.as_json().keys() == done.as_json().keys()


def _line(write):
    line = write.as_json()
    del line["status"]
    return line


def test_a_plan_leaves_the_store_as_it_was(live):
    desk = live(MANY)
    with_agents(desk, "anna")
    desk.host.create()
    before = desk.store.rows("SELECT count(*) FROM tickets")
    desk.plan(after=BREACH)
    assert desk.store.rows("SELECT count(*) FROM tickets") == before
    assert list(desk.store.actions("memory")) == []


def test_owners_are_spread_over_the_tickets_of_a_cycle(live):
    desk = live(MANY)
    with_agents(desk, "anna", "bob")
    tickets = [desk.host.create() for _ in range(4)]
    desk.sync(after=BREACH)
    owners = [desk.ticket(ticket).values["owner"] for ticket in tickets]
    assert owners == ["anna", "bob", "anna", "bob"]


def test_round_robin_goes_on_where_the_last_cycle_ended(live):
    desk = live(MANY.replace("least_loaded", "round_robin"))
    with_agents(desk, "anna", "bob", "cleo")
    owners = []
    for _ in range(4):
        ticket = desk.host.create()
        desk.sync(after=BREACH)
        owners.append(desk.ticket(ticket).values["owner"])
        desk.host.set(ticket, "state", "closed")
        desk.sync(after=19 * HOUR + 1800)
        desk.clock.set(f"2026-03-{10 + len(owners):02}T09:00:00+01:00")
    assert owners == ["anna", "bob", "cleo", "anna"]


def test_limits_hold_back_and_say_the_way_on(live):
    desk = live(MANY, limits=Limits(writes_per_cycle=500, reassignments_per_cycle=2))
    with_agents(desk, "anna", "bob")
    tickets = [desk.host.create() for _ in range(3)]
    report = desk.sync(after=BREACH)
    [limit] = report.limited
    assert (limit.name, limit.allowed, limit.wanted) == ("reassignments_per_cycle", 2, 3)
    assert "limits.reassignments_per_cycle" in limit.way_on
    assert desk.ticket(tickets[2]).values["owner"] is None
    assert desk.ticket(tickets[2]).values["priority"] == "3 high"

    desk.sync(after=60)
    assert desk.ticket(tickets[2]).values["owner"] is not None


def test_a_limit_of_writes_stops_everything_after_it(live):
    desk = live(limits=Limits(writes_per_cycle=7))
    for _ in range(3):
        desk.host.create()
    report = desk.sync(after=3 * HOUR)
    assert [write.status for write in report.writes].count("done") == 7
    assert [desk.sync(after=60).done for _ in range(3)] == [7, 1, 0]


def test_a_reassignment_waits_while_somebody_is_at_work(live):
    desk = live(MANY.replace("first_response", "resolution"))
    with_agents(desk, "anna", "bob")
    ticket = desk.host.create()
    desk.sync(after=BREACH - 120)
    desk.host.agent_replies(ticket, "anna")
    report = desk.sync(after=120)
    waiting = [write for write in report.writes if write.action.kind == "set_owner"]
    assert [write.status for write in waiting] == ["skipped"]
    assert desk.ticket(ticket).values["owner"] is None
    assert desk.ticket(ticket).values["priority"] == "3 high"

    desk.sync(after=600)
    assert desk.ticket(ticket).values["owner"] == "anna"


def test_an_owner_that_the_host_drops_is_an_error_of_that_write(live):
    desk = live(MANY)
    with_agents(desk, "anna")
    desk.host.after_write(without_owner("anna"))
    ticket = desk.host.create()
    report = desk.sync(after=BREACH)
    [failed] = [write for write in report.writes if write.status == "failed"]
    assert failed.action.kind == "set_owner"
    assert "dropped" in failed.error
    assert desk.ticket(ticket).values["priority"] == "3 high"
    assert [problem.ticket for problem in report.problems] == [ticket]

    tries = len(desk.host.written)
    for _ in range(5):
        desk.sync(after=HOUR)
    owners = [change for _, changes in desk.host.written[tries:] for change in changes]
    assert "set_owner" not in {change.kind for change in owners}


def test_a_trigger_that_undoes_a_priority_is_not_fought(live):
    desk = live(MANY)
    with_agents(desk, "anna")
    desk.host.after_write(keeping_priority("2 normal"))
    desk.host.create()
    report = desk.sync(after=BREACH)
    assert [w.action.kind for w in report.writes if w.status == "failed"] == ["set_priority"]
    assert desk.sync(after=60).writes == ()
    assert desk.sync(after=HOUR).writes == ()


@pytest.mark.parametrize("status", [None, 422])
def test_a_group_whose_people_are_not_told_fails_that_assignment_alone(live, status):
    desk = live(MANY)
    with_agents(desk, "anna")
    told, ticket = desk.host.agents_of, desk.host.create()

    def refused(group):
        raise HostPermanentError(f"group {group!r} does not exist", status=status)

    desk.host.agents_of = refused
    report = desk.sync(after=BREACH)
    by_status = {write.action.kind: write.status for write in report.writes}
    assert by_status["set_owner"] == "failed"
    assert (by_status["set_priority"], by_status["add_note"]) == ("done", "done")
    assert [problem.message for problem in report.problems] == ["group 'Support' does not exist"]

    desk.host.agents_of = told
    desk.sync(after=desk.options.patience.retry)
    assert desk.ticket(ticket).values["owner"] == "anna"
    assert desk.sync(after=600).writes == ()


def test_an_account_that_may_not_ask_for_people_ends_the_cycle(live):
    desk = live(MANY)
    ticket = desk.host.create()

    def refused(group):
        raise HostPermanentError("GET /users: the token was refused", status=401)

    desk.host.agents_of = refused
    with pytest.raises(HostPermanentError, match="token"):
        desk.sync(after=BREACH)
    assert desk.ticket(ticket).values["priority"] == "2 normal"


def test_a_refused_value_fails_alone_and_is_tried_a_few_times(live):
    desk = live(MANY)
    with_agents(desk, "anna")
    desk.host.refuse("set_priority", "3 high")
    ticket = desk.host.create()
    report = desk.sync(after=BREACH)
    assert [w.action.kind for w in report.writes if w.status == "failed"] == ["set_priority"]
    assert desk.ticket(ticket).values["owner"] == "anna"
    tried = sum(desk.sync(after=HOUR).failed for _ in range(6))
    assert tried == 2


def test_a_kill_between_claim_and_write_loses_nothing(live):
    desk = live(MANY)
    with_agents(desk, "anna")
    ticket = desk.host.create()
    write = desk.host.write

    def killed(ticket_id, changes):
        raise KeyboardInterrupt

    desk.host.write = killed
    with pytest.raises(KeyboardInterrupt):
        desk.sync(after=BREACH)
    desk.host.write = write
    desk.sync(after=30)
    found = desk.ticket(ticket)
    assert (found.values["priority"], found.values["owner"]) == ("3 high", "anna")
    assert found.tags == {"sla-breach"}
    assert len(found.notes) == 1


def test_a_kill_between_write_and_mark_writes_nothing_twice(live):
    desk = live(MANY)
    with_agents(desk, "anna")
    ticket = desk.host.create()
    look = desk.host.look

    def killed(ticket_id):
        raise KeyboardInterrupt

    desk.host.look = killed
    with pytest.raises(KeyboardInterrupt):
        desk.sync(after=BREACH)
    desk.host.look = look
    desk.sync(after=30)
    found = desk.ticket(ticket)
    assert len(found.notes) == 1
    kinds = [change.kind for _, changes in desk.host.written for change in changes]
    assert len(kinds) == len(set(kinds)) + kinds.count("set_field") - 1
    assert {row.status for row in desk.store.actions_of("memory", ticket)} == {"done"}
    assert desk.sync(after=30).writes == ()


def test_a_host_that_fails_during_the_pull_keeps_the_bookmark(live):
    desk = live()
    tickets = [desk.host.create() for _ in range(3)]
    before = desk.store.bookmark("memory", "tickets")
    desk.host.fail(HostTemporaryError("GET tickets: 503", status=503), at=4)
    with pytest.raises(HostTemporaryError):
        desk.sync(after=60)
    assert desk.store.bookmark("memory", "tickets") == before
    desk.sync(after=60)
    assert [len(desk.instances(ticket)) for ticket in tickets] == [1, 1, 1]


def test_a_ticket_that_fails_twice_is_held_and_the_others_go_on(live):
    desk = live()
    bad, good = desk.host.create(), desk.host.create()
    read = desk.host.read

    def broken(ticket_id):
        if ticket_id == bad:
            raise HostTemporaryError("GET ticket 1: 500", status=500)
        return read(ticket_id)

    desk.host.read = broken
    with pytest.raises(HostTemporaryError):
        desk.sync(after=60)
    [problem] = desk.sync(after=60).problems
    assert problem.ticket == bad
    assert len(desk.instances(good)) == 1

    desk.host.read = read
    assert desk.sync(after=60).problems == ()
    assert len(desk.instances(bad)) == 1


def test_a_pause_holds_writes_and_evaluation_goes_on(live):
    desk = live()
    ticket = desk.host.create()
    with desk.store.tx() as tx:
        tx.set_flag("paused", "admin")
    report = desk.sync(after=3 * HOUR)
    assert {write.status for write in report.writes} == {"skipped"}
    assert desk.host.written == []
    assert [item.status for item in desk.instances(ticket)] == ["running"]
    with desk.store.tx() as tx:
        tx.set_flag("paused", None)
    desk.sync(after=60)
    assert desk.ticket(ticket).tags == {"sla-risk"}


def test_notify_steps_are_skipped_without_a_channel(live):
    desk = live(with_steps("{at: breach, do: [mark, {notify: team-chat}]}"))
    desk.host.create()
    report = desk.sync(after=BREACH)
    assert [(w.status, w.error) for w in report.writes if w.action.kind == "notify"] == [
        ("skipped", "no channel")
    ]
    assert "notify" not in {kind for _, kind, _, _ in shown(desk.sync(after=60))}


def test_on_recover_puts_back_what_nobody_changed(live):
    desk = live(
        with_steps("{at: breach, do: [{priority: high, on_recover: restore}, {owner: anna}]}")
    )
    ticket = desk.host.create(Draft(owner="bob"))
    desk.sync(after=BREACH)
    assert desk.ticket(ticket).values == {
        "state": "new",
        "priority": "3 high",
        "group": "Support",
        "owner": "anna",
    }
    desk.host.agent_replies(ticket)
    desk.sync(after=60)
    assert desk.ticket(ticket).values["priority"] == "2 normal"
    assert desk.ticket(ticket).values["owner"] == "anna"
    assert desk.sync(after=60).writes == ()


def test_a_mark_found_after_a_lost_store_is_adopted(install, tmp_path):
    desk = install()
    desk.go_live()
    ticket = desk.host.create()
    desk.sync(after=BREACH)
    assert desk.ticket(ticket).tags == {"sla-breach"}

    (tmp_path / "new").mkdir()
    from tests.app.desk_of import Installation

    fresh = Installation(tmp_path / "new")
    fresh.clock.set(desk.clock.now())
    fresh.host = desk.host
    fresh.host._clock = fresh.clock
    written = len(desk.host.written)
    fresh.sync(after=60)
    fresh.sync(after=60)
    fresh.store.close()
    added = [
        c for _, changes in desk.host.written[written:] for c in changes if c.kind == "add_tag"
    ]
    assert added == []


def test_a_restored_store_knows_our_own_escalation_by_its_account(live):
    """R15 holds without the journal: what the ticket shows stays, and its clock runs on."""
    desk = live(with_steps("{at: breach, do: [mark, {group: Escalations}]}"))
    desk.sync(after=60)
    old = desk.store.path.with_name("old.db")
    upkeep.backup(desk.store, old)
    ticket = desk.host.create()
    desk.sync(after=60)
    desk.sync(after=BREACH)
    assert desk.ticket(ticket).values["group"] == "Escalations"
    before = deepcopy((desk.ticket(ticket).fields, desk.ticket(ticket).tags))

    path = desk.store.path
    desk.store.close()
    upkeep.restore(path, old, holder="test", now=desk.clock.now() + 60)
    desk.store = SqliteStore(path)
    for _ in range(2):
        desk.sync(after=120)
    assert (desk.ticket(ticket).fields, desk.ticket(ticket).tags) == before
    assert [item.status for item in desk.instances(ticket)] == ["running"]


def test_an_old_store_that_is_restored_writes_nothing_twice(live, tmp_path):
    desk = live(MANY)
    with_agents(desk, "anna")
    ticket = desk.host.create()
    desk.sync(after=HOUR)
    old = desk.store.path.with_name("old.db")
    upkeep.backup(desk.store, old)
    desk.sync(after=3 * HOUR + 1)
    desk.host.tag(ticket, "sla-breach", remove=True)
    desk.host.set(ticket, "priority", "1 low")
    written = len(desk.host.written)

    path = desk.store.path
    desk.store.close()
    upkeep.restore(path, old, holder="test", now=desk.clock.now() + 60)
    desk.store = SqliteStore(path)
    desk.sync(after=60)
    desk.sync(after=60)

    kinds = {change.kind for _, changes in desk.host.written[written:] for change in changes}
    assert kinds <= {"set_field"}
    found = desk.ticket(ticket)
    assert (found.tags, found.values["priority"], len(found.notes)) == (set(), "1 low", 1)


@pytest.mark.parametrize("status", [None, 200, 401, 429])
def test_an_answer_that_is_not_about_the_ticket_ends_the_cycle(live, status):
    desk = live()
    desk.host.create()
    desk.host.fail(HostPermanentError("GET ticket 1", status=status), at=3)
    with pytest.raises(HostPermanentError):
        desk.sync(after=60)
    assert desk.sync(after=60).problems == ()
