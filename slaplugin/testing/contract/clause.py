"""How a clause of the contract speaks: its name, what it demands, and what was found instead."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

import pytest

from slaplugin.testing.desk import Ability, Desk

_Test = TypeVar("_Test", bound=Callable[..., None])
_WHERE = "docs/adapters.md"


class ContractBrokenError(AssertionError):
    """An adapter does not keep a clause; the text is meant for its author."""


def clause(test: _Test) -> _Test:
    """A test method as a clause: what it finds is told with its name and its demand."""
    demand = " ".join((test.__doc__ or "").split())

    @functools.wraps(test)
    def kept(self: Any, desk: Desk) -> None:
        try:
            test(self, desk)
        except ContractBrokenError as broken:
            found = f"{test.__name__}: {demand}\nFound: {broken} (see {_WHERE})"
            raise ContractBrokenError(found) from None

    return cast(_Test, kept)


def broken(found: str) -> NoReturn:
    """The clause under test is not kept."""
    raise ContractBrokenError(found)


def expect(holds: bool, found: str) -> None:
    """Go on if it holds; otherwise the clause is not kept, for the reason that is told."""
    if not holds:
        broken(found)


def need(desk: Desk, *abilities: Ability) -> None:
    """Skip the clause where the helpdesk lacks one of the abilities, with the desk's reason."""
    for ability in abilities:
        if ability in desk.lacks:
            pytest.skip(f"this helpdesk cannot {ability.value}: {desk.lacks[ability]}")
