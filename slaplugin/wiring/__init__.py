"""The only place where ports meet adapters: settings in, a helpdesk, a store and policies out.

What a helpdesk is asked beside the main job (``doctor``, ``reconcile`` …) is in ``wiring.sides``.

Nothing is built before it is asked for, so that a command pays only for what it uses.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from slaplugin.app.errors import ConfigurationError, HostError, Problem, StoreError
from slaplugin.hookspecs import HostSetup, StateMeaning
from slaplugin.hosts.config import uptime

if TYPE_CHECKING:
    from pydantic import SecretStr

    from slaplugin.app.desk import Desk
    from slaplugin.app.messages import Notifier
    from slaplugin.app.options import Options
    from slaplugin.app.ports import Host, PolicySource, Store
    from slaplugin.core.plan import Showing
    from slaplugin.core.policies import PolicySet
    from slaplugin.plugins import PluginHooks, Registry
    from slaplugin.settings import Settings
    from slaplugin.store import SqliteStore


class MovedClock:
    """Time that began at a given instant (``--now``) and goes on from there; UTC epoch seconds."""

    def __init__(self, start: int, monotonic: Callable[[], float] = uptime) -> None:
        self._start = start
        self._monotonic = monotonic
        self._begun = monotonic()

    def now(self) -> int:
        """UTC epoch seconds."""
        return self._start + int(self._monotonic() - self._begun)


@dataclass(frozen=True, slots=True)
class Present:
    """The present, UTC epoch seconds; ``doubt``: why it is only this machine's."""

    at: int
    doubt: str | None = None


