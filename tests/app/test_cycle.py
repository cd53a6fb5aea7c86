"""A ticket's way through cycles: marks, fields, echoes, late events."""

from __future__ import annotations

from dataclasses import replace

from slaplugin.app.cycle import sync
from slaplugin.core.model import Actor, Event
from slaplugin.hosts.memory import Draft
from tests.app.desk_of import HEAD, HOUR, policy_set, shown, with_steps

ESCALATE = with_steps(
    """{at: 75%, do: [mark, {tag: "sla-soon"}]}
{at: breach, do: [mark, {tag: "sla-{clock}"}, {priority: high, only: raise}, {group: Escalations}]}
{at: 1h after due, do: [{note: "{clock} target of {target} missed at {breached_at:local}."}]}"""
)


def test_marks_and_fields_follow_the_clock(live):
    desk = live()
    ticket = desk.host.create()

    assert desk.sync().writes == ()
    assert desk.sync(after=2 * HOUR).writes == ()
    assert desk.host.written == []

    at_risk = desk.sync(after=HOUR)
    assert ("1", "add_tag", "sla-risk", "done") in shown(at_risk)
    assert desk.ticket(ticket).tags == {"sla-risk"}
    assert desk.ticket(ticket).fields == {
        "sla_due": desk.clock.now() + HOUR,
        "sla_policy": "standard",
        "sla_state": "at_risk",
        "sla_summary": "Reply by Mon 13:00 CET (standard)",
    }

    desk.sync(after=HOUR + 1)
    assert desk.ticket(ticket).tags == {"sla-breach"}
    assert desk.ticket(ticket).fields["sla_state"] == "overdue"

    desk.host.agent_replies(ticket)
    desk.sync(after=60)
    assert desk.ticket(ticket).tags == {"sla-breach"}
    assert desk.ticket(ticket).fields["sla_due"] is None


def test_a_ticket_never_at_risk_gets_no_write(live):
    desk = live()
    ticket = desk.host.create()
    desk.sync(after=HOUR)
    desk.host.agent_replies(ticket)
    desk.sync(after=HOUR)
    desk.host.set(ticket, "state", "closed")
    desk.sync(after=100 * HOUR)
    assert desk.host.written == []


def test_second_sync_writes_nothing_and_reads_its_echo_once(live):
    desk = live(ESCALATE)
    desk.host.create()
    desk.sync(after=4 * HOUR + 1)
    written = len(desk.host.written)

    second = desk.sync(after=5)
    third = desk.sync(after=5)

    assert (second.writes, third.writes) == ((), ())
    assert (second.changed_tickets, third.changed_tickets) == (1, 0)
    assert len(desk.host.written) == written


def test_our_own_changes_are_marked_as_ours(live):
    desk = live(ESCALATE)
    ticket = desk.host.create()
    desk.sync(after=4 * HOUR + 1)
    desk.sync(after=60)
    stored = desk.store.ticket("memory", ticket)
    ours = {event.kind for event in stored.events if event.ours}
    assert ours == {"tag_added", "priority_changed", "group_changed", "field_changed"}


def test_an_escalation_out_of_the_policys_group_leaves_its_clock_running(live):
    desk = live(ESCALATE)
    ticket = desk.host.create()
    desk.sync(after=4 * HOUR + 1)
    desk.sync(after=60)
    assert desk.ticket(ticket).values["group"] == "Escalations"
    [clock] = desk.instances(ticket)
    assert (clock.status, clock.outcome, clock.policy) == ("running", "breached", "standard")


def test_step_tags_end_with_their_cause(live):
    desk = live(ESCALATE)
    ticket = desk.host.create()
    desk.host.tag(ticket, "sla-vip-lane")
    desk.sync(after=3 * HOUR)
    assert desk.ticket(ticket).tags == {"sla-vip-lane", "sla-risk", "sla-soon"}
    desk.sync(after=HOUR + 1)
    assert desk.ticket(ticket).tags == {"sla-vip-lane", "sla-breach", "sla-first_response"}


def test_a_note_says_what_happened_in_the_contracts_zone(live):
    desk = live(ESCALATE)
    ticket = desk.host.create()
    desk.sync(after=4 * HOUR + 1)
    desk.sync(after=HOUR)
    assert [text for _, text in desk.ticket(ticket).notes] == [
        "first_response target of 4h missed at Mon 2026-03-09 13:00 CET."
    ]
    row = next(row for row in desk.store.actions_of("memory", ticket) if row.kind == "add_note")
    assert (row.status, row.value) == ("done", None)


