"""What was over for long enough stays as figures alone, and nothing brings more of it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slaplugin.app.backfill import Range, backfill
from slaplugin.app.explaining import present_judge
from slaplugin.app.history import History
from slaplugin.hosts.memory import Draft
from slaplugin.testing import SilentProgress
from tests.app.desk_of import HEAD, HOUR, Installation
from tests.app.test_forget import found_in, outcomes

DAY = 86400
KEPT = 30 * DAY
BY_VIP = (
    HEAD
    + "    sub:\n      - {name: vip, when: {customer.vip: true}, targets: {first_response: 1h}}\n"
)


@pytest.fixture
def desk(live: Callable[..., Installation]) -> Installation:
    """Six tickets of Lena: four answered and closed, one open, all a year old."""
    made = live(BY_VIP)
    made.host.party("customer", "c-lena", name="Lena Nord", email="lena.nord@x.example", vip=True)
    for number in range(6):
        draft = Draft(title="Lena Nord asks", customer="c-lena", fields={"city": "Nordheim"})
        ticket = made.host.create(draft)
        made.clock.advance(HOUR)
        made.host.set(ticket, "owner", "anna")
        made.host.agent_replies(ticket)
        if number < 5:
            made.host.set(ticket, "state", "closed")
    made.sync(after=60)
    return made


def later(desk: Installation, seconds: int) -> None:
    """The setting is made, and time goes by."""
    desk.set_option(retention=KEPT)
    desk.sync(after=seconds)


def test_what_is_not_over_for_long_enough_stays(desk: Installation) -> None:
    later(desk, KEPT - 12 * HOUR)
    assert desk.store.row("memory", "1").title == "Lena Nord asks"


def test_figures_stay_and_people_go(desk: Installation) -> None:
    before = outcomes(desk.store)
    later(desk, KEPT + DAY)
    rows = {ticket: desk.store.row("memory", ticket) for ticket in "16"}
    assert (rows["1"].title, rows["1"].customer_key) == ("(erased)", None)
    assert rows["1"].facts["customer.vip"] is True
    assert rows["6"].title == "Lena Nord asks"
    assert [one for one in outcomes(desk.store) if one[2]] == [one for one in before if one[2]]
    checked = desk.store.verify()
    assert (checked.verified, checked.erased > 0) == (True, True)


def test_of_the_pruned_nothing_is_left_in_the_file(desk: Installation) -> None:
    desk.host.set("6", "state", "closed")
    later(desk, KEPT + DAY)
    assert found_in(desk.store) == []
    owners = {
        event.data["to"]
        for event in desk.store.ticket("memory", "1").events
        if event.kind == "owner_changed"
    }
    assert [owner.partition("-")[0] for owner in owners] == ["agent"]


def test_reports_read_the_pruned_as_before(desk: Installation) -> None:
    def stages() -> list[list[tuple[object, ...]]]:
        judge = present_judge(desk.policies, desk.store, desk.clock.now())
        history = History(desk.store, judge, "memory", desk.clock.now())
        return [
            [
                (stage.start, stage.waiting, stage.state_kind, stage.facts["group"])
                for stage in past.stages
            ]
            for past in history.pasts()
        ]

    before = stages()
    later(desk, KEPT + DAY)
    assert stages() == before


def test_it_is_looked_at_once_a_day(desk: Installation) -> None:
    later(desk, KEPT - 12 * HOUR)
    desk.sync(after=10 * HOUR)
    assert desk.store.row("memory", "1").title == "Lena Nord asks"
    desk.sync(after=DAY)
    assert desk.store.row("memory", "1").title == "(erased)"


def test_an_old_backfill_does_not_bring_them_back(desk: Installation) -> None:
    later(desk, KEPT + DAY)
    older = desk.host.create(Draft(title="Lena Nord, before", customer="c-lena"))
    report = backfill(desk.desk, Range(0), SilentProgress())
    assert desk.store.row("memory", "1").title == "(erased)"
    assert desk.store.row("memory", older).title == "Lena Nord, before"
    assert report.listed == 1


def test_a_backfill_stores_nothing_that_was_over_before(
    install: Callable[..., Installation],
) -> None:
    desk = install(HEAD)
    old = desk.host.create(Draft(title="long over"))
    desk.host.set(old, "state", "closed")
    desk.clock.advance(KEPT + DAY)
    desk.host.tag(old, "archived")
    new = desk.host.create()
    desk.set_option(retention=KEPT)
    report = backfill(desk.desk, Range(0), SilentProgress())
    assert (report.listed, report.read, report.old) == (2, 1, 1)
    assert list(desk.store.ids("memory")) == [new]


def test_a_pruned_ticket_that_is_opened_again_is_a_whole_one_and_pruned_anew(
    desk: Installation,
) -> None:
    later(desk, KEPT + DAY)
    desk.host.customer_writes("1")
    desk.host.set("1", "state", "open")
    desk.sync(after=60)
    assert desk.store.row("memory", "1").title == "Lena Nord asks"
    desk.host.set("1", "state", "closed")
    desk.sync(after=60)
    desk.sync(after=KEPT + 2 * DAY)
    assert desk.store.row("memory", "1").title == "(erased)"


def test_a_pruned_ticket_that_is_only_touched_is_pruned_again(desk: Installation) -> None:
    later(desk, KEPT + DAY)
    desk.host.tag("1", "archived")
    desk.sync(after=60)
    desk.sync(after=DAY + HOUR)
    assert desk.store.row("memory", "1").title == "(erased)"


def test_nothing_is_done_twice_for_the_pruned(desk: Installation) -> None:
    later(desk, KEPT + DAY)
    written = list(desk.host.written)
    desk.sync(after=DAY + HOUR)
    assert desk.host.written == written
    assert [entry for entry in desk.audit() if entry == "pruned"] == ["pruned"]
