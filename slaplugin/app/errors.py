"""Errors, sorted by how one recovers from them.

Whoever raises one of these has already said in its text what went wrong, where, and how to mend
it. Nobody below the command line turns them into exit codes: that happens once, in
``slaplugin.cli.exits``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration: what, where, and the way on.

    ``file``, ``line`` and ``column`` (both counted from 1) are left out where there is no place to
    point at, such as an environment variable; ``path`` is the place inside the file
    (``policies[0].targets.resolution``), ``hint`` the remedy or the nearest allowed name.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None
    hint: str | None = None

    @property
    def place(self) -> str:
        """``file:line:column`` as far as it is known, empty when nothing is."""
        parts = [self.file, self.line, self.column]
        known: list[str] = []
        for part in parts:
            if part is None:
                break
            known.append(str(part))
        return ":".join(known)

    def __str__(self) -> str:
        lead = ": ".join(part for part in (self.place, self.path) if part)
        text = f"{lead}: {self.message}" if lead else self.message
        return f"{text} ({self.hint})" if self.hint else text


class SlapluginError(Exception):
    """Root of every error that a user may see as a sentence instead of a traceback."""


class ConfigurationError(SlapluginError):
    """Settings, policy files, drop-ins or arguments are wrong; nothing was started.

    Carries *all* problems that were found, so that one run is enough to mend them.
    """

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = (Problem(problems),)
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def on_one_line(self) -> str:
        """Every problem, for places that have a single line for all of them."""
        return "; ".join(str(problem) for problem in self.problems)


class HookError(SlapluginError):
    """A plugin's *decide* hook failed: the ticket it was asked about is held.

    ``plugin`` is the name the plugin was registered under, ``hook`` the specification's name,
    ``place`` the ``file:line`` that raised.
    """

    def __init__(self, plugin: str, hook: str, place: str, reason: str) -> None:
        self.plugin = plugin
        self.hook = hook
        self.place = place
        self.reason = reason
        super().__init__(f"plugin {plugin}: {hook} failed at {place}: {reason}")


class TicketHeldError(SlapluginError):
    """One ticket cannot be judged or written now; the others go on (architecture, rule 9).

    Raised for an unknown state, a fact that contradicts another, or data the engine refuses. The
    cycle records it with a backoff and lists it as a problem.
    """


class HostError(SlapluginError):
    """The helpdesk did not do what was asked. One of the four kinds below is what is raised.

    ``status`` is the HTTP status where there was an answer. The text names the request by method
    and path, never by its credentials.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)


class HostTemporaryError(HostError):
    """Unreachable, overloaded or half an answer: the same request may succeed later.

    ``retry_after`` is in seconds, where the host said how long to wait.
    """

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, status=status)


class HostPermanentError(HostError):
    """Asking again changes nothing: wrong credentials, wrong address, a refused value.

    A ``status`` of 4xx (but 401, 407, 408, 429) says that it is about this ticket or value: the
    others go on. Without one it is taken to be about the account or the address and ends the cycle.
    Adapters give 422 where the host refuses in other words, in a 200 for example.
    """


class HostGoneError(HostError):
    """The ticket does not exist any more (404): its clocks end as deleted."""


class HostLostError(HostError):
    """The ticket is there but not for this account (403): it is held and may come back."""


class WriteUnverifiedError(HostError):
    """The host accepted a write and a fresh read shows that it dropped a part of it."""


class BrakeError(SlapluginError):
    """A safety limit stopped the run before it did more (exit code 4).

    The text says which limit, how far the run got, and how to go on.
    """


class StoreError(SlapluginError):
    """The local store cannot be used: locked, full, damaged, or of a newer schema (exit code 5)."""


class LeaseHeldError(StoreError):
    """Another process holds the store's writing lease; the text says which and until when."""


class WorkerError(SlapluginError):
    """A process that worked for this one died: killed, or out of memory; nothing was lost."""
