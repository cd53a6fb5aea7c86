"""Work divided among processes of this machine: each opens what it needs, results are merged.

Processes are spawned, so that they begin without locks and connections of this one, on every
operating system alike.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol, Self

from slaplugin.app.errors import WorkerError

_Work = Callable[[Any], Any]
_LONGEST_END = 10.0
"""Seconds to wait for each thread of a pool that has ended."""


class Task(Protocol):
    """What is to be done with each part of some work; plain values, so that it can be sent."""

    def prepared(self) -> Callable[[Any], Any]:
        """Open and compile what the work needs, once in each process."""


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shared_out(task: Task, parts: Sequence[Any], workers: int) -> Iterator[tuple[Any, Any]]:
    """(part, result) as each part is done, in no particular order.

    With one worker the work is done in this process. Raises WorkerError where a process died, and
    whatever the task raises; then, and when the caller turns away, no process is left behind.
    """
    if workers == 1 or len(parts) < 2:
        work = task.prepared()
        yield from ((part, work(part)) for part in parts)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(parts)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(task,),
    )
    before = _Before.now()
    try:
        given: dict[Future[Any], Any] = {pool.submit(_work, part): part for part in parts}
        for future in as_completed(given):
            yield given.pop(future), future.result()
    except BrokenProcessPool as error:
        raise WorkerError(
            "a worker process died before it was done (killed, or out of memory): run the command"
            " again, with fewer --workers if memory was short; nothing was changed"
        ) from error
    finally:
        _end(pool, before)


@dataclass(frozen=True, slots=True)
class _Before:
    """What ran in this process before the pool began."""

    processes: frozenset[Any]
    threads: frozenset[threading.Thread]

    @classmethod
    def now(cls) -> Self:
        """As of this moment."""
        return cls(frozenset(multiprocessing.active_children()), frozenset(threading.enumerate()))


def _end(pool: ProcessPoolExecutor, before: _Before) -> None:
    """Whoever is still at work only reads, and may be ended at once.

    The pool's own threads wait for its processes: two that wait for one would both miss its end.
    """
    pool.shutdown(wait=False, cancel_futures=True)
    for process in set(multiprocessing.active_children()) - before.processes:
        process.terminate()
    for thread in set(threading.enumerate()) - before.threads:
        # A process that ended in the middle of an answer leaves its reader waiting for the rest.
        thread.join(_LONGEST_END)


# ---------------------------------------------------------------------- in the worker

_prepared: list[_Work] = []


def _begin(task: Task) -> None:
    # Ctrl-C reaches every process of the terminal: the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _prepared[:] = [task.prepared()]


def _work(part: Any) -> Any:
    return _prepared[0](part)