def test_a_late_reply_retracts_the_mark_with_a_correction(live):
    desk = live()
    ticket = desk.host.create()
    desk.sync(after=4 * HOUR + 60)
    assert desk.ticket(ticket).tags == {"sla-breach"}

    at = (desk.clock.now() - 1800) * 1000
    desk.host.backdate(
        ticket, Event(at, 99, "late", "agent_reply", actor=Actor("anna", "agent", "anna"))
    )
    desk.sync(after=60)

    [clock] = desk.instances(ticket)
    assert clock.outcome == "met"
    assert desk.ticket(ticket).tags == set()
    assert "correction" in desk.audit(ticket)


def test_a_merge_ends_the_clocks_and_takes_the_mark_away(live):
    desk = live()
    first, second = desk.host.create(), desk.host.create()
    desk.sync(after=4 * HOUR + 1)
    desk.host.merge(first, into=second)
    desk.sync(after=60)
    assert desk.ticket(first).tags == set()
    assert desk.ticket(second).tags == {"sla-breach"}
    [clock] = desk.instances(first)
    assert (clock.status, clock.void_reason) == ("void", "merged")


def test_a_deleted_ticket_ends_as_deleted(live):
    desk = live(sweep_interval=HOUR)
    ticket = desk.host.create()
    desk.sync(after=60)
    desk.host.delete(ticket)
    desk.sync(after=2 * HOUR)
    [clock] = desk.instances(ticket)
    assert (clock.status, clock.void_reason) == ("void", "deleted")
    assert desk.store.row("memory", ticket).next_check_at is None
    assert desk.sync(after=5 * HOUR).evaluated == 0


def test_a_lost_ticket_is_held_and_comes_back(live):
    desk = live(sweep_interval=HOUR)
    ticket = desk.host.create()
    desk.sync(after=60)
    desk.host.hide(ticket)
    [problem] = desk.sync(after=HOUR).problems
    assert "403" in problem.message
    assert desk.store.row("memory", ticket).missing == "lost"

    desk.host.hide(ticket, hidden=False)
    desk.sync(after=2 * HOUR)
    row = desk.store.row("memory", ticket)
    assert (row.held, row.missing) == (None, None)
    assert desk.ticket(ticket).tags == {"sla-risk"}


def test_a_change_behind_the_bookmark_is_found_by_the_sweep(live):
    desk = live(sweep_interval=HOUR)
    slow, quick, _ = desk.host.create(), desk.host.create(), desk.host.create()
    desk.sync(after=60)
    stamped = desk.host.tickets[slow].updated_at_ms
    desk.sync(after=2 * HOUR)
    desk.host.agent_replies(slow)
    desk.host.agent_replies(quick)
    # A long transaction: stamped before the last cycle, committed after it.
    desk.host.tickets[slow].updated_at_ms = stamped + 1
    desk.sync(after=60)
    assert [clock.status for clock in desk.instances(slow)] == ["running"]
    report = desk.sync(after=HOUR)
    assert report.changed_tickets == 1
    assert [clock.status for clock in desk.instances(slow)] == ["stopped"]


def test_tickets_overdue_before_the_first_cycle_cause_no_write(install):
    desk = install(ESCALATE)
    for _ in range(30):
        desk.host.create()
    desk.clock.advance(30 * HOUR)

    report = desk.sync()
    assert (report.loaded, report.writes) == (30, ())
    assert desk.sync(after=60).writes == ()
    assert desk.host.written == []


def test_steps_that_fall_due_after_the_first_cycle_are_acted_upon(install):
    desk = install(ESCALATE)
    ticket = desk.host.create()
    desk.clock.advance(2 * HOUR)
    desk.sync()
    desk.sync(after=HOUR)
    assert desk.ticket(ticket).tags == {"sla-risk", "sla-soon"}


def test_a_new_policy_set_moves_open_clocks_and_keeps_finished_ones(live):
    desk = live()
    answered, waiting = desk.host.create(), desk.host.create()
    desk.sync(after=HOUR)
    desk.host.agent_replies(answered)
    desk.sync(after=HOUR)

    desk.policies.adopt(policy_set(HEAD.replace("4h", "30m")))
    report = desk.sync(after=60)

    assert report.stale == 2
    assert [item.outcome for item in desk.instances(answered)] == ["met"]
    [clock] = desk.instances(waiting)
    assert (clock.outcome, clock.breach_reason) == ("breached", "retarget")
    assert clock.breached_at == desk.clock.now()
    assert desk.ticket(waiting).tags == {"sla-breach"}
    assert desk.ticket(answered).tags == set()


