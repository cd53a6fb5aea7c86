"""The board of a running daemon: read from its store, told by its health."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from slaplugin.app.errors import ConfigurationError, HostTemporaryError, LeaseHeldError
from slaplugin.settings import Settings
from slaplugin.web import Health
from slaplugin.web.board import BoardSource
from slaplugin.wiring.pages import DaemonBoard
from slaplugin.wiring.reading import StoreReading
from tests.web.board_of import HOUR, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.installation.store.close()


@pytest.fixture
def health(scene: Scene) -> Health:
    return Health(30, wall=scene.now)


@pytest.fixture
def board(scene: Scene, health: Health) -> Iterator[BoardSource]:
    store = scene.installation.store.path
    settings = Settings(host_name=scene.host, store=store, timezone=scene.zone, dry_run=True)
    reading = StoreReading(lambda: settings, scene.now)
    yield DaemonBoard(reading, health, lambda: settings)
    reading.close()


def test_it_shows_what_the_store_has(scene: Scene, board: BoardSource) -> None:
    scene.ticket()
    scene.pass_time(5 * HOUR)
    assert (board.host, board.zone, board.now()) == (scene.host, scene.zone, scene.now())
    assert board.board().lines == scene.board().lines


def test_a_link_leads_to_the_ticket_of_that_id_whatever_anothers_number_is(
    scene: Scene, board: BoardSource
) -> None:
    first, second = scene.ticket("First"), scene.ticket("Second")
    scene.pass_time()
    store = scene.installation.store
    row = store.row(scene.host, first)
    assert row is not None
    with store.tx() as tx:
        tx.save_ticket(replace(row, number=second))
    titles = {
        asked: found and found.ticket.title
        for asked in (first, second, "#2", "none")
        for found in [board.explained(asked)]
    }
    assert titles == {first: "First", second: "Second", "#2": "Second", "none": None}


def test_it_tells_how_the_daemon_does(health: Health, board: BoardSource) -> None:
    assert (board.health().mode, board.health().dry_run) == ("starting", True)
    health.standby(LeaseHeldError("held by another"))
    assert (board.health().mode, board.health().standby) == ("standby", "held by another")
    health.working()
    health.failed(HostTemporaryError("it answers 503"), 5.0)
    health.reloaded(ConfigurationError("policies.yaml:3: no such clock"))
    told = board.health()
    assert (told.mode, told.trouble) == ("working", "it answers 503")
    assert "no such clock" in str(told.reload_problem)
    assert told.patience == 120
