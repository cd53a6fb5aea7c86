"""How the agents of a report are shown, with the key that the store keeps for pseudonyms."""

from __future__ import annotations

from typing import Protocol

from slaplugin.app.forgotten import PSEUDONYM_KEY
from slaplugin.core.pseudonyms import Naming, People


class Flags(Protocol):
    """The part of a store that holds small facts. Raises StoreError."""

    def flag(self, name: str) -> str | None: ...


def people_of(store: Flags, naming: Naming) -> People:
    """The display that the setting ``agents`` asks for."""
    key = store.flag(PSEUDONYM_KEY) if naming == "pseudonym" else None
    return People(naming, bytes.fromhex(key or ""))
