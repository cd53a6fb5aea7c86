"""How reports show the people who work here (setting ``agents``: named, pseudonym, off).

A pseudonym is a keyed hash: the same person has the same one in every report of a store, and
without the store's key nobody can try out names until one fits.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from slaplugin.core.dimensions import Dimension

Naming = Literal["named", "pseudonym", "off"]

KEY_BYTES = 32
_LETTERS = 8
"""Forty bits: among ten thousand agents two alike are met once in twenty thousand stores."""
HIDDEN = "an agent"
"""Stands for everybody where people are not shown."""


@dataclass(frozen=True, slots=True)
class People:
    """The display of agents in one report."""

    naming: Naming = "named"
    key: bytes = field(default=b"", repr=False)
    """Secret of the store, :data:`KEY_BYTES` long; only pseudonyms need it."""

    def __post_init__(self) -> None:
        if self.naming == "pseudonym" and len(self.key) < KEY_BYTES:
            raise ValueError(f"pseudonyms need a key of {KEY_BYTES} bytes, not {len(self.key)}")

    def shown(self, agent: str | None) -> str | None:
        """What stands for an agent's login or name; None (nobody) stays None."""
        if agent is None or self.naming == "named":
            return agent
        return HIDDEN if self.naming == "off" else pseudonym(agent, self.key)

    def shown_value(self, dimension: Dimension, value: str | None) -> str | None:
        """A value of a column, which is shown as it is unless the column names agents."""
        return self.shown(value) if dimension.names_agents else value

    def check(self, dimensions: tuple[Dimension, ...]) -> None:
        """ValueError where figures are asked for by agent and people are not to be shown."""
        if self.naming == "off" and any(each.names_agents for each in dimensions):
            raise ValueError(
                'figures by agent are switched off by the setting agents = "off": set it to'
                ' "pseudonym" or "named" to see them, or leave agent out of --by'
            )


def pseudonym(name: str, key: bytes, kind: str = "agent") -> str:
    """``agent-`` and eight letters, without regard to the name's case.

    A pseudonym stays what it is: of somebody who was forgotten the store has only that.
    """
    if re.fullmatch(rf"{kind}-[a-z2-7]{{{_LETTERS}}}", name):
        return name
    digest = hmac.new(key, name.casefold().encode(), sha256).digest()
    return f"{kind}-{b32encode(digest).decode().lower()[:_LETTERS]}"
