"""What-if on a Dask cluster: chunks are sent, so that no machine needs the store's file.

The workers need slaplugin of the same version and, for columns, numpy; nothing else of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

from slaplugin.app.errors import ConfigurationError, Problem, WorkerError
from slaplugin.core.whatif import Comparison
from slaplugin.wiring.workers import processors

if TYPE_CHECKING:
    from slaplugin.app.ports import Progress
    from slaplugin.columnar import Chunk
    from slaplugin.wiring.whatif import CompareTask, Execution

AHEAD = 3
"""Batches that each worker has waiting: the store is read while they work."""
BATCH = 5
"""Chunks that travel together."""
PATIENCE = 30
"""Seconds to wait for the scheduler."""


def on_cluster(
    task: CompareTask, numbers: Sequence[int], execution: Execution, progress: Progress
) -> Iterator[Comparison]:
    """A comparison of each batch, as they are done. ConfigurationError, WorkerError."""
    with ExitStack() as open_things:
        client = _client(execution, open_things)
        batches = _batches(task, numbers)
        room = AHEAD * max(1, len(client.scheduler_info()["workers"]))
        running = _dask().as_completed(
            [_submitted(client, task, batch) for batch in islice(batches, room)]
        )
        for future in running:
            if future.status != "finished":
                raise WorkerError(
                    f"a worker of the cluster gave up ({future.exception()!r}): see its log, and"
                    " that slaplugin has the same version there; nothing was changed"
                )
            size, found = future.result()
            for batch in islice(batches, 1):
                running.add(_submitted(client, task, batch))
            progress.advance(size)
            yield found


def compare_batch(task: CompareTask, batch: Sequence[Chunk]) -> tuple[int, Comparison]:
    """In a worker: (number of chunks, their comparison)."""
    return len(batch), task.comparing()(batch)


def _submitted(client: Any, task: CompareTask, batch: Sequence[Chunk]) -> Any:
    return client.submit(compare_batch, task, batch, pure=False)


def _batches(task: CompareTask, numbers: Sequence[int]) -> Iterator[list[Chunk]]:
    chunks = task.source.opened()
    for first in range(0, len(numbers), BATCH):
        yield [task.read(chunks, number) for number in numbers[first : first + BATCH]]


def _dask() -> Any:
    """The library, which has no types of its own."""
    return import_module("distributed")


def _client(execution: Execution, open_things: ExitStack) -> Any:
    """A connection to the scheduler, or to workers of this machine's own."""
    dask = _dask()
    if execution.scheduler is None:
        cluster = dask.LocalCluster(
            n_workers=execution.workers or processors(),
            threads_per_worker=1,
            dashboard_address=None,
        )
        return open_things.enter_context(dask.Client(open_things.enter_context(cluster)))
    try:
        return open_things.enter_context(dask.Client(execution.scheduler, timeout=PATIENCE))
    except (OSError, ValueError, TimeoutError) as error:
        said = f"no Dask scheduler answers at {execution.scheduler}: {error}"
        hint = "start one with `dask scheduler`, or leave --scheduler out for workers here"
        raise ConfigurationError([Problem(said, hint=hint)]) from error
