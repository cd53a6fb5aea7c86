"""``policy check --host`` and ``policy show --ticket`` against a helpdesk."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import POLICY, VIP, Helpdesk, Program
from tests.hosts.otrs.standin import Clock, Desk, Field, Server

DRAFT = POLICY.replace("first_response: 4h", "first_response: 2h").replace("Billing", "Biling")


def test_names_held_against_the_helpdesk_and_clocks_that_would_move(
    helpdesk: Helpdesk, program: Program
) -> None:
    helpdesk.open("Router is slow"), helpdesk.open("Router is off", VIP)
    (program.folder / "draft.yaml").write_text(DRAFT, encoding="utf-8")
    before_any_cycle = program.quick("policy", "check", "draft.yaml", "--host", "--json")
    assert before_any_cycle.json["moves"] is None

    program.quick("sync")
    found = program.quick("policy", "check", "draft.yaml", "--host", "--json")
    assert found.code == 0
    told = "\n".join(warning["message"] for warning in found.json["warnings"])
    assert "tests group 'Biling', which the helpdesk does not show to this account" in told
    assert "changes group, by which the helpdesk chooses one of its own SLAs" in told
    moves = found.json["moves"]
    # Two tickets with two clocks each: the plain ticket's first response is due earlier.
    assert (moves["compared"], moves["earlier"], moves["moved"]) == (4, 1, 1)
    assert program.quick("policy", "check", "draft.yaml", "--host", "--strict").code == 1


def test_what_a_set_takes_for_granted_of_the_installation(program: Program) -> None:
    draft = "profile: rt\n" + POLICY.replace("do: [mark, {pri", "do: [mark, {notify: chat}, {pri")
    (program.folder / "draft.yaml").write_text(draft, encoding="utf-8")
    found = program.quick("policy", "check", "draft.yaml", "--host", "--json")
    told = {warning["message"]: warning for warning in found.json["warnings"]}
    (profile,) = (message for message in told if message.startswith("profile rt"))
    assert "zammad" in profile
    (channel,) = (message for message in told if "'chat'" in message)
    assert told[channel]["line"] == 10


def test_the_targets_of_a_ticket_with_the_trace_of_layers(
    helpdesk: Helpdesk, program: Program
) -> None:
    ticket = helpdesk.open("Router is off", VIP)
    shown = program.quick("policy", "show", "--ticket", str(ticket), "--json")
    assert shown.code == 0
    first = next(each for each in shown.json["clocks"] if each["clock"] == "first_response")
    assert (first["policy"], first["target"]) == ("vip", 3600)
    assert [layer["policy"] for layer in first["trace"]] == ["vip", "standard"]
    assert (
        "first_response (running): 1h from vip"
        in program.quick("policy", "show", "--ticket", str(ticket)).out
    )


def test_a_helpdesk_that_lists_nothing_is_asked_and_nothing_is_written(tmp_path: Path) -> None:
    """The OTRS family (facts 1): names beyond those on tickets, and values of the tags' field."""
    desk = Desk(Clock("2026-11-16T09:00:00Z", zone="UTC"))
    desk.portal_ticket("lena.nord", "Support", "Gateway down")
    desk.catalog.add_field(Field("SLATags", "Multiselect", ("sla-risk", "sla-late")))
    before = desk.history(1)
    with Server(desk) as server:
        program = Program(tmp_path)
        (tmp_path / "slaplugin.toml").write_text(
            f'host = "otrs"\nurl = "{server.url}"\nuser = "sla.api"\npassword = "PASSWORD"\n'
            'limits = {retry = "1s"}\nfields = {due = "SLADueAt", state = "Nowhere"}\n',
            encoding="utf-8",
        )
        (tmp_path / "slaplugin.toml").chmod(0o600)
        (tmp_path / "sla.yaml").write_text(OTRS_SET, encoding="utf-8")
        found = program.quick("policy", "check", "sla.yaml", "--host", "--json")
    assert found.code == 0, found.err
    told = {(each["line"], each["path"], each["message"]) for each in found.json["warnings"]}
    assert {(line, path) for line, path, _ in told} == {
        (None, "fields.state"),
        (None, "tags"),
        (4, "policies.p.when"),
        (7, "policies.p.steps[0]"),
        (8, "policies.p.steps[1]"),
    }
    messages = "\n".join(sorted(message for _, _, message in told))
    assert "tests group 'Suport', which the helpdesk refuses" in messages
    assert "tag 'sla-update' is none of the possible values of SLATags" in messages
    assert "tag 'sla-breach' is none of the possible values of SLATags" in messages
    assert "step '2h after due' changes group, by which the helpdesk chooses" in messages
    assert "'Nowhere' is not on the helpdesk" in messages
    assert desk.history(1) == before


def test_a_dropdown_with_our_states_is_no_text_field_that_is_wrong(tmp_path: Path) -> None:
    """As the guide for the OTRS family has it, and as ``doctor`` sees it."""
    desk = Desk(Clock("2026-11-16T09:00:00Z", zone="UTC"))
    desk.portal_ticket("lena.nord", "Support", "Gateway down")
    desk.catalog.add_field(Field("SLAState", "Dropdown", ("overdue", "at_risk", "paused", "ok")))
    with Server(desk) as server:
        program = Program(tmp_path)
        (tmp_path / "slaplugin.toml").write_text(
            f'host = "otrs"\nurl = "{server.url}"\nuser = "sla.api"\npassword = "PASSWORD"\n'
            'fields = {state = "SLAState"}\n',
            encoding="utf-8",
        )
        (tmp_path / "slaplugin.toml").chmod(0o600)
        (tmp_path / "sla.yaml").write_text(OTRS_SET, encoding="utf-8")
        found = program.quick("policy", "check", "sla.yaml", "--host", "--json")
    assert found.code == 0, found.err
    assert "fields.state" not in [each["path"] for each in found.json["warnings"]]


OTRS_SET = """\
policies:
  - name: p
    when:
      any: [{group: [Support, Billing, Suport]}, {state: pending reminder}, {fields.sla: Gold}]
    targets: {update: 2h}
    steps:
      - {at: breach, do: [{tag: "sla-{clock}"}, {tag: sla-late}]}
      - {at: 2h after due, do: [{group: Billing}]}
"""
