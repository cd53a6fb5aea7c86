"""Reading many tickets together, and never half of one."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.app.errors import (
    HostGoneError,
    HostLostError,
    HostPermanentError,
    HostTemporaryError,
    TicketHeldError,
)
from slaplugin.app.ports import Missing, Snapshot
from slaplugin.hosts.rt import RtHost, make_host
from tests.hosts.rt.fake import START, FakeRt


def test_fifty_tickets_in_a_handful_of_requests(rt: FakeRt, host: RtHost) -> None:
    """One request a ticket and one a history would be a hundred (facts 4, 8)."""
    for number in range(1, 51):
        rt.ticket(number).row(number, "Correspond", at=60)
    ids = [str(number) for number in range(1, 51)]
    found = dict(host.read_many(ids))
    assert list(found) == ids
    assert all(isinstance(one, Snapshot) for one in found.values())
    before = host.requests_made()
    list(host.read_many(ids))
    assert host.requests_made() - before <= 5


def test_one_that_cannot_be_read_spoils_no_other(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).ticket(2).ticket(3, forbidden=True).ticket(4, Type="reminder").ticket(5)
    rt.tickets["5"]["Status"] = "sleeping"
    found = dict(host.read_many(["3", "9", "1", "4", "5", "2"]))
    kinds = {key: type(one) for key, one in found.items()}
    assert kinds == {
        "3": HostLostError,
        "9": HostGoneError,
        "1": Snapshot,
        "4": HostGoneError,
        "5": TicketHeldError,
        "2": Snapshot,
    }
    assert 'states."sleeping"' in str(found["5"])


def test_a_deleted_ticket_tells_when_it_was_deleted(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    rt.row(1, "Status", at=500, Field="Status", OldValue="new", NewValue="deleted")
    rt.tickets["1"]["Status"] = "deleted"
    ((_, found),) = host.read_many(["1"])
    assert isinstance(found, Snapshot)
    assert found.seen.state_kind == "removed"
    last = found.timeline.events[-1]
    assert (last.at, last.data["kind"]) == (START + 500, "removed")
    assert list(host.missing(["1"])) == [Missing("1", "gone")]


def test_what_is_missing_and_why(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).ticket(2).ticket(3, forbidden=True)
    rt.tickets["2"]["EffectiveId"] = "1"
    found = list(host.missing(["1", "2", "3", "9"]))
    assert found == [Missing("3", "lost"), Missing("9", "gone")]


# -------------------------------------------------------------------------- half answers


@pytest.mark.parametrize("alone", [True, False])
def test_a_history_without_its_creation_is_a_failed_read(
    rt: FakeRt, host: RtHost, alone: bool
) -> None:
    rt.ticket(1).row(1, "Comment", at=60)
    rt.hidden.add(int(rt.rows[0]["id"]))
    error = _error(host, alone)
    assert isinstance(error, HostTemporaryError)
    assert "without its creation" in str(error)


@pytest.mark.parametrize("alone", [True, False])
def test_a_history_that_breaks_off_is_a_failed_read(rt: FakeRt, host: RtHost, alone: bool) -> None:
    """The ticket is stamped later than its newest transaction that came."""
    rt.ticket(1)
    for minute in range(1, 121):
        rt.row(1, "Comment", at=minute * 60)
    rt.swallow = lambda path, query: path == "transactions" and "id>" in query
    error = _error(host, alone)
    assert isinstance(error, HostTemporaryError)
    assert "is missing" in str(error)


def test_a_stamp_that_no_visible_transaction_explains(rt: FakeRt, host: RtHost) -> None:
    """A hidden comment stamps the ticket, too; the host is asked once whether that is all."""
    rt.ticket(1).row(1, "Comment", at=900, hidden=True)
    snapshot = host.read("1")
    assert [event.kind for event in snapshot.timeline.events] == ["created"]
    assert snapshot.seen.updated_at_ms == (START + 900) * 1000


def test_a_long_history_is_read_to_its_end(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    for second in range(1, 251):
        rt.row(1, "Comment", at=second, hidden=second % 3 == 0)
    ((_, found),) = host.read_many(["1"])
    assert isinstance(found, Snapshot)
    assert len(found.timeline.events) == 1 + 250 - 83


def _error(host: RtHost, alone: bool) -> object:
    if not alone:
        return dict(host.read_many(["1"]))["1"]
    try:
        return host.read("1")
    except (HostTemporaryError, HostPermanentError) as error:
        return error


def test_a_survivor_is_not_told_without_what_it_took_in(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).ticket(2)
    merged = {"Field": "MergedInto", "NewValue": "fsck.com-rt://x/ticket/1"}
    rt.row(2, "AddLink", at=60, **merged).row(1, "AddLink", at=60, **merged)
    rt.tickets["2"]["EffectiveId"] = "1"
    whole = host.read("1").timeline
    assert [event.kind for event in whole.events] == ["created", "absorbed"]
    for failing in ("EffectiveId=1", "ObjectId=2"):
        rt.swallow = lambda path, query, failing=failing: failing in query
        with pytest.raises(HostTemporaryError):
            make_host(host.config).read("1")


# -------------------------------------------------------------------------- names


def test_names_that_a_list_withholds_are_asked_for_one_by_one(rt: FakeRt, host: RtHost) -> None:
    """A list may come empty for want of rights, or of a database."""
    rt.ticket(1, fields={"3": ["2026-03-09T08:00:00Z"]})
    rt.row(1, "Set", at=60, Field="Queue", OldValue="4", NewValue="3")
    rt.row(1, "CustomField", at=60, Field="3", NewValue="2026-03-09 08:00:00")
    rt.row(1, "Correspond", at=60)
    rt.listless = True
    snapshot = host.read("1")
    assert snapshot.timeline.ticket.facts["group"] == "Billing"
    assert snapshot.seen.group == "Support"
    assert snapshot.seen.fields["SLA Due"] == 1_773_043_200
    assert snapshot.timeline.events[-1].kind == "agent_reply"
    rt.listless = False
    again = make_host(host.config).read("1")
    assert (again.timeline, again.seen) == (snapshot.timeline, snapshot.seen)


def test_priorities_are_numbers_with_common_names(host: RtHost) -> None:
    names = host.priority_names
    assert list(names)[:4] == ["80", "50", "10", "0"]
    assert [names[one] for one in ("150", "100", "79", "50", "49", "9")] == [
        "urgent",
        "urgent",
        "high",
        "high",
        "normal",
        "low",
    ]


def test_what_the_account_is_called(rt: FakeRt, host: RtHost) -> None:
    """A token begins with the number of its owner (facts 2)."""
    assert host.account == "slabot"


def test_owners_are_those_who_own_in_the_queue(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1, Owner={"id": "ben"}).ticket(2)
    assert [agent.login for agent in host.agents_of("Support")] == ["ben"]


def test_where_nobody_owns_yet_all_staff_is_named(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    assert [agent.login for agent in host.agents_of("Billing")] == ["anna", "ben"]
    with pytest.raises(HostPermanentError, match="queue 'Nowhere' does not exist"):
        host.agents_of("Nowhere")


def test_names_for_policies(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    found = host.reference()
    assert found.groups == ("Billing", "Support")
    assert found.states["stalled"] == "waiting_customer"
    assert found.fields["SLA Due"] == "datetime"
    assert found.tags_field == "SLA Tags"
    assert "SLA Tags" not in found.fields
    assert found.complete


def test_parties_only_set_a_bookmark(host: RtHost) -> None:
    (first,) = host.parties(None)
    assert (first.items, list(host.parties(first.bookmark))) == ((), [first])


def test_recorded_errors_are_told_apart(host: RtHost, play: Any) -> None:
    with play("errors"), pytest.raises(HostGoneError, match="99999 does not exist"):
        host.client.ticket("99999")
