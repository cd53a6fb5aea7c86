"""The ports of a run in one hand, and what is the same for all its tickets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from slaplugin.app.judge import Judge, adoptions_of
from slaplugin.app.messages import Message, Notifier, NotSentError
from slaplugin.app.options import Options
from slaplugin.app.ports import Hooks, Host, PolicySource, Progress, Store
from slaplugin.core.plan import PlanContext

LIVE_SINCE = "live_since"
"""Store flag: instant of the first live cycle, UTC epoch seconds as text."""
PAUSED = "paused"
"""Store flag: set while all writes and messages are held (``slaplugin pause``)."""
ACCEPT_MISSING = "accept_missing"
"""Store flag: set while the next sweep is to believe it, however many tickets are missing."""
RESTORED_AT = "restored_at"
"""Store flag: instant of the last restore, UTC epoch seconds as text. What fell due before it may
have been done by the file that was replaced: marks found on the host are adopted, messages are not
sent."""
RESTORED_ANEW = "restored_anew"
"""Store flag of a restored store until its first live cycle begins."""


class NoChannels:
    """The notifier of an installation without channels: every ``notify`` step is skipped."""

    def channels(self) -> frozenset[str]:
        return frozenset()

    def window(self, channel: str) -> int:
        return 0

    def send(self, message: Message) -> None:
        raise NotSentError(f"there is no channel {message.channel}")


class Quiet:
    """Progress that nobody watches."""

    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, done: int = 1) -> None: ...

    def end(self) -> None: ...


@contextmanager
def telling(progress: Progress, what: str, total: int | None = None) -> Iterator[None]:
    """Say what is being done for as long as it lasts, however it ends."""
    progress.begin(what, total)
    try:
        yield
    finally:
        progress.end()


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the application needs of the world."""

    host: Host
    store: Store
    hooks: Hooks
    policies: PolicySource
    options: Options
    notifier: Notifier
    progress: Progress = Quiet()


@dataclass(frozen=True, slots=True)
class Run:
    """A run's fixed points: read once, so that every ticket is judged by the same."""

    desk: Desk
    now: int
    """The host's now at the beginning, UTC epoch seconds."""
    live_since: int
    judge: Judge
    context: PlanContext
    is_new_set: bool
    """The policy set was not in force before."""
    is_first: bool
    """No live cycle has run on this store yet."""
    paused: bool
    """Writes are held, by ``pause`` or by ``dry_run``."""
    only_looking: bool = False
    """Nothing is recorded, so nobody is told (``plan``)."""

    @property
    def policy_set(self) -> str:
        """Hash of the set in force."""
        return self.judge.current.hash


class _Words:
    """The helpdesk's words; its own account is asked for by the first ticket that changed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.channels = desk.notifier.channels()

    @cached_property
    def account(self) -> str | None:
        return self._desk.host.account

    @cached_property
    def priorities(self) -> Mapping[str, str]:
        return self._desk.host.priority_names


def begin(desk: Desk, *, only_looking: bool = False) -> Run:
    """Read clock, policies and flags. ConfigurationError, HostError or StoreError as they come."""
    current, now = desk.policies.current(), desk.host.now()
    flag = desk.store.flag(LIVE_SINCE)
    live_since = now if flag is None else int(flag)
    recorded = desk.store.adoptions()
    is_new_set = not recorded or recorded[-1].hash != current.hash
    judge = Judge(current, adoptions_of(current.hash, desk.store, now), desk.policies, live_since)
    return Run(
        desk=desk,
        now=now,
        live_since=live_since,
        judge=judge,
        context=_context(desk, judge, _restored_at(desk, now, is_new_set=is_new_set)),
        is_new_set=is_new_set,
        is_first=flag is None,
        paused=desk.options.dry_run or desk.store.flag(PAUSED) is not None,
        only_looking=only_looking,
    )


def _restored_at(desk: Desk, now: int, *, is_new_set: bool) -> int | None:
    """The instant up to which a replaced file may have acted; None: none was replaced."""
    if is_new_set and desk.store.flag(RESTORED_ANEW) is not None:
        return now  # the replaced file may have adopted this set, and acted on it
    restored = desk.store.flag(RESTORED_AT)
    return None if restored is None else int(restored)


def _context(desk: Desk, judge: Judge, restored_at: int | None) -> PlanContext:
    return PlanContext(
        rules=judge.rules,
        showing=desk.options.showing,
        words=_Words(desk),
        patience=desk.options.patience,
        older=judge.older,
        restored_at=restored_at,
    )
