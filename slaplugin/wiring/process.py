"""What the process of a daemon is to its surroundings: signals, sleep, and the service manager."""

from __future__ import annotations

import logging
import os
import random
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

from slaplugin.app.daemon import Interruptible
from slaplugin.hosts.config import uptime

log = logging.getLogger(__name__)

_NAP = 2.0
"""Seconds after which a resumed machine notices at the latest that it is later than it thought."""


class Sleeper:
    """The port :class:`slaplugin.app.daemon.Waiter` of a process, woken by signals.

    SIGTERM and SIGINT ask it to end, SIGHUP to take up its files, SIGUSR1 switches the log between
    its level and debug (info and debug, where its level is debug). ``interrupted`` tells a Ctrl-C
    from an orderly end. ``uptime`` is in seconds and counts those that the machine was suspended
    for.
    """

    def __init__(self, uptime: Callable[[], float] = uptime, nap: float = _NAP) -> None:
        self._uptime = uptime
        self._nap = nap
        self._woken = threading.Event()
        self._usual: int | None = None
        """The log level to go back to after the other one."""
        self.stopping = False
        self.interrupted = False
        self.reload = False

    def listen(self) -> None:
        """Take over the signals; only the main thread may."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGHUP, self._renew)
        signal.signal(signal.SIGUSR1, self._switch_log)

    def wake(self) -> None:
        """Have :meth:`wait` come back at once; for any thread."""
        self._woken.set()

    def wait(self, seconds: float) -> bool:
        """Sleep so long at most; True when woken.

        In naps, since an event's own patience stands still while the machine is suspended.
        """
        until = self._uptime() + seconds
        while (left := until - self._uptime()) > 0:
            tell_systemd("WATCHDOG=1")
            if self._woken.wait(min(left, self._nap)):
                self._woken.clear()
                return True
        return False

    def jitter(self) -> float:
        """A number in [0, 1)."""
        return random.random()  # noqa: S311 - no secret hangs on it

    def _end(self, number: int, frame: FrameType | None) -> None:
        if self.stopping and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.stopping = True
        self.interrupted = number == signal.SIGINT
        tell_systemd("STOPPING=1")
        self._woken.set()

    def _renew(self, number: int, frame: FrameType | None) -> None:
        self.reload = True
        self._woken.set()

    def _switch_log(self, number: int, frame: FrameType | None) -> None:
        logger = logging.getLogger("slaplugin")
        if logger.level == logging.DEBUG:
            level = self._usual or logging.INFO
        else:
            level, self._usual = logging.DEBUG, logger.level
        logger.setLevel(level)
        log.warning("log level is now %s", logging.getLevelName(level).lower())


class Pulse(Interruptible):
    """Progress that shows the service manager, too, that the work goes on."""

    def advance(self, done: int = 1) -> None:
        """Raises StoppedError once the daemon is to end."""
        tell_systemd("WATCHDOG=1")
        super().advance(done)


def tell_systemd(text: str) -> None:
    """Send a state to the service manager, where there is one (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.sendto(text.encode(), address.replace("@", "\0", 1))
        except OSError as error:
            log.debug("the service manager does not listen: %s", error)
