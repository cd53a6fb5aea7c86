"""One Request Tracker for the whole run; where it is not installed its tests fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.instance import SCRIPT, lacking
from tests.live.rt import LiveRt


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the helpdesk."""
    for item in items:
        if SCRIPT.parent in item.path.parents:
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def server() -> Iterator[LiveRt]:
    """The instance, started once (some seconds)."""
    missing = lacking()
    if missing:
        pytest.fail(f"{missing}; install it: make test-live, or {SCRIPT} install", pytrace=False)
    with LiveRt() as rt:
        yield rt
