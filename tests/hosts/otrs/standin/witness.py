"""A witness who writes down what was done, by looking at tickets before and after each act.

Told in the words of timelines, but known without reading any history: the measure for what a
client makes of one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .catalog import ROOT
from .model import Article, Ticket
from .people import Desk

Fact = tuple[str, int, Any]
"""Kind of event, UTC epoch seconds, what it changed to (a message's id)."""

KINDS = frozenset(
    {"created", "customer_message", "agent_reply", "note", "auto_message", "state_changed",
     "group_changed", "priority_changed", "owner_changed", "merged", "absorbed"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What a ticket shows at one moment."""

    state: str
    group: str
    priority: str
    owner: str | None
    until: int
    articles: frozenset[int]


class Witness:
    """Sees acts on one desk; ``told[ticket]`` holds the facts of each act, act by act."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.told: dict[int, list[list[Fact]]] = defaultdict(list)
        self.partner: dict[int, int] = {}
        """Of a merge, either way: whose message was whose can only be guessed from a history."""

    def creates(self, act: Callable[[], int]) -> int:
        """A new ticket, with its first messages."""
        ticket = act()
        facts: list[Fact] = [("created", self.desk.clock.now(), None)]
        facts += self._messages(self.desk.ticket(ticket), frozenset())
        self.told[ticket].append(facts)
        return ticket

    def sees(self, ticket: int, act: Callable[[], object]) -> None:
        """Any act on one ticket."""
        before = self._look(ticket)
        act()
        self.told[ticket].append(self._difference(ticket, before))

    def merges(self, ticket: int, into: int, act: Callable[[], object]) -> None:
        """Messages stay with the ticket they were written in, as far as the witness cares."""
        before = self._look(ticket)
        act()
        self.partner |= {ticket: into, into: ticket}
        now = self.desk.clock.now()
        facts = self._difference(ticket, before)
        self.told[ticket].append([_as_auto(fact) for fact in facts] + [("merged", now, str(into))])
        self.told[into].append([("absorbed", now, str(ticket))])

    def facts(self, ticket: int) -> Counter[Fact]:
        return Counter(fact for act in self.told[ticket] for fact in act)

    def stages(self, ticket: int) -> list[Counter[Fact]]:
        """What was true after each act."""
        found: list[Counter[Fact]] = []
        total: Counter[Fact] = Counter()
        for act in self.told[ticket]:
            total = total + Counter(act)
            found.append(total)
        return found

    def _look(self, ticket: int) -> Look:
        row, known = self.desk.ticket(ticket), self.desk.catalog
        return Look(
            known.states[row.state].name, known.queues[row.queue].name,
            known.priorities[row.priority],
            None if row.owner == ROOT else known.agents[row.owner].login,
            row.pending_until,
            frozenset(one.id for one in row.articles),
        )  # fmt: skip

    def _difference(self, ticket: int, before: Look) -> list[Fact]:
        after, now = self._look(ticket), self.desk.clock.now()
        facts = self._messages(self.desk.ticket(ticket), before.articles)
        for name in ("state", "group", "priority", "owner"):
            if getattr(before, name) != getattr(after, name):
                facts.append((f"{name}_changed", now, getattr(after, name)))
        if before.state == after.state and before.until != after.until:
            facts.append(("state_changed", now, after.state))
        return facts

    @staticmethod
    def _messages(ticket: Ticket, known: frozenset[int]) -> list[Fact]:
        return [(_kind(one), one.at, str(one.id)) for one in ticket.articles if one.id not in known]


def _kind(article: Article) -> str:
    if not article.visible:
        return "note"
    names = {"customer": "customer_message", "agent": "agent_reply", "system": "auto_message"}
    return names[article.sender]


def _as_auto(fact: Fact) -> Fact:
    """The note of a merge answers nobody."""
    return ("auto_message", *fact[1:]) if fact[0] == "agent_reply" else fact
