"""The daemon as a process that is told the time by whoever started it.

Everything is as in ``slaplugin run`` (settings, adapter, store, channels, log), but nobody sleeps:
a line on stdout says for how long it would, and the answer says how many seconds have gone by.
Other lines say what the process is about to do, so that it can be killed right there::

    > wait 40.0                       < 40
    > claimed set_group set_owner     < go
    > answered set_group set_owner    < go
    > marked set_group                < go
    > wait 40.0                       < end
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from slaplugin.app.daemon import Daemon, Interruptible, Ports, Rhythm
from slaplugin.app.desk import Desk
from slaplugin.app.messages import Message, Notifier
from slaplugin.app.ports import AuditEntry, Change
from slaplugin.cli.invocation import Invocation
from slaplugin.hosts.config import HostConfig, Timing
from slaplugin.hosts.rt import RtHost
from slaplugin.plugins import PluginHooks, Registry
from slaplugin.plugins.builtin import host_config
from slaplugin.wiring import Runtime, host_setup
from slaplugin.wiring.service import LogWatch


class Parent:
    """Whoever started us: time and orders come from there. A ``Waiter``, too."""

    def __init__(self) -> None:
        self.stopping = False
        self._elapsed = 0.0

    def monotonic(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        self.wait(seconds)

    def wait(self, seconds: float) -> bool:
        answer = self._ask("wait", str(seconds))
        self.stopping = answer == "end"
        self._elapsed += 0 if self.stopping else float(answer)
        return self.stopping

    def jitter(self) -> float:
        return 0.0

    def tell(self, point: str, kinds: Sequence[str]) -> None:
        self._ask(point, *kinds)

    def _ask(self, *words: str) -> str:
        print(*words, flush=True)
        answer = sys.stdin.readline().strip()
        if not answer:
            raise SystemExit("nobody is there any more who could tell the time")
        return answer


class SteppingHost(RtHost):
    """The adapter; each write is told before and after."""

    def __init__(self, config: HostConfig, parent: Parent) -> None:
        super().__init__(config)
        self._parent = parent

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        kinds = [change.kind for change in changes]
        self._parent.tell("claimed", kinds)
        super().write(ticket_id, changes)
        self._parent.tell("answered", kinds)


class SteppingNotifier:
    """The channels, likewise."""

    def __init__(self, notifier: Notifier, parent: Parent) -> None:
        self._notifier = notifier
        self._parent = parent

    def channels(self) -> frozenset[str]:
        return self._notifier.channels()

    def window(self, channel: str) -> int:
        return self._notifier.window(channel)

    def send(self, message: Message) -> None:
        self._parent.tell("claimed", ["notify"])
        self._notifier.send(message)
        self._parent.tell("answered", ["notify"])


class SteppingHooks(PluginHooks):
    """Plugins hear of a write right after it was marked, and so does the parent."""

    def __init__(self, registry: Registry, parent: Parent) -> None:
        super().__init__(registry)
        self._parent = parent

    def transition(self, entry: AuditEntry) -> None:
        if entry.kind == "written":
            self._parent.tell("marked", [str(entry.payload["action"])])
        super().transition(entry)


class ToldRuntime(Runtime):
    """The runtime of the settings, with the parent's time."""

    def __init__(self, invocation: Invocation, parent: Parent) -> None:
        super().__init__(invocation.settings, lambda: invocation.registry)
        self._parent = parent

    @cached_property
    def host(self) -> SteppingHost:
        timing = Timing(monotonic=self._parent.monotonic, sleep=self._parent.sleep)
        config = replace(host_config(host_setup(self.settings)), timing=timing)
        return SteppingHost(config, self._parent)

    def current(self) -> Desk:
        """The port ``Desks``: one set of ports for good."""
        return replace(
            self.desk(),
            hooks=SteppingHooks(self._registry(), self._parent),
            notifier=SteppingNotifier(self.notifier, self._parent),
            progress=Interruptible(self._parent),
        )

    def renew(self) -> bool:
        return False


def main() -> None:
    parent = Parent()
    invocation = Invocation(None, {"log_level": "info"})
    settings = invocation.settings
    with ToldRuntime(invocation, parent) as runtime:
        rhythm = Rhythm(poll_interval=settings.poll_interval, settle=settings.settle)
        Daemon(Ports(runtime, parent, LogWatch()), rhythm).run()


if __name__ == "__main__":
    main()
