"""Fixtures of the application's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.desk_of import HEAD, Installation


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """``install(policy text, **options)``: a fresh installation, its store closed at the end."""
    made: list[Installation] = []

    def make(text: str = HEAD, **options: Any) -> Installation:
        made.append(Installation(tmp_path, text, **options))
        return made[-1]

    yield make
    for installation in made:
        installation.store.close()


@pytest.fixture
def live(install: Callable[..., Installation]) -> Callable[..., Installation]:
    """Like ``install``, with the first cycle behind it."""

    def make(text: str = HEAD, **options: Any) -> Installation:
        installation = install(text, **options)
        installation.go_live()
        return installation

    return make
