"""The driver of the live tests does what it says, so that they can rely on it."""

from __future__ import annotations

import pytest

from tests.live.rt import DUE, TAGS, LiveRt
from tests.live.site import Site

JOAN = "joan@acme.example"


@pytest.fixture
def rt(site: Site) -> LiveRt:
    """The shared server, on the first Monday of the site."""
    return site.rt


def test_people_work_while_the_clock_is_moved(rt: LiveRt, site: Site) -> None:
    ticket = rt.mail(JOAN, "VPN is down", "Help!")
    site.at("tue 10:30")
    rt.agent("anna").take(ticket)
    rt.agent("anna").reply(ticket, "Grüße", Status="stalled")
    site.at("wed 11:00")
    assert rt.mail(JOAN, "VPN is down", "Still", reply_to=ticket) == ticket
    rt.agent("ben").comment(ticket, "Watch this")

    shown = rt.shown(ticket)
    assert (shown["Status"], shown["Owner"], shown["Queue"]) == ("stalled", "anna", "Support")
    said = [(row.type, row.creator, row.created) for row in rt.rows(ticket)]
    assert ("Correspond", "anna", site.iso("tue 10:30")) in said
    assert ("Correspond", JOAN, site.iso("wed 11:00")) in said
    assert rt.texts(ticket, "Correspond") == ["Grüße", "Still"]
    assert rt.texts(ticket) == ["Watch this"]
    sent = rt.mails(JOAN)[-1].get_body(("plain",))
    assert sent is not None
    assert "Grüße" in sent.get_content()


def test_merging_and_deleting(rt: LiveRt) -> None:
    first, second = (rt.mail(JOAN, title, "x") for title in ("First", "Second"))
    rt.agent("ben").merge(second, first)
    assert str(rt.ticket(second)["id"]) == first
    assert [row.field for row in rt.rows(second) if row.type == "AddLink"] == ["MergedInto"]
    rt.agent("ben").delete(first)
    assert rt.shown(first)["Status"] == "deleted"


def test_what_rt_refuses_is_an_error(rt: LiveRt) -> None:
    ticket = rt.mail(JOAN, "Not yours", "x")
    with pytest.raises(AssertionError, match="changed nothing"):
        rt.agent("anna").set(ticket, Owner="slabot")
    with pytest.raises(AssertionError, match="403"):
        rt.customer("li@globex.example").get(f"ticket/{ticket}")


def test_what_only_an_administrator_does(rt: LiveRt) -> None:
    rt.add_custom_field("Contract", "SelectSingle", of="user", values="gold,plain")
    rt.user("li@globex.example", CustomFields={"Contract": "gold"}, Organization="Globex")
    user = rt.admin.get("user/li@globex.example")
    assert [(one["name"], one["values"]) for one in user["CustomFields"]] == [
        ("Contract", ["gold"])
    ]
    assert user["Organization"] == "Globex"

    rt.add_queue("Night shift")
    ticket = rt.customer("li@globex.example").create("At night", queue="Night shift")
    assert rt.shown(ticket)["Queue"] == "Night shift"

    rt.revoke("Agents", "ModifyTicket")
    assert rt.agent("anna").put(f"ticket/{ticket}", {"Priority": 50}) != []
    assert rt.shown(ticket)["Priority"] == 0
    rt.grant("Agents", "ModifyTicket")
    rt.agent("anna").set(ticket, Priority=50, CustomFields={TAGS: ["b", "a"]})
    shown = rt.shown(ticket)
    assert (shown["Priority"], shown[TAGS], shown[DUE]) == (50, ["a", "b"], None)


def test_a_restart_keeps_data_and_clock(rt: LiveRt, site: Site) -> None:
    ticket = rt.mail(JOAN, "Before", "x")
    rt.stop()
    rt.start()
    rt.agent("anna").comment(ticket, "After")
    assert rt.rows(ticket)[-1].created == site.iso("mon 09:00")
    assert rt.texts(ticket) == ["After"]
