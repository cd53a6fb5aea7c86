"""What a reader chose, in the address of the page and nowhere else: such a page can be shared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol
from urllib.parse import quote, urlencode

from slaplugin.app.board import Place

FIRST_SHOWN = 30
MOST_SHOWN = 5000
LONGEST = 200
"""Characters of a name in the address."""

Only = Literal["", "at_risk", "breached"]
View = Literal["", "wall"]
Theme = Literal["", "light", "dark"]


class Params(Protocol):
    """The part of starlette's query parameters that is asked."""

    def getlist(self, key: Any) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Query:
    """Filters and looks; empty: everything, as the reader's system has it."""

    group: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    clock: tuple[str, ...] = ()
    only: Only = ""
    view: View = ""
    theme: Theme = ""
    show: int = FIRST_SHOWN
    """Lines of each list."""

    @classmethod
    def of(cls, params: Params) -> Query:
        """Whatever an address says; what makes no sense counts as not said."""
        return cls(
            group=_names(params.getlist("group")),
            policy=_names(params.getlist("policy")),
            clock=_names(params.getlist("clock")),
            only=_one_of(params.getlist("only"), ("at_risk", "breached")),
            view=_one_of(params.getlist("view"), ("wall",)),
            theme=_one_of(params.getlist("theme"), ("light", "dark")),
            show=_count(params.getlist("show")),
        )

    def but(self, **changes: Any) -> Query:
        """The same with some choices made otherwise."""
        return replace(self, **changes)

    def address(self) -> str:
        """``?group=Support&only=breached``, or nothing where nothing is chosen."""
        pairs = [
            *(("group", name) for name in self.group),
            *(("policy", name) for name in self.policy),
            *(("clock", name) for name in self.clock),
            *((key, value) for key in ("only", "view", "theme") if (value := getattr(self, key))),
            *([("show", str(self.show))] if self.show != FIRST_SHOWN else []),
        ]
        return f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""

    def admits(self, place: Place) -> bool:
        """Whether a clock is among those chosen."""
        return self.counts(place) and self.only in ("", place.standing)

    def counts(self, place: Place, but: str = "") -> bool:
        """As :meth:`admits`, whatever its standing; ``but`` names a filter that is left aside."""
        return all(
            key == but or not wanted or getattr(place, key) in wanted
            for key, wanted in (
                ("group", self.group),
                ("policy", self.policy),
                ("clock", self.clock),
            )
        )

    @property
    def filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.group or self.policy or self.clock or self.only)


def _names(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name[:LONGEST] for name in given if name))


def _one_of(given: Sequence[str], known: Sequence[str]) -> Any:
    return next((word for word in given if word in known), "")


def _count(given: Sequence[str]) -> int:
    number = given[0] if given else ""
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        return FIRST_SHOWN
    return min(MOST_SHOWN, max(1, int(number)))
