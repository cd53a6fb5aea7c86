"""Writes: what is sent, in which order, and what a refusal says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slaplugin.app.errors import HostError, HostPermanentError, HostTemporaryError
from slaplugin.app.ports import Change
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.notes import marker
from slaplugin.hosts.otrs import make_host
from tests.hosts.otrs.conftest import Site

DUE = 1_793_782_800
"""4 November 2026, 09:00 UTC: 10:00 in Berlin."""


def updates(site: Site) -> list[dict[str, Any]]:
    """What every update asked for, without session and ticket."""
    return [
        {key: value for key, value in asked.items() if key not in ("SessionID", "TicketID")}
        for asked in site.asked("TicketUpdate")
    ]


def write(site: Site, ticket: str, *changes: Change, **settings: Any) -> list[dict[str, Any]]:
    site.server.interface.forget()
    site.host(**settings).write(ticket, changes)
    return updates(site)


def tags(site: Site, ticket: str) -> set[str]:
    return set(site.host().look(ticket).tags)


# ------------------------------------------------------------------ requests


def test_fields_priority_and_state_go_together_and_the_rest_alone(site: Site) -> None:
    ticket = site.ticket()
    sent = write(
        site,
        ticket,
        Change("add_note", "Due soon.", key="k1"),
        Change("set_owner", "anna.berg"),
        Change("set_group", "Escalations"),
        Change("set_priority", "4 high"),
        Change("set_state", "open"),
        Change("set_field", DUE, field="SLADueAt"),
        Change("set_field", "warning", field="SLAState"),
        Change("add_tag", "sla-warning"),
    )
    assert sent[0] == {
        "Ticket": {"Priority": "4 high", "State": "open"},
        "DynamicField": [
            {"Name": "SLADueAt", "Value": "2026-11-04 10:00:00"},
            {"Name": "SLAState", "Value": "warning"},
            {"Name": "SLATags", "Value": "sla-warning"},
        ],
    }
    assert sent[1:3] == [{"Ticket": {"Queue": "Escalations"}}, {"Ticket": {"Owner": "anna.berg"}}]
    assert list(sent[3]) == ["Article"]
    assert len(sent) == 4
    seen = site.host().look(ticket)
    assert (seen.group, seen.owner, seen.priority) == ("Escalations", "anna.berg", "4 high")
    assert seen.fields["SLADueAt"] == DUE
    assert not any("TicketNumber" in str(one) for one in sent)


def test_a_note_is_hidden_of_the_system_and_wakes_nobody(site: Site) -> None:
    ticket = site.ticket()
    (sent,) = write(site, ticket, Change("add_note", "Due soon.", key="k1"))
    article = sent["Article"]
    assert (article["SenderType"], article["IsVisibleForCustomer"]) == ("system", 0)
    assert (article["CommunicationChannel"], article["NoAgentNotify"]) == ("Internal", 1)
    assert article["Body"] == f"Due soon.\n\n{marker('k1')}"
    assert site.host().has_note(ticket, "k1")
    assert not site.host().has_note(ticket, "k2")
    assert site.host().read(ticket).timeline.events[-1].kind == "note"


def test_a_note_of_somebody_else_with_our_mark_is_not_ours(site: Site) -> None:
    ticket = site.ticket()
    site.desk.note("anna.berg", int(ticket), f"see {marker('k1')}")
    assert not site.host().has_note(ticket, "k1")


def test_an_owner_set_with_a_move_outlives_the_move(site: Site) -> None:
    """A move unlocks the ticket and takes it from its owner (facts 7)."""
    ticket = site.ticket()
    site.desk.take("boris.kern", int(ticket))
    write(site, ticket, Change("set_owner", "anna.berg"), Change("set_group", "Escalations"))
    assert site.host().look(ticket).owner == "anna.berg"


def test_nobody_means_unlocked(site: Site) -> None:
    ticket = site.ticket()
    site.desk.take("boris.kern", int(ticket))
    (sent,) = write(site, ticket, Change("set_owner", None))
    assert sent == {"Ticket": {"OwnerID": 1, "Lock": "unlock"}}
    seen = site.host().read(ticket)
    assert seen.seen.owner is None


# ------------------------------------------------------------------ tags


def test_tags_of_others_stay(site: Site) -> None:
    ticket = site.ticket()
    site.desk.set_field("anna.berg", int(ticket), "SLATags", "sla-paused", "sla-warning")
    (sent,) = write(
        site,
        ticket,
        Change("remove_tag", "sla-warning"),
        Change("add_tag", "sla-breach-resolution"),
    )
    value = ["sla-breach-resolution", "sla-paused"]
    assert sent == {"DynamicField": [{"Name": "SLATags", "Value": value}]}
    assert tags(site, ticket) == set(value)


def test_several_tags_into_an_empty_field_learn_its_kind_first(site: Site) -> None:
    ticket = site.ticket()
    sent = write(site, ticket, Change("add_tag", "sla-warning"), Change("add_tag", "sla-paused"))
    values = [one["DynamicField"][0]["Value"] for one in sent]
    assert values == ["sla-paused", ["sla-paused", "sla-warning"]]
    assert tags(site, ticket) == {"sla-warning", "sla-paused"}


def test_several_tags_into_an_empty_text_field(site: Site) -> None:
    ticket = site.ticket()
    settings: dict[str, Any] = {"tags_field": "SLANote", "own_fields": {}}
    asked = (Change("add_tag", "b"), Change("add_tag", "a"))
    sent = write(site, ticket, *asked, **settings)
    assert [one["DynamicField"][0]["Value"] for one in sent] == ["a", "a, b"]
    assert site.host(**settings).look(ticket).tags == {"a", "b"}
    sent = write(site, ticket, Change("remove_tag", "a"), Change("remove_tag", "b"), **settings)
    assert [one["DynamicField"][0]["Value"] for one in sent] == [""]


def test_the_last_tag_leaves_an_empty_list(site: Site) -> None:
    ticket = site.ticket()
    site.desk.set_field("anna.berg", int(ticket), "SLATags", "sla-warning")
    (sent,) = write(site, ticket, Change("remove_tag", "sla-warning"))
    assert sent == {"DynamicField": [{"Name": "SLATags", "Value": []}]}
    assert tags(site, ticket) == set()


def test_a_tag_that_is_there_is_not_written(site: Site) -> None:
    ticket = site.ticket()
    site.desk.set_field("anna.berg", int(ticket), "SLATags", "sla-warning")
    assert write(site, ticket, Change("add_tag", "sla-warning")) == []


# ------------------------------------------------------------------ fields


@pytest.mark.parametrize(
    ("field", "value", "sent"),
    [
        ("SLADueAt", DUE, "2026-11-04 10:00:00"),
        ("SLADueAt", None, ""),
        ("SLANote", "first response due 10:00", "first response due 10:00"),
        ("SLANote", "", ""),
    ],
)
def test_values_in_the_hosts_spelling(site: Site, field: str, value: Any, sent: str) -> None:
    ticket = site.ticket()
    (found,) = write(site, ticket, Change("set_field", value, field=field))
    assert found["DynamicField"] == [{"Name": field, "Value": sent}]


def test_what_undo_puts_back_is_what_was_seen(site: Site) -> None:
    ticket = site.ticket()
    site.desk.set_field("anna.berg", int(ticket), "SLADueAt", "2026-11-04 10:00:00")
    site.desk.set_field("anna.berg", int(ticket), "Product", "gateway")
    before = site.host().look(ticket).fields
    write(
        site,
        ticket,
        Change("set_field", DUE + 60, field="SLADueAt"),
        Change("set_field", "portal", field="Product"),
    )
    back = [Change("set_field", before[name], field=name) for name in ("SLADueAt", "Product")]
    write(site, ticket, *back)
    assert site.host().look(ticket).fields == before


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (Change("set_priority", "9 absurd"), r"set priority '9 absurd'.*Priority parameter"),
        (Change("set_group", "Nope"), r"set group 'Nope'.*Queue parameter is invalid"),
        (Change("set_group", "Restricted"), r"set group 'Restricted'.*move_into"),
        (Change("set_owner", "nobody.here"), r"set owner 'nobody.here'.*Owner parameter"),
        (Change("set_state", "pending reminder"), "set state 'pending reminder'.*pendi"),
        (Change("set_field", "x", field="NoSuchField"), "Create the dynamic field"),
        (Change("set_field", "x", field="SLAState"), "one of its possible values"),
        (Change("add_tag", "of-mine"), "possible values of the dynamic field SLATags"),
    ],
)
def test_a_refusal_names_the_change_and_the_remedy(site: Site, change: Change, says: str) -> None:
    ticket = site.ticket()
    with pytest.raises(HostPermanentError, match=says) as caught:
        site.host().write(ticket, [change])
    assert caught.value.status in (403, 422)


def test_a_lost_right_is_told_with_what_to_give(site: Site) -> None:
    ticket = site.ticket()
    host = site.host(user="ro.agent")
    with pytest.raises(HostPermanentError, match=r"Give the account.*rw") as caught:
        host.write(ticket, [Change("set_field", "ok", field="SLAState")])
    assert caught.value.status == 403


def test_a_fault_in_the_middle_passes(play: Any, config: HostConfig) -> None:
    """Recorded: the field's table was gone for a moment."""
    with play("fault-query-fails", match_on=("method", "path"), repeats=False):
        host = make_host(config)
        change = Change("set_field", "breached", field="SLAState")
        host.write("29", [change])
        host.write("29", [change])
        with pytest.raises(HostTemporaryError, match="SLAState could not be set"):
            host.write("29", [change])


