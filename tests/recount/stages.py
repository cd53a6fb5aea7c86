"""What a ticket was at every second, told from its raw events (policy-language 6 and R7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.recount.lives import NOW, Happened, Life

NAMED = {"owner_changed": "owner", "group_changed": "group", "priority_changed": "priority"}


@dataclass(frozen=True)
class Stage:
    """[start, end) in which nothing about the ticket changed."""

    start: int
    end: int
    facts: dict[str, Any]
    chosen_by: dict[str, Any]
    """The facts without what our own steps changed (R15)."""
    waiting: bool
    """On the customer."""

    @property
    def is_closed(self) -> bool:
        return self.facts["state_kind"] in ("closed", "removed")


class Ticket:
    """Facts that change, event by event."""

    def __init__(self, life: Life) -> None:
        self.facts: dict[str, Any] = {**life.facts, "tags": frozenset()}
        self.chosen_by = dict(self.facts)
        self.waiting = False
        self.until: int | None = None

    def take(self, event: Happened) -> None:
        change = self._change(event)
        self.facts |= change
        if not event.ours:
            self.chosen_by |= change
        if event.kind == "state_changed":
            self._entered(event)
        elif event.kind in ("customer_message", "deleted"):
            self.waiting, self.until = False, None

    def _change(self, event: Happened) -> dict[str, Any]:
        if event.kind in NAMED:
            return {NAMED[event.kind]: event.data["to"]}
        if event.kind == "state_changed":
            return {"state": event.data["to"], "state_kind": event.data["kind"]}
        if event.kind == "field_changed":
            return {event.data["field"]: event.data["to"]}
        if event.kind == "tag_added":
            return {"tags": self.facts["tags"] | {event.data["tag"]}}
        if event.kind == "tag_removed":
            return {"tags": self.facts["tags"] - {event.data["tag"]}}
        return {"state_kind": "removed"} if event.kind == "deleted" else {}

    def _entered(self, event: Happened) -> None:
        until = None if event.data.get("closes") else event.data.get("until")
        self.waiting = event.data["kind"] == "waiting_customer"
        self.waiting &= until is None or until > event.at
        self.until = until if self.waiting else None

    def reached(self, at: int) -> int | None:
        """The date that ends the waiting, if it has come by then."""
        return self.until if self.until is not None and self.until <= at else None


def seen(life: Life) -> Iterator[tuple[Happened, Ticket]]:
    """Each event up to the ticket's end with the ticket right after it."""
    ticket = Ticket(life)
    for event in life.events:
        if ticket.reached(event.at) is not None:
            ticket.waiting, ticket.until = False, None
        ticket.take(event)
        yield event, ticket
        if event.kind == "deleted":
            return


def stages(life: Life) -> list[Stage]:
    """They tile the time from the creation to now."""
    cuts: list[tuple[int, dict[str, Any], dict[str, Any], bool]] = []
    ticket = Ticket(life)
    for event in life.events:
        _date(cuts, ticket, event.at)
        ticket.take(event)
        cuts.append((event.at, dict(ticket.facts), dict(ticket.chosen_by), ticket.waiting))
        if event.kind == "deleted":
            break
    _date(cuts, ticket, NOW)
    ends = [cut[0] for cut in cuts[1:]] + [NOW]
    return [Stage(cut[0], end, *cut[1:]) for cut, end in zip(cuts, ends, strict=True)]


def _date(cuts: list[Any], ticket: Ticket, at: int) -> None:
    reached = ticket.reached(at)
    if reached is not None:
        ticket.waiting, ticket.until = False, None
        cuts.append((reached, dict(ticket.facts), dict(ticket.chosen_by), False))


def facts_at(told: list[Stage], at: int) -> dict[str, Any]:
    """In force at an instant, what happened in that second included."""
    return [stage for stage in told if stage.start <= at][-1].facts
