"""The contract that every adapter keeps, as a test class to inherit (docs/adapters.md).

    class TestMyDesk(HostContract):
        @pytest.fixture
        def desk(self):
            with my_helpdesk_under_test() as desk:
                yield desk

Needs pytest; the rest of :mod:`slaplugin.testing` does not.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from slaplugin.testing.contract.backfill import BackfillClauses
from slaplugin.testing.contract.clause import ContractBrokenError
from slaplugin.testing.contract.feeds import FeedClauses
from slaplugin.testing.contract.reading import ReadClauses
from slaplugin.testing.contract.timeline import TimelineClauses
from slaplugin.testing.contract.trouble import TroubleClauses
from slaplugin.testing.contract.vocabulary import VocabularyClauses
from slaplugin.testing.contract.writing import WriteClauses
from slaplugin.testing.desk import Desk

__all__ = ["ContractBrokenError", "HostContract"]


class HostContract(
    FeedClauses,
    BackfillClauses,
    ReadClauses,
    TimelineClauses,
    WriteClauses,
    TroubleClauses,
    VocabularyClauses,
):
    """Every clause; a subclass says by its fixture ``desk`` which helpdesk is under test."""

    @pytest.fixture
    def desk(self) -> Iterator[Desk]:
        """To be overridden by a fixture that gives a :class:`slaplugin.testing.Desk`."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a fixture `desk` that gives a slaplugin.testing.Desk; "
            "docs/adapters.md shows one"
        )
