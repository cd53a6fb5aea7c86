"""Past tickets: pulled, measured, never written; revisions of finished outcomes."""

from __future__ import annotations

import pytest

from slaplugin.app.backfill import Range, backfill
from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.recalc import Request, plan_recalc, recalc
from slaplugin.hosts.memory import Draft
from slaplugin.testing import SilentProgress
from tests.app.desk_of import HEAD, HOUR, policy_set


def past_tickets(desk, count):
    """Tickets answered half an hour after their creation and closed an hour later."""
    start = desk.clock.now()
    for _ in range(count):
        ticket = desk.host.create()
        desk.clock.advance(1800)
        desk.host.agent_replies(ticket)
        desk.host.set(ticket, "state", "closed")
        desk.clock.advance(60)
    return start


def test_past_tickets_are_measured_and_never_written(install):
    desk = install()
    start = past_tickets(desk, 3)
    desk.host.create()
    desk.clock.advance(10 * HOUR)
    progress = SilentProgress()
    report = backfill(desk.desk, Range(start), progress)
    assert (report.listed, report.read, progress.done) == (4, 4, 4)
    assert [item.outcome for item in desk.instances("1")] == ["met"]
    assert desk.store.row("memory", "4").live is False
    assert desk.host.written == []
    assert backfill(desk.desk, Range(start), progress).read == 0


def test_a_first_cycle_after_a_backfill_takes_open_tickets_over(install):
    desk = install()
    start = past_tickets(desk, 2)
    opened = desk.host.create()
    backfill(desk.desk, Range(start), SilentProgress())
    desk.sync(after=60)
    assert desk.store.row("memory", opened).live is True
    assert desk.store.row("memory", "1").live is False
    desk.sync(after=3 * HOUR)
    assert desk.ticket(opened).tags == {"sla-risk"}


def test_an_interrupted_backfill_goes_on_from_its_bookmark(install):
    desk = install()
    desk.host._page_size = 2
    start = past_tickets(desk, 6)
    desk.host.fail(HostTemporaryError("GET tickets: 502", status=502), at=7)
    with pytest.raises(HostTemporaryError):
        backfill(desk.desk, Range(start), SilentProgress())
    kept = len(list(desk.store.ids("memory")))
    assert 0 < kept < 6
    report = backfill(desk.desk, Range(start), SilentProgress())
    assert report.read == 6 - kept
    assert len(list(desk.store.ids("memory"))) == 6


def test_recalc_records_a_revision_with_old_new_who_and_why(live):
    desk = live()
    ticket = desk.host.create()
    desk.clock.advance(HOUR)
    desk.host.agent_replies(ticket)
    desk.sync(after=60)
    desk.policies.adopt(policy_set(HEAD.replace("4h", "30m")))
    desk.sync(after=60)
    assert [item.outcome for item in desk.instances(ticket)] == ["met"]

    request = Request("ines", "agreed with the customer")
    [planned] = plan_recalc(desk.desk, request)
    assert (planned.old.instance.outcome, planned.new.instance.outcome) == ("met", "breached")
    assert [item.outcome for item in desk.instances(ticket)] == ["met"]

    [revision] = recalc(desk.desk, request)
    assert (revision.old.instance.outcome, revision.new.instance.outcome) == ("met", "breached")
    [row] = desk.store.ticket("memory", ticket).instances
    assert (row.instance.outcome, row.revision) == ("breached", 2)
    [entry] = [item for item in desk.store.audit_log() if item["kind"] == "recalc"]
    assert (entry["payload"]["who"], entry["payload"]["why"]) == (
        "ines",
        "agreed with the customer",
    )
    assert recalc(desk.desk, request) == []

    desk.sync(after=60)
    [row] = desk.store.ticket("memory", ticket).instances
    assert (row.instance.outcome, row.revision) == ("breached", 2)


class Watching(SilentProgress):
    """Progress that remembers what it was told of the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.left: list[int] = []

    def expect(self, left: int) -> None:
        self.left.append(left)

    def reached(self, share: float) -> None:
        raise AssertionError(f"the memory helpdesk tells how many there are, not {share}")


def test_progress_hears_how_many_are_still_to_come(install):
    desk = install()
    desk.host._page_size = 2
    start = past_tickets(desk, 5)
    progress = Watching()
    backfill(desk.desk, Range(start), progress)
    assert (progress.done, progress.left) == (5, [3, 1, 0])


@pytest.mark.parametrize(
    ("condition", "confidence"),
    [
        ("customer.vip: true", "low"),
        ("priority: 3 high", "high"),
        ("organization.name: Acme", "high"),
        ("{organization.name: Acme, organization.fields.tier: gold}", "low"),
    ],
)
def test_what_is_only_known_as_of_today_makes_past_clocks_low(install, condition, confidence):
    """A fact of which the helpdesk keeps no history, asked about by a policy (R14, details 38);
    whose customer somebody is counts as lasting (decision 165)."""
    when = condition if condition.startswith("{") else f"{{{condition}}}"
    layer = f"{{name: vip, when: {when}, targets: {{first_response: 1h}}}}"
    desk = install(f"{HEAD}    sub:\n      - {layer}\n")
    desk.host.party("customer", "c1", vip=True)
    desk.host.party("organization", "o1", name="Acme", **{"fields.tier": "gold"})
    start = desk.clock.now()
    ticket = desk.host.create(Draft(customer="c1", organization="o1"))
    desk.host.agent_replies(ticket)
    desk.host.set(ticket, "state", "closed")
    desk.clock.advance(10 * HOUR)
    backfill(desk.desk, Range(start), SilentProgress())
    [found] = desk.instances(ticket)
    assert (found.policy, found.confidence) == (
        "standard" if "priority" in condition else "vip",
        confidence,
    )
    assert (found.confidence_reason is None) == (confidence == "high")


def test_a_ticket_deleted_between_list_and_reading_is_told(install):
    desk = install()
    start = past_tickets(desk, 3)
    watchers = desk.host.traffic.watchers
    watchers.append(lambda: desk.host.traffic.received == 2 and desk.host.delete("1"))
    report = backfill(desk.desk, Range(start), SilentProgress())
    assert (report.listed, report.read, report.gone) == (3, 2, 1)
