"""The adapter for Request Tracker keeps the contract, on a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from slaplugin.testing import HostContract
from slaplugin.testing.proxy import HelpdeskProxy
from tests.live.desk import RtDesk, emptied, furnish
from tests.live.rt import LiveRt


@pytest.fixture(scope="module")
def helpdesk(installed: None) -> Iterator[RtDesk]:
    """An instance of its own: its clock is moved over years, its rights are by queue."""
    with LiveRt() as rt, HelpdeskProxy(rt.url, emptied=emptied) as proxy:
        rt.clock("2026-03-02 09:00")
        furnish(rt)
        yield RtDesk(rt, proxy)


class TestRequestTracker(HostContract):
    """Every clause; the desk is shared, its tickets are not."""

    @pytest.fixture
    def desk(self, helpdesk: RtDesk) -> RtDesk:
        return helpdesk
