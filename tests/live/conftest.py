"""One Request Tracker for the whole run; where it is not installed its tests fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.live.day import FURNISH
from tests.live.instance import SCRIPT, lacking
from tests.live.proxy import Relay
from tests.live.rt import LiveRt
from tests.live.site import VENDOR, VIP, VIP_ORGANIZATION, Site, build


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything right in this folder needs the helpdesk."""
    for item in items:
        if item.path.parent == SCRIPT.parent:
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def installed() -> None:
    """Without a Request Tracker on the machine these tests fail; they do not hide."""
    missing = lacking()
    if missing:
        way_on = f"install it: make test-live, or {SCRIPT.name} install"
        pytest.fail(f"{missing}; {way_on}", pytrace=False)


@pytest.fixture(scope="session")
def server(installed: None) -> Iterator[LiveRt]:
    """The instance, started once (some seconds)."""
    with LiveRt(conf=VENDOR) as rt:
        yield rt


@pytest.fixture(scope="session")
def sites(server: LiveRt) -> Callable[[Path, str | None], Site]:
    """Makes sites on the shared server, later ones in later weeks."""
    numbers = count(1)
    server.user(VIP, Organization=VIP_ORGANIZATION)
    return lambda folder, url: build(server, folder, next(numbers), url)


@pytest.fixture
def site(sites: Callable[[Path, str | None], Site], tmp_path: Path) -> Iterator[Site]:
    """A site of the test's own on the shared server, on its first Monday at nine."""
    site = sites(tmp_path, None)
    yield site
    site.leave()


@pytest.fixture(scope="session")
def theatre(installed: None) -> Iterator[LiveRt]:
    """A server with a queue and fields of its own, for tests that live through whole days."""
    with LiveRt(workers=2) as rt:
        rt.perl(FURNISH)
        rt.user(VIP, Organization=VIP_ORGANIZATION)
        yield rt


@pytest.fixture(scope="session")
def days(theatre: LiveRt) -> Callable[[Path, str | None], Site]:
    """Makes sites there, later ones in later weeks."""
    numbers = count(1)
    return lambda folder, url: build(theatre, folder, next(numbers), url)


@pytest.fixture
def relay(server: LiveRt) -> Iterator[Relay]:
    """A relay to the shared server."""
    relay = Relay(server.url)
    with relay:
        yield relay


@pytest.fixture
def relayed(
    sites: Callable[[Path, str | None], Site], tmp_path: Path, relay: Relay
) -> Iterator[Site]:
    """A site whose slaplugin reaches the server through the relay."""
    site = sites(tmp_path, relay.url)
    yield site
    site.leave()
