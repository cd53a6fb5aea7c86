"""The adapter for the OTRS family keeps the contract, on a real Znuny."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from slaplugin.testing import HostContract
from slaplugin.testing.proxy import HelpdeskProxy
from tests.live.znuny.desk import ZONE, ZnunyDesk, emptied, furnish, timeless
from tests.live.znuny.instance import Znuny


@pytest.fixture(scope="module")
def helpdesk(installed: None) -> Iterator[ZnunyDesk]:
    """An instance of its own, whose clock is moved, in a zone with summer time."""
    with (
        Znuny(zone=ZONE) as znuny,
        HelpdeskProxy(znuny.url, emptied=emptied, widened=timeless) as proxy,
    ):
        znuny.clock("2026-03-09 08:00")
        furnish(znuny)
        yield ZnunyDesk(znuny, proxy)


class TestZnuny(HostContract):
    """Every clause; the desk is shared, its tickets are not: those of the test before are deleted,
    since feeds with small pages would take ever longer."""

    @pytest.fixture
    def desk(self, helpdesk: ZnunyDesk) -> ZnunyDesk:
        helpdesk.tidy()
        return helpdesk
