"""The first policy of an installation, as the text of a file: `init` and `xray` write it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_TARGETS = MappingProxyType({"first_response": 4 * 3600, "next_response": 8 * 3600})
_HOURS = MappingProxyType({"mon-fri": "09:00-17:00"})
_PLAIN_KEY = frozenset("abcdefghijklmnopqrstuvwxyz-")


@dataclass(frozen=True, slots=True)
class Starter:
    """What the nine lines say."""

    timezone: str = "UTC"
    hours: Mapping[str, str] = field(default_factory=lambda: _HOURS)
    """Days to times, as a calendar has them."""
    targets: Mapping[str, int] = field(
        default_factory=lambda: {**_TARGETS, "resolution": 16 * 3600}
    )
    """Clock -> seconds of office hours."""
    vip: str | None = None
    """A condition in YAML; None: the lines for VIPs are comments."""
    vip_example: str = "{customer.vip: true}"
    """What a condition for VIPs could be there."""
    remark: str = "`slaplugin policy check` reads it, `slaplugin plan` shows its effect."

    def text(self) -> str:
        """The file, in ``mode: observe``: it measures and writes nothing."""
        lines = [
            f"# What is promised. {self.remark}",
            "calendars:",
            f"  office: {{timezone: {self.timezone}, hours: {{{_flow(self.hours)}}}}}",
            "policies:",
            "  - name: standard",
            "    mode: observe          # measure only; `mark` also tags tickets, `act` does all",
            f"    targets: {{{self._targets()}}}",
        ]
        lead = "    " if self.vip else "    # "
        return "\n".join([*lines, *(lead + line for line in self._sub())]) + "\n"

    def _targets(self) -> str:
        return ", ".join(f"{clock}: {written(taken)}" for clock, taken in self.targets.items())

    def _sub(self) -> tuple[str, ...]:
        first = self.targets.get("first_response", 4 * 3600)
        return (
            "sub:",
            "  - name: vip",
            f"    when: {self.vip or self.vip_example}",
            f"    targets: {{first_response: {written(max(first // 4, 60))}}}",
        )


def written(seconds: int) -> str:
    """A duration as policy files have it: ``1h30m``, ``45m``, ``90s``."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "m"), (left, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def _flow(hours: Mapping[str, str]) -> str:
    """The entries of a mapping in one line; days that YAML would split are quoted."""
    return ", ".join(f"{_key(days)}: {json.dumps(times)}" for days, times in hours.items())


def _key(days: str) -> str:
    return days if _PLAIN_KEY.issuperset(days) else json.dumps(days)
