"""Reports that are made by themselves after the end of each day, week, month …, and told once.

Of each kind only the latest period that is over is made: after a pause of a month there is one
daily report to catch up on, not thirty. What became of it stands in the store, so that nothing is
made or told twice after a restart: a telling that was cut short is ``uncertain`` and stays so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Protocol

from slaplugin.app.daemon import StoppedError
from slaplugin.app.desk import PAUSED, RESTORED_AT
from slaplugin.app.errors import LeaseHeldError
from slaplugin.app.messages import Message, Notifier, NotSentError, SendError, UncertainError
from slaplugin.app.ports import AuditEntry, Lease
from slaplugin.core.periods import CalendarPeriod, Period, parse_period

FIRST_WAIT, LONGEST_WAIT = 60, 3600
"""Seconds between two tries while something does not work, doubled from try to try."""

TellingStatus = Literal["claimed", "failed", "done", "uncertain"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made and who is told."""

    every: tuple[Period, ...]
    zone: str
    """IANA zone in which periods end."""
    channels: tuple[str, ...] = ()
    settle: int = 120
    """Seconds after the end of a period until everything that happened in it is known."""
    silent: bool = False
    """Nothing is to leave this machine (``dry_run``)."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was written."""

    file: str
    lines: tuple[str, ...]
    """What it says in short, the first line as a heading."""


@dataclass(frozen=True, slots=True)
class Try:
    """How often something went wrong, and when it is tried again (UTC epoch seconds)."""

    failures: int = 0
    retry_at: int = 0
    error: str | None = None

    def failed(self, error: object, now: int) -> Try:
        """Once more; twice the wait, or as long as a channel asked for."""
        own = FIRST_WAIT << min(self.failures, 16)
        asked = error.retry_after if isinstance(error, SendError) else None
        wait = min(max(own, round(asked or 0)), LONGEST_WAIT)
        return Try(self.failures + 1, now + wait, str(error) or type(error).__name__)


@dataclass(frozen=True, slots=True)
class Telling:
    """What became of telling one channel."""

    status: TellingStatus
    at: int
    """UTC epoch seconds."""
    tried: Try = Try()


@dataclass(frozen=True, slots=True)
class Record:
    """What became of the latest report of one kind."""

    period: str
    """Its label."""
    made: Made | None = None
    tried: Try = Try()
    told: Mapping[str, Telling] = field(default_factory=dict)

    def text(self) -> str:
        """As the store keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def of(cls, text: str | None) -> Record | None:
        """What the store has; None: nothing yet."""
        if text is None:
            return None
        given = json.loads(text)
        made = given["made"]
        return cls(
            period=given["period"],
            made=made and Made(made["file"], tuple(made["lines"])),
            tried=Try(**given["tried"]),
            told={name: _telling(found) for name, found in given["told"].items()},
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something for the log; ``trouble`` where somebody may want to look."""

    said: str
    trouble: bool = False


class ScheduleTransaction(Protocol):
    """The part of a transaction that keeps records."""

    def set_flag(self, name: str, value: str | None) -> None: ...

    def audit(self, entry: AuditEntry) -> None: ...


class RecordStore(Protocol):
    """The part of a store that reads records. Raises StoreError."""

    def flag(self, name: str) -> str | None: ...


class ScheduleStore(RecordStore, Protocol):
    """The part of a store that keeps records. Raises StoreError."""

    def tx(self) -> AbstractContextManager[ScheduleTransaction]: ...

    def lease(self) -> Lease | None: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """What making and telling needs of the world."""

    store: ScheduleStore
    notifier: Notifier
    make: Callable[[CalendarPeriod, int], Made]
    """Writes the report of a period as of an instant (UTC epoch seconds)."""
    host: str
    holder: str
    """Who holds the writer's lease while we may write."""


def latest(plan: Plan, per: Period, now: int) -> CalendarPeriod:
    """The last period of a length that is over, and of which the news is in."""
    return CalendarPeriod.around(per, plan.zone, now - plan.settle).before


def record_of(store: RecordStore, host: str, per: Period) -> Record | None:
    """What became of the latest report of a kind."""
    return Record.of(store.flag(_flag(host, per)))


def is_due(plan: Plan, store: RecordStore, host: str, now: int) -> bool:
    """Whether :class:`Schedule` has anything to do; a few small reads."""
    return any(_has_work(plan, store, record, now) for record in _records(plan, store, host, now))


def troubles(store: RecordStore, host: str, every: Sequence[Period]) -> Iterator[str]:
    """What somebody has to know of the latest reports: not made, not told, or nobody knows."""
    for per in every:
        record = record_of(store, host, per)
        if record is None:
            continue
        if record.made is None and record.tried.error:
            yield f"the report of {record.period} could not be made: {record.tried.error}"
        for channel, telling in record.told.items():
            if telling.status == "uncertain":
                yield (
                    f"whether {channel} was told of the report of {record.period} is not known:"
                    f" {telling.tried.error}; it is not told again"
                )
            elif telling.status == "failed":
                yield (
                    f"{channel} could not be told of the report of {record.period}:"
                    f" {telling.tried.error}; it is tried again"
                )


