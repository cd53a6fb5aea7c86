"""The local store: one SQLite file with tickets, timelines, actions and the audit chain."""

from __future__ import annotations

from slaplugin.store.chain import Verification
from slaplugin.store.sqlite import SqliteStore

__all__ = ["SqliteStore", "Verification"]
