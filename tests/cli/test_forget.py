"""``forget`` and ``retention`` as a user meets them, against the demo helpdesk."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import PLAIN, VIP, Helpdesk, Program, settings_of

SINCE = ("backfill", "--since", "2026-03-01")


@pytest.fixture
def loaded(helpdesk: Helpdesk, program: Program) -> Program:
    """Two closed tickets and an open one of Ravi, and one of Ines in between."""
    for number, customer in enumerate((PLAIN, PLAIN, VIP, PLAIN)):
        ticket = helpdesk.open(f"Question {number} of Ravi", customer)
        if number < 2:
            helpdesk.api("PUT", f"tickets/{ticket}", {"state": "closed"})
    helpdesk.at("10T09:00")
    assert program.quick("sync").code == 0
    assert program.quick(*SINCE).code == 0
    return program


def told(program: Program) -> str:
    """Everything that commands show of the store, and the bytes of its file."""
    shown = [
        program.quick(*command).out
        for command in (
            ("status", "--all", "--json"),
            ("audit", "export"),
            ("timeline", "1", "--json"),
            ("explain", "1", "--json"),
        )
    ]
    files = sorted(program.folder.glob("slaplugin.db*"))
    return "".join(shown) + b"".join(file.read_bytes() for file in files).decode("latin-1")


def traces(program: Program) -> list[str]:
    return [name for name in (PLAIN, "Question 0", "Question 3") if name in told(program)]


def test_the_plan_changes_nothing(loaded: Program) -> None:
    before = loaded.quick("audit", "verify", "--json").json["head"]
    result = loaded.quick("forget", "--customer", PLAIN, "--plan", "--json")
    assert (result.code, result.json["tickets"], result.json["open"]) == (0, 3, 1)
    assert (result.json["erased"], result.json["audit_entries"]) == (False, None)
    assert loaded.quick("audit", "verify", "--json").json["head"] == before
    assert traces(loaded) == [PLAIN, "Question 0", "Question 3"]


def test_a_forgotten_customer_is_gone_and_stays_gone(helpdesk: Helpdesk, loaded: Program) -> None:
    loaded.quick("store", "backup", str(loaded.folder / "slaplugin.db.before-restore-test"))
    result = loaded("forget", "--customer", PLAIN.upper(), "--yes")
    assert (result.code, "erased: 3 tickets" in result.out) == (0, True)
    assert "before-restore-test" in result.err
    (loaded.folder / "slaplugin.db.before-restore-test").unlink()
    assert traces(loaded) == []
    assert "Question 2" in told(loaded)
    checked = loaded.quick("audit", "verify", "--json").json
    assert (checked["verified"], checked["erased"] > 0) == (True, True)

    helpdesk.open("Question 3 again", PLAIN)
    helpdesk.at("10T10:00")
    assert loaded.quick("sync").code == 0
    assert loaded.quick("backfill", "--since", "2026-02-01").code == 0
    assert traces(loaded) == []
    assert loaded.quick("audit", "verify").code == 0


def test_a_restored_backup_does_not_bring_the_person_back(loaded: Program) -> None:
    backup = loaded.folder / "backup"
    loaded.quick("store", "backup", str(backup))
    assert loaded.quick("forget", "--customer", PLAIN).code == 0
    result = loaded.quick("store", "restore", str(backup), "--json")
    assert (result.code, result.json["forgotten_again"]) == (0, 1)
    for copy in loaded.folder.glob("slaplugin.db.before-*"):
        copy.unlink()
    assert traces(loaded) == []
    assert loaded.quick("audit", "verify").code == 0
    assert loaded.quick("store", "info").code == 0


def test_who_is_not_known_is_told(loaded: Program) -> None:
    result = loaded.quick("forget", "--customer", "nobody@example.org", "--yes")
    assert (result.code, "knows no customer" in result.err) == (2, True)


def test_policies_that_name_the_customer_are_told(loaded: Program) -> None:
    file = loaded.folder / "policies" / "standard.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("{customer.vip: true}", f"{{customer.email: {PLAIN}}}"))
    assert loaded.quick("sync").code == 0
    result = loaded.quick("forget", "--customer", PLAIN, "--plan")
    assert (result.code, "standard.yaml" in result.err) == (0, True)


def test_retention_prunes_and_a_backfill_begins_where_it_does(
    helpdesk: Helpdesk, loaded: Program
) -> None:
    (loaded.folder / "slaplugin.toml").write_text(
        settings_of(helpdesk) + 'retention = "20d"\n', encoding="utf-8"
    )
    helpdesk.at("31T09:00")
    assert loaded.quick("sync").code == 0
    rows = json.loads(loaded.quick("timeline", "1", "--json").out)["ticket"]
    assert rows["title"] == "(erased)"
    assert "Question 0" not in told(loaded)
    assert loaded.quick("audit", "verify").code == 0
    again = loaded.quick("backfill", "--since", "2026-02-01", "--json")
    assert (again.code, again.json["read"]) == (0, 0)
    assert "Question 0" not in told(loaded)
