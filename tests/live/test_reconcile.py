"""reconcile on a Request Tracker that keeps deadlines by its own SLA feature."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.instance import SCRIPT, lacking
from tests.live.rt import LiveRt
from tests.live.site import PLAIN, Site, build

NATIVE = """
Set(%ServiceBusinessHours, Default => {
    map { $_ => { Name => "day$_", Start => '09:00', End => '17:00' } } 1 .. 5 });
Set(%ServiceAgreements, Default => 'standard', Levels => { standard => {
    Response => { BusinessMinutes => 240 }, KeepInLoop => { BusinessMinutes => 960 },
    Resolve => { BusinessMinutes => 1440 } } });
"""
POLICY = """\
calendars:
  office: {{timezone: UTC, hours: {{mon-fri: "09:00-17:00"}}}}
policies:
  - name: standard
    when: {{group: {queue}}}
    targets: {{first_response: 4h, next_response: 4h, update: 16h, resolution: 24h}}
"""


@pytest.fixture(scope="module")
def native() -> Iterator[LiveRt]:
    """An instance of its own, with the SLA feature switched on."""
    missing = lacking()
    if missing:
        pytest.fail(f"{missing}; install it: {SCRIPT.name} install", pytrace=False)
    with LiveRt(conf=NATIVE, workers=1) as rt:
        yield rt


@pytest.fixture(scope="module")
def sites(native: LiveRt) -> Callable[[Path], Site]:
    numbers = iter(range(1, 100))

    def make(folder: Path) -> Site:
        site = build(native, folder, next(numbers))
        (queue,) = (key for key, name in native.queue_names.items() if name == site.queue)
        native.admin.put(f"queue/{queue}", {"SLADisabled": 0})
        site.policy(POLICY)
        return site

    return make


@pytest.fixture
def site(sites: Callable[[Path], Site], tmp_path: Path) -> Site:
    return sites(tmp_path)


def due(site: Site, ticket: str) -> dict[str, Any]:
    """The one comparison of a ticket, and that nothing was written for it."""
    before = site.rt.last_row()
    found = site.ask("reconcile", "--ticket", ticket)
    assert site.rt.last_row() == before
    assert found["tickets"][0]["agreement"] == "standard"
    (clock,) = found["tickets"][0]["clocks"]
    comparison: dict[str, Any] = clock
    return comparison


def told(site: Site, ticket: str) -> tuple[str, str, list[str]]:
    """Our clock that is due first, the verdict, and the reasons."""
    found = due(site, ticket)
    return found["clock"], found["verdict"], [one["reason"] for one in found["reasons"]]


def test_a_life(site: Site, native: LiveRt) -> None:
    ticket = site.mail(PLAIN, "Disk is full")
    assert told(site, ticket) == ("first_response", "equal", [])
    site.at("mon 10:00")
    native.agent("anna").reply(ticket, "Which one?", Status="stalled")
    waiting = due(site, ticket)
    assert (waiting["clock"], waiting["ours"]["due_at"]) == ("update", None)
    assert waiting["host"]["due_at"] == site.iso("wed 10:00")
    assert [one["reason"] for one in waiting["reasons"]] == ["waiting"]
    site.at("tue 09:00")
    site.mail(PLAIN, "Disk is full", reply_to=ticket)
    assert told(site, ticket) == ("next_response", "equal", [])
    site.at("tue 10:00")
    native.agent("anna").reply(ticket, "Done", Status="resolved")
    closed = due(site, ticket)
    assert (closed["verdict"], closed["clock"]) == ("explained", "resolution")
    assert closed["host"]["due_at"] == site.iso("thu 09:00")


def test_a_profile_counts_as_the_helpdesk_does(site: Site, native: LiveRt) -> None:
    site.policy("profile: rt\n" + POLICY)
    ticket = site.mail(PLAIN, "Disk is full")
    site.at("mon 10:00")
    native.agent("anna").reply(ticket, "Which one?", Status="stalled")
    assert told(site, ticket) == ("update", "equal", [])
    site.at("tue 09:00")
    site.mail(PLAIN, "Disk is full", reply_to=ticket)
    assert told(site, ticket) == ("next_response", "equal", [])


def test_another_target_is_inferred(site: Site) -> None:
    site.policy(POLICY.replace("first_response: 4h", "first_response: 2h"))
    ticket = site.mail(PLAIN, "Slow")
    found = due(site, ticket)
    assert found["verdict"] == "explained"
    (reason,) = found["reasons"]
    assert (reason["reason"], reason["kind"]) == ("agreement", "inferred")
    assert "as if its target were 4h in office (we 2h in office)" in reason["text"]


def test_what_an_agent_enters_waits_for_no_answer(site: Site, native: LiveRt) -> None:
    """Only requestors count as outsiders: the agent had the last word (facts 9)."""
    ticket = native.agent("ben").create("Called in", queue=site.queue, Requestor=PLAIN)
    found = due(site, ticket)
    assert (found["verdict"], found["clock"]) == ("explained", "update")
    assert found["ours"]["due_at"] == site.iso("mon 13:00")
    assert found["host"]["due_at"] == site.iso("wed 09:00")
    assert [one["reason"] for one in found["reasons"]] == ["reply", "update", "boundary"]
