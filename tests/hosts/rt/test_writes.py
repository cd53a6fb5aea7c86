"""Writing onto what was looked at; the ticket decides, not the host's sentences."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.app.errors import HostGoneError, HostPermanentError, HostTemporaryError
from slaplugin.app.hold import concerns_ticket
from slaplugin.app.ports import Change
from slaplugin.hosts.notes import marker
from slaplugin.hosts.rt import RtHost
from tests.hosts.rt.fake import START, FakeRt

RAISE = Change("set_priority", "80")
TAG = Change("add_tag", "sla-breach")


def test_everything_but_the_note_is_one_request(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1, fields={"2": ["vip", "sla-risk"]})
    host.write(
        "1",
        [
            TAG,
            Change("remove_tag", "sla-risk"),
            RAISE,
            Change("set_owner", "anna"),
            Change("set_group", "Billing"),
            Change("set_state", "open"),
            Change("set_field", START, field="SLA Due"),
            Change("set_field", START, field="Due"),
            Change("add_note", "Late.", key="k"),
        ],
    )
    assert rt.put == [
        {
            "Priority": 80,
            "Owner": "anna",
            "Queue": "Billing",
            "Status": "open",
            "Due": "2026-03-08 20:00:00",
            "CustomFields": {"SLA Due": "2026-03-08 20:00:00", "SLA Tags": ["vip", "sla-breach"]},
        }
    ]
    assert rt.comments == [
        {"Content": f"Late.\n\n{marker('k')}", "ContentType": "text/plain"},
    ]
    seen = host.look("1")
    assert (seen.tags, seen.owner, seen.group) == ({"vip", "sla-breach"}, "anna", "Billing")
    assert (seen.fields["SLA Due"], seen.fields["Due"]) == (START, START)


def test_nothing_is_ever_said_in_public(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    host.write("1", [Change("add_note", "Late.", key="k")])
    assert not any("correspond" in asked for asked in rt.asked)


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (Change("set_owner", None), {"Owner": "Nobody"}),
        (Change("set_field", None, field="Due"), {"Due": ""}),
        (Change("set_field", None, field="SLA Due"), {"CustomFields": {"SLA Due": None}}),
        (Change("remove_tag", "vip"), {"CustomFields": {"SLA Tags": []}}),
    ],
    ids=["owner", "core date", "single value", "many values"],
)
def test_emptying(rt: FakeRt, host: RtHost, change: Change, body: dict[str, Any]) -> None:
    """``null`` empties one value and would add empty ones to many; "" would be 1970 (facts 6)."""
    rt.ticket(
        1, Owner={"id": "anna"}, Due="2026-03-09T00:00:00Z",
        fields={"2": ["vip"], "3": ["2026-03-09T00:00:00Z"]},
    )  # fmt: skip
    host.write("1", [change])
    assert rt.put == [body]


@pytest.mark.parametrize("change", [Change("add_tag", "vip"), Change("remove_tag", "sla-risk")])
def test_tags_that_are_so_already_are_not_written(rt: FakeRt, host: RtHost, change: Change) -> None:
    rt.ticket(1, fields={"2": ["vip"]})
    host.write("1", [change])
    assert rt.put == []


# -------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("change", "name", "said", "remedy"),
    [
        (Change("set_group", "Billing"), "Queue", "Permission Denied", "CreateTicket"),
        (Change("set_owner", "ben"), "Owner", "Darf keine Tickets besitzen", "OwnTicket"),
        (Change("set_state", "bogus"), "Status", "isn't a valid status", "lifecycle"),
        (TAG, "CustomFields", "Invalid value for custom field", "ModifyCustomField"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals_inside_a_200(
    rt: FakeRt, host: RtHost, change: Change, name: str, said: str, remedy: str
) -> None:
    """In whatever language: the sentence is quoted, the ticket decides."""
    rt.ticket(1)
    rt.refuse = {name: said}
    with pytest.raises(HostPermanentError) as error:
        host.write("1", [change])
    assert said in str(error.value)
    assert remedy in str(error.value)
    assert str(change.value) in str(error.value)
    assert concerns_ticket(error.value), "one ticket's refusal does not end the cycle"


def test_a_part_that_got_through_is_told(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    rt.refuse = {"Owner": "That user may not own tickets in that queue"}
    with pytest.raises(HostPermanentError, match=r"did not do set owner 'ben' \(it did set pri"):
        host.write("1", [RAISE, Change("set_owner", "ben")])
    assert host.look("1").priority == "80"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change("set_field", "x", field="Nope"), "no custom field 'Nope'"),
        (Change("set_priority", "urgent"), "'urgent' is no number"),
    ],
)
def test_what_the_host_would_take_for_something_else_is_not_sent(
    rt: FakeRt, host: RtHost, change: Change, said: str
) -> None:
    rt.ticket(1)
    with pytest.raises(HostPermanentError, match=said) as error:
        host.write("1", [RAISE, change])
    assert concerns_ticket(error.value)
    assert rt.put == []


def test_a_date_is_not_written_in_another_zone(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    rt.zone = "Europe/Berlin"
    with pytest.raises(HostPermanentError, match="Set Timezone to UTC"):
        host.write("1", [Change("set_field", START, field="SLA Due")])
    assert rt.put == []


def test_a_ticket_that_was_merged_away_is_not_written(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).ticket(2)
    rt.tickets["2"]["EffectiveId"] = "1"
    with pytest.raises(HostPermanentError, match="was merged into 1") as error:
        host.write("2", [RAISE])
    assert concerns_ticket(error.value)
    assert rt.put == []


def test_a_ticket_that_is_not_there(rt: FakeRt, host: RtHost) -> None:
    with pytest.raises(HostGoneError):
        host.write("9", [RAISE])


# -------------------------------------------------------------------------- others at work


def test_a_tag_of_others_that_comes_meanwhile_stays(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    rt.meddle = [lambda: _tagged(rt, "vip")]
    host.write("1", [TAG])
    assert host.look("1").tags == {"vip", "sla-breach"}


def test_what_others_change_meanwhile_is_not_overwritten(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    rt.meddle = [lambda: _prioritised(rt, "20")]
    with pytest.raises(HostTemporaryError, match="being changed by somebody else"):
        host.write("1", [RAISE])
    assert host.look("1").priority == "20"


def test_it_gives_way_to_somebody_who_keeps_writing(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    rt.busy = True
    with pytest.raises(HostTemporaryError, match="being changed by somebody else"):
        host.write("1", [RAISE])
    assert rt.put == []


def _tagged(rt: FakeRt, tag: str) -> None:
    rt.row(1, "CustomField", at=60, Field="2", NewValue=tag)
    rt.tickets["1"]["CustomFields"][0]["values"] = [tag]


def _prioritised(rt: FakeRt, priority: str) -> None:
    rt.row(1, "Set", at=60, Field="Priority", OldValue="0", NewValue=priority)
    rt.tickets["1"]["Priority"] = priority


# -------------------------------------------------------------------------- notes


def test_a_note_is_found_by_its_key_among_our_own(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).row(1, "Comment", by="slabot", text=f"Late.\n\n{marker('k')}")
    rt.row(1, "Comment", by="slabot", text="Another.")
    assert host.has_note("1", "k")
    assert not host.has_note("1", "other")


def test_a_note_does_not_follow_a_merged_ticket(rt: FakeRt, host: RtHost) -> None:
    """The host would put it on the survivor, without a word."""
    rt.ticket(1).ticket(2)
    rt.row(1, "AddLink", at=60, Field="MergedInto", NewValue="fsck.com-rt://sla/ticket/2")
    rt.tickets["1"]["EffectiveId"] = "2"
    with pytest.raises(HostPermanentError, match="was merged into 2"):
        host.write("1", [Change("add_note", "Late.", key="k")])
    assert rt.comments == []


def test_what_others_quote_is_not_our_note(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).row(1, "Comment", by="anna", text=f"> Late. {marker('k')}")
    assert not host.has_note("1", "k")


# -------------------------------------------------------------------------- recorded


def test_recorded_refusals_are_sentences_in_a_200(recordings: Any, play: Any, host: RtHost) -> None:
    """What a real one says to a value that it refuses: 200, and nothing changed."""
    body = {"Owner": "slabot"}
    with play("writes"):
        said = host.client.update("11", body, None)
    assert said
    assert all(isinstance(one, str) for one in said)
