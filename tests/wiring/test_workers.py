"""Work divided among processes: merged whole, told when one dies, nobody left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from slaplugin.app.errors import StoreError, WorkerError
from slaplugin.wiring.workers import shared_out


@dataclass(frozen=True)
class Squares:
    """A task whose parts are numbers."""

    dies_at: int | None = None
    fails_at: int | None = None

    def prepared(self) -> Callable[[int], tuple[int, int]]:
        def work(number: int) -> tuple[int, int]:
            if number == self.dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if number == self.fails_at:
                raise StoreError(f"{number} cannot be read")
            return number * number, os.getpid()

        return work


@pytest.fixture(autouse=True)
def _nobody_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def test_every_part_is_done_once() -> None:
    done = {part: result[0] for part, result in shared_out(Squares(), range(6), 2)}
    assert done == {number: number * number for number in range(6)}


def test_one_worker_is_this_process() -> None:
    assert {pid for _, (_, pid) in shared_out(Squares(), range(3), 1)} == {os.getpid()}


def test_several_are_others() -> None:
    assert os.getpid() not in {pid for _, (_, pid) in shared_out(Squares(), range(3), 2)}


def test_a_worker_that_dies_is_told() -> None:
    with pytest.raises(WorkerError, match=r"worker process died .* --workers"):
        list(shared_out(Squares(dies_at=2), range(4), 2))


def test_an_error_of_a_worker_is_raised_here() -> None:
    with pytest.raises(StoreError, match="3 cannot be read"):
        list(shared_out(Squares(fails_at=3), range(6), 2))


def test_whoever_turns_away_leaves_nobody_behind() -> None:
    with closing(shared_out(Squares(), range(50), 2)) as results:
        part, result = next(results)
    assert result[0] == part * part
