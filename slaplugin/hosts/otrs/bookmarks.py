"""Bookmarks of the feeds: JSON text, safe to save after each page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slaplugin.hosts.otrs.windows import FLOOR, Window


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far the changes were told. Instants are UTC epoch seconds."""

    after: int
    """Everything that happened until then was told; while loading: the load's beginning."""
    loading: datetime | None = None
    """Tickets created before this local time are loaded; None: the first load is done."""
    hit: Window | None = None
    """A window in which changes were found: a search that works finds some there again."""
    some: bool = False
    """Whether there was any ticket at all."""

    def text(self) -> str:
        """For the store."""
        return _dumps(
            {
                "after": self.after,
                "loading": _iso(self.loading),
                "hit": [_iso(self.hit.lower), _iso(self.hit.upper)] if self.hit else None,
                "some": self.some,
            }
        )


@dataclass(frozen=True, slots=True)
class Place:
    """How far a range of past tickets was told; ``until`` in UTC epoch seconds, exclusive."""

    until: int
    following: datetime
    """Tickets created before this local time were told."""
    done: bool = False

    def text(self) -> str:
        """For the store."""
        data = {"until": self.until, "next": _iso(self.following), "done": self.done}
        return _dumps(data)


def bookmark_of(text: str | None) -> Bookmark | None:
    """A saved bookmark; None where there is none, or none that this version understands."""
    data = _loads(text)
    if not isinstance(data.get("after"), int):
        return None
    hit = data.get("hit")
    window = Window(_time(hit[0]), _time(hit[1])) if isinstance(hit, list) else None
    loading = data.get("loading")
    return Bookmark(data["after"], _time(loading) if loading else None, window, bool(data["some"]))


def place_of(text: str | None, until: int) -> Place:
    """A saved place, else the beginning of a range that ends at ``until``."""
    data = _loads(text)
    if not isinstance(data.get("until"), int):
        return Place(until, FLOOR)
    return Place(data["until"], _time(data["next"]), bool(data.get("done")))


def _dumps(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), sort_keys=True)


def _loads(text: str | None) -> dict[str, Any]:
    try:
        data = json.loads(text or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(sep=" ")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
