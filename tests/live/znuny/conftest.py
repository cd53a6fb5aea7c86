"""A Znuny for the tests of this folder; they are skipped where it is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.live.znuny.desk import furnish
from tests.live.znuny.instance import SCRIPT, Znuny, lacking
from tests.live.znuny.site import FIRST_MONDAY, Site, build

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the helpdesk."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.znuny)


@pytest.fixture(scope="session")
def installed() -> None:
    """Nobody needs a Znuny to work on slaplugin: without one these tests say so and are skipped."""
    missing = lacking()
    if missing:
        pytest.skip(f"{missing}; install it: make test-znuny, or {SCRIPT.name} install")


@pytest.fixture(scope="session")
def server(installed: None) -> Iterator[Znuny]:
    """One instance for the tests of the command line, furnished as the guide says."""
    with Znuny() as znuny:
        znuny.clock(FIRST_MONDAY)
        furnish(znuny)
        yield znuny


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Sites of the shared server, later ones in later weeks."""
    return count(1)


@pytest.fixture
def site(server: Znuny, numbers: Iterator[int], tmp_path: Path) -> Iterator[Site]:
    """A site of the test's own, on its first Monday at nine."""
    site = build(server, tmp_path, next(numbers))
    site.at("mon 09:00")
    yield site
    site.leave()