class DirectoryPolicies:
    """The policy set of a directory, and older ones from the store's copies."""

    def __init__(
        self,
        directory: Path,
        priorities: Callable[[], Mapping[str, str]],
        store: Callable[[], Store | None],
        calendars: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._directory = directory
        self._priorities = priorities
        self._calendars = calendars
        self._store = store
        self._current: PolicySet | None = None
        self._older: dict[str, PolicySet | None] = {}

    def current(self) -> PolicySet:
        """The set as the files are now; ConfigurationError with every problem."""
        if self._current is None:
            from slaplugin.policyfiles.loader import load_policy_dir

            loaded = load_policy_dir(
                self._directory, priorities=self._priorities(), calendars=self._calendars()
            )
            found = loaded.required()
            if not found.policies:
                self._require_nothing_lost()
            self._current = found
        return self._current

    def by_hash(self, hash: str) -> PolicySet | None:
        """A set that was in force once; None where neither files nor store have it."""
        if self._current is not None and self._current.hash == hash:
            return self._current
        if hash not in self._older:
            self._older[hash] = self._from_store(hash)
        return self._older[hash]

    def _require_nothing_lost(self) -> None:
        """Files that hold no policy are taken for mislaid where policies are in force: without one
        every clock would lose its target and every ticket its marks."""
        store = self._store()
        adoptions = store.adoptions() if store else ()
        in_force = self.by_hash(adoptions[-1].hash) if adoptions else None
        if in_force is None or not in_force.policies:
            return
        said = f"holds no policy any more, and {len(in_force.policies)} are in force"
        hint = "put the files back; `slaplugin pause` holds all writes, `undo` takes them back"
        raise ConfigurationError([Problem(said, file=str(self._directory), hint=hint)])

    def _from_store(self, wanted: str) -> PolicySet | None:
        store = self._store()
        return stored_set(store, wanted) if store else None


def stored_set(store: Store, wanted: str) -> PolicySet | None:
    """The set of this hash as the store keeps it; None where there is no copy."""
    copy = store.policy_set_text(wanted)
    if copy is None:
        return None
    from slaplugin.policyfiles.loader import load_policy_texts

    loaded = load_policy_texts(
        copy["text"], priorities=copy.get("priorities") or {}, closed=copy["closed"]
    )
    return loaded.policy_set


class Runtime:
    """What a command works with; use it as a context manager, so that everything is closed."""

    def __init__(
        self,
        settings: Settings,
        registry: Callable[[], Registry],
        told: Callable[[str], None] | None = None,
    ) -> None:
        self.settings = settings
        self._registry = registry
        self._told = told
        self.pace: Callable[[], None] | None = None
        """Asked before each request of the sessions that are made from then on."""
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def host(self) -> Host:
        """The helpdesk; ConfigurationError when its kind is unknown or access is missing."""
        return self.another_host()

    def another_host(self) -> Host:
        """A further session of the same helpdesk, for a thread of its own; the caller closes it."""
        return make_host(self.settings, self._registry(), self._told, self.pace)

    def renew_host(self) -> None:
        """Let the next use of the helpdesk begin afresh, as another process would."""
        close = getattr(self.__dict__.pop("host", None), "close", None)
        if close is not None:
            close()

    @cached_property
    def store(self) -> SqliteStore:
        """The local store for writing, created or brought up to date."""
        from slaplugin.store import SqliteStore

        store = SqliteStore(self.settings.store)
        free_from_the_dead(store)
        return store

    @cached_property
    def view(self) -> SqliteStore:
        """The local store for reading alone; StoreError says how to get one."""
        from slaplugin.store import SqliteStore

        if not self.has_store:
            raise StoreError(
                f"there is no store at {self.settings.store} yet: run `slaplugin sync` or "
                "`slaplugin backfill` first"
            )
        return SqliteStore.open_readonly(self.settings.store)

    @property
    def has_store(self) -> bool:
        """Whether the store's file exists."""
        return self.settings.store.is_file()

    @property
    def registry(self) -> Registry:
        """The plugins that are loaded."""
        return self._registry()

    @cached_property
    def hooks(self) -> PluginHooks:
        """What plugins are asked through."""
        from slaplugin.plugins import PluginHooks

        return PluginHooks(self._registry())

    @cached_property
    def policies(self) -> PolicySource:
        """The policies in force, and older ones by their hash."""
        return self.policies_in(self.settings.policies)

    def policies_in(self, directory: Path) -> DirectoryPolicies:
        """The policies of another directory (``--policies``), older ones from the store."""
        return DirectoryPolicies(
            directory,
            self.priorities,
            self._known_store,
            lambda: self._registry().calendars(),
        )

    @cached_property
    def notifier(self) -> Notifier:
        """The channels of ``notify`` steps; ConfigurationError names every wrong one."""
        if not self.settings.notify:
            from slaplugin.app.desk import NoChannels

            return NoChannels()
        from slaplugin.notify import channels_of

        return channels_of(self.settings.notify, self.settings.directory)

    def priorities(self) -> Mapping[str, str]:
        """Host priority -> common name: the adapter's defaults under the settings."""
        return self.host.priority_names

    def _known_store(self) -> Store | None:
        if "store" in self.__dict__:
            return self.store
        return self.view if self.has_store else None

    def desk(self, store: Store | None = None) -> Desk:
        """The ports in one hand, over the local store unless another is given."""
        from slaplugin.app.desk import Desk

        return Desk(
            host=self.host,
            store=store or self.store,
            hooks=self.hooks,
            policies=self.policies,
            options=options_of(self.settings),
            notifier=self.notifier,
        )

    def desk_for_reading(self) -> Desk:
        """Like :meth:`desk` for a run that records nothing; without a store over an empty one."""
        if self.has_store:
            return self.desk(self.view)
        from slaplugin.store import SqliteStore

        nothing = Path(self._open.enter_context(TemporaryDirectory(prefix="slaplugin-")))
        return self.desk(self._open.enter_context(SqliteStore(nothing / "empty.db", durable=False)))

    def present(self) -> Present:
        """The present for commands that need nothing else of the helpdesk: one small request.

        Where it cannot be asked, time is this machine's, and the answer says so.
        """
        try:
            return Present(self.host.now())
        except HostError as error:
            return Present(int(time.time()), str(error))

    def close(self) -> None:
        """Close what was opened."""
        for name in ("store", "view", "host"):
            close = getattr(self.__dict__.get(name), "close", None)
            if close is not None:
                close()
        self._open.close()


def moved_clock(settings: Settings) -> MovedClock | None:
    """The clock that ``--now`` asks for; None: time is the helpdesk's."""
    return MovedClock(int(settings.now.timestamp())) if settings.now else None


def make_host(
    settings: Settings,
    registry: Registry,
    told: Callable[[str], None] | None = None,
    pace: Callable[[], None] | None = None,
) -> Host:
    """The adapter for the configured helpdesk, from the built-ins or a plugin.

    ``told`` hears how each request ended, ``pace`` is asked before each (``HostSetup``).
    """
    factories = registry.hosts()
    if settings.host not in factories:
        known = ", ".join(sorted(factories))
        hint = f"known are: {known}; `slaplugin plugins` lists where each comes from"
        raise ConfigurationError([Problem(f"unknown host {settings.host!r}", hint=hint)])
    settings.require_access()
    if settings.log_level != "debug":
        # What it says about each repeated request, our own errors say once and better.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    return factories[settings.host](replace(host_setup(settings), told=told, pace=pace))


def host_setup(settings: Settings) -> HostSetup:
    """The settings that concern an adapter, in the form that plugins get."""
    tls = settings.verify_tls
    moved = moved_clock(settings)
    return HostSetup(
        name=settings.host_key,
        url=settings.url or "",
        token=revealed(settings.token),
        user=settings.user,
        password=revealed(settings.password),
        verify_tls=tls if isinstance(tls, bool) else str(tls),
        timezone=settings.host_timezone,
        own_fields=own_fields(settings),
        own_tags=frozenset({settings.tags.at_risk, settings.tags.breached}),
        tags_field=settings.tags.field,
        tag_prefix=settings.tags.prefix,
        states={
            name: StateMeaning(rule.kind, rule.closes) for name, rule in settings.states.items()
        },
        priorities=settings.priorities,
        bots=frozenset(settings.bots),
        overlap=settings.overlap,
        retry=settings.limits.retry,
        now=moved.now if moved else None,
        routes=settings.routes,
        options=settings.plugins.get(settings.host, {}),
    )


def own_fields(settings: Settings) -> dict[str, str]:
    """Role -> the host's custom field that we write in it, for those that are set."""
    fields = settings.fields
    roles = {
        "due": fields.due,
        "state": fields.state,
        "policy": fields.policy,
        "summary": fields.summary,
    }
    return {role: name for role, name in roles.items() if name}


def revealed(secret: SecretStr | None) -> str | None:
    """The secret itself, for whoever has to show or compare it."""
    return None if secret is None else secret.get_secret_value()


def _holder(process: int) -> str:
    """Who holds the writer's lease, in words that a message may show."""
    return f"slaplugin on {socket.gethostname()} (process {process})"


def free_from_the_dead(store: SqliteStore) -> None:
    """Give back a lease whose holder was a process of this machine and is no more.

    Otherwise a killed run would keep the next one out until its lease expires.
    """
    lease = store.lease()
    found = re.search(r"\(process (\d+)\)$", lease.holder) if lease else None
    if lease is None or found is None or lease.holder != _holder(int(found[1])):
        return
    if not _lives(int(found[1])):
        store.release(lease)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def options_of(settings: Settings) -> Options:
    """What the settings say about a cycle."""
    from slaplugin.app.options import Limits, Options
    from slaplugin.core.plan import Patience

    limits = settings.limits
    return Options(
        showing=_showing(settings),
        limits=Limits(
            writes_per_cycle=limits.writes_per_cycle,
            writes_per_hour=limits.writes_per_hour,
            reassignments_per_cycle=limits.reassignments_per_cycle,
            reassignments_per_hour=limits.reassignments_per_hour,
        ),
        patience=Patience(retry=limits.retry),
        dry_run=settings.dry_run,
        holder=_holder(os.getpid()),
        sweep_interval=settings.sweep_interval,
        settle=settings.settle,
        timezone=settings.timezone,
        retention=settings.retention,
    )


def _showing(settings: Settings) -> Showing:
    """How a ticket shows its clocks: by which tags and fields."""
    from slaplugin.core.plan import Showing

    tags, fields = settings.tags, settings.fields
    return Showing(
        at_risk=tags.at_risk,
        breached=tags.breached,
        prefix=tags.prefix,
        due=fields.due,
        policy=fields.policy,
        state=fields.state,
        summary=fields.summary,
        always=fields.when == "always",
    )