def test_a_late_event_derives_a_finished_clock_under_its_own_set(live):
    desk = live()
    ticket = desk.host.create()
    desk.sync(after=3 * HOUR)
    desk.host.agent_replies(ticket)
    desk.sync(after=60)
    desk.policies.adopt(policy_set(HEAD.replace("4h", "30m")))
    desk.sync(after=60)

    at = (desk.clock.now() - 2 * HOUR) * 1000
    desk.host.backdate(
        ticket, Event(at, 99, "late", "agent_reply", actor=Actor("anna", "agent", "anna"))
    )
    desk.sync(after=60)
    [clock] = desk.instances(ticket)
    assert (clock.outcome, clock.target, clock.stopped_at) == ("met", 4 * HOUR, at // 1000)


VIP = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    targets: {first_response: 4h}
    sub:
      - {name: vip, when: {customer.vip: true}, targets: {first_response: 2h}}
      - {name: partner, when: {organization.tier: gold}, targets: {first_response: 1h}}
"""


def test_a_vip_flag_touches_no_ticket_and_is_observed(live):
    desk = live(VIP.replace("organization.tier", "organization.fields.tier"))
    desk.host.party("customer", "c1", vip=False)
    ticket = desk.host.create()
    desk.sync(after=60)
    desk.host.party("customer", "c1", vip=True)
    report = desk.sync(after=60)

    assert report.changed_tickets == 0
    stored = desk.store.ticket("memory", ticket)
    [event] = stored.observed
    assert (event.kind, dict(event.data)) == (
        "field_changed",
        {"field": "customer.vip", "to": True},
    )
    assert stored.row.facts["customer.vip"] is False
    assert stored.row.current_only == frozenset()
    [clock] = desk.instances(ticket)
    assert (clock.policy, clock.confidence) == ("vip", "high")

    assert desk.sync(after=60).evaluated == 0


def test_an_organization_that_changes_moves_each_of_its_open_tickets(live):
    desk = live(VIP.replace("organization.tier", "organization.fields.tier"))
    desk.host.party("organization", "o1", **{"fields.tier": "silver"})
    tickets = [desk.host.create(Draft(organization="o1")) for _ in range(3)]
    desk.host.set(tickets[2], "state", "closed")
    desk.sync(after=60)
    desk.host.party("organization", "o1", **{"fields.tier": "gold"})
    desk.sync(after=60)
    assert [desk.instances(ticket)[0].policy for ticket in tickets] == [
        "partner",
        "partner",
        "standard",
    ]


def test_a_fact_first_seen_long_after_the_creation_is_of_low_confidence(install):
    desk = install(VIP.replace("organization.tier", "organization.fields.tier"))
    desk.host.party("customer", "c1", vip=True)
    ticket = desk.host.create()
    desk.clock.advance(3 * HOUR)
    desk.sync()
    [clock] = desk.instances(ticket)
    assert (clock.policy, clock.confidence) == ("vip", "low")


def test_documents_have_the_instants_of_date_fields_as_iso(live):
    desk = live(with_steps("{at: breach, do: [mark, {field: {queue: late}}]}"))
    desk.host.fields.add("queue")
    desk.host.create(Draft(fields={"queue": 7}))
    document = desk.sync(after=4 * HOUR + 1).as_json()
    fields = {
        write["field"]: (write["from"], write["to"])
        for write in document["writes"]
        if write["action"] == "set_field"
    }
    assert fields["sla_due"] == (None, "2026-03-09T12:00:00Z")
    assert fields["queue"] == (7, "late")


class Told:
    """Progress that is kept."""

    def __init__(self):
        self.said = []

    def begin(self, what, total):
        self.said.append([what, total, 0])

    def advance(self, done=1):
        self.said[-1][2] += done

    def end(self):
        self.said.append(["end", None, 0])


def test_a_cycle_tells_how_far_it_is(live):
    desk = live(with_steps("{at: breach, do: [mark]}"))
    for _ in range(3):
        desk.host.create()
    told = Told()
    desk.clock.advance(4 * HOUR + 1)
    sync(replace(desk.desk, progress=told))
    assert told.said == [
        ["Judging tickets", None, 3],
        ["end", None, 0],
        ["Writing to tickets", 3, 3],
        ["end", None, 0],
    ]


def test_a_merge_repeats_nothing_that_was_done(live):
    """Details 42: the breach of the survivor's clock had fired before its start moved."""
    desk = live(with_steps("{at: breach, do: [mark, {note: missed}, {priority: high}]}"))
    older = desk.host.create()
    desk.clock.advance(60)
    survivor = desk.host.create()
    desk.sync(after=4 * HOUR + 1)
    desk.host.merge(older, into=survivor)
    assert [row for row in shown(desk.sync(after=60)) if row[1] == "add_note"] == []
    assert len(desk.ticket(survivor).notes) == 1
