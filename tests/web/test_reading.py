"""The reading of a real store: as commands tell it, by connections that cannot write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slaplugin.app.errors import ConfigurationError, StoreError
from slaplugin.settings import Settings, load_settings
from slaplugin.wiring import reading as module
from slaplugin.wiring.reading import StoreReading
from slaplugin.wiring.web import access_of, require_guarded
from tests.app.desk_of import Installation, policy_set, with_steps

POLICIES = with_steps("{at: 50%, do: [mark]}\n{at: breach, do: [mark]}")
HOUR = 3600


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path, POLICIES)
    installation.go_live()
    yield installation
    installation.store.close()


Read = Callable[..., StoreReading]


@pytest.fixture
def read(desk: Installation) -> Iterator[StoreReading]:
    settings = of(desk)
    reading = StoreReading(lambda: settings, desk.clock.now)
    yield reading
    reading.close()


def of(desk: Installation, **more: object) -> Settings:
    given = {"host_name": desk.host.name, "store": str(desk.store.path), **more}
    return load_settings(options=given, environ={})


def test_an_overview_counts_all_and_lists_the_urgent(
    desk: Installation, read: StoreReading
) -> None:
    first = desk.host.create()
    desk.sync(after=2 * HOUR + 60)
    desk.host.create()
    desk.sync(after=60)
    told = read.overview()
    assert told.clocks == {
        ("standard", "first_response", "at_risk"): 1,
        ("standard", "first_response", "running"): 1,
    }
    assert [(row["ticket"], row["mark"]) for row in told.urgent] == [(first, "at_risk")]
    assert (told.total, told.held_total, told.as_of) == (1, 0, desk.clock.now())
    assert told.next_due is not None and told.next_due > desk.clock.now()


def test_every_clock_the_earliest_due_first(desk: Installation, read: StoreReading) -> None:
    tickets = []
    for _ in range(5):
        tickets.append(desk.host.create())
        desk.sync(after=60)
    as_of, rows = read.every_clock(3)
    assert [row["ticket"] for row in rows] == tickets[:3]
    assert as_of == desk.clock.now()


def test_a_ticket_by_number_and_by_id(desk: Installation, read: StoreReading) -> None:
    ticket = desk.host.create()
    desk.sync(after=5 * HOUR)
    desk.sync(after=10)
    by_id = read.explanation(ticket)
    assert by_id is not None
    number = by_id["ticket"]["number"]
    assert read.explanation(number) == by_id
    (clock,) = by_id["instances"]
    assert clock["outcome"] == "breached"
    assert by_id["written"] and clock["spans"]
    assert read.explanation("nobody") is None
    assert read.explanation("%") is None


def test_the_set_in_force_is_that_of_the_last_cycle(desk: Installation, read: StoreReading) -> None:
    ticket = desk.host.create()
    desk.sync(after=10)
    before = read.explanation(ticket)
    desk.policies.adopt(policy_set(POLICIES.replace("4h", "2h")))
    assert read.explanation(ticket) == before
    desk.sync(after=10)
    after = read.explanation(ticket)
    assert before is not None and after is not None
    assert (before["instances"][0]["target"], after["instances"][0]["target"]) == (14400, 7200)


def test_it_cannot_write(read: StoreReading) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        read.store().connection.execute("DELETE FROM tickets")


def test_before_the_first_cycle_there_is_nothing_to_read(tmp_path: Path) -> None:
    settings = load_settings(options={"store": str(tmp_path / "none.db")}, environ={})
    reading = StoreReading(lambda: settings, lambda: 0)
    assert "no store" in (reading.trouble() or "")
    with pytest.raises(StoreError, match="the first cycle makes it"):
        reading.overview()
    assert not (tmp_path / "none.db").exists()


def test_trouble_is_told_before_a_commit_fails(
    desk: Installation, read: StoreReading, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read.trouble() is None
    monkeypatch.setattr(module, "_LEAST_ROOM", 1 << 62)
    assert "is full" in (read.trouble() or "")
    monkeypatch.setattr(module.os, "access", lambda path, mode: False)
    assert "cannot be written" in (read.trouble() or "")


def test_a_store_that_moved_is_followed(desk: Installation, tmp_path: Path) -> None:
    desk.host.create()
    desk.sync(after=10)
    places = [of(desk), of(desk, store=str(tmp_path / "elsewhere.db"))]
    reading = StoreReading(lambda: places[0], desk.clock.now)
    assert len(reading.every_clock(10)[1]) == 1
    places.pop(0)
    with pytest.raises(StoreError, match=r"elsewhere\.db"):
        reading.every_clock(10)


# --------------------------------------------------------------------------- settings

LISTENS = {"listen": "0.0.0.0:8711"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"listen": "127.0.0.1:8711"},
        {"listen": "[::1]:8711"},
        {**LISTENS, "web_token": "t0ken"},
        {**LISTENS, "web_trusted_header": "X-Forwarded-User"},
    ],
)
def test_guarded(given: dict[str, str]) -> None:
    assert _refusal(given) is None


def _refusal(given: dict[str, str]) -> str | None:
    try:
        require_guarded(load_settings(options=given, environ={}))
    except ConfigurationError as error:
        return str(error)
    return None


def test_a_secret_of_web_hooks_guards_nothing() -> None:
    given = {**LISTENS, "webhook_secret": "s3cret"}
    with pytest.raises(ConfigurationError, match="web_token"):
        require_guarded(load_settings(options=given, environ={}))


def test_access_follows_the_settings() -> None:
    given = {
        **LISTENS,
        "web_token": "t0ken",
        "web_trusted_header": "X-User",
        "web_trusted_proxies": "10.0.0.0/24, 192.0.2.1",
        "web_hosts": "SLA.example.org",
    }
    access = access_of(load_settings(options=given, environ={}))
    assert (access.token, access.header) == ("t0ken", "X-User")
    assert [str(one) for one in access.proxies] == ["10.0.0.0/24", "192.0.2.1/32"]
    assert access.hosts == {"sla.example.org"}
    assert access_of(load_settings(options=LISTENS, environ={})).hosts is None
    local = access_of(load_settings(options={"listen": "127.0.0.1:1"}, environ={}))
    assert local.hosts is not None and "localhost" in local.hosts and local.is_open


@pytest.mark.parametrize(
    "given",
    [
        {"web_trusted_proxies": "everywhere"},
        {"web_trusted_header": "X User"},
        {"web_trusted_header": "Authorization"},
        {"web_trusted_header": "Host"},
    ],
)
def test_settings_that_make_no_sense(given: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(given))):
        load_settings(options=given, environ={})


def test_the_token_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "web.token").write_text("t0ken\n", encoding="utf-8")
    given = {"web_token_file": str(tmp_path / "web.token")}
    settings = load_settings(options=given, environ={})
    assert access_of(settings).token == "t0ken"
    assert "t0ken" not in repr(settings)