class Schedule:
    """One look at everything that is due; ``tell`` hears what became of it."""

    def __init__(self, plan: Plan, ports: Ports, tell: Callable[[Event], None]) -> None:
        self._plan = plan
        self._ports = ports
        self._tell = tell

    def run(self, now: int) -> None:
        """Make what is due and tell it; ``now`` in UTC epoch seconds.

        LeaseHeldError where the store is somebody else's by now, StoppedError where the daemon is
        to end, StoreError.
        """
        for record in _records(self._plan, self._ports.store, self._ports.host, now):
            made = self._made(record, now)
            for channel in self._plan.channels if made.made else ():
                made = self._told(made, channel, now)

    def _made(self, record: Record, now: int) -> Record:
        if record.made is not None or now < record.tried.retry_at:
            return record
        try:
            made = self._ports.make(parse_period(record.period), now)
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - no report may cost the contract its watch
            record = replace(record, tried=record.tried.failed(error, now))
            self._tell(Event(f"the report of {record.period} could not be made: {error}", True))
            return self._keep(record, now)
        self._tell(Event(f"the report of {record.period} is in {made.file}"))
        return self._keep(replace(record, made=made, tried=Try()), now)

    def _told(self, record: Record, channel: str, now: int) -> Record:
        if not _is_to_tell(self._plan, self._ports.store, record, channel, now):
            return record
        telling = record.told.get(channel, Telling("claimed", now))
        doubt = self._doubt(record, telling if channel in record.told else None)
        if doubt is None:
            claimed = _with(record, channel, replace(telling, status="claimed", at=now))
            ended = self._sent(self._keep(claimed, now), channel, telling, now)
        else:
            ended = Telling("uncertain", now, replace(telling.tried, error=doubt))
        if ended.status != "done":
            said = f"{channel} and the report of {record.period}: {ended.tried.error}"
            self._tell(Event(said, trouble=True))
        return self._keep(_with(record, channel, ended), now, channel)

    def _doubt(self, record: Record, telling: Telling | None) -> str | None:
        """Why it may have been told already."""
        if telling is not None and telling.status == "claimed":
            return "cut short while it was being sent"
        restored = self._ports.store.flag(RESTORED_AT)
        over = parse_period(record.period).bounds(self._plan.zone)[1]
        if telling is None and restored is not None and int(restored) > over:
            return "the store was restored after the period had ended"
        return None

    def _sent(self, record: Record, channel: str, before: Telling, now: int) -> Telling:
        try:
            self._ports.notifier.send(_message(record, channel, self._ports.host, now))
        except NotSentError as error:
            return Telling("failed", now, before.tried.failed(error, now))
        except UncertainError as error:
            return Telling("uncertain", now, before.tried.failed(error, now))
        return Telling("done", now)

    def _keep(self, record: Record, now: int, told: str | None = None) -> Record:
        """Write it down before anything follows from it; ``told``: it is how a telling ended."""
        ports = self._ports
        per = parse_period(record.period).per
        with ports.store.tx() as tx:
            lease = ports.store.lease()
            # A daemon that ends gives the store back while its last message is under way: how
            # that ended may still be noted, as long as nobody else has begun.
            holder = ports.holder if lease is None and told is not None else lease and lease.holder
            if holder != ports.holder:
                raise LeaseHeldError("the store is somebody else's by now")
            tx.set_flag(_flag(ports.host, per), record.text())
            if told is not None:
                payload = {
                    "period": record.period,
                    "channel": told,
                    "status": record.told[told].status,
                    "result": record.told[told].tried.error,
                }
                tx.audit(AuditEntry("report_told", now, payload, ports.host))
        return record


def _records(plan: Plan, store: RecordStore, host: str, now: int) -> Iterator[Record]:
    """The record of each kind's latest period, an empty one where nothing was done for it."""
    for per in plan.every:
        wanted = latest(plan, per, now)
        known = record_of(store, host, per)
        if known is not None and parse_period(known.period).first >= wanted.first:
            # A later one than wanted: the clock was set back, and nothing is made again for that.
            yield known
        else:
            yield Record(wanted.label)


def _has_work(plan: Plan, store: RecordStore, record: Record, now: int) -> bool:
    if record.made is None:
        return record.tried.retry_at <= now
    return any(_is_to_tell(plan, store, record, channel, now) for channel in plan.channels)


def _is_to_tell(plan: Plan, store: RecordStore, record: Record, channel: str, now: int) -> bool:
    if plan.silent or store.flag(PAUSED) is not None:
        return False
    telling = record.told.get(channel)
    if telling is None or telling.status == "claimed":
        return True
    return telling.status == "failed" and telling.tried.retry_at <= now


def _with(record: Record, channel: str, telling: Telling) -> Record:
    return replace(record, told={**record.told, channel: telling})


def _message(record: Record, channel: str, host: str, now: int) -> Message:
    made = record.made or Made("", ())
    subject, *lines = made.lines or (f"Report of {record.period}",)
    key = f"report {host} {record.period} {channel}"
    return Message(channel, (key,), (), now, subject, (*lines, f"Written to {made.file}"))


def _telling(given: Mapping[str, Any]) -> Telling:
    return Telling(given["status"], given["at"], Try(**given["tried"]))


def _flag(host: str, per: Period) -> str:
    return f"report:{host}:{per}"
