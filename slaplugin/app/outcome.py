"""What a cycle is about to do or has done: the values behind ``plan``, ``sync`` and ``undo``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from slaplugin.core.actions import ActionRow
from slaplugin.core.texts import field_value, utc_text

WriteStatus = Literal["planned", "done", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Write:
    """One line of a plan: an action with what became of it.

    ``held`` says why it is not done in this cycle although it is wanted (a limit, a pause,
    ``quiet_for``): such a write has the status ``skipped`` and comes up again.
    """

    action: ActionRow
    number: str = ""
    status: WriteStatus = "planned"
    error: str | None = None

    @property
    def order(self) -> tuple[int, str]:
        """Actions of a cycle are done in order of (due, ticket)."""
        return (self.action.due_at, self.action.ticket)

    def as_json(self) -> dict[str, Any]:
        """One entry of ``writes`` (commands.md, JSON of ``plan`` and of ``sync``)."""
        action = self.action
        is_field = action.kind == "set_field"
        return {
            "ticket": action.ticket,
            "number": self.number,
            "action": action.kind,
            "field": action.field,
            "from": field_value(action.before) if is_field else action.before,
            "to": field_value(action.value) if is_field else action.value,
            "why": action.why,
            "status": self.status,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How far a safety limit is used up."""

    name: str
    allowed: int
    used: int
    """Before this cycle (in the last hour; 0 for limits per cycle)."""
    wanted: int
    """By this cycle."""

    @property
    def reached(self) -> bool:
        return self.used + self.wanted > self.allowed

    @property
    def way_on(self) -> str:
        """A sentence for the admin."""
        later = (
            "what is left follows as the hour goes by"
            if self.name.endswith("_per_hour")
            else "a daemon goes on with the next poll"
        )
        return (
            f"{self.wanted} wanted, {self.used} done before, {self.allowed} allowed; "
            f"look at `slaplugin plan`, then raise limits.{self.name} or run `slaplugin sync` "
            f"again; {later}"
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "limit": self.name,
            "allowed": self.allowed,
            "used": self.used,
            "wanted": self.wanted,
            "reached": self.reached,
            "way_on": self.way_on if self.reached else None,
        }


@dataclass(frozen=True, slots=True)
class TicketProblem:
    """A ticket that could not be judged, or a write that was refused."""

    ticket: str
    number: str
    message: str

    def __str__(self) -> str:
        return f"ticket {self.number or self.ticket}: {self.message}"


@dataclass(frozen=True, slots=True)
class CycleReport:
    """One cycle, planned or done."""

    as_of: int
    changed_tickets: int
    evaluated: int
    requests: int
    writes: tuple[Write, ...] = ()
    limits: tuple[LimitUse, ...] = ()
    problems: tuple[TicketProblem, ...] = ()
    loaded: int = 0
    """Tickets that the store did not know before."""
    stale: int = 0
    """Tickets re-judged because the policy set was edited."""
    notices: tuple[str, ...] = ()
    """Sentences worth telling: a pause in force, a new policy set."""
    hidden: Mapping[str, int] = field(default_factory=dict)
    """Actions that are recorded but not listed (``adopted``), by status."""
    unfinished: bool = False
    """The helpdesk has more news: what was read is judged, the next cycle goes on from there."""

    @property
    def cycle(self) -> str:
        """Name of the cycle: its instant."""
        return utc_text(self.as_of)

    @property
    def done(self) -> int:
        return sum(write.status == "done" for write in self.writes)

    @property
    def failed(self) -> int:
        return sum(write.status == "failed" for write in self.writes)

    @property
    def limited(self) -> tuple[LimitUse, ...]:
        """The limits that held something back (exit code 4)."""
        return tuple(limit for limit in self.limits if limit.reached)

    @property
    def expected(self) -> dict[str, int]:
        """History rows and agent mails that the writes cause on the host, at most.

        A host mails the new owner of a ticket, and the owner of one that gets a note.
        """
        live = [write.action for write in self.writes if write.status in ("planned", "done")]
        on_host = [action for action in live if action.kind != "notify"]
        mails = [
            action
            for action in on_host
            if (action.kind == "set_owner" and action.value) or action.kind == "add_note"
        ]
        return {"history_rows": len(on_host), "agent_mails": len(mails)}

    def as_json(self) -> dict[str, Any]:
        """The document of ``plan --json`` and ``sync --json``."""
        return {
            "cycle": self.cycle,
            "as_of": utc_text(self.as_of),
            "changed_tickets": self.changed_tickets,
            "evaluated": self.evaluated,
            "loaded": self.loaded,
            "stale": self.stale,
            "requests": self.requests,
            "writes": [write.as_json() for write in self.writes],
            "expected": self.expected,
            "limits": [limit.as_json() for limit in self.limits],
            "problems": [
                {"ticket": item.ticket, "number": item.number, "error": item.message}
                for item in self.problems
            ],
            "notices": list(self.notices),
        }
