"""Exit codes: the one place where errors become numbers."""

from __future__ import annotations

from slaplugin.app.errors import (
    BrakeError,
    ConfigurationError,
    HostError,
    SlapluginError,
    StoreError,
)

DONE = 0
FOUND_WRONG = 1
"""A failed test or check, held tickets, failed writes, warnings under ``--strict``."""
WRONG_USE = 2
"""Wrong arguments, settings or policy files."""
HOST = 3
"""The host refused or could not be reached, so that the pull could not be finished."""
BRAKE = 4
STORE = 5
INTERRUPTED = 130

_BY_RECOVERY: tuple[tuple[type[SlapluginError], int], ...] = (
    (ConfigurationError, WRONG_USE),
    (HostError, HOST),
    (BrakeError, BRAKE),
    (StoreError, STORE),
)


def code_of(error: SlapluginError) -> int:
    """The exit code that tells a script how to recover from ``error``."""
    for kind, code in _BY_RECOVERY:
        if isinstance(error, kind):
            return code
    return FOUND_WRONG
