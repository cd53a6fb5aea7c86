"""Every scenario's ticket, events and verdict survive the store unchanged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from slaplugin.app.ports import StoredInstance
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import Timeline
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.testfiles import load_policy_tests
from slaplugin.store import SqliteStore
from tests.store.samples import HOST, ticket_row

FILES = sorted((Path(__file__).resolve().parents[1] / "core" / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_stored_ticket_is_judged_as_before(store: SqliteStore, file: Path) -> None:
    rules: dict[int, RuleBook] = {}
    for number, case in enumerate(load_policy_tests(file).cases):
        book = rules.setdefault(id(case.policy_set), RuleBook.compile(case.policy_set))
        ticket = replace(case.ticket, host=HOST, id=str(number))
        row = ticket_row(ticket.id, facts=ticket.facts, current_only=ticket.current_only)
        before = evaluate(Timeline(ticket, case.events), book, case.as_of)
        kept = tuple(
            StoredInstance(item, "set", finished=not item.is_open) for item in before.instances
        )
        with store.tx() as tx:
            tx.save_ticket(row)
            tx.replace_events(HOST, row.id, case.events)
            tx.save_instances(HOST, row.id, kept)
        found = store.ticket(HOST, row.id)
        assert found is not None
        assert found.row.facts == ticket.facts
        assert found.instances == kept
        again = Timeline(replace(ticket, facts=found.row.facts), found.events)
        assert evaluate(again, book, case.as_of) == before
