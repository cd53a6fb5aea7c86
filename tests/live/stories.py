"""Tickets that nobody has seen before: people act at random, and what RT then shows is noted.

The truth of a step is not read from RT's history: it is who did it and when, and what the ticket
shows afterwards that it did not show before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from tests.live.rt import AGENTS, PRODUCT, TAGS, LiveRt

CUSTOMER, STRANGER = "raj@acme.example", "ops@initech.example"
PRODUCTS = ("Cloud", "Desktop", "Mobile")
QUEUES = ("Billing", "VIP", "Escalations")
PRIORITIES = (0, 20, 50, 80)
OPENED_BY_REPLIES = ("new", "resolved", "rejected")
"""A reply opens these by itself, before a status that comes with it is set (facts 5)."""
SHOWN_AS = {"Status": "state_changed", "Owner": "owner_changed", "Queue": "group_changed",
            "Priority": "priority_changed"}  # fmt: skip


@dataclass(frozen=True, order=True)
class Truth:
    """One thing that happened."""

    at: str
    event: str
    value: str = ""
    by: str = ""
    """Login of who did it; empty for what RT may have done by itself."""


@dataclass
class Story:
    """One ticket and what truly happened to it."""

    rt: LiveRt
    random: Random
    queue: str
    ticket: str = ""
    truth: list[Truth] = field(default_factory=list)

    def begin(self) -> None:
        """The customer's mail."""
        self.ticket = self.rt.mail(CUSTOMER, "A story", "It began so.", queue=self.queue)
        self._note("created", by=CUSTOMER)

    def go_on(self) -> None:
        """Somebody does one thing that is possible now."""
        before = self.shown()
        acts: list[Callable[[dict[str, Any]], None]] = [
            self._customer, self._agent, self._agent, self._comment, self._owner, self._status,
            self._change, self._change, self._tag, self._stranger,
        ]  # fmt: skip
        self.random.choice(acts)(before)
        after = self.shown()
        for name, event in SHOWN_AS.items():
            if after[name] != before[name]:
                self._note(event, after[name])
        if after[PRODUCT] != before[PRODUCT]:
            self._note("field_changed", after[PRODUCT])
        for kind, tags in (
            ("tag_added", set(after[TAGS]) - set(before[TAGS])),
            ("tag_removed", set(before[TAGS]) - set(after[TAGS])),
        ):
            for tag in tags:
                self._note(kind, tag)

    def shown(self) -> dict[str, Any]:
        return self.rt.shown(self.ticket)

    def _note(self, event: str, value: Any = "", by: str = "") -> None:
        now = self.rt.now
        assert isinstance(now, datetime)
        self.truth.append(Truth(f"{now:%Y-%m-%dT%H:%M:%SZ}", event, str(value), by))

    # ------------------------------------------------------------------ what people do

    def _agent(self, shown: dict[str, Any]) -> None:
        """An answer by REST, now and then with a new status, or by mail."""
        agent = self.random.choice(AGENTS)
        if self.random.random() < 0.3:
            self.rt.mail(f"{agent}@sla.test", "A story", "By mail.", reply_to=self.ticket)
        else:
            status = self._status_after(shown["Status"]) if self.random.random() < 0.5 else None
            more = {"Status": status} if status else {}
            if status not in (None, "open") and shown["Status"] in OPENED_BY_REPLIES:
                self._note("state_changed", "open")
            self.rt.agent(agent).reply(self.ticket, "By REST.", **more)
        self._note("agent_reply", by=agent)

    def _customer(self, shown: dict[str, Any]) -> None:
        if self.random.random() < 0.5:
            self.rt.mail(CUSTOMER, "A story", "And then?", reply_to=self.ticket)
        else:
            self.rt.customer(CUSTOMER).reply(self.ticket, "And then?")
        self._note("customer_message", by=CUSTOMER)

    def _stranger(self, shown: dict[str, Any]) -> None:
        self.rt.mail(STRANGER, "A story", "I heard of it.", reply_to=self.ticket)
        self._note("third_party_message", by=STRANGER)

    def _comment(self, shown: dict[str, Any]) -> None:
        agent = self.random.choice(AGENTS)
        if self.random.random() < 0.3:
            told = {"reply_to": self.ticket, "action": "comment"}
            self.rt.mail(f"{agent}@sla.test", "A story", "Psst, by mail.", **told)
        else:
            self.rt.agent(agent).comment(self.ticket, "Psst.")
        self._note("note", by=agent)

    def _owner(self, shown: dict[str, Any]) -> None:
        to = self._other((*AGENTS, "Nobody"), shown["Owner"])
        self._someone().set(self.ticket, Owner=to)

    def _status(self, shown: dict[str, Any]) -> None:
        self._someone().set(self.ticket, Status=self._status_after(shown["Status"]))

    def _change(self, shown: dict[str, Any]) -> None:
        """One attribute, or several in one request."""
        wanted: dict[str, Any] = {
            "Priority": self._other(PRIORITIES, shown["Priority"]),
            "Queue": self._other((*QUEUES, self.queue), shown["Queue"]),
            "CustomFields": {PRODUCT: self._other(PRODUCTS, shown[PRODUCT])},
        }
        names = self.random.sample(sorted(wanted), self.random.choice((1, 1, 2, 3)))
        self._someone().set(self.ticket, **{name: wanted[name] for name in names})

    def _tag(self, shown: dict[str, Any]) -> None:
        tags = set(shown[TAGS]) ^ {self.random.choice(("urgent parts", "invoice", "vpn"))}
        self._someone().set(self.ticket, CustomFields={TAGS: sorted(tags)})

    def _someone(self) -> Any:
        return self.rt.agent(self.random.choice(AGENTS))

    def _other(self, values: tuple[Any, ...], value: Any) -> Any:
        return self.random.choice([one for one in values if one != value])

    def _status_after(self, status: str) -> str:
        return str(self._other(("open", "stalled", "resolved", "rejected"), status))
