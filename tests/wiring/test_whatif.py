"""Processes, columns and a cluster: every execution over one store comes to the same."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import pytest

from slaplugin.app.errors import ConfigurationError
from slaplugin.app.ports import Adoption, TicketRow
from slaplugin.app.whatif import Job, WhatIf, past_ticket
from slaplugin.columnar import chunks
from slaplugin.core.whatif import Conclusion, concluded
from slaplugin.store import SqliteStore
from slaplugin.wiring import whatif
from slaplugin.wiring.whatif import Execution, Source, compare, measure
from tests.columnar.pasts import MONDAY, NOW, loaded, pasts

HOST = "desk"
IN_FORCE = loaded("policies: [{name: standard, targets: {first_response: 4h, resolution: 16h}}]")
DRAFT = loaded("policies: [{name: standard, targets: {first_response: 1h, resolution: 9h}}]")
JOB = Job(IN_FORCE, DRAFT, NOW, adoptions=(Adoption(MONDAY - 86400, IN_FORCE.hash),))
needs_numpy = pytest.mark.skipif(
    find_spec("numpy") is None, reason="numpy comes with the extra slaplugin[columnar]"
)
needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None, reason="Dask comes with the extra slaplugin[dask]"
)


class Bar:
    """What was told of the progress."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0
        self.ended = False

    def begin(self, what: str, total: int | None) -> None:
        self.total = total

    def advance(self, done: int = 1) -> None:
        self.done += done

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Tickets in three chunks; the keys of another helpdesk lie between them."""
    path = tmp_path / "sla.db"
    with SqliteStore(path, durable=False) as store:
        for past in pasts(random.Random("wiring"), IN_FORCE, 30):
            ticket = past.ticket
            row = TicketRow(HOST, ticket.id, ticket.number, "t", ticket.facts, frozenset(), 0)
            with store.tx() as tx:
                tx.save_ticket(replace(row, open=past.open))
                tx.replace_events(HOST, ticket.id, past.events)
                tx.save_instances(HOST, ticket.id, past.instances)
        step = chunks.CHUNK // 10
        for table in ("events", "instances", "tickets"):
            store.connection.execute("PRAGMA foreign_keys = OFF")
            store.connection.execute(f"UPDATE {table} SET ticket_key = ticket_key * {step}")
    return Source(path, HOST)


@pytest.fixture
def expected(source: Source) -> Conclusion:
    plain = WhatIf(JOB)
    found = plain.empty()
    with SqliteStore.open_readonly(source.store) as store:
        stored = list(store.past_tickets(HOST))
    plain.add(found, [past for each in stored if (past := past_ticket(each)) is not None])
    return concluded(found, Fraction(9, 10))


@pytest.mark.parametrize(
    "execution",
    [
        Execution(),
        Execution("plain", 2),
        pytest.param(Execution("columnar"), marks=needs_numpy),
        pytest.param(Execution("columnar", 2), marks=needs_numpy),
    ],
    ids=lambda execution: f"{execution.engine} {execution.workers}",
)
def test_every_way_comes_to_the_same(
    source: Source, expected: Conclusion, execution: Execution
) -> None:
    bar = Bar()
    assert concluded(compare(JOB, source, execution, bar), Fraction(9, 10)) == expected
    assert expected.tickets == 30
    assert (bar.done, bar.ended) == (bar.total, True)


@needs_dask
@needs_numpy
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_comes_to_the_same(source: Source, expected: Conclusion) -> None:
    from distributed import LocalCluster

    found = compare(JOB, source, Execution("dask", 2), Bar())
    assert concluded(found, Fraction(9, 10)) == expected
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        there = Execution("dask", scheduler=cluster.scheduler_address)
        assert concluded(compare(JOB, source, there, Bar()), Fraction(9, 10)) == expected


@needs_dask
def test_a_scheduler_that_is_not_there_is_named(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from slaplugin.wiring import cluster

    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    with pytest.raises(ConfigurationError, match="no Dask scheduler answers"):
        compare(JOB, source, Execution("dask", scheduler="tcp://127.0.0.1:9"), Bar())


def test_a_missing_library_is_named_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(whatif, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="needs numpy") as caught:
        whatif.check(Execution("columnar"))
    assert "slaplugin[columnar]" in str(caught.value)


def test_measuring_in_two_processes(source: Source) -> None:
    one = measure(JOB, source, Execution(workers=1), Bar()).result(Fraction(1, 2))
    assert measure(JOB, source, Execution(workers=2), Bar()).result(Fraction(1, 2)) == one
    assert any(each.clock == "first_response" and each.suggestion for each in one)


def test_an_empty_store_has_nothing_to_compare(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "empty.db").close()
    found = concluded(compare(JOB, Source(tmp_path / "empty.db", HOST), Execution(), Bar()))
    assert (found.tickets, found.lines, found.top) == (0, (), ())
