"""Session ids in addresses: ``SessionGet`` has one in its path, and urllib3 logs every path.

The only way to learn our own account is that operation (facts 3), which admins map to GET.
"""

from __future__ import annotations

import logging

_KEPT: set[str] = set()
_WHO_LOGS_PATHS = "urllib3.connectionpool"


class _Discreet(logging.Filter):
    """Takes kept words out of a record; the record itself goes on."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without(value) for value in record.args)
        return True


def keep(secret: str) -> None:
    """From now on the word appears in no log of the transport."""
    if secret and not _KEPT:
        logging.getLogger(_WHO_LOGS_PATHS).addFilter(_Discreet())
    if secret:
        _KEPT.add(secret)


def _without(value: object) -> object:
    if not isinstance(value, str):
        return value
    for secret in _KEPT:
        value = value.replace(secret, "…")
    return value
