"""RT's one date per ticket, read in few requests (what it then says: tests/live)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from slaplugin.app.reconcile import EARLIEST
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.rt.natives import Natives, native_of


@pytest.mark.parametrize(
    ("due", "read"),
    [("2026-03-17T09:00:00Z", 1_773_738_000), ("1970-01-01T00:00:00Z", None), ("", None)],
)
def test_the_date_of_a_ticket(due: str, read: int | None) -> None:
    """A date that was never set reads 1970 (facts 3)."""
    found = native_of({"id": "7", "Due": due, "SLA": "vip"})
    (clock,) = found.clocks
    assert (found.id, found.agreement) == ("7", "vip")
    assert (clock.clock, clock.field, clock.figures.due_at) == (EARLIEST, "Due", read)


def test_a_level_that_is_not_set_is_none() -> None:
    assert native_of({"id": "7", "Due": "", "SLA": ""}).agreement is None


def test_fifty_tickets_a_request(
    config: HostConfig, scripted: Any, answering: Callable[..., bytes]
) -> None:
    ids = [str(number) for number in range(1, 121)]
    pages = (ids[:50], ids[50:100], ids[100:])
    server = scripted(
        *(
            answering(200, json.dumps({"items": [{"id": one, "Due": ""} for one in page]}).encode())
            for page in pages
        )
    )
    natives = Natives(replace(config, url=server.url))
    try:
        assert [each.id for each in natives.of(ids)] == ids
    finally:
        natives.close()
    assert len(server.requests) == 3
    asked = parse_qs(urlsplit(server.requests[2].split()[1]).query)
    assert asked["query"] == [" OR ".join(f"id={one}" for one in ids[100:])]
    assert set(asked["fields"][0].split(",")) >= {"Due", "SLA"}
