"""A cycle that is killed while it writes, and what the next one and ``undo`` make of it."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.cli.conftest import POLICY, Helpdesk, Program

WITH_NOTE = POLICY.replace("{owner: least_loaded}]", '{note: "{clock} is late"}]')
"""The owner has no access to the group of the escalation: the helpdesk drops her with the move."""
OWNER = "sana.iqbal"


@pytest.fixture
def late(helpdesk: Helpdesk, program: Program) -> str:
    """A ticket for which everything falls due at once in the next cycle."""
    (program.folder / "policies" / "standard.yaml").write_text(WITH_NOTE, encoding="utf-8")
    ticket = helpdesk.open("Late", owner=OWNER)
    program.quick("sync")
    helpdesk.at("09T13:30")
    return ticket


def notes_of(helpdesk: Helpdesk, ticket: str) -> list[str]:
    articles = helpdesk.api("GET", f"ticket_articles/by_ticket/{ticket}")
    return [article["body"] for article in articles if article["internal"]]


def changes_of(helpdesk: Helpdesk, ticket: str) -> list[Any]:
    """What the history says was done to the ticket by anybody, in no order."""
    rows = helpdesk.api("GET", f"ticket_history/{ticket}")["history"]
    keys = ("type", "attribute", "value_from", "value_to")
    return sorted([str(row.get(key)) for key in keys] for row in rows if row.get("attribute"))


def marked(shown: dict[str, Any]) -> dict[str, Any]:
    """A ticket without what its articles leave on it: notes stay after ``undo``."""
    return {name: value for name, value in shown.items() if not name.startswith("article_")}


def claimed(program: Program) -> bool:
    """Whether the cycle has claimed what it is about to write."""
    with closing(sqlite3.connect(program.folder / "slaplugin.db")) as store:
        found = store.execute("SELECT count(*) FROM actions WHERE status = 'claimed'")
        return bool(found.fetchone()[0])


@pytest.mark.parametrize(
    ("writing", "count"), [(False, 4), (False, 8), *((True, count) for count in range(1, 6))]
)
def test_a_kill_at_any_request_of_a_cycle_leaves_no_trace(
    helpdesk: Helpdesk, program: Program, late: str, writing: bool, count: int
) -> None:
    """Before the claim, and from the request that writes to those that verify it."""
    before = marked(helpdesk.shown(late))
    end = helpdesk.interrupt_at(
        count, signal.SIGKILL, lambda: claimed(program) if writing else True
    )
    assert program.interrupted(end, "sync").code == -signal.SIGKILL
    helpdesk.server.settle()
    assert program.quick("sync").code == 0
    assert program.quick("sync", "--json").json["writes"] == []

    shown = helpdesk.shown(late)
    assert (shown["group"], shown["owner"], shown["priority"]) == ("Escalations", "-", "3 high")
    assert shown["tags"] == ["sla-breach"]
    assert len(notes_of(helpdesk, late)) == 1
    changes = changes_of(helpdesk, late)
    assert [row for row in changes if changes.count(row) > 1] == []

    assert program.quick("undo", "--all").code == 0
    assert marked(helpdesk.shown(late)) == before
    assert program.quick("sync", "--json").json["writes"] == []


def test_undo_right_after_a_kill(helpdesk: Helpdesk, program: Program, late: str) -> None:
    before = marked(helpdesk.shown(late))
    end = helpdesk.interrupt_at(2, signal.SIGKILL, lambda: claimed(program))
    program.interrupted(end, "sync")
    helpdesk.server.settle()
    assert marked(helpdesk.shown(late)) != before
    assert program.quick("undo", "--all").code == 0
    assert marked(helpdesk.shown(late)) == before
