"""The in-memory host keeps the contract that it helps to test others by."""

from __future__ import annotations

import pytest

from slaplugin.testing import HostContract
from slaplugin.testing.memory import MemoryDesk


class TestMemoryHost(HostContract):
    """Every clause, on a helpdesk of its own."""

    @pytest.fixture
    def desk(self) -> MemoryDesk:
        return MemoryDesk()
