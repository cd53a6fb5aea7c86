"""Closed periods and reports of the past, when somebody in them is forgotten or pruned."""

from __future__ import annotations

from slaplugin.app.forget import Request, forget
from tests.app.desk_of import HOUR, Installation
from tests.app.test_sealing import close, desk, restated

__all__ = ["desk"]
"""The fixture, for these tests too."""

YEAR = 365 * 24 * HOUR


def test_a_closed_period_stays_as_it_is_and_is_not_restated(desk: Installation) -> None:
    seal = close(desk, by="customer")
    (statement,) = seal.figures["statements"]
    done = forget(desk.store, Request("memory", "kim@example.org"), desk.clock.now())
    assert done.plan.person.alias == statement["party"]
    found = restated(desk, seal)
    assert (found.same, found.parties) == (True, {})
    assert desk.store.seals("memory") == [seal]
    assert b"kim" not in desk.store.path.read_bytes().replace(b'"who":"kim"', b"")


def test_a_closed_period_by_organization_outlives_retention(desk: Installation) -> None:
    for ticket in ("1", "2", "3"):
        desk.host.set(ticket, "state", "closed")
    desk.sync(HOUR)
    seal = close(desk)
    desk.set_option(retention=YEAR // 2)
    desk.sync(YEAR)
    pruned = desk.store.row("memory", "1")
    assert pruned is not None
    assert pruned.title == "(erased)"
    assert restated(desk, seal).same
