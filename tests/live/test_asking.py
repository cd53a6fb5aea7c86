"""The commands that only ask, on a real Request Tracker: none of them changes anything there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.rt import LiveRt
from tests.live.site import PLAIN, VIP, Site


@pytest.fixture
def told(site: Site, server: LiveRt) -> Iterator[str]:
    """A ticket with a past; whoever asks for it may write nothing."""
    ticket = site.mail(PLAIN, "Disk is full")
    site.at("mon 10:00")
    server.agent("anna").take(ticket)
    server.agent("anna").reply(ticket, "Which one?", Status="stalled")
    site.at("mon 12:00")
    site.mail(PLAIN, "Disk is full", reply_to=ticket)
    server.agent("ben").comment(ticket, "The old array again")
    site.at("mon 13:00")
    server.agent("anna").set(ticket, Status="resolved")
    site.at("mon 13:10")
    newest = server.last_row()
    yield ticket
    assert server.last_row() == newest


def test_timeline(site: Site, told: str) -> None:
    listed = site.ask("timeline", told)
    assert (listed["ticket"]["id"], listed["ticket"]["title"]) == (told, "Disk is full")
    events = [(event["at"], event["event"], event["by"]) for event in listed["events"]]
    wanted = [
        ("mon 09:00", "created", "customer"),
        ("mon 10:00", "owner_changed", "agent"),
        ("mon 10:00", "agent_reply", "agent"),
        ("mon 12:00", "customer_message", "customer"),
        ("mon 12:00", "note", "agent"),
        ("mon 13:00", "state_changed", "agent"),
    ]
    assert [event for event in wanted if (site.iso(event[0]), *event[1:]) not in events] == []


def test_explain(site: Site, told: str) -> None:
    explained = site.ask("explain", told)
    assert {one["clock"]: one["outcome"] for one in explained["instances"]} == {
        "first_response": "met",
        "resolution": "met",
    }
    (resolution,) = (one for one in explained["instances"] if one["clock"] == "resolution")
    spent = dict.fromkeys(("counted", "closed", "paused"), 0)
    for span in resolution["spans"]:
        spent[span["kind"]] += span["seconds"]
    assert spent == {"counted": 2 * 3600, "closed": 0, "paused": 2 * 3600}
    assert "standard" in site.program("explain", told).out


def test_status(site: Site, server: LiveRt) -> None:
    late, later = site.mail(VIP, "Off"), site.mail(PLAIN, "Slow")
    site.at("mon 10:30")
    site.sync()
    listed = site.ask("status", "--all")["instances"]
    assert [(one["ticket"], one["clock"]) for one in listed] == [
        (late, "first_response"),
        (later, "first_response"),
        (late, "resolution"),
        (later, "resolution"),
    ]
    assert listed[0]["overdue"] is True
    assert listed[1]["left"] == 2.5 * 3600
    assert server.shown(late)["Subject"] in site.program("status").out


def test_backfill(site: Site, told: str) -> None:
    """Finished tickets are judged as if we had watched them, and nothing is written."""
    done = site.program("backfill", "--since", site.monday.date().isoformat())
    assert done.code == 0, done.err
    assert site.clocks(told)["resolution"]["outcome"] == "met"
    again = site.program("backfill", "--since", site.monday.date().isoformat())
    assert again.code == 0, again.err


def test_a_policy_is_compared_with_the_helpdesk(site: Site, told: str) -> None:
    assert site.program("policy", "check", "--host").code == 0
    site.policy("policies: [{{name: one, when: {{group: Nowhere}}, targets: {{resolution: 1h}}}}]")
    wrong = site.program("policy", "check", "--host")
    assert "Nowhere" in wrong.out + wrong.err
