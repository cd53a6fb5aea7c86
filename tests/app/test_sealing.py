"""``report --close``: the same bytes on two machines, and what a changed past looks like."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.errors import ConfigurationError, LeaseHeldError
from slaplugin.app.explaining import present_judge
from slaplugin.app.history import History
from slaplugin.app.recalc import Request, recalc
from slaplugin.app.reporting.people import people_of
from slaplugin.app.reporting.sealed import Seal, canonical
from slaplugin.app.reporting.sealing import (
    Books,
    Closing,
    Restatement,
    Versions,
    close_period,
    restatements,
)
from slaplugin.core.attainment import Contracts
from slaplugin.core.model import Actor, Event
from slaplugin.core.periods import parse_period
from slaplugin.hosts.memory import Draft
from slaplugin.store import SqliteStore
from tests.app.desk_of import HEAD, HOUR, Installation, policy_set

Live = Callable[..., Installation]

OBJECTIVES = """    objectives:
      - clock: first_response
        share: 90%
        per: month
        timezone: Europe/Berlin
        credits: {table: [{below: 90%, credit: 10%}], base: 1000, currency: EUR}
"""
TEXT = HEAD + OBJECTIVES
MARCH = parse_period("2026-03")
IN_APRIL = "2026-04-02T09:00:00+02:00"
VERSIONS = Versions("1.0", "1.0", "0.60")


@pytest.fixture
def desk(live: Live) -> Installation:
    """Three tickets of Acme in March, the last of them answered an hour late."""
    made = live(TEXT)
    made.host.party("organization", "9", name="Acme")
    made.host.party("customer", "c1", name="Kim", login="kim", email="kim@example.org")
    for _ in range(3):
        made.host.create(Draft(organization="9"))
    made.sync(HOUR)
    made.host.agent_replies("1")
    made.host.agent_replies("2")
    made.sync(4 * HOUR)
    made.host.agent_replies("3")
    made.sync(HOUR)
    made.clock.set(IN_APRIL)
    return made


def books(desk: Installation, store: SqliteStore | None = None, **more: Any) -> Books:
    at = store or desk.store
    now = desk.clock.now()
    judge = present_judge(desk.policies, at, now)
    name = desk.host.name
    made = Books(
        at,
        History(at, judge, name, now),
        Contracts(judge.rules),
        name,
        judge.current.hash,
        VERSIONS,
    )
    return replace(made, **more)


def close(desk: Installation, **more: Any) -> Seal:
    return close_period(books(desk), Closing(MARCH, "kim", **more))


def test_what_is_sealed(desk: Installation) -> None:
    figures = close(desk).figures
    (targets,) = figures["targets"]
    (line,) = figures["objectives"]
    (statement,) = figures["statements"]
    assert (targets["policy"], targets["clock"]) == ("standard", "first_response")
    assert (targets["share"], targets["counted"], targets["misses"]) == ("2/3", 3, 1)
    assert (line["share"], line["met"], line["credit"]) == ("2/3", False, "10%")
    assert (line["from"], line["until"]) == ("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")
    assert (statement["party"], statement["totals"]) == ("Acme", {"EUR": "100.00"})
    assert figures["zones"]["Europe/Berlin"] == [line["from"], line["until"]]
    assert figures["policy_set"] == desk.policies.current().hash
    assert (figures["program"], figures["engine"], figures["holidays"]) == ("1.0", "1.0", "0.60")
    assert figures["as_of"] is None


def test_the_document_names_the_head_that_it_was_made_from_and_is_named_by_the_chain(
    desk: Installation,
) -> None:
    before = desk.store.head()
    seal = close(desk)
    assert seal.figures["audit_head"] == before
    (entry,) = [each for each in desk.store.audit_log() if each["kind"] == "period_closed"]
    assert entry["payload"]["hash"] == seal.hash
    assert (entry["payload"]["who"], entry["payload"]["period"]) == ("kim", "2026-03")
    assert desk.store.verify().verified
    assert desk.store.seal(desk.host.name, "2026-03") == seal
    assert desk.store.seals(desk.host.name) == [seal]


@pytest.fixture
def copy(desk: Installation, tmp_path: Path) -> Iterator[SqliteStore]:
    """The same store on another machine."""
    desk.store.close()
    shutil.copy(tmp_path / "store.db", tmp_path / "copy.db")
    with SqliteStore(tmp_path / "copy.db", durable=False) as other:
        yield other


@pytest.mark.parametrize("by", ["organization", "customer"])
def test_two_machines_seal_the_same_bytes_whenever_they_do_it(
    desk: Installation, copy: SqliteStore, by: str
) -> None:
    here = close(desk, by=by)
    desk.clock.advance(40 * 24 * HOUR)
    elsewhere = books(desk, copy)
    there = close_period(elsewhere, Closing(MARCH, "somebody else", by=by, holder="another"))
    assert there.document == here.document
    assert canonical(here.figures) == here.document


def test_people_are_sealed_under_pseudonyms(desk: Installation) -> None:
    seal = close(desk, by="customer")
    (statement,) = seal.figures["statements"]
    assert statement["party"].startswith("customer-")
    assert b"kim" not in seal.document
    assert restated(desk, seal).parties == {statement["party"]: "kim"}


def test_a_period_is_closed_once(desk: Installation) -> None:
    seal = close(desk)
    with pytest.raises(ConfigurationError, match="2026-03 was closed at 2026-04-02T07:00:00Z"):
        close(desk)
    assert desk.store.seals(desk.host.name) == [seal]


def test_a_period_that_is_not_over_needs_consent(desk: Installation) -> None:
    desk.clock.set("2026-03-31T23:59:59+02:00")
    with pytest.raises(ConfigurationError, match="not over before 2026-03-31T22:00:00Z"):
        close(desk)
    assert desk.store.seals(desk.host.name) == []
    assert close(desk, unfinished=True).figures["as_of"] == "2026-03-31T21:59:59Z"


def test_only_the_one_writer_closes(desk: Installation) -> None:
    lease = desk.store.acquire("daemon", desk.clock.now(), 60)
    assert lease is not None
    with pytest.raises(
        LeaseHeldError,
        match=r"is writing to this store; stop it \(the daemon, too\), close the period",
    ):
        close(desk)
    desk.store.release(lease)
    close(desk)
    assert desk.store.lease() is None


# ------------------------------------------------------------------ restatements


def restated(desk: Installation, seal: Seal) -> Restatement:
    (found,) = restatements(books(desk), [seal])
    return found


def told(found: Restatement) -> list[tuple[str, str | None, str | None, tuple[str, ...]]]:
    return [
        (mover.number, mover.moved.before, mover.moved.after, mover.why) for mover in found.movers
    ]


def test_nothing_is_restated_while_nothing_changes(desk: Installation) -> None:
    seal = close(desk)
    desk.clock.advance(30 * 24 * HOUR)
    desk.host.create()
    desk.sync(HOUR)
    assert restated(desk, seal).same


def backdated_reply(desk: Installation) -> None:
    """The answer to the third ticket was given by mail, within time."""
    at = desk.ticket("3").created_at_ms + 2 * HOUR * 1000
    reply = Event(at, 9, "late", "agent_reply", actor=Actor("anna", "agent", "anna"))
    desk.host.backdate("3", reply)
    desk.sync(60)


def test_a_late_event_shows_as_a_restatement(desk: Installation) -> None:
    seal = close(desk)
    desk.sync(60)
    backdated_reply(desk)
    found = restated(desk, seal)
    assert told(found) == [(desk_number(desk, "3"), "misses", "hits", ("late event",))]
    assert found.movers[0].moved.lines == ("standard/1", "targets")
    shares = {
        each.part: (each.sealed and each.sealed.get("share"), each.now and each.now.get("share"))
        for each in found.changed
    }
    assert shares["objectives"] == ("2/3", "1")
    assert shares["targets"] == ("2/3", "1")
    assert "statements" in shares
    # What was sealed stays as it was.
    assert desk.store.seal(desk.host.name, "2026-03") == seal


def desk_number(desk: Installation, ticket: str) -> str:
    row = desk.store.row(desk.host.name, ticket)
    return row.number if row else ""


def test_an_amendment_is_named_as_the_reason(desk: Installation) -> None:
    seal = close(desk)
    start = desk.ticket("3").created_at_ms // 1000
    excluded = Event(
        desk.clock.now() * 1000,
        0,
        "amended",
        "excluded",
        {"clock": "first_response", "from": start, "to": start + 2 * HOUR},
    )
    with desk.store.tx() as tx:
        tx.add_amendment(desk.host.name, "3", excluded)
    desk.host.agent_notes("3")
    desk.sync(60)
    ((_, before, after, why),) = told(restated(desk, seal))
    assert (before, after, why) == ("misses", "waived", ("amendment",))


def test_a_recalculation_is_named_as_the_reason(desk: Installation) -> None:
    seal = close(desk)
    desk.policies.adopt(policy_set(TEXT.replace("4h", "6h")))
    recalc(desk.desk, Request("kim", "the target was wrong"))
    ((_, before, after, why),) = told(restated(desk, seal))
    assert (before, after, why) == ("misses", "hits", ("recalc",))


def test_another_objective_is_the_doing_of_the_policy_set(desk: Installation) -> None:
    seal = close(desk)
    desk.policies.adopt(policy_set(TEXT.replace("share: 90%", "share: 90%\n        within: 30m")))
    found = restated(desk, seal)
    assert [tuple(each[1:]) for each in told(found)] == [("hits", "misses", ("policy set",))] * 2
    assert [mover.moved.lines for mover in found.movers] == [("standard/1",)] * 2


def test_a_ticket_that_was_read_later_is_named(desk: Installation) -> None:
    seal = close(desk)
    desk.clock.set("2026-03-20T10:00:00+01:00")
    desk.host.create(Draft(organization="9"))
    desk.clock.set("2026-03-20T11:00:00+01:00")
    desk.host.agent_replies("4")
    desk.clock.set(IN_APRIL)
    desk.sync(60)
    ((_, before, after, why),) = told(restated(desk, seal))
    assert (before, after, why) == (None, "hits", ("read later",))


# ------------------------------------------------------------------ how people are shown


def test_pseudonyms_of_agents_are_those_of_the_store_and_its_copies(
    desk: Installation, copy: SqliteStore
) -> None:
    ours, theirs = (people_of(store, "pseudonym").shown("anna") for store in (desk.store, copy))
    assert ours == theirs
    assert ours != "anna"
    assert people_of(copy, "named").shown("anna") == "anna"


def test_another_store_has_other_pseudonyms(desk: Installation, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "other.db", durable=False) as other:
        shown = people_of(other, "pseudonym").shown("anna")
    assert shown != people_of(desk.store, "pseudonym").shown("anna")
