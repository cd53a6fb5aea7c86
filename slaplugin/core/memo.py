"""Remembering answers without growing for ever."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

LIMIT = 20_000


class Memo(dict[Key, Value]):
    """A dictionary that starts afresh when it has grown too large.

    Policies may test a field that differs on every ticket; a long-running process must not keep
    an answer for each of them.
    """

    def keep(self, key: Key, value: Value) -> Value:
        """Remember the value and give it back."""
        if len(self) >= LIMIT:
            self.clear()
        self[key] = value
        return value
