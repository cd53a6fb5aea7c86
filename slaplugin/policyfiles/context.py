"""The names of a set, known before any of its sections is read closely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from slaplugin.policyfiles.cursor import Cursor, suggestion
from slaplugin.policyfiles.vocabulary import BUILT_IN_CLOCKS


@dataclass(frozen=True, slots=True)
class Names:
    """What the sections of a set may refer to."""

    calendars: frozenset[str] = frozenset()
    """Without ``24x7``."""
    custom_clocks: frozenset[str] = frozenset()
    priorities: Mapping[str, str] = field(default_factory=dict)
    """Host priority -> common priority, from the settings; empty when not known."""

    @property
    def clocks(self) -> frozenset[str]:
        return self.custom_clocks | frozenset(BUILT_IN_CLOCKS)

    def clock(self, at: Cursor, what: str = "clock") -> str | None:
        """The name of a clock that exists."""
        name = at.text(what)
        if name is None or name in self.clocks:
            return name
        at.fail(f"unknown clock '{name}'", suggestion(name, self.clocks))
        return None
