"""What-if over the local store: which engine reads which chunks, in how many processes."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from slaplugin.app.desk import telling
from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.app.promises import Promised, Promising
from slaplugin.app.whatif import Job, Measured, Measuring, WhatIf, job_of
from slaplugin.core.whatif import Bounds, Comparison
from slaplugin.wiring.workers import Task, processors, shared_out

if TYPE_CHECKING:
    from slaplugin.app.ports import Progress
    from slaplugin.columnar import Chunk, Chunks
    from slaplugin.core.policies import PolicySet
    from slaplugin.wiring import Runtime

EngineName = Literal["plain", "columnar", "dask"]
BATCH = 10
"""Chunks at most that a process works on before it tells what it found."""
SMALL = 4
"""Up to so many chunks, more processes cost more time than they save."""
_COLLECT_AFTER = 100_000
"""Objects made until Python looks for rings among them; verdicts leave none behind."""
_NEEDS = {"plain": None, "columnar": "numpy", "dask": "distributed"}


@dataclass(frozen=True, slots=True)
class Execution:
    """How a what-if is worked out."""

    engine: EngineName = "plain"
    workers: int | None = None
    """Processes; None: as many as this machine has processors, one for little work."""
    scheduler: str | None = None
    """Address of a Dask scheduler; None: Dask starts workers here."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the tickets of one helpdesk are."""

    store: Path
    host: str

    def opened(self) -> Chunks:
        """The chunks, for reading alone. StoreError."""
        from slaplugin.columnar import Chunks, ColumnsFile
        from slaplugin.store import SqliteStore

        gc.set_threshold(_COLLECT_AFTER, 20, 20)
        store = SqliteStore.open_readonly(self.store)
        return Chunks(store, ColumnsFile.beside(self.store), self.host)


class Engine(Protocol):
    """One of the engines: judges the tickets of a chunk and adds what it finds."""

    def __call__(self, found: Any, chunk: Chunk, /) -> None: ...


@dataclass(frozen=True, slots=True)
class CompareTask:
    """The task of comparing: numbers of chunks in, a comparison out."""

    job: Job
    source: Source
    columnar: bool = False

    def prepared(self) -> Callable[[Sequence[int]], Comparison]:
        """Both rule books compiled, the store open."""
        chunks, compare = self.source.opened(), self.comparing()
        return lambda numbers: compare(self.read(chunks, number) for number in numbers)

    def read(self, chunks: Chunks, number: int) -> Chunk:
        """The chunk as this engine wants it."""
        return chunks.columns(number, self.job.draft.profile)

    def comparing(self) -> Callable[[Iterable[Chunk]], Comparison]:
        """Compares chunks wherever they come from."""
        whatif = WhatIf(self.job)
        add = self._engine(whatif)

        def compare(chunks: Iterable[Chunk]) -> Comparison:
            found = whatif.empty()
            for chunk in chunks:
                add(found, chunk)
            return found

        return compare

    def _engine(self, whatif: WhatIf) -> Engine:
        if self.columnar:
            from slaplugin.columnar.engine import Columnar

            return Columnar(whatif).add
        from slaplugin.columnar.onebyone import OneByOne

        return OneByOne(whatif).add


@dataclass(frozen=True, slots=True)
class MeasureTask:
    """The task of measuring: numbers of chunks in, what the clocks took out."""

    job: Job
    """Of its draft only the calendars count."""
    source: Source

    def prepared(self) -> Callable[[Sequence[int]], Measured]:
        """The calendars compiled, the store open."""
        chunks, job = self.source.opened(), self.job
        measuring = Measuring(job.draft, job.bounds, job.as_of)

        def work(numbers: Sequence[int]) -> Measured:
            found = measuring.empty()
            for number in numbers:
                measuring.add(found, chunks.timelines(number).tickets())
            return found

        return work


@dataclass(frozen=True, slots=True)
class ObjectivesTask:
    """The task of objectives and credits: numbers of chunks in, both sides out."""

    job: Job
    source: Source
    zone: str
    """Of contracts without one."""

    def prepared(self) -> Callable[[Sequence[int]], Promised]:
        """Both rule books compiled, the store open."""
        chunks, whatif = self.source.opened(), WhatIf(self.job)

        def work(numbers: Sequence[int]) -> Promised:
            promising = Promising(whatif, self.zone)
            for number in numbers:
                promising.add(chunks.timelines(number).tickets())
            return promising.result()

        return work


def draft_job(runtime: Runtime, draft: PolicySet, bounds: Bounds) -> Job:
    """A draft over the local store as of the present. ConfigurationError, StoreError."""
    job = job_of(runtime.policies, runtime.view, draft, runtime.present().at)
    return replace(job, bounds=bounds)


def source_of(runtime: Runtime) -> Source:
    """The local store's tickets."""
    return Source(runtime.settings.store, runtime.settings.host_key)


def compare(job: Job, source: Source, execution: Execution, progress: Progress) -> Comparison:
    """Every ticket under the policies in force and under the draft.

    ConfigurationError where an engine's library is missing; StoreError; WorkerError.
    """
    check(execution)
    columnar = execution.engine != "plain" and find_spec("numpy") is not None
    task = CompareTask(job, source, columnar=columnar)
    whole, numbers = WhatIf(job).empty(), _numbers(source)
    with telling(progress, "comparing", len(numbers)):
        for part in _parts(task, numbers, execution, progress):
            whole.merge(part)
    return whole


def measure(job: Job, source: Source, execution: Execution, progress: Progress) -> Measured:
    """What the clocks of every ticket took, without any target."""
    whole, numbers = Measured(), _numbers(source)
    with telling(progress, "measuring", len(numbers)):
        for part in _here(MeasureTask(job, source), numbers, execution, progress):
            whole.merge(part)
    return whole


def objectives(
    job: Job, source: Source, execution: Execution, zone: str, progress: Progress
) -> Promised | None:
    """Objectives and credits of both sides; None: neither set has objectives."""
    if not Promising(WhatIf(job), zone).any:
        return None
    whole, numbers = Promised(), _numbers(source)
    with telling(progress, "objectives", len(numbers)):
        for part in _here(ObjectivesTask(job, source, zone), numbers, execution, progress):
            whole.merge(part)
    return whole


def check(execution: Execution) -> None:
    """ConfigurationError, with the way to get it, where the engine's library is missing."""
    library = _NEEDS[execution.engine]
    if library is not None and find_spec(library) is None:
        said = f"the {execution.engine} engine needs {library}, which is not installed"
        hint = (
            f"pip install 'slaplugin[{execution.engine}]', or take --engine plain: it says the same"
        )
        raise ConfigurationError([Problem(said, hint=hint)])


def _numbers(source: Source) -> range:
    from slaplugin.columnar import chunk_numbers
    from slaplugin.store import SqliteStore

    with SqliteStore.open_readonly(source.store) as store:
        return chunk_numbers(store, source.host)


def _parts(
    task: CompareTask, numbers: range, execution: Execution, progress: Progress
) -> Iterator[Comparison]:
    if execution.engine == "dask":
        from slaplugin.wiring.cluster import on_cluster

        yield from on_cluster(task, numbers, execution, progress)
        return
    yield from _here(task, numbers, execution, progress)


def _here(task: Task, numbers: range, execution: Execution, progress: Progress) -> Iterator[Any]:
    workers = execution.workers or (1 if len(numbers) <= SMALL else processors())
    size = max(1, min(BATCH, len(numbers) // (4 * workers)))
    batches = [numbers[first : first + size] for first in range(0, len(numbers), size)]
    for batch, part in shared_out(task, batches, workers):
        progress.advance(len(batch))
        yield part