@pytest.mark.parametrize(
    ("recording", "ticket", "change"),
    [
        ("update-ticket", "28", Change("set_priority", "4 high")),
        ("update-ticket", "28", Change("set_group", "Escalations")),
        ("update-ticket", "28", Change("set_owner", "anna.berg")),
        ("update-ticket", "28", Change("set_state", "open")),
        ("update-errors", "28", Change("set_owner", "dmitri.voss")),
    ],
)
def test_requests_are_those_that_were_recorded(
    play: Any, config: HostConfig, recording: str, ticket: str, change: Change
) -> None:
    """Byte for byte: method, address and body."""
    with play("login-2", recording) as tape:
        make_host(config).write(ticket, [change])
        assert tape.play_count == 2


def test_reads_before_writes_are_few(site: Site) -> None:
    ticket = site.ticket()
    site.server.interface.forget()
    site.host().write(ticket, [Change("set_priority", "4 high")])
    assert [one.operation for one in site.server.interface.log] == [
        "SessionCreate",
        "TicketUpdate",
    ]


def test_a_dropped_answer_of_a_note_is_not_sent_again(site: Site) -> None:
    ticket = site.ticket()
    host = site.host()
    host.account  # noqa: B018 - logs in
    site.server.faults.fail(1, "drop_answer", operations=("TicketUpdate",))
    with pytest.raises(HostError):
        host.write(ticket, [Change("add_note", "Due soon.", key="k1")])
    assert host.has_note(ticket, "k1")
    notes = [one for one in host.read(ticket).timeline.events if one.kind == "note"]
    assert len(notes) == 1


def test_another_tags_field_is_told_everywhere(site: Site) -> None:
    config = replace(site.config, tags_field="SLATags")
    assert make_host(config).reference().tags_field == "SLATags"
