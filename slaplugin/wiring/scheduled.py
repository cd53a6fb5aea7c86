"""The daemon's own reports: made in a process of their own, so that no step waits for them.

A thread waits for that process and tells the channels; the daemon's thread only looks, after a
poll, whether anything is due. The process reads the store and writes one file.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from slaplugin.app.daemon import StoppedError
from slaplugin.app.errors import LeaseHeldError, SlapluginError, WorkerError
from slaplugin.app.outcome import CycleReport
from slaplugin.app.reporting.schedule import Event, Made, Plan, Ports, Schedule, is_due
from slaplugin.core.periods import CalendarPeriod, parse_period
from slaplugin.wiring import Runtime, options_of

if TYPE_CHECKING:
    from slaplugin.plugins import Registry
    from slaplugin.settings import Settings

log = logging.getLogger(__name__)

_PATIENCE = 30.0
"""Seconds in which a message that is being sent may come to its end when the daemon is to end."""
_NICENESS = 10
"""The process that makes a report gives way to everything else."""


def plan_of(settings: Settings) -> Plan:
    """What the settings ask for."""
    asked = settings.reports
    return Plan(
        every=asked.every,
        zone=settings.timezone,
        channels=asked.notify,
        settle=settings.overlap,
        silent=settings.dry_run,
    )


class ScheduledReports:
    """A listener of the daemon that makes reports after the end of each period.

    ``runtime`` is asked for the one in force; :meth:`close` ends what is under way.
    """

    def __init__(self, runtime: Callable[[], Runtime | None]) -> None:
        self._runtime = runtime
        self._thread: threading.Thread | None = None
        self._maker = ReportMaker()

    def cycle(self, report: CycleReport, *, pulled: bool) -> None:
        """Look whether anything is due; only what the helpdesk tells now is known to be all."""
        runtime = self._runtime()
        if runtime is None or not pulled or self._is_busy:
            return
        settings = runtime.settings
        if is_due(plan_of(settings), runtime.store, settings.host_key, report.as_of):
            self._thread = threading.Thread(
                target=self._work, args=(settings, report.as_of), name="reports"
            )
            self._thread.start()

    def begin(self) -> None:
        """Nothing to do."""

    def failed(self, error: Exception, wait: float) -> None:
        """Nothing to do: what is due is due after the next cycle, too."""

    def standby(self, error: LeaseHeldError) -> None:
        """Nothing to do."""

    def working(self) -> None:
        """Nothing to do."""

    def reloaded(self, problem: Exception | None) -> None:
        """Nothing to do: each look goes by the settings in force."""

    def close(self) -> None:
        """End the process at once; a message that is being sent may come to its end."""
        self._maker.stop()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    @property
    def _is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self, settings: Settings, now: int) -> None:
        try:
            run_schedule(settings, now, self._maker)
        except (StoppedError, LeaseHeldError) as error:
            log.info("the reports wait: %s", error)
        except SlapluginError as error:
            log.warning("the reports could not be seen to, tried again: %s", error)
        except Exception:
            log.exception("the reports could not be seen to, tried again")


def run_schedule(settings: Settings, now: int, maker: ReportMaker) -> None:
    """Make and tell what is due, over a store of this thread's own."""
    from slaplugin.app.desk import NoChannels
    from slaplugin.notify import channels_of
    from slaplugin.store import SqliteStore

    channels = channels_of(settings.notify, settings.directory) if settings.notify else NoChannels()
    with closing(SqliteStore(settings.store)) as store:
        ports = Ports(
            store=store,
            notifier=channels,
            make=lambda period, at: maker.make(ReportJob(settings, period.label, at)),
            host=settings.host_key,
            holder=options_of(settings).holder,
        )
        Schedule(plan_of(settings), ports, _logged).run(now)


def _logged(event: Event) -> None:
    log.log(logging.WARNING if event.trouble else logging.INFO, "%s", event.said)


# ---------------------------------------------------------------------- the process


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Which report is to be made; plain values, so that it can be sent to a process."""

    settings: Settings
    period: str
    as_of: int
    """UTC epoch seconds."""


class ReportMaker:
    """Makes one report at a time, each in a process of its own."""

    def __init__(self) -> None:
        self._process: multiprocessing.process.BaseProcess | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def make(self, job: ReportJob) -> Made:
        """The report, written. StoppedError when asked to end, WorkerError with what went wrong."""
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_in_process, args=(job, sender), daemon=True)
        with self._lock:
            if self._stopped:
                raise StoppedError("asked to end")
            process.start()
            self._process = process
        sender.close()
        try:
            return self._received(receiver)
        finally:
            process.join()

    def stop(self) -> None:
        """End the process, and begin no other."""
        with self._lock:
            self._stopped = True
            if self._process is not None and self._process.is_alive():
                self._process.terminate()

    def _received(self, receiver: Connection) -> Made:
        with closing(receiver):
            try:
                found: Made | str = receiver.recv()
            except EOFError:
                found = "its process died before it was done (killed, or out of memory)"
        if isinstance(found, Made):
            return found
        if self._stopped:
            raise StoppedError("asked to end")
        raise WorkerError(found)


def _in_process(job: ReportJob, sender: Connection) -> None:
    # Ctrl-C reaches every process of the terminal: the daemon ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable()  # here nothing is masked; what matters is told by the daemon
    with suppress(OSError):  # a service manager may forbid even that
        os.nice(_NICENESS)
    with closing(sender):
        try:
            sender.send(make_report_file(job))
        except Exception as error:  # noqa: BLE001 - it is told there, with what it was
            known = isinstance(error, SlapluginError)
            sender.send(str(error) if known else f"{type(error).__name__}: {error}")


def make_report_file(job: ReportJob) -> Made:
    """The report of a period in its folder. ConfigurationError, StoreError."""
    from slaplugin.app.reporting.making import make_report
    from slaplugin.plugins import load_plugins
    from slaplugin.report import Look
    from slaplugin.report.service.summary import summary
    from slaplugin.wiring import Present
    from slaplugin.wiring.files import write_text
    from slaplugin.wiring.forms import written
    from slaplugin.wiring.reports import ReportOptions, ask_of, sources_of

    settings, period = job.settings, parse_period(job.period)
    target = file_of(settings, period)
    look = Look(zone=ZoneInfo(settings.timezone), zone_name=settings.timezone)

    def plugins() -> Registry:
        return load_plugins(settings.hooks, directory=settings.directory, tables=settings.plugins)

    with Runtime(settings, plugins) as runtime:
        ask = replace(
            ask_of(runtime, ReportOptions(per=period.per), job.as_of), first=period, last=period
        )
        report = make_report(sources_of(runtime, Present(job.as_of)), ask)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, written(report, settings.reports.format, look))
    return Made(str(target), summary(report))


def file_of(settings: Settings, period: CalendarPeriod) -> Path:
    """``report-zammad-2026-03.html`` in the folder of the settings."""
    folder = settings.reports.folder or settings.directory
    host = re.sub(r"[^\w.-]+", "-", settings.host_key)
    return folder / f"report-{host}-{period.label}.{settings.reports.format}"
