"""``policy check --host`` and ``policy show --ticket`` against a helpdesk."""

from __future__ import annotations

from tests.cli.conftest import POLICY, VIP, Helpdesk, Program

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
